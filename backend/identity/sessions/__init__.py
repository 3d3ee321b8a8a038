"""Sessions: short, in the database, ended at once."""
