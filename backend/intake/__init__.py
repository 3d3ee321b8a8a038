"""Intake: what somebody needs, which products suit and why, and the application that comes of it."""
