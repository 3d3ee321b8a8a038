"""The same house as evidence has, with custody in it."""

from tests.backend.evidence.conftest import house, opened_house

__all__ = ["house", "opened_house"]
