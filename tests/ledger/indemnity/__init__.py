"""Indemnity insurance on a real chain, proved from its events."""
