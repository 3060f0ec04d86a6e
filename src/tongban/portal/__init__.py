"""Pages for people and enterprises, and the open pages."""
