"""The unified user service: what concerns one person or organisation across all services. Now: messages."""
