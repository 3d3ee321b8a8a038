"""Policies on the chain, and acceptances on their way to it."""
