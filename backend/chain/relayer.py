"""Binds what was accepted, reports what has landed, settles what is owed: one step after another, all resumable.

Several relayers may run on one database. Each step takes its work from the database in one transaction, events and
acceptances are held by unique rows, and nonces are given out in a lane, so nothing is sent twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from backend.acceptances.binder import Binder
from backend.chain import submissions
from backend.chain.blocks import indexed_tip
from backend.chain.journal import PostgresJournal
from backend.chain.nodes import OracleNodes
from backend.chain.outbox import Outbox
from backend.database import Database
from backend.settlements.settler import Settler
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from ledger.sender import FeePolicy, Sender

_OUT_OF_GAS = ("transaction_reverted", "gas_too_low")


@dataclass(frozen=True, slots=True)
class RelayStep:
    """How much one step did: acceptances taken up, events reported, transactions sent and mined."""

    bound: int
    reported: int
    sent: int
    mined: int

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.bound or self.reported or self.sent or self.mined)


class Relayer:
    """One account that pays for transactions. See the module.

    Args:
        fees: Bounds on what a transaction may cost.
    """

    def __init__(
        self, database: Database, rpc: Rpc, nodes: OracleNodes, deployment: Deployment, account: LocalAccount, *,
        report_valid_seconds: int, fees: FeePolicy | None = None,
    ) -> None:  # fmt: skip
        # The journal calls a transaction final once mined: the indexer reopens what a reorganisation takes out.
        sender = Sender(rpc, account, PostgresJournal(database), chain_id=deployment.chain_id, fees=fees)
        self._database = database
        self.outbox = Outbox(database, rpc, sender)
        self.binder = Binder(database, rpc, sender.address)
        self.settler = Settler(
            database, rpc, nodes, chain_id=deployment.chain_id, sender=sender.address,
            report_valid_seconds=report_valid_seconds, deliver=self.outbox.deliver,
        )  # fmt: skip

    def step(self) -> RelayStep:
        """Do what there is to do now.

        Raises:
            RpcError, RpcUnavailable: The chain does not answer; nothing is lost, call again.
        """
        outcomes = self.outbox.collect()
        if any(o.failure in _OUT_OF_GAS and not o.key.startswith("bind:") for o in outcomes):
            self.settler.shrink()
        self._release()
        bound = self.binder.step()
        sent = self.outbox.deliver()
        reported = self.settler.report_due() + self.settler.settle_rest()
        sent += self.outbox.deliver()
        return RelayStep(bound, reported, sent, len(outcomes))

    def _release(self) -> None:
        with self._database.transaction() as session:
            tip = indexed_tip(session)
            if tip is not None:
                submissions.release_indexed(session, tip.number)
