"""Pure functions on arrays: no framework, no database; shapes and units in every docstring."""
