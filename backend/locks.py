"""Advisory locks in the database: who holds one is the only one at its work, whatever number of replicas there is."""

from __future__ import annotations

from enum import IntEnum, unique

_HOUSE = 0x5155_4954_0000


@unique
class Lock(IntEnum):
    """Every lock by name. A number given away is never used for another: replicas of two versions share a database."""

    MIGRATION = _HOUSE + 0x01
    INDEXER = _HOUSE + 0x02
    RELAYER = _HOUSE + 0x03
    DISPATCHER = _HOUSE + 0x04
    AUDIT = _HOUSE + 0x05
    PURGE = _HOUSE + 0x06
    SENDING = _HOUSE + 0x08
    SENTINEL = _HOUSE + 0x09
    TELLER = _HOUSE + 0x10
    EVIDENCE = _HOUSE + 0x15
    NOTICES = _HOUSE + 0x21
    DEADLINES = _HOUSE + 0x22
    CLAIMS = _HOUSE + 0x24
    SERVICE = _HOUSE + 0x25
    CLAIMS_ANNOUNCED = _HOUSE + 0x26
    PASSWORD_RESETS = _HOUSE + 0x31
    CLAIMS_DUE = _HOUSE + 0x41
    FORGETTING = _HOUSE + 0x70
    BACKUPS = _HOUSE + 0x71
    WORKFLOW_SLOTS = _HOUSE + 0x1000
    """The first of as many as there are slots of workflows."""
