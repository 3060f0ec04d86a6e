"""Supervision: indicators computed from records, each figure traceable to the rows behind it."""
