"""The observatory: compares governments and explains the differences, from study files anybody can rerun.

A pure library. It imports `tongban.charts` and nothing else of Tongban, and it knows nothing of Django.
"""
