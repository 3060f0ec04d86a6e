"""Settings, URLs and the entry points."""
