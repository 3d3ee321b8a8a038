"""Looks at an intent before it goes out, and again when a reorganisation has taken back what it rested on.

Nothing is sent blindly: is its effect on the chain by another transaction? is it still wanted? would it revert now?
What is given up after it was signed has its nonce used up by nothing, so that its bytes cannot be mined later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from backend.chain.blocks import indexed_tip
from backend.chain.intents import repository
from backend.chain.intents.kinds import IntentKind
from backend.chain.intents.models import IntentStatus
from backend.chain.intents.repository import Intent
from backend.chain.journal import PostgresJournal
from backend.chain.simulation import Refusal, refusal_of
from backend.database import Database
from backend.observability.carried import resumed
from backend.observability.tracing import span
from backend.workflows.boundaries import boundary
from ledger.rpc import Rpc, RpcError
from ledger.sender import Sender

log = structlog.get_logger()

MAX_PER_STEP = 256
REVERTED = 3
"""JSON-RPC code of a call that reverted (EIP-1474 as nodes use it)."""
PASSING = frozenset({"treasury_paused", "payout_cap_reached"})
"""Refusals that end by themselves: the intent waits."""
UNSENT = (IntentStatus.PREPARED, IntentStatus.REOPENED)
S = IntentStatus


class Examiner:
    """Decides what becomes of intents that are prepared or reopened."""

    def __init__(
        self, database: Database, rpc: Rpc, sender: Sender, journal: PostgresJournal, *, chain_id: int,
        kinds: Mapping[str, IntentKind],
    ) -> None:  # fmt: skip
        self._database = database
        self._rpc = rpc
        self._sender = sender
        self._journal = journal
        self._chain_id = chain_id
        self._kinds = kinds

    def examine(self, convoy: str | None) -> int:
        """Look at what is not sent. Returns how many are ready to be.

        Raises:
            RpcError: The node did not say whether a call would succeed; nothing was decided for it.
            RpcUnavailable
        """
        with self._database.every_tenant() as session:
            unsent = repository.of(session, UNSENT, convoy, MAX_PER_STEP)
        left = [intent for intent in unsent if not self._settled(intent)]
        first = [i for i in left if i.simulated and i.status is S.PREPARED]
        to_run = [i for i in left if i not in first]
        good = first + [i for i, refusal in zip(to_run, self._refusals(to_run), strict=True) if self._fits(i, refusal)]
        for intent in good:
            self._journal.let_go(self._chain_id, intent.sender_key)
            self._move(intent, S.READY)
        if good:
            boundary("chain.examined")
        return len(good)

    def fail(
        self, intent: Intent, refusal: Refusal, block_number: int | None, expected: Sequence[IntentStatus]
    ) -> bool:
        """An intent comes to nothing: the reason stays with it, its events are free, whoever asked is told."""
        reason = {"failure_code": refusal.code, "failure_detail": refusal.detail, "block_number": block_number}
        with self._database.every_tenant() as session:
            moved = repository.move(session, intent.key, S.FAILED, expected=expected, **reason)
            if moved:
                repository.release_events(session, intent.key)
                self._kind(intent).note_failed(session, intent.key, refusal.code, refusal.detail)
        if moved:
            log.warning("intent.failed", key=intent.key, kind=intent.kind, code=refusal.code)
        return moved

    def _settled(self, intent: Intent) -> bool:
        """Whether nothing is to be sent: it is in a block after all, done by another transaction, or not wanted."""
        if self._journal.receipt(self._chain_id, intent.sender_key) is not None:
            return self._move(intent, S.SUBMITTED)
        with self._database.every_tenant() as session:
            kind = self._kind(intent)
            if kind.done(session, intent.key):
                code, detail = "done_by_another", "Its effect is on the chain by another transaction."
            elif not kind.wanted(session, intent.key):
                code, detail = "not_wanted", "Nobody waits for it any more."
            else:
                return False
            tip = indexed_tip(session)
            values = {"failure_code": code, "failure_detail": detail, "block_number": tip.number if tip else None}
            if repository.move(session, intent.key, S.SUPERSEDED, expected=UNSENT, **values):
                repository.release_events(session, intent.key)
                if code == "done_by_another":
                    kind.note_mined(session, intent.key)
        log.info("intent.superseded", key=intent.key, kind=intent.kind, code=code)
        self._give_up(intent)
        return True

    def _fits(self, intent: Intent, refusal: Refusal | None) -> bool:
        if refusal is None:
            return True
        if refusal.code in PASSING:
            with self._database.every_tenant() as session:
                repository.move(
                    session, intent.key, intent.status, expected=UNSENT, failure_code=refusal.code,
                    failure_detail=refusal.detail,
                )  # fmt: skip
        else:
            with resumed(intent.carried), span("chain.refused", key=intent.key, code=refusal.code):
                if self.fail(intent, refusal, None, UNSENT):
                    self._give_up(intent)
        return False

    def _give_up(self, intent: Intent) -> None:
        """Use up the nonce of what was signed before. A refusal of the node is tried again with the sender's looks."""
        self._journal.let_go(self._chain_id, intent.sender_key)
        self._sender.cancel(intent.sender_key)

    def _refusals(self, intents: Sequence[Intent]) -> list[Refusal | None]:
        """Each call run for itself at the latest block, in one request."""
        requests = [("eth_call", (self._call(intent), "latest")) for intent in intents]
        found: list[Refusal | None] = []
        for result in self._rpc.batch(requests):
            if not isinstance(result, RpcError):
                found.append(None)
            elif result.contract_error is None and result.code != REVERTED:
                raise result
            else:
                found.append(refusal_of(result))
        return found

    def _call(self, intent: Intent) -> dict[str, str]:
        return {"from": self._sender.address, "to": intent.contract, "data": "0x" + intent.calldata.hex()}

    def _move(self, intent: Intent, to: IntentStatus) -> bool:
        with self._database.every_tenant() as session:
            return repository.move(session, intent.key, to, expected=UNSENT)

    def _kind(self, intent: Intent) -> IntentKind:
        return self._kinds.get(intent.kind) or IntentKind()
