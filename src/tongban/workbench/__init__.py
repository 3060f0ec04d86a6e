"""Pages for officers: inbox, case, decisions."""
