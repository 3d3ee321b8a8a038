"""Claims of the network: what waits is worked out once a block, what this node is behind with is read first."""

import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast

from structlog.testing import capture_logs

from domain.claim_ids import claim_id
from domain.money import TokenUnits
from oracle.claims.errors import ChainUnread, ClaimUnfit
from oracle.claims.facts import Block, NoticedAt
from oracle.claims.observe import Earlier, LossObserver, Seen
from oracle.network.claims import FRESH_SECONDS, HELD_BACK_SECONDS, ObservedClaims
from oracle.rounds.simulation import CONTRACT, QUORUM, START
from oracle.rounds.steps import Unobserved
from tests.oracle.network.worlds import waiting

BLOCK, INSTEAD = Block(10, "0x0a", START), Block(10, "0x1a", START)
FACTS = SimpleNamespace(desk=QUORUM, quorum=QUORUM, min_signatures=3, min_confidence_bps=9_000, address=CONTRACT)


def notice(number: int, noticed_at: int = START - 5) -> NoticedAt:
    return NoticedAt(
        claim_id(CONTRACT, number, 0), 9, number, noticed_at, QUORUM, 0, START - 99, TokenUnits(1), bytes(32)
    )


@dataclass
class Chain:
    """Claims by the hash of the block; counts what is asked."""

    at: dict[str, list[NoticedAt]]
    listed: int = 0
    read: list[int] = field(default_factory=list)
    errors: dict[int, Exception] = field(default_factory=dict)

    def open_claims(self, block: Block) -> tuple[NoticedAt, ...]:
        self.listed += 1
        return tuple(self.at[block.hash])

    def claim(self, claim: int, _block: Block) -> object:
        self.read.append(claim)
        if claim in self.errors:
            raise self.errors[claim]
        return SimpleNamespace(product=FACTS)


def claims(chain: Chain) -> ObservedClaims:
    return ObservedClaims([cast("LossObserver", SimpleNamespace(chain=chain))], holds_back=True)


def test_waiting__asked_again_at_one_block__listed_and_read_once() -> None:
    chain = Chain({BLOCK.hash: [notice(1), notice(2)]})
    source = claims(chain)
    found = [source.waiting(BLOCK) for _ in range(4)]

    assert [each.claim_id for each in found[0]] == [notice(1).claim_id, notice(2).claim_id]
    assert all(each == found[0] for each in found)
    assert (chain.listed, len(chain.read)) == (1, 2)


def test_waiting__another_block_at_that_height__what_waits_there_and_since_when() -> None:
    mined_anew = replace(notice(2), noticed_at=START - 1)
    chain = Chain({BLOCK.hash: [notice(1), notice(2)], INSTEAD.hash: [mined_anew]})
    source = claims(chain)
    source.waiting(BLOCK)

    (found,) = source.waiting(INSTEAD)
    assert (found.claim_id, found.since) == (notice(2).claim_id, START - 1)
    assert len(source.waiting(BLOCK)) == 2
    assert len(chain.read) == 3, "known notices are not read anew"


def test_waiting__one_cannot_be_read_now__the_others_wait_and_it_is_asked_for_again_at_that_block() -> None:
    chain = Chain({BLOCK.hash: [notice(1), notice(2)]})
    chain.errors = {notice(1).claim_id: ChainUnread("chain_refused", "chain", "pruned", "refused", "ask later")}
    source = claims(chain)
    with capture_logs() as logs:
        assert [len(source.waiting(BLOCK)) for _ in range(3)] == [1, 1, 1]
    chain.errors.clear()

    assert [len(source.waiting(BLOCK)) for _ in range(2)] == [2, 2]
    assert (chain.listed, len(chain.read)) == (4, 5)
    assert [entry["event"] for entry in logs] == ["claim.not_read"]


def test_waiting__one_that_nobody_can_report_on__left_out_and_not_read_again() -> None:
    chain = Chain({BLOCK.hash: [notice(1)], INSTEAD.hash: [notice(1)]})
    chain.errors = {notice(1).claim_id: ClaimUnfit("product_foreign", "product", "0x", "is not known", "sell another")}
    source = claims(chain)

    assert [*source.waiting(BLOCK), *source.waiting(BLOCK), *source.waiting(INSTEAD)] == []
    assert len(chain.read) == 1


