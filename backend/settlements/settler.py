"""Reports events as they land and settles their policies: nodes observe, a quorum signs, transactions are prepared."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import structlog

from backend.chain import quorum
from backend.chain.intents.service import next_key, submit
from backend.chain.nodes import OracleNodes, OracleUnavailable
from backend.chain.quorum import SignerSet
from backend.chain.simulation import simulate
from backend.database import Database
from backend.products import service as products
from backend.products.repository import Product
from backend.settlements import repository
from backend.settlements.chunks import Chunk, gas_for, payouts_that_fit, split
from backend.settlements.repository import ClosedEvent, OpenEvent
from backend.workflows.boundaries import boundary
from domain.hashing import keccak256
from domain.reports import EventReport
from ledger.bindings import ParametricProduct
from ledger.rpc import Rpc
from ledger.typed_data import event_report_digest

log = structlog.get_logger()

MAX_EVENTS_PER_STEP = 2_000
MAX_OBSERVED_AT_ONCE = 400
MOST_DEARER = 8
ASK_AGAIN_SECONDS = 2.0
CLOSE_GAS = 150_000


class Settler:
    """Asks for `reportAndSettle` and `settle` transactions. Others deliver them.

    Args:
        report_valid_seconds: How long a report may be handed in, chain time.
        deliver: Called once a transaction is prepared, so that it is mined while the next is being signed.
    """

    def __init__(
        self, database: Database, rpc: Rpc, nodes: OracleNodes, *, chain_id: int, sender: str,
        report_valid_seconds: int, deliver: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        self._database = database
        self._rpc = rpc
        self._nodes = nodes
        self._chain_id = chain_id
        self._sender = sender
        self._valid_seconds = report_valid_seconds
        self._deliver = deliver
        self._asked: tuple[int, int] = (-1, -1)
        self._ask_again_at = 0.0
        self._dearer = 1

    def report_due(self) -> int:
        """Report events that have occurred. Returns how many.

        While the chain's clock and the set of due events stand still, nodes are asked every two seconds only.
        """
        now = self._chain_time()
        with self._database.every_tenant() as session:
            due = repository.due_events(session, now, MAX_EVENTS_PER_STEP)
        if not due or (self._asked == (now, len(due)) and time.monotonic() < self._ask_again_at):
            return 0
        reported = 0
        for product, group in groupby(sorted(due, key=lambda e: (e.product, e.occurs_at, e.event_id)), _product_of):
            events = list(group)
            for start in range(0, len(events), MAX_OBSERVED_AT_ONCE):
                reported += self._report(product, events[start : start + MAX_OBSERVED_AT_ONCE], now)
        self._asked = (now, len(due) - reported)
        self._ask_again_at = time.monotonic() + ASK_AGAIN_SECONDS
        return reported

    def settle_rest(self) -> int:
        """Settle what reports closed and did not pay for. Returns how many events."""
        with self._database.every_tenant() as session:
            waiting = repository.unsettled_events(session, MAX_OBSERVED_AT_ONCE)
        for product, group in groupby(sorted(waiting, key=lambda e: e.product), _product_of):
            self._settle(product, list(group))
        return len(waiting)

    def hand_in(self, report: EventReport, signatures: Sequence[bytes], max_policies: int, gas: int) -> bool:
        """Prepare a signed report's transaction. False when its events are being dealt with already.

        Only what can be refused is simulated: report and signatures. Settling cannot be, once the report stands.
        """
        dry = ParametricProduct.report_events(report, signatures).data
        refusal = simulate(self._rpc, self._sender, report.product, dry)
        if refusal is not None:
            log.warning("report.refused", code=refusal.code, detail=refusal.detail, events=len(report.measurements))
            return False
        call = ParametricProduct.report_and_settle(report, signatures, max_policies)
        stem = f"report:{event_report_digest(report).hex()}"
        with self._database.every_tenant() as session:
            key = next_key(session, stem)
            event_ids = [m.event_id for m in report.measurements]
            done = submit(
                session, key=key, tenant_id=None, kind="report", to=report.product, calldata=call.data, gas=gas,
                simulated=True, event_ids=event_ids,
            )  # fmt: skip
        if done:
            boundary("chain.prepared")
            log.info("report.prepared", key=key, events=len(event_ids), max_policies=max_policies)
            self._deliver()
        return done

    def shrink(self) -> None:
        """A settlement ran out of gas: reckon with twice the costs from now on, so the next ones are smaller."""
        self._dearer = min(MOST_DEARER, self._dearer * 2)

    def _report(self, address: str, events: Sequence[OpenEvent], now: int) -> int:
        with self._database.every_tenant() as session:
            product = products.get_product(session, address)
            signers = products.signers_of(session, product)
        observed = quorum.observe(self._nodes, address, [e.insured_event for e in events], signers.needed)
        seen = {m.event_id for m in observed.measurements} if observed else set()
        self._close_unreported(product, [e for e in events if e.event_id not in seen], now)
        if observed is None:
            log.warning("events.unobserved", product=address, events=len(events))
            return 0
        # The report is dated after the nodes looked: what they saw must have happened by then.
        observed_at = self._chain_time()
        counts = {e.event_id: e.policies for e in events}
        texts = {e.event_id: e.insured_event for e in events}
        known = [m for m in observed.measurements if m.event_id in counts]
        reported = 0
        for chunk in split(product.terms, known, counts, dearer=self._dearer):
            reported += self._report_chunk(product, signers, observed.source_hash, chunk, texts, observed_at)
        return reported

    def _report_chunk(
        self, product: Product, signers: SignerSet, source: bytes, chunk: Chunk, texts: Mapping[int, str],
        observed_at: int,
    ) -> int:  # fmt: skip
        report = EventReport(
            chain_id=self._chain_id, product=product.address, signer_epoch=signers.epoch,
            observed_at=observed_at, valid_until=observed_at + self._valid_seconds, source_hash=source,
            measurements=chunk.measurements,
        )  # fmt: skip
        subjects = {m.event_id: texts[m.event_id] for m in chunk.measurements}
        try:
            signatures = quorum.sign_event_report(self._nodes, report, subjects, signers)
        except OracleUnavailable as error:
            log.warning("report.unsigned", product=product.address, events=len(subjects), detail=error.detail)
            return 0
        return len(subjects) if self.hand_in(report, signatures, chunk.max_policies, chunk.gas) else 0

    def _settle(self, product: str, events: Sequence[ClosedEvent]) -> None:
        most = payouts_that_fit(0, self._dearer)
        chosen: list[ClosedEvent] = []
        total = 0
        for event in events:
            if chosen and total + event.unsettled > most:
                break
            chosen.append(event)
            total += event.unsettled
        policies = min(total, most)
        call = ParametricProduct.settle([e.event_id for e in chosen], policies)
        refusal = simulate(self._rpc, self._sender, product, call.data)
        if refusal is not None:
            log.warning("settlement.refused", product=product, code=refusal.code, detail=refusal.detail)
            return
        place = b"".join(e.event_id.to_bytes(32, "big") + e.settled.to_bytes(4, "big") for e in chosen)
        stem = f"settle:{keccak256(product.encode() + place).hex()}"
        with self._database.every_tenant() as session:
            submit(
                session, key=next_key(session, stem), tenant_id=None, kind="settle", to=product, calldata=call.data,
                gas=gas_for(0, policies, self._dearer), simulated=True, event_ids=[e.event_id for e in chosen],
            )  # fmt: skip
        self._deliver()

    def _chain_time(self) -> int:
        """Time of the latest block, unix seconds."""
        return int(self._rpc.block("latest")["timestamp"], 16)

    def _close_unreported(self, product: Product, events: Sequence[OpenEvent], now: int) -> None:
        """Nobody reported these in time: close them, so that the premiums go back. Rule S4."""
        for event in events:
            if now <= event.occurs_at + product.terms.report_window_seconds:
                continue
            call = ParametricProduct.close_unreported(event.event_id)
            if simulate(self._rpc, self._sender, product.address, call.data) is not None:
                continue
            with self._database.every_tenant() as session:
                key = next_key(session, f"close:{keccak256(product.address.encode() + call.data).hex()}")
                submit(
                    session, key=key, tenant_id=None, kind="close", to=product.address, calldata=call.data,
                    gas=CLOSE_GAS, simulated=True, event_ids=[event.event_id],
                )  # fmt: skip
            log.info("event.closed_unreported", product=product.address, event_id=f"0x{event.event_id:064x}")


def _product_of(event: OpenEvent | ClosedEvent) -> str:
    return event.product
