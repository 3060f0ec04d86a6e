"""Signing in: django-allauth's flows with our storage (sealed), our messages, and the second factor of officers."""
