"""Platforms, regions, departments, agencies (department x region) and docking: 条块 as data."""
