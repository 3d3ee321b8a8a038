"""Earlier claims: read first, by whoever has time, once each; nothing is said before, unless nobody can read them."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from oracle.claims import observe as room
from oracle.claims.build import observing_together
from oracle.claims.observe import VALID_SECONDS, Earlier, LossObserver, Seen
from oracle.rounds.statements import Observation
from oracle.rounds.steps import Unobserved
from tests.oracle.claims.conftest import file_claim, stores
from tests.oracle.claims.evidence_server import StoreServer
from tests.oracle.claims.hospital import Filed, HospitalHouse
from tests.oracle.serving import until

CATCHING_UP = Unobserved(("earlier.catching_up",))


@pytest.fixture
def observers(
    house: HospitalHouse, store: StoreServer, keys: Path, tmp_path: Path
) -> Iterator[tuple[LossObserver, LossObserver]]:
    """Two of one node, that do not catch up by themselves."""
    with observing_together(
        house.rpc, house.path, tmp_path / "node", stores=stores(house, store, tmp_path), nullifier_keys=keys,
        valid_seconds=VALID_SECONDS, count=2, catch_up_seconds=0.0,
    ) as (one, two):  # fmt: skip
        yield one, two


@pytest.fixture
def three(house: HospitalHouse, store: StoreServer, policy: int) -> list[Filed]:
    return [file_claim(house, policy, store) for _ in range(3)]


def confidence(seen: Seen) -> int:
    assert isinstance(seen.observation, Observation), seen.detail
    return dict(seen.observation.numbers)["confidence_bps"]


def asked(store: StoreServer, claim: Filed) -> int:
    return sum(f"{claim.claim_id:064x}/manifest" in path for path in store.asked)


def learn_all(observer: LossObserver) -> int:
    count = 0
    while (notice := observer.unread()) is not None:
        observer.learn(notice)
        count += 1
    return count


def test_learn__claims_before_the_node_began__latest_first_settled_ones_too_and_each_once(
    house: HospitalHouse, observers: tuple[LossObserver, LossObserver], store: StoreServer, three: list[Filed]
) -> None:
    one, two = observers
    house.pay(three[0])
    del store.dossiers[f"0x{three[1].claim_id:064x}"]
    assert one.unread() is None, "it knows of no notice yet"
    one.chain.open_claims(house.head())

    first = one.unread()
    assert first is not None
    assert first.claim_id == three[2].claim_id
    assert (learn_all(one), learn_all(two)) == (3, 0)
    assert [asked(store, claim) for claim in three] == [1, 1, 1]


def test_unread__products_and_claims_left_out__the_next_or_none(
    house: HospitalHouse, observers: tuple[LossObserver, LossObserver], three: list[Filed]
) -> None:
    one, _ = observers
    one.chain.open_claims(house.head())
    next_to_last = one.unread(leave=lambda notice: notice.claim_id == three[2].claim_id)

    assert next_to_last is not None
    assert next_to_last.claim_id == three[1].claim_id
    assert one.unread(without=[house.product]) is None
    assert one.unread(without=["0x" + "77" * 20]) is not None


def test_observe__earlier_claims_were_never_asked_for__nothing_is_said_or_fetched_before(
    house: HospitalHouse, observers: tuple[LossObserver, LossObserver], store: StoreServer, three: list[Filed]
) -> None:
    one, two = observers
    head, last = house.head(), three[2].claim_id

    for earlier in (Earlier.MEANWHILE, Earlier.FIRST):
        seen = one.observe(last, head, earlier)
        assert (seen.observation, seen.passing) == (CATCHING_UP, True)
        assert seen.wants == {claim.dossier.root for claim in three[:2]}
    assert store.asked == []
    assert "still reading" in str(seen.explained["words"])
    learn_all(two)
    assert confidence(one.observe(last, head, Earlier.FIRST)) == 10_000


def test_observe__without_them__says_so_with_fewer_points(
    house: HospitalHouse, observers: tuple[LossObserver, LossObserver], three: list[Filed]
) -> None:
    seen = observers[0].observe(three[2].claim_id, house.head())

    assert confidence(seen) < 9_000
    assert (seen.explained["deductions"], seen.passing, seen.wants) == (["EARLIER_UNREAD"], True, frozenset())


def test_observe__an_earlier_dossier_cannot_be_had__said_without_it_once_it_was_asked_for(
    house: HospitalHouse, observers: tuple[LossObserver, LossObserver], store: StoreServer, three: list[Filed]
) -> None:
    one, two = observers
    head = house.head()
    del store.dossiers[f"0x{three[0].claim_id:064x}"]
    assert one.observe(three[0].claim_id, head).observation == Unobserved(("evidence.dossier_missing",))
    two.observe(three[1].claim_id, head, Earlier.FIRST)

    seen = two.observe(three[2].claim_id, head, Earlier.FIRST)
    assert confidence(seen) < 9_000
    assert seen.explained["earlier_claims_unread"] == 1


@pytest.mark.parametrize("comes_in_time", [True, False])
def test_observe__another_thread_has_an_earlier_claim_in_hand__waited_for_a_while_and_nothing_fetched_twice(
    house: HospitalHouse, observers: tuple[LossObserver, LossObserver], store: StoreServer, three: list[Filed],
    monkeypatch: pytest.MonkeyPatch, comes_in_time: bool,
) -> None:  # fmt: skip
    one, two = observers
    head, answer, go = house.head(), store.answer, Event()
    first, later = three[1], three[2]
    one.observe(three[0].claim_id, head)

    def slow(path: str) -> tuple[int, bytes]:
        if f"{first.claim_id:064x}/manifest" in path:
            go.wait(30)
        elif f"{later.claim_id:064x}" in path and comes_in_time:
            go.set()
        return answer(path)

    monkeypatch.setattr(store, "answer", slow)
    monkeypatch.setattr(room, "IN_HAND_SECONDS", 30.0 if comes_in_time else 0.1)
    thread = Thread(target=one.observe, args=(first.claim_id, head))
    thread.start()
    until(lambda: asked(store, first) == 1)
    seen = two.observe(later.claim_id, head, Earlier.MEANWHILE)
    go.set()
    thread.join()

    assert seen.wants == (frozenset() if comes_in_time else {first.dossier.root})
    assert confidence(two.observe(later.claim_id, head, Earlier.FIRST)) == 10_000
    assert asked(store, first) == 1
    assert asked(store, later) == (2 if comes_in_time else 1), "what was read before it was too early is kept"


def test_observe__a_look_that_catches_up_by_itself_runs_out_of_time__the_earlier_one_is_not_held_for_missing(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, three: list[Filed],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    answer = store.answer

    def slow(path: str) -> tuple[int, bytes]:
        time.sleep(3.0 if f"{three[1].claim_id:064x}" in path else 0.0)
        return answer(path)

    monkeypatch.setattr(store, "answer", slow)
    monkeypatch.setattr(observer, "_catch_up_seconds", 0.5)
    seen = observer.observe(three[2].claim_id, house.head())
    assert seen.explained["earlier_claims_unread"] == 2

    monkeypatch.setattr(store, "answer", answer)
    monkeypatch.undo()
    assert confidence(observer.observe(three[2].claim_id, house.head())) == 10_000
