"""Selling an offer on a fresh chain, letting its days pass, settling what its records say, and proving the ledger.

One process reads the records as often as there are keys and signs with all of them: it shows the contracts and sources
at work, not nodes agreeing. `oracle/network` has those.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from domain.insured_period import InsuredPeriod
from domain.policy import Outcome
from domain.reports import Measurement
from ledger.bindings import ParametricProduct
from ledger.events import fetch_events
from ledger.findings import Verification
from ledger.replay import LedgerState
from ledger.rpc import Rpc
from ledger.verify import verify
from oracle.sources.triggers import due_at
from scripts.anvil import chain_time, move_clock
from scripts.rehearsal import Rehearsal, Sale, account
from scripts.trigger_offer import Offer, reading_at

TOKEN = 1_000_000
BATCH = 40
EVENTS_A_REPORT = 20
THRESHOLD = 3
Progress = Callable[[str], None]


class RunFailed(RuntimeError):
    """The chain did not do what the demonstration needs; says what."""


@dataclass(frozen=True)
class Outcomes:
    """What the demonstration left behind: the ledger's state, its proof, and events nobody could report."""

    state: LedgerState
    verification: Verification
    unreported: tuple[InsuredPeriod, ...]


def play(offer: Offer, rpc: Rpc, *, policies: int, seed: int, progress: Progress) -> Outcomes:
    """Sell, wait, settle, prove."""
    rehearsal = Rehearsal(rpc, file=offer.product)
    progress(f"selling {policies} policies")
    sold = _sell(offer, rehearsal, policies, seed)
    progress("letting the days pass, and settling")
    unreported = _settle(offer, rehearsal, sold)
    _return_premiums(rehearsal, unreported)
    progress("verifying the ledger")
    deployment = rehearsal.deployment
    documents = {
        p.terms_hash: json.loads((rehearsal.folder / p.document).read_text("utf-8")) for p in deployment.products
    }
    state = LedgerState(deployment.contracts["Treasury"])
    for event in fetch_events(rpc, deployment, deployment.block_number, rpc.block_number()):
        state.apply(event)
    return Outcomes(state, verify(rpc, deployment, documents), tuple(unreported))


def _sell(offer: Offer, rehearsal: Rehearsal, policies: int, seed: int) -> list[InsuredPeriod]:
    draw = random.Random(seed)  # a demonstration's wishes
    holders = [account(f"trigger {seed} {number}") for number in range(policies)]
    rehearsal.fund(holders, 1_000 * TOKEN)
    sales: list[Sale] = []
    periods: dict[str, InsuredPeriod] = {}
    for holder in holders:
        name, insured = draw.choice(offer.periods)
        periods[insured.text()] = insured
        amount = draw.randint(100, 1_000) * TOKEN
        sales.append(Sale(holder, insured.text(), insured.occurs_at, amount, offer.prices[name]))
    for batch, start in enumerate(range(0, len(sales), BATCH)):
        if not rehearsal.bind(sales[start : start + BATCH], batch).succeeded:
            raise RunFailed(f"policies {start} to {start + BATCH} were not bound")
    return list(periods.values())


def _settle(offer: Offer, rehearsal: Rehearsal, sold: list[InsuredPeriod]) -> list[InsuredPeriod]:
    """Report and settle as records become final; returns the events of which nothing can be reported."""
    unreported: list[InsuredPeriod] = []
    for due in sorted({due_at(each) for each in sold}):
        move_clock(rehearsal.rpc, max(due, chain_time(rehearsal.rpc) + 1))
        measurements: list[Measurement] = []
        for insured in (each for each in sold if due_at(each) == due):
            value = _agreed(offer, rehearsal, insured)
            if value is None:
                unreported.append(insured)
            else:
                measurements.append(Measurement(insured.event_id(), Outcome.MEASURED, value))
        for start in range(0, len(measurements), EVENTS_A_REPORT):
            if not rehearsal.settle(measurements[start : start + EVENTS_A_REPORT]).succeeded:
                raise RunFailed(f"a report of {len(measurements)} events was refused")
    return unreported


def _agreed(offer: Offer, rehearsal: Rehearsal, insured: InsuredPeriod) -> int | None:
    """What enough looks say, one for each key, all in this process."""
    now = chain_time(rehearsal.rpc)
    seen = Counter(reading_at(insured, offer.sources_of(insured.place), now) for _ in rehearsal.nodes)
    value, nodes = seen.most_common(1)[0]
    return value if nodes >= THRESHOLD else None


def _return_premiums(rehearsal: Rehearsal, unreported: list[InsuredPeriod]) -> None:
    """The clause on silence: once the window is over the events are closed and the premiums go back."""
    if not unreported:
        return
    last = max(each.occurs_at for each in unreported) + rehearsal.terms.report_window_seconds + 1
    move_clock(rehearsal.rpc, max(last, chain_time(rehearsal.rpc) + 1))
    for insured in unreported:
        event = insured.event_id()
        for call in (ParametricProduct.close_unreported(event), ParametricProduct.settle([event], 400)):
            if not rehearsal.send(rehearsal.product, call.data).succeeded:
                raise RunFailed(f"{insured.text()} could not be closed as not reported")
