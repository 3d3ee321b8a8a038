"""Schema of the database, in steps."""
