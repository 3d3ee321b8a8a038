"""A real chain with a full story on it: sold, reported, paid, held, and not yet over."""

import json
from dataclasses import dataclass
from typing import Any

from domain.policy import Outcome, event_id
from domain.reports import Measurement
from ledger.bindings import ParametricProduct, TestStablecoin, Treasury
from ledger.codec import ChainEvent
from ledger.events import fetch_events
from ledger.replay import LedgerState, replay
from ledger.rpc import Rpc
from scripts.anvil import chain_time, move_clock
from scripts.rehearsal import Rehearsal, Sale, account, measured

GENESIS = 1_378_864_800  # 2013-09-11 02:00 UTC
DEPARTS = GENESIS + 12 * 3600
LATE, CANCELLED, EARLY, OPEN = (f"flight/UA/{n}/EWR/IAH/2013-09-11T14:00Z" for n in (1, 2, 3, 4))
BLOCKED = account("blocked holder")


@dataclass(frozen=True)
class Story:
    """A rehearsal after its story, and the events it left."""

    rehearsal: Rehearsal
    events: list[ChainEvent]

    @property
    def treasury(self) -> str:
        """Address of the treasury."""
        return self.rehearsal.deployment.contracts["Treasury"]

    @property
    def documents(self) -> dict[str, dict[str, Any]]:
        """Documents of its products, by terms hash; a copy for each caller."""
        product = self.rehearsal.deployment.products[0]
        return {product.terms_hash: json.loads((self.rehearsal.folder / product.document).read_text("utf-8"))}

    @property
    def state(self) -> LedgerState:
        """State the events give."""
        return replay(self.events, self.treasury)


def tell(rpc: Rpc) -> Story:
    """Sell, report, pay, hold and push out, and read the events."""
    rehearsal = Rehearsal(rpc)
    token, treasury = rehearsal.deployment.contracts["TestStablecoin"], rehearsal.deployment.contracts["Treasury"]
    holders = [BLOCKED, *(account(f"holder {n}") for n in range(11))]
    rehearsal.fund(holders, 1_000_000_000)
    texts = [LATE, LATE, LATE, LATE, LATE, CANCELLED, CANCELLED, EARLY, EARLY, EARLY, OPEN, OPEN]
    sales = [Sale(h, t, DEPARTS, 100_000_000 + n) for n, (h, t) in enumerate(zip(holders, texts, strict=True))]
    assert rehearsal.bind(sales[:6], 0).succeeded
    assert rehearsal.bind(sales[6:], 1).succeeded
    rehearsal.send(token, TestStablecoin.set_blocked(BLOCKED.address, True).data)
    move_clock(rpc, DEPARTS + 4 * 3600)
    cancelled = Measurement(event_id(CANCELLED), Outcome.CANCELLED, 0)
    assert rehearsal.settle([measured(LATE, 121), cancelled], max_policies=4).succeeded
    assert rehearsal.settle([measured(EARLY, -7)]).succeeded
    rest = ParametricProduct.settle([event_id(LATE), event_id(CANCELLED)], 100)
    assert rehearsal.send(rehearsal.product, rest.data).succeeded
    rehearsal.send(token, TestStablecoin.set_blocked(BLOCKED.address, False).data)
    rehearsal.send(treasury, Treasury.push_held_payout(BLOCKED.address).data)
    rehearsal.send(
        treasury, Treasury.withdraw(1_000_000, rehearsal.administrator.address, rehearsal.administrator.address).data
    )
    events = fetch_events(rpc, rehearsal.deployment, 0, rpc.block_number())
    assert chain_time(rpc) > DEPARTS
    return Story(rehearsal, events)
