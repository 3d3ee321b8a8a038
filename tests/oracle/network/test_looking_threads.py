"""Several threads that look: a store that hangs takes not all of them, a claim never two, earlier claims those left."""

import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import pytest

from domain.claim_ids import claim_id
from domain.evidence.dossier import Dossier, EvidenceFile, seal_dossier
from domain.money import TokenUnits
from oracle.claims.errors import DossierUnavailable
from oracle.claims.facts import Block, NoticedAt
from oracle.claims.store import EvidenceStore
from oracle.network.looking import Looker, Looking
from oracle.network.turns import Errand
from oracle.network.wanted import Seen, Waiting, WaitingClaim
from oracle.rounds.simulation import CONTRACT, QUORUM
from oracle.rounds.steps import Unobserved
from tests.oracle.claims.evidence_server import KEY, Lie, StoreServer, serving
from tests.oracle.network.test_looking import BLOCK
from tests.oracle.rounds.worlds import request, seen
from tests.oracle.serving import until

SLOW, QUICK = CONTRACT, QUORUM
DOSSIER: Dossier = seal_dossier([EvidenceFile("bill.txt", "text/plain", b"bill" * 50)], [bytes(32)])


def errand(claim: int, product: str = QUICK, sequence: int = 0) -> Errand:
    asked = WaitingClaim(claim, CONTRACT, QUORUM, 900, 0, 0, product)
    return Errand(replace(request(claim=claim), sequence=sequence), asked, BLOCK)


class Uncounted:
    def observed(self, seconds: float, *, seen: bool) -> None:
        """Nobody asks here."""


@dataclass
class Stores:
    """Two insurers' stores over HTTP, and what was found, in its order."""

    slow: StoreServer
    quick: StoreServer
    clients: dict[str, EvidenceStore]
    found: list[int] = field(default_factory=list)
    inside: dict[int, int] = field(default_factory=dict)
    most_inside: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, *claims: int) -> None:
        for claim in claims:
            for each in (self.slow, self.quick):
                each.put(claim, DOSSIER)

    def observe(self, asked: Waiting, _block: Block) -> Seen:
        with self.lock:
            self.inside[asked.subject] = self.inside.get(asked.subject, 0) + 1
            self.most_inside = max(self.most_inside, self.inside[asked.subject])
        try:
            self.clients[asked.product].dossier(asked.subject, DOSSIER.root)
            return Seen(seen(), {})
        except DossierUnavailable as error:
            return Seen(Unobserved((f"evidence.{error.code}",)), {})
        finally:
            with self.lock:
                self.inside[asked.subject] -= 1

    def bring(self, errand: Errand, _: Seen) -> None:
        self.found.append(errand.asked.subject)

    def looker(self, threads: int, earlier: "Earlier | None" = None) -> Looker:
        places = {SLOW: self.slow.url, QUICK: self.quick.url}
        return Looker(self, Uncounted(), self.bring, Looking(threads, places, earlier))


@pytest.fixture
def stores() -> Iterator[Stores]:
    with ExitStack() as stack:
        slow, quick = stack.enter_context(serving()), stack.enter_context(serving())
        clients = {
            product: EvidenceStore(server.url, KEY, total_seconds=4.0)
            for product, server in ((SLOW, slow), (QUICK, quick))
        }
        for each in clients.values():
            stack.callback(each.close)
        yield Stores(slow, quick, clients)


@pytest.mark.parametrize("lie", [Lie.HANGS, Lie.DRIPS])
def test_looking__one_store_hangs_or_drips__all_claims_of_the_other_are_seen_before_the_first_of_its_own(
    stores: Stores, lie: Lie
) -> None:
    stores.slow.lie = lie
    stores.put(*range(20))
    looker = stores.looker(3)
    for claim in range(6):
        looker.look(errand(claim, SLOW))
    looker.start()
    until(lambda: stores.slow.open_now >= 2)
    for claim in range(10, 20):
        looker.look(errand(claim, QUICK))
    until(lambda: set(range(10, 20)) <= set(stores.found))
    seen_meanwhile = [claim for claim in stores.found if claim < 10]
    looker.stop()

    assert seen_meanwhile == []
    manifests = [path for path in stores.slow.asked if path.endswith("manifest")]
    assert len({path.split("/")[3] for path in manifests}) == 2, "one thread was left to the other"


def test_looking__a_claim_asked_for_twice_at_once__never_in_two_threads(stores: Stores) -> None:
    stores.quick.pause_seconds = 0.05
    stores.put(1, 2)
    looker = stores.looker(3)
    for sequence in range(4):
        looker.look(errand(1, QUICK, sequence))
        looker.look(errand(2, QUICK, sequence))
    looker.start()
    until(lambda: len(stores.found) == 8)
    looker.stop()

    assert stores.most_inside == 1
    assert stores.quick.most_at_once >= 2, "two claims were looked at at one time"


def test_start__all_threads_run_and_have_ended__said(stores: Stores) -> None:
    looker = stores.looker(2)
    said = [looker.is_alive]
    looker.start()
    said.append(looker.is_alive)
    looker.stop()

    assert [*said, looker.is_alive] == [False, True, False]


@dataclass
class Earlier:
    """Claims to be learned, by product."""

    left: list[NoticedAt]
    stores: Stores
    learned: list[NoticedAt] = field(default_factory=list)
    inside: int = 0
    most_inside: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def unread(self, *, without: Collection[str], but: Collection[int]) -> NoticedAt | None:
        with self.lock:
            free = [each for each in self.left if each.product not in without and each.claim_id not in but]
            if not free:
                return None
            self.left.remove(free[0])
            return free[0]

    def learn(self, notice: NoticedAt) -> None:
        with self.lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        self.stores.observe(errand(notice.claim_id, notice.product).asked, BLOCK)
        with self.lock:
            self.inside -= 1
            self.learned.append(notice)


def notices(product: str, count: int) -> list[NoticedAt]:
    return [
        NoticedAt(claim_id(product, number, 0), 1, number, 5, "payee", 1, 4, TokenUnits(9), DOSSIER.root)
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (3, 2)])
def test_looking__nothing_else_to_do__earlier_claims_are_read_by_all_threads_but_one(
    stores: Stores, threads: int, most: int
) -> None:
    stores.quick.pause_seconds = 0.02
    wanted = notices(QUICK, 12)
    stores.put(*(each.claim_id for each in wanted))
    earlier = Earlier(list(wanted), stores)
    looker = stores.looker(threads, earlier)
    looker.start()
    until(lambda: len(earlier.learned) == len(wanted))
    looker.stop()

    assert earlier.most_inside == most


def test_looking__earlier_claims_of_a_store_that_hangs__others_are_read_and_looked_at_meanwhile(
    stores: Stores,
) -> None:
    stores.slow.lie = Lie.HANGS
    slow, quick = notices(SLOW, 4), notices(QUICK, 4)
    stores.put(7, *(each.claim_id for each in (*slow, *quick)))
    earlier = Earlier([*slow, *quick], stores)
    looker = stores.looker(3, earlier)
    looker.look(errand(quick[0].claim_id))
    looker.start()
    until(lambda: stores.slow.open_now >= 1)
    looker.look(errand(7))
    until(lambda: 7 in stores.found and quick[0].claim_id in stores.found)
    learned_meanwhile = list(earlier.learned)
    looker.stop()

    assert not set(slow) & set(learned_meanwhile)
