"""Operator commands. One command a file."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The repository (or wherever the package is installed)."""
