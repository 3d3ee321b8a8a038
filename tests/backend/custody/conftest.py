"""A room with custody in it, and the same house as evidence has."""

from tests.backend.custody.room import own_database, room
from tests.backend.evidence.conftest import house, opened_house

__all__ = ["house", "opened_house", "own_database", "room"]
