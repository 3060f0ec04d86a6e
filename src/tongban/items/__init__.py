"""Two registers: the basic catalogue (what exists in law) and implementing services (how it is done here)."""
