"""Chain, insurer, policies and evidence store for the length of a `with` block; nodes are `nodes.py`'s.

with claims_stack(policies=4) as stack:
    notified = stack.notify(Kind.ENGLISH)
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from domain.claim_ids import claim_id
from domain.money import TokenUnits
from ledger.rpc import Rpc
from scripts.anvil import chain_time, move_clock, running_anvil
from scripts.claims_rehearsal.desk import Notified, notify
from scripts.claims_rehearsal.evidence import Kind, make_case
from scripts.claims_rehearsal.insurer import UNIT, Insurer, found_insurer, signer_accounts
from scripts.claims_rehearsal.sales import Policy, sell
from scripts.claims_rehearsal.store import EvidenceStore, Faults, running_store

DAY: Final = 86_400
IN_FORCE_SECONDS: Final = 100 * DAY
"""How long before the present policies are bound: beyond waiting periods and what counts as early."""
BLOCK_SECONDS: Final = 1
NODES: Final = 4
LARGE: Final = TokenUnits(400_000 * UNIT)


@dataclass
class Stack:
    """An insurer with policies nobody has claimed under yet, and the store its evidence lies in."""

    insurer: Insurer
    store: EvidenceStore
    policies: list[Policy]
    large: list[Policy]
    folder: Path
    chance: random.Random
    notified: list[Notified] = field(default_factory=list)

    @property
    def rpc(self) -> Rpc:
        """The chain."""
        return self.insurer.rpc

    def notify(self, kind: Kind = Kind.ENGLISH, faults: Faults | None = None) -> Notified:
        """The next policy's holder notifies a loss. Does not wait for a block.

        Raises:
            IndexError: No policy is left.
        """
        number = len(self.notified)
        case = make_case(number, kind, chain_time(self.rpc), self.chance)
        policy = self.policies[number]
        if faults is not None:
            self.store.faults[_first_claim(self.insurer, policy)] = faults
        self.notified.append(notify(self.insurer, self.store, policy, case))
        return self.notified[-1]


def _first_claim(insurer: Insurer, policy: Policy) -> int:
    return claim_id(insurer.product, policy.number, 0)


@contextmanager
def claims_stack(
    *, policies: int, large: int = 0, nodes: int = NODES, faults: int = 1, seed: int = 1
) -> Iterator[Stack]:
    """Everything but the nodes. Blocks come every second, and nothing is mined between them.

    Args:
        policies: How many claims can be notified.
        large: How many policies there are besides whose claims can be worth more than one adjuster decides.
        nodes, faults: Signers of the quorum, and how many of them may fail.
    """
    folder = Path(tempfile.mkdtemp(prefix="quittance-claims-"))
    try:
        with running_anvil(timestamp=int(time.time()) - IN_FORCE_SECONDS) as rpc, running_store() as store:
            insurer = found_insurer(rpc, folder, signer_accounts(nodes), faults=faults)
            sold = sell(insurer, policies)
            sold_large = sell(insurer, large, first=policies, sum_insured=LARGE)
            live_in_the_present(rpc)
            yield Stack(insurer, store, sold, sold_large, folder, random.Random(seed))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def live_in_the_present(rpc: Rpc) -> None:
    """Move the chain's clock to now; from here a block every second holds whatever was sent."""
    move_clock(rpc, int(time.time()))
    rpc.call("evm_setAutomine", False)
    rpc.call("evm_setIntervalMining", BLOCK_SECONDS)
