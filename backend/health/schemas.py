"""How the backend is, as it goes out."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from backend.fields import UnixSeconds, View, WordText


class AliveView(View):
    """The process answers."""

    status: str = "ok"


class BlockView(View):
    """A block."""

    number: int
    hash: WordText
    timestamp: UnixSeconds


class NodeView(View):
    """An oracle node, as it answers now. A node that is down costs its voice only."""

    url: str = Field(examples=["http://127.0.0.1:8101"])
    reachable: bool
    signer: str | None = Field(examples=["0x" + "00" * 19 + "01"])
    detail: str | None = Field(examples=[None])


class AlarmView(View):
    """Something between database and chain that a person has to look at."""

    kind: str = Field(description="replay, sentinel or endpoints")
    detail: str
    raised_at: UnixSeconds


class StatusView(View):
    """Where chain, database and transactions stand."""

    chain_id: int
    head: BlockView = Field(description="Last block of the chain.")
    indexed: BlockView | None = Field(description="Last block taken in.")
    indexed_block: int = Field(description="Its number; -1 before the first.")
    lag_blocks: int = Field(ge=0)
    confirmed_block: int = Field(description="Blocks up to here count as final.")
    pending_transactions: int = Field(ge=0)
    submissions: dict[str, int] = Field(examples=[{"mined": 3}])
    intents: dict[str, int] = Field(examples=[{"bound": 120}])
    alarms: list[AlarmView] = Field(description="What somebody has to look at between database and chain.")
    rollbacks: int = Field(ge=0, description="Reorganisations followed so far.")
    nodes: list[NodeView]


class StreamEvent(View):
    """One event of the stream."""

    name: str
    block_number: int | None
    log_index: int | None
    transaction_hash: WordText | None
    address: str | None
    body: dict[str, Any]
