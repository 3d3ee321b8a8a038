"""Working days of offices as data: one file for each jurisdiction."""
