"""What a service has around it, played by a test: chain, insurers, other nodes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ledger.rpc import RpcError, RpcUnavailable
from oracle.claims.facts import Block
from oracle.network.service import NetworkService
from oracle.network.wanted import Seen, SignerSet, WaitingClaim
from oracle.rounds.messages import decode
from oracle.rounds.simulation import CONTRACT, QUORUM, START, seats_of
from oracle.rounds.statements import SignedObservation, Statement
from tests.oracle.rounds.worlds import seen

SEATS = seats_of(4)
NODES = tuple(seat.node for seat in SEATS)
VALID = 600
Make = Callable[..., NetworkService]
"""Another service over the same folder: the node after a restart."""
OTHER_QUORUM = "0x" + "77" * 20


def waiting(claim: int = 77, *, quorum: str = QUORUM, min_signatures: int = 0, noticed_at: int = START) -> WaitingClaim:
    return WaitingClaim(claim, CONTRACT, quorum, noticed_at, min_signatures, 0, CONTRACT)


@dataclass
class World:
    """What chain, insurers and other nodes are here: what the test says."""

    claims: list[WaitingClaim] = field(default_factory=lambda: [waiting()])
    block: Block = field(default_factory=lambda: Block(10, "0x0a", START))
    sets: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=lambda: {(QUORUM, 1): NODES})
    epoch: int = 1
    chain_error: Exception | None = None
    later_ms: int = 0
    looked: list[int] = field(default_factory=list)
    said: list[Statement] = field(default_factory=list)

    @property
    def now_ms(self) -> int:
        """The node's clock, and what a test lets pass."""
        return time.time_ns() // 1_000_000 + self.later_ms

    def final_block(self) -> Block:
        if self.chain_error is not None:
            raise self.chain_error
        return self.block

    def signer_set(self, quorum: str, _block: Block, epoch: int | None = None) -> SignerSet:
        wanted = self.epoch if epoch is None else epoch
        if (quorum, wanted) not in self.sets:
            raise RpcError(3, "execution reverted")
        return SignerSet(quorum, wanted, self.sets[quorum, wanted])

    def waiting(self, _block: Block) -> Sequence[WaitingClaim]:
        return self.claims

    def observe(self, claim: WaitingClaim, _block: Block) -> Seen:
        self.looked.append(claim.claim_id)
        return Seen(seen(), {"loss_units": "1000"})

    def send(self, body: bytes, _to: str | None) -> None:
        self.said.append(decode(body))

    def states(self) -> dict[str, object]:
        return {}

    def close(self) -> None:
        """Nothing is open."""

    def look(self, _block: Block) -> int:
        return 0

    def call(self, *_: object) -> object:
        raise RpcUnavailable("no chain here")


def work(service: NetworkService, times: int = 3) -> None:
    """Let engine and looker take what is there."""
    for _ in range(times):
        while service._looker.work_once() == 0.0:
            pass
        for _ in range(50):
            service._parts.engine.step(0)


def observations(world: World) -> list[SignedObservation]:
    return [said for said in world.said if isinstance(said, SignedObservation)]
