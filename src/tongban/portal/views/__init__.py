"""The portal's pages: read what was sent, do one action or query, draw."""