@dataclass
class Observer:
    """Says what the test gives, and notes how it was asked."""

    chain: Chain
    gives: list[Seen]
    unread_: tuple[NoticedAt, ...] = ()
    asked: list[Earlier] = field(default_factory=list)
    inside: int = 0
    most_inside: int = 0

    def observe(self, _claim: int, _block: Block, earlier: Earlier) -> Seen:
        self.asked.append(earlier)
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        time.sleep(0.01)
        self.inside -= 1
        return self.gives.pop(0) if len(self.gives) > 1 else self.gives[0]

    def unread(self, *, without: Collection[str], leave: Callable[[NoticedAt], bool]) -> NoticedAt | None:
        return next((each for each in self.unread_ if each.product not in without and not leave(each)), None)


def seen(*, early: bool) -> Seen:
    field_ = "earlier.catching_up" if early else "loss.no_invoice"
    return Seen(1, BLOCK, Unobserved((field_,)), {}, passing=early, wants=frozenset([b"root"] if early else []))


def observed(observers: list[Observer], *, holds_back: bool, clock: Callable[[], float]) -> ObservedClaims:
    return ObservedClaims(cast("list[LossObserver]", observers), holds_back=holds_back, clock=clock)


def test_observe__this_node_is_behind__says_nothing_for_a_minute_and_then_what_it_knows() -> None:
    times = iter((0.0, 1.0, HELD_BACK_SECONDS - 1, HELD_BACK_SECONDS, 200.0))
    observer = Observer(Chain({}), [seen(early=True)] * 3 + [seen(early=False)])
    source = observed([observer], holds_back=True, clock=lambda: next(times))
    said = [source.observe(waiting(), BLOCK).early for _ in range(5)]

    assert said == [True, True, True, False, False]
    first, again = [Earlier.MEANWHILE, Earlier.FIRST, Earlier.FIRST, Earlier.WITHOUT], [Earlier.MEANWHILE]
    assert observer.asked == first + again, "asked anew later, it waits anew"


def test_observe__nobody_else_reads_earlier_claims__said_at_once() -> None:
    observer = Observer(Chain({}), [seen(early=False)])
    observed([observer], holds_back=False, clock=lambda: 0.0).observe(waiting(), BLOCK)

    assert observer.asked == [Earlier.WITHOUT]


def test_observe__as_many_threads_as_observers__each_has_one_for_itself() -> None:
    observers = [Observer(Chain({}), [seen(early=False)]) for _ in range(3)]
    source = observed(observers, holds_back=True, clock=lambda: 0.0)
    with ThreadPoolExecutor(3) as pool:
        for _ in range(30):
            pool.submit(source.observe, waiting(), BLOCK)

    assert sum(len(each.asked) for each in observers) == 30
    assert [each.most_inside for each in observers] == [1, 1, 1]


def test_unread__claims_that_were_just_noticed_or_are_in_the_row__left_to_their_own_looks_unless_wanted() -> None:
    old, fresh = notice(1), replace(notice(2), evidence_root=b"root")
    now = [0.0]
    observer = Observer(Chain({BLOCK.hash: [old], INSTEAD.hash: [old, fresh]}), [seen(early=True)], (fresh, old))
    source = observed([observer], holds_back=True, clock=lambda: now[0])
    source.waiting(BLOCK)
    now[0] = FRESH_SECONDS
    source.waiting(INSTEAD)

    assert source.unread(without=(), but=()) == old
    assert source.unread(without=(), but=[old.claim_id]) is None
    source.observe(waiting(), BLOCK)
    assert source.unread(without=(), but=()) == fresh, "a look waits for it"
    assert source.unread(without=(), but=[fresh.claim_id]) == old
    assert source.unread(without=[CONTRACT], but=()) is None
    observer.gives = [seen(early=False)]
    source.observe(waiting(), BLOCK)
    assert source.unread(without=(), but=()) == old
    now[0] *= 2
    assert source.unread(without=(), but=()) == fresh
