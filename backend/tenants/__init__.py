"""Insurers: every person, key and file belongs to exactly one of them."""
