"""Notices to people: written in their language, sent from an outbox, with proof that they arrived (manual R8, R9)."""
