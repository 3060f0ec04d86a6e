"""Assembles every package's router into one OpenAPI document."""
