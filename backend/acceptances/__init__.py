"""Acceptances: quotes their holders signed, on their way to the chain."""
