"""Passwords: Argon2id, no rules of composition, none that everybody uses."""
