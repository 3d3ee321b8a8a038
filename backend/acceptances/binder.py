"""Turns acceptances into `bind` transactions: one for each risk report, simulated first.

A binding the contract would refuse is taken out and keeps its reason; the others go without it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from itertools import groupby

import structlog

from backend.acceptances import repository
from backend.acceptances.repository import BindIntent
from backend.chain.intents.service import submit
from backend.chain.simulation import Refusal, simulate, simulate_each
from backend.database import Database
from backend.observability.carried import Carried
from backend.quotes import service as quotes
from backend.quotes.repository import Batch, StoredQuote
from backend.workflows.boundaries import boundary
from domain.hashing import keccak256
from domain.reports import NO_PERMIT, Binding, Permit
from ledger.bindings import ParametricProduct
from ledger.rpc import Rpc

log = structlog.get_logger()

MAX_INTENTS_PER_STEP = 1_000
MAX_BINDINGS = 50
MAX_ATTEMPTS = 3
BASE_GAS = 300_000
GAS_PER_BINDING = 230_000
GAS_PER_ASSESSMENT = 6_000
"""Measured at most 300,000 alone and 160,000 each in fifty (README, gas). A permit used up at once gives 20,000 back at
the end, which must be there before; what is not used is not paid. The report goes along whole, whoever of its
applicants accepted: an assessment costs about 4,500."""


class Binder:
    """Asks for `bind` transactions. Others deliver them."""

    def __init__(self, database: Database, rpc: Rpc, sender: str) -> None:
        self._database = database
        self._rpc = rpc
        self._sender = sender

    def step(self) -> int:
        """Prepare what is accepted. Returns how many acceptances were dealt with."""
        with self._database.every_tenant() as session:
            waiting = repository.accepted(session, MAX_INTENTS_PER_STEP)
            bound = [i.quote_id for i in waiting if i.policy_id is not None]
            if bound:
                repository.mark_bound(session, bound)
            todo = [i for i in waiting if i.policy_id is None]
            stored = quotes.find_quotes(session, [i.quote_id for i in todo])
        for batch_id, group in groupby(sorted(todo, key=lambda i: _place(stored[i.quote_id])), _batch_of(stored)):
            intents = list(group)
            for start in range(0, len(intents), MAX_BINDINGS):
                self._bind(batch_id, intents[start : start + MAX_BINDINGS], stored)
        return len(waiting)

    def _bind(self, batch_id: uuid.UUID, intents: Sequence[BindIntent], stored: dict[int, StoredQuote]) -> None:
        with self._database.every_tenant() as session:
            batch = quotes.get_batch(session, batch_id)
        tired = [i for i in intents if i.attempts >= MAX_ATTEMPTS]
        self._fail([(i, Refusal(i.failure_code or "bind_reverted", i.failure_detail or "")) for i in tired])
        good = [i for i in intents if i.attempts < MAX_ATTEMPTS]
        while good:
            calldata = _calldata(batch, good, stored)
            refusal = simulate(self._rpc, self._sender, batch.report.product, calldata)
            if refusal is None:
                self._prepare(batch_id, batch, good, calldata)
                return
            culprits = self._culprits(batch, good, stored, refusal)
            self._fail(culprits)
            gone = {intent.quote_id for intent, _ in culprits}
            good = [i for i in good if i.quote_id not in gone]

    def _culprits(
        self, batch: Batch, intents: Sequence[BindIntent], stored: dict[int, StoredQuote], together: Refusal
    ) -> list[tuple[BindIntent, Refusal]]:
        """Which bindings the contract refuses; at least one, so that this ends.

        First each alone; if each alone would pass, the first one the others leave no room for.
        """
        if len(intents) == 1:
            return [(intents[0], together)]
        product = batch.report.product
        singles = [_calldata(batch, [intent], stored) for intent in intents]
        refusals = simulate_each(self._rpc, self._sender, product, singles)
        alone = [(intent, refusal) for intent, refusal in zip(intents, refusals, strict=True) if refusal]
        if alone:
            return alone
        fits, too_many = 1, len(intents)
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            refusal = simulate(self._rpc, self._sender, product, _calldata(batch, intents[:middle], stored))
            fits, too_many = (middle, too_many) if refusal is None else (fits, middle)
        return [(intents[too_many - 1], together)]

    def _prepare(self, batch_id: uuid.UUID, batch: Batch, intents: Sequence[BindIntent], calldata: bytes) -> None:
        ids = [i.quote_id for i in intents]
        tries = max(i.attempts for i in intents)
        digest = keccak256(b"".join(i.to_bytes(32, "big") for i in ids)).hex()[:32]
        key = f"bind:{batch_id.hex}:{digest}:{tries}"
        gas = BASE_GAS + GAS_PER_BINDING * len(ids) + GAS_PER_ASSESSMENT * len(batch.report.assessments)
        with self._database.every_tenant() as session:
            prepared = submit(
                session, key=key, tenant_id=repository.tenant_of(session, ids), kind="bind", to=batch.report.product,
                calldata=calldata, gas=gas, simulated=True, carried=Carried.together([i.carried for i in intents]),
            )  # fmt: skip
            taken = repository.mark_sending(session, ids, key) if prepared else 0
            if taken < len(ids):  # another relayer was faster: leave all of it to that one
                session.rollback()
                return
        boundary("chain.prepared")
        log.info("binding.prepared", key=key, policies=len(ids))

    def _fail(self, refused: Sequence[tuple[BindIntent, Refusal]]) -> None:
        with self._database.every_tenant() as session:
            for intent, refusal in refused:
                repository.mark_failed(session, intent.quote_id, refusal.code, refusal.detail)
                log.warning("binding.refused", quote_id=f"0x{intent.quote_id:064x}", code=refusal.code)


def _place(quote: StoredQuote) -> tuple[str, int]:
    return quote.batch_id.hex, quote.signed.position


def _batch_of(stored: dict[int, StoredQuote]) -> Callable[[BindIntent], uuid.UUID]:
    return lambda intent: stored[intent.quote_id].batch_id


def _calldata(batch: Batch, intents: Sequence[BindIntent], stored: dict[int, StoredQuote]) -> bytes:
    bindings = []
    for intent in intents:
        signed = stored[intent.quote_id].signed
        bindings.append(
            Binding(signed.position, signed.quote, signed.underwriter_signature, intent.acceptance, _permit(intent))
        )
    return ParametricProduct.bind(batch.report, batch.signatures, bindings).data


def _permit(intent: BindIntent) -> Permit:
    p = intent.permit
    if p is None:
        return NO_PERMIT
    return Permit(
        int(p["value"]), int(p["deadline"]), int(p["v"]), bytes.fromhex(p["r"][2:]), bytes.fromhex(p["s"][2:])
    )
