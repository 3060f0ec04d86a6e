"""Study files: one TOML file names data, variables, settings and outputs; a folder of results comes out.

Shared by all kinds of study (configurations, panels, indices): reading the file with its unknown keys refused,
reading data with clear errors, and writing tables in the formats people paste from.
"""
