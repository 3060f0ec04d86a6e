"""Figures to SVG, each with its table. No Django."""
