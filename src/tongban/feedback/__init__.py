"""Ratings (好差评): who used a service says how it went, and everybody can see it."""
