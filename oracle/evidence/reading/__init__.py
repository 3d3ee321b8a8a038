"""Reads files nobody trusts: in a process of their own, sealed before the first byte is looked at."""
