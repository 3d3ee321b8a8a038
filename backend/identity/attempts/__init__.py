"""How often somebody tried: delays that grow, kept in the database, that never shut a person out for good."""
