"""What a machine may pay on, from chain and store: earlier claims were compared, and exclusions have a diagnosis."""

import time

import pytest

from oracle.claims.observe import LossObserver, Seen
from oracle.rounds.statements import Observation
from tests.oracle.claims.conftest import file_claim
from tests.oracle.claims.evidence_server import StoreServer
from tests.oracle.claims.hospital import HospitalHouse


def confidence(seen: Seen) -> int:
    assert isinstance(seen.observation, Observation), seen.detail
    return dict(seen.observation.numbers)["confidence_bps"]


def fraud_score(seen: Seen) -> int:
    assert isinstance(seen.observation, Observation), seen.detail
    return dict(seen.observation.numbers)["fraud_score"]


def test_observe__earlier_dossier_cannot_be_had__is_told_and_retried(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, policy: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = house.sell("ben")
    house.later(100)
    same = house.bill()
    earlier = file_claim(house, policy, store, same)
    later = file_claim(house, ben, store, same, holder="ben")
    kept = store.dossiers.pop(f"0x{earlier.claim_id:064x}")

    blind = observer.observe(later.claim_id, house.head())
    store.put(earlier.claim_id, kept)
    still = observer.observe(later.claim_id, house.head())
    monkeypatch.setattr(observer._known, "_clock", lambda: time.time() + 10)
    sighted = observer.observe(later.claim_id, house.head())

    assert [each.explained["earlier_claims_unread"] for each in (blind, still, sighted)] == [1, 1, 0]
    assert fraud_score(blind) == 0
    assert confidence(blind) == 6_000  # not paid by machine
    assert [each.passing for each in (blind, still, sighted)] == [True, True, False]  # the node looks again first
    assert fraud_score(sighted) > 9_000
    assert confidence(sighted) == 10_000


def test_observe__unread_claim_that_shows_no_bill_of_this_loss__takes_nothing(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, policy: int
) -> None:
    gone = file_claim(house, policy, store)
    del store.dossiers[f"0x{gone.claim_id:064x}"]
    house.later(7)
    later = file_claim(house, policy, store)

    seen = observer.observe(later.claim_id, house.head())

    assert seen.explained["earlier_claims_unread"] == 0
    assert confidence(seen) == 10_000


def test_observe__policy_names_exclusions_and_no_file_a_diagnosis__is_not_paid_by_machine(
    house: HospitalHouse, observer: LossObserver, store: StoreServer
) -> None:
    number = house.sell(exclusions=1 << 1)
    house.later(100)
    uncoded = file_claim(house, number, store)
    coded = file_claim(house, number, store, house.bill(code="S52.5"))
    head = house.head()

    confidences = [confidence(observer.observe(each.claim_id, head)) for each in (uncoded, coded)]

    assert confidences == [8_000, 10_000]


def test_observe__reopened_claim_whose_own_earlier_dossier_is_gone__takes_nothing(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, policy: int
) -> None:
    gone = file_claim(house, policy, store)
    del store.dossiers[f"0x{gone.claim_id:064x}"]
    house.withdraw(gone)
    again = house.reopen(gone, house.dossier(house.bill()))
    store.put(again.claim_id, again.dossier)

    assert confidence(observer.observe(again.claim_id, house.head())) == 10_000
