"""Insured events on a chain of their own: policies on real days, and oracle nodes that report what was measured.

with event_stack(weather_offer(Trigger.RAINFALL, first_day)) as stack:
    stack.sell([("Queens", insured), …])
    nodes = stack.prepare_nodes({number: sources, …})
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx
from eth_account.signers.local import LocalAccount

from domain.insured_period import InsuredPeriod
from ledger.bindings import EventClosed, EventsReported, ParametricProduct, PolicySettled, TestStablecoin
from ledger.codec import ChainEvent
from ledger.events import fetch_events
from ledger.journal import SqliteJournal
from ledger.rpc import Rpc
from ledger.sender import Sender
from ledger.typed_data import recover
from oracle.claims.keys import make_nullifier_keys
from oracle.sources.triggers import due_at
from scripts.anvil import STEADY_MINING, chain_time, give_gas_money, move_clock, running_anvil
from scripts.oracle_nodes import NULLIFIER_KEYS, OracleNode, equip, make_nodes, write_network_file
from scripts.rehearsal import Rehearsal, Sale, account
from scripts.trigger_offer import Offer

UNIT: Final = 1_000_000
FUNDS: Final = 1_000 * UNIT
SUM_INSURED: Final = 400 * UNIT
SETTLED_AT_ONCE: Final = 100
LATER_SECONDS: Final = 60
"""After a record is final the clock is moved so much further: rounds need no edge."""
Sources = Sequence[Mapping[str, object]]
"""As `network.yaml` has them."""


class StepFailed(RuntimeError):
    """A transaction of the rehearsal reverted; says which."""


@dataclass
class EventStack:
    """An insurer with one parametric product, its policies, and nodes once they are prepared."""

    offer: Offer
    rehearsal: Rehearsal
    nodes: list[OracleNode] = field(default_factory=list)
    holders: dict[int, list[LocalAccount]] = field(default_factory=dict)

    @property
    def rpc(self) -> Rpc:
        """The chain."""
        return self.rehearsal.rpc

    def sell(self, sold: Sequence[tuple[str, InsuredPeriod]]) -> None:
        """A policy of `SUM_INSURED` for each, by the name of its place, with a holder of its own.

        Raises:
            StepFailed
        """
        people = [account(f"holder {number}") for number in range(len(sold))]
        self.rehearsal.fund(people, FUNDS)
        prices = self.offer.prices
        sales = [
            Sale(holder, insured.text(), insured.occurs_at, SUM_INSURED, prices[name])
            for holder, (name, insured) in zip(people, sold, strict=True)
        ]
        if not self.rehearsal.bind(sales, 0).succeeded:
            raise StepFailed(f"{len(sold)} policies were not bound")
        for holder, (_, insured) in zip(people, sold, strict=True):
            self.holders.setdefault(insured.event_id(), []).append(holder)

    def prepare_nodes(self, sources: Mapping[int, Sources], usual: Sources) -> list[OracleNode]:
        """Folders with all that a node needs, one for each signer; nothing is started.

        Args:
            sources: Of some nodes, by number; all others have the `usual`.
        """
        home, deployment = self.rehearsal.folder, self.rehearsal.deployment
        make_nullifier_keys(home / NULLIFIER_KEYS)
        self.nodes = make_nodes(self.rehearsal.nodes, home)
        for node in self.nodes:
            equip(node, self.rpc, deployment, home)
        for node in self.nodes:
            told = [dict(each) for each in sources.get(node.number, usual)]
            write_network_file(node, self.nodes, {"events": {self.rehearsal.product: told}})
        return self.nodes

    def tell(self, texts: Sequence[str]) -> list[int]:
        """Tell every node of events; how many were new to each."""
        return [answer.raise_for_status().json()["new"] for answer in self._told(texts)]

    def refused(self, texts: Sequence[str]) -> list[str | None]:
        """Tell every node of events; the code each refuses them by, None where it took them."""
        return [answer.json().get("code") for answer in self._told(texts)]

    def _told(self, texts: Sequence[str]) -> list[httpx.Response]:
        body = {"product": self.rehearsal.product, "insured_events": list(texts)}
        return [node.post("/v1/insured-events", body) for node in self.nodes]

    def asked(self, node: OracleNode, insured: InsuredPeriod) -> dict[str, object]:
        """What a node answers of an event."""
        answer = node.get(f"/v1/insured-events/{self.rehearsal.product}/0x{insured.event_id():064x}")
        found: dict[str, object] = answer.raise_for_status().json()
        return found

    def let_pass(self, insured: InsuredPeriod) -> int:
        """Move the clock past a period and the settling of its record; the new time."""
        until = max(due_at(insured) + LATER_SECONDS, chain_time(self.rpc) + 1)
        move_clock(self.rpc, until)
        return until

    def happened(self) -> list[ChainEvent]:
        """Everything in the contracts' logs, in chain order."""
        deployment = self.rehearsal.deployment
        return fetch_events(self.rpc, deployment, deployment.block_number, self.rpc.block_number())

    def closed(self) -> list[EventClosed]:
        """Events that were closed."""
        return [event for event in self.happened() if isinstance(event, EventClosed)]

    def signers(self) -> list[tuple[tuple[int, ...], set[str]]]:
        """Of each report on chain: its events, and who signed it."""
        reports = [event for event in self.happened() if isinstance(event, EventsReported)]
        return [
            (tuple(each.event_id for each in report.report.measurements),
             {recover(report.digest, signature) for signature in report.signatures})
            for report in reports
        ]  # fmt: skip

    def settle(self, events: Sequence[int]) -> dict[str, int]:
        """Somebody who has no part in it has closed events paid out; what each holder was paid, by the logs.

        Raises:
            StepFailed
        """
        anyone = account("anyone")
        give_gas_money(self.rpc, anyone.address)
        sender = Sender(self.rpc, anyone, SqliteJournal(":memory:"), chain_id=self.rehearsal.chain_id)
        call = ParametricProduct.settle(events, SETTLED_AT_ONCE)
        if not sender.send("settle", self.rehearsal.product, call.data).succeeded:
            raise StepFailed("closed events were not settled")
        settled = [event for event in self.happened() if isinstance(event, PolicySettled)]
        return {event.payee: event.amount for event in settled}

    def balance(self, holder: LocalAccount) -> int:
        """Tokens somebody has, in token units."""
        token = self.rehearsal.deployment.contracts["TestStablecoin"]
        return self.rpc.eth_call(token, TestStablecoin.balance_of(holder.address))


@contextmanager
def event_stack(offer: Offer) -> Iterator[EventStack]:
    """The chain and what was deployed on it, with a block every second, for the length of a `with` block."""
    with running_anvil(timestamp=offer.opens_at, extra=STEADY_MINING) as rpc:
        yield EventStack(offer, Rehearsal(rpc, file=offer.product))
