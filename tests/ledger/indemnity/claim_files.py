"""Claim files altered by somebody who takes trouble: what hashes to what is right again afterwards."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from ledger import bindings as b
from ledger.block_proof import header_hash, ordered_root, receipt_bytes
from ledger.codec import ChainEvent
from ledger.patricia import prove_index
from tests.ledger.indemnity.claims_house import ClaimsHouse

Json = dict[str, Any]
Block = dict[str, Any]


def claims_of(house: ClaimsHouse) -> list[int]:
    """Numbers of the claims that were noticed."""
    return sorted({event.claim_id for event in house.events() if isinstance(event, b.ClaimNoticed)})


def forged(content: Json, kind: type[ChainEvent], change: Callable[[Block], None]) -> Json:
    """A copy in which the last block with an event of a kind is another, and has the hashes that follow from that."""
    made, topic = copy.deepcopy(content), f"0x{kind.SPEC.topic.hex()}"
    block = next(block for block in reversed(made["blocks"]) if topic in {log["topics"][0] for log in logs(block)})
    change(block)
    rehashed(block)
    return made


def rehashed(block: Block) -> None:
    """Make root, proof and hash of a block of one transaction follow from its receipt."""
    (entry,) = block["entries"]
    values = [receipt_bytes(entry["receipt"])]
    block["header"]["receiptsRoot"] = f"0x{ordered_root(values).hex()}"
    entry["receipt_proof"] = [f"0x{node.hex()}" for node in prove_index(values, 0)]
    block["hash"] = f"0x{header_hash(block['header']).hex()}"


def said_instead(old: int, new: int) -> Callable[[Block], None]:
    """Another number wherever a log of the block says one."""

    def change(block: Block) -> None:
        found = 0
        for log in logs(block):
            words = log["data"][2:]
            at = [n for n in range(0, len(words), 64) if words[n : n + 64] == f"{old:064x}"]
            for n in at:
                words = f"{words[:n]}{new:064x}{words[n + 64 :]}"
            log["data"], found = f"0x{words}", found + len(at)
        assert found

    return change


def logs(block: Block) -> list[Json]:
    """Logs of a block."""
    return [log for entry in block["entries"] for log in entry["receipt"]["logs"]]
