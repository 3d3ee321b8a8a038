"""Signing in: every way ends in a session, or in the same refusal."""
