"""How an event becomes rows: each event kind names what it makes, and makes nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.tables import Base
from ledger.codec import ChainEvent

Row = dict[str, Any]
Made = list[tuple[type[Base], Row]]
MAKERS: dict[type[ChainEvent], Callable[[Any], Made]] = {}


def makes(*kinds: type[ChainEvent]) -> Callable[[Callable[[Any], Made]], None]:
    """Register what turns events of these kinds into rows."""

    def register(maker: Callable[[Any], Made]) -> None:
        for kind in kinds:
            MAKERS[kind] = maker

    return register
