"""Tongban (通办): integrated online government services, and the measure of how integrated they are."""

__version__ = "0.1.0"
