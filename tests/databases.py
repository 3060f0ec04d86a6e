"""The databases of a test run."""

# The variable that names the database from which those of the workers are copied.
MIGRATED = "TONGBAN_TEST_TEMPLATE"
