"""The test chain's clock: it is "now" for the contracts, whatever the time is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from brownie import chain, history, project, web3

HOUR = 3_600
DAY = 24 * HOUR


def now() -> int:
    """Time of the latest block, unix seconds."""
    return int(chain[-1].timestamp)


def next_block_at(timestamp: int) -> None:
    """Give the next block, and so the next transaction, this time."""
    request("evm_setNextBlockTimestamp", timestamp)


def travel_to(timestamp: int) -> None:
    """Mine an empty block at this time."""
    next_block_at(timestamp)
    request("evm_mine")


@dataclass(frozen=True)
class Snapshot:
    """A state of the chain to come back to, and the contracts Brownie knew then."""

    number: object
    known: frozenset[str]


def snapshot() -> Snapshot:
    """The state of the chain at this moment."""
    return Snapshot(request("evm_snapshot"), frozenset(found.address for _, found in _deployed()))


def return_to(before: Snapshot) -> None:
    """Undo everything since the snapshot, on the chain and in what Brownie remembers of it: it would wait for nonces
    that are gone, and refuse new contracts at old addresses. (Its own way collects all garbage first: 0.3 s a test,
    and asks the chain for the code of every contract.)"""
    request("evm_revert", before.number)
    history.clear()
    for container, found in list(_deployed()):
        if found.address not in before.known:
            container.remove(found)


def _deployed() -> Iterator[tuple[Any, Any]]:
    return ((container, found) for container in project.get_loaded_projects()[0] for found in container)


def request(method: str, *params: object) -> object:
    """One call of the test chain's own methods."""
    answer = web3.provider.make_request(method, list(params))
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error']['message']}")
    return answer["result"]
