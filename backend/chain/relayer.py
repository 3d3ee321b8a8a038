"""Plans what the house sends of itself: binds what was accepted, reports what has landed, settles what is owed.

Several relayers may run on one database. Each step takes its work from the database in one transaction; events and
acceptances are held by unique rows, so nothing is planned twice. What is planned is an intent: `Delivery` carries it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from backend.acceptances.binder import Binder
from backend.chain.blocks import indexed_tip
from backend.chain.intents import repository as intents
from backend.chain.intents.delivery import Delivery
from backend.chain.journal import PostgresJournal
from backend.chain.kinds import KINDS
from backend.chain.nodes import OracleNodes
from backend.database import Database
from backend.settlements.settler import Settler
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from ledger.sender import FeePolicy, Sender

_OUT_OF_GAS = ("transaction_reverted", "gas_too_low")
_SETTLING = ("report", "settle", "close")


@dataclass(frozen=True, slots=True)
class RelayStep:
    """How much one step did: acceptances taken up, events reported, intents that moved on."""

    bound: int
    reported: int
    moved: int = 0

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.bound or self.reported or self.moved)


def make_delivery(
    database: Database, rpc: Rpc, deployment: Deployment, account: LocalAccount, *, confirmations: int = 1,
    fees: FeePolicy | None = None,
) -> Delivery:  # fmt: skip
    """The way out for an account that pays.

    Args:
        fees: Bounds on what a transaction may cost.
    """
    # The journal calls a transaction final once mined: the indexer reopens what a reorganisation takes out.
    journal = PostgresJournal(database)
    sender = Sender(rpc, account, journal, chain_id=deployment.chain_id, fees=fees)
    return Delivery(
        database, rpc, sender, journal, chain_id=deployment.chain_id, confirmations=confirmations, kinds=KINDS
    )


class Relayer:
    """See the module.

    Args:
        deliver: Called when something is planned, so that it is on its way while the next is being signed; by default
            everything open is carried on in this thread, which suits a process without workflows.
    """

    def __init__(
        self, database: Database, rpc: Rpc, nodes: OracleNodes, deployment: Deployment, account: LocalAccount, *,
        report_valid_seconds: int, delivery: Delivery | None = None, deliver: Callable[[], int] | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self.delivery = delivery or make_delivery(database, rpc, deployment, account)
        self._deliver = deliver or self.delivery.turn
        self.binder = Binder(database, rpc, str(account.address))
        self.settler = Settler(
            database, rpc, nodes, chain_id=deployment.chain_id, sender=str(account.address),
            report_valid_seconds=report_valid_seconds, deliver=self._deliver,
        )  # fmt: skip
        self._failed = self._out_of_gas()

    def step(self) -> RelayStep:
        """Do what there is to do now.

        Raises:
            RpcError, RpcUnavailable: The chain does not answer; nothing is lost, call again.
        """
        moved = self._deliver()
        failed = self._out_of_gas()
        if failed > self._failed:
            self.settler.shrink()
        self._failed = failed
        self._release()
        bound = self.binder.step()
        moved += self._deliver()
        reported = self.settler.report_due() + self.settler.settle_rest()
        return RelayStep(bound, reported, moved + self._deliver())

    def _out_of_gas(self) -> int:
        with self._database.every_tenant() as session:
            return intents.failures(session, _SETTLING, _OUT_OF_GAS)

    def _release(self) -> None:
        with self._database.every_tenant() as session:
            tip = indexed_tip(session)
            if tip is not None:
                intents.release_indexed(session, tip.number)
