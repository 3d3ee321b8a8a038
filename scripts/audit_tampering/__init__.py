"""Ways to tamper with an audit log: in the database, in an export, by its keeper."""
