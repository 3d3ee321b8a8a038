"""Scenarios that the Python twin and the contracts both play: see `scenario.py` for how they are written."""
