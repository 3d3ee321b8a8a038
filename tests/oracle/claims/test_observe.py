"""From a claim on a real chain and its dossier over HTTP to what a node says in the round."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from domain.evidence.dossier import Dossier, EvidenceFile, seal_dossier
from domain.hashing import word
from oracle.claims.build import observing
from oracle.claims.observe import LOOK_SECONDS, LossObserver, Seen
from oracle.evidence.reading.result import FileReading
from oracle.rounds.statements import Observation
from oracle.rounds.steps import Unobserved
from tests.oracle.claims.conftest import file_claim, stores
from tests.oracle.claims.evidence_server import Lie, StoreServer
from tests.oracle.claims.hospital import Filed, HospitalHouse

LOSS = 1_012_550_000


def said(seen: Seen) -> Observation:
    assert isinstance(seen.observation, Observation), seen.detail
    return seen.observation


def unseen(seen: Seen) -> tuple[str, ...]:
    assert isinstance(seen.observation, Unobserved)
    assert seen.assessment is None
    assert seen.explained["observed"] is False
    return seen.observation.fields


def house_of_ben(house: HospitalHouse) -> int:
    """Ben's policy, 100 days old."""
    number = house.sell("ben")
    house.later(100)
    return number


def test_observe__honest_claim__says_its_loss_with_full_confidence(
    house: HospitalHouse, observer: LossObserver, filed: Filed
) -> None:
    head = house.head()

    seen = observer.observe(filed.claim_id, head)

    told = said(seen)
    assert dict(told.numbers) == {"loss": LOSS, "fraud_score": 0, "confidence_bps": 10_000, "observed_at": head.time}
    decisions = dict(told.decisions)
    assert (decisions["evidence"], decisions["exclusions"]) == (filed.dossier.root, word(0))
    assert sorted(decisions) == ["evidence", "exclusions", "nullifiers.0", "nullifiers.1"]
    assert [name for name, _ in told.versions] == ["claims", "document", "fraud_rules", "model", "nullifier_keys"]
    assert all(len(value) == 32 for _, value in (*told.decisions, *told.versions))
    assert dict(told.versions)["document"] == house.file.document_hash
    assert seen.assessment is not None
    assert seen.assessment.report.model_hash == dict(told.versions)["model"]


def test_observe__two_nodes_at_other_blocks__say_the_same_but_for_the_time(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, filed: Filed, keys: Path, tmp_path: Path
) -> None:
    first = observer.observe(filed.claim_id, house.head())
    house.rpc.call("evm_mine")
    with observing(
        house.rpc, house.path, tmp_path / "other", stores=stores(house, store, tmp_path), nullifier_keys=keys
    ) as other:
        second = other.observe(filed.claim_id, house.head())

    one, two = said(first), said(second)
    assert (one.decisions, one.versions) == (two.decisions, two.versions)
    assert {n: v for n, v in one.numbers if n != "observed_at"} == {n: v for n, v in two.numbers if n != "observed_at"}


def test_observe__evidence_touches_exclusions__their_bits_are_decided(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, policy: int
) -> None:
    claim = file_claim(house, policy, store, house.bill(code="I11.9"))

    seen = observer.observe(claim.claim_id, house.head())

    assert dict(said(seen).decisions)["exclusions"] == word(1 << 1 | 1 << 3)  # hypertension, heart disease
    assert [each["clause"] for each in seen.explained["exclusions"]] == ["X2", "X4"]  # type: ignore[attr-defined]
    assert "I11" not in json.dumps(seen.explained)


def test_observe__bill_of_an_earlier_claim__is_found_by_a_node_that_starts_now(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, policy: int
) -> None:
    same = house.bill()
    earlier = file_claim(house, policy, store, same)
    house.pay(earlier)  # settled before this node first looks
    again = file_claim(house, house_of_ben(house), store, same, holder="ben")

    seen = observer.observe(again.claim_id, house.head())

    codes = {clue.code for clue in seen.assessment.fraud.clues} if seen.assessment else set()
    assert {"invoice-in-other-claim", "document-in-other-claim"} <= codes
    assert dict(said(seen).numbers)["fraud_score"] > 9_000
    nullifiers = {value for name, value in said(seen).decisions if name.startswith("nullifiers")}
    assert len(nullifiers) == 2


def test_observe__the_earlier_of_two_alike__knows_nothing_of_the_later(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, policy: int
) -> None:
    ben, same = house_of_ben(house), house.bill()
    earlier = file_claim(house, policy, store, same)
    later = file_claim(house, ben, store, same, holder="ben")
    head = house.head()

    later_seen, earlier_seen = observer.observe(later.claim_id, head), observer.observe(earlier.claim_id, head)

    assert dict(said(earlier_seen).numbers)["fraud_score"] == 0
    assert dict(said(later_seen).numbers)["fraud_score"] > 9_000


def test_observe__reopened_with_the_same_evidence__is_no_duplicate_of_itself(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, filed: Filed
) -> None:
    house.withdraw(filed)
    again = house.reopen(filed, filed.dossier)
    store.put(again.claim_id, again.dossier)

    seen = observer.observe(again.claim_id, house.head())

    assert dict(said(seen).numbers)["fraud_score"] == 0


def test_observe__paid_to_one_party_for_three_holders__is_a_clue(
    house: HospitalHouse, observer: LossObserver, store: StoreServer
) -> None:
    payee = house.address_of("vault")
    numbers = {holder: house.sell(holder, beneficiary=payee) for holder in ("ann", "ben", "cho")}
    house.later(100)
    claims = [file_claim(house, number, store, holder=holder) for holder, number in numbers.items()]

    scores = [dict(said(observer.observe(claim.claim_id, house.head())).numbers)["fraud_score"] for claim in claims]

    assert (scores[0], scores[1], scores[2] > 3_000) == (0, 0, True)


@pytest.mark.parametrize(
    ("lie", "field"),
    [
        (Lie.ALTERED_BYTE, "evidence.dossier_altered"),
        (Lie.OTHER_MANIFEST, "evidence.dossier_altered"),
        (Lie.FILE_GONE, "evidence.dossier_missing"),
        (Lie.HUGE_FILE, "evidence.store_answer_invalid"),
    ],
)
def test_observe__store_lies__is_unobserved_and_may_pass(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, filed: Filed, lie: Lie, field: str
) -> None:
    store.lie = lie

    seen = observer.observe(filed.claim_id, house.head())

    assert (unseen(seen), seen.passing) == ((field,), True)


def test_observe__time_of_the_dossier_is_up__others_have_their_turn_and_it_is_looked_at_again(
    observer: LossObserver, house: HospitalHouse, filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer, "_look_seconds", 0.0)
    seen = observer.observe(filed.claim_id, house.head())
    assert (unseen(seen), seen.passing) == (("evidence.store_unavailable",), True)
    monkeypatch.undo()

    ends: list[float] = []
    read = observer._reader.read

    def too_late(dossier: Dossier, *, ends_at: float) -> Mapping[str, FileReading]:
        ends.append(ends_at)
        return read(dossier, ends_at=0.0)

    monkeypatch.setattr(observer._reader, "read", too_late)
    seen = observer.observe(filed.claim_id, house.head())
    assert (unseen(seen), seen.passing) == (("reading",), True)
    assert 0 < ends[0] - time.monotonic() <= LOOK_SECONDS
    monkeypatch.undo()
    assert said(observer.observe(filed.claim_id, house.head())).numbers


def test_observe__claim_that_is_settled_or_unknown__is_unobserved(
    house: HospitalHouse, observer: LossObserver, filed: Filed
) -> None:
    house.pay(filed)
    head = house.head()

    assert unseen(observer.observe(filed.claim_id, head)) == ("claim.not_waiting",)
    for unknown in (filed.claim_id + 1, 0, 2**256, -1):
        assert unseen(observer.observe(unknown, head)) == ("claim.claim_unknown",)


def test_observe__dossier_without_bill_statement_or_root__names_the_field_and_no_file(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, policy: int
) -> None:
    no_bill = house.notify(policy, house.dossier())
    unstated = seal_dossier([EvidenceFile("mr-smith.pdf", "application/pdf", house.bill())], [bytes(32)])
    no_statement = house.notify(policy, unstated)
    for each in (no_bill, no_statement):
        store.put(each.claim_id, each.dossier)
    head = house.head()

    seen = [observer.observe(each.claim_id, head) for each in (no_bill, no_statement)]

    assert [unseen(each) for each in seen] == [("loss.no_invoice",), ("statement.missing",)]
    assert not any("smith" in f"{each.explained} {each.detail}" for each in seen)


def test_observe__everything_wrong_with_a_bill__explains_it_in_both_languages_and_names_nobody(
    house: HospitalHouse, observer: LossObserver, store: StoreServer, policy: int
) -> None:
    bill = house.bill(days_ago=50, number="SECRET-77", code="C50.1")
    claim = house.notify(policy, house.dossier(bill, bill, subject="E7777777"), claimed=19_900_000_000)
    store.put(claim.claim_id, claim.dossier)

    seen = observer.observe(claim.claim_id, house.head())

    text, words = json.dumps(seen.explained), seen.explained["words"]
    assert isinstance(words, dict)
    assert len(words["en"]) == len(words["zh"]) > 5
    for private in ("SECRET", "E7777777", "City Hospital", "MRI", "C50", "bill 1"):
        assert private not in text
    assert not any("{" in sentence for sentence in (*words["en"], *words["zh"]))
    assert {"BEFORE_LOSS", "invoice-twice"} <= {clue["code"] for clue in seen.explained["clues"]}  # type: ignore[attr-defined]


def test_observe__reader_was_killed__is_started_anew(
    house: HospitalHouse, observer: LossObserver, filed: Filed
) -> None:
    observer.observe(filed.claim_id, house.head())
    killed = observer._reader.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)

    assert dict(said(observer.observe(filed.claim_id, house.head())).numbers)["loss"] == LOSS
    assert observer._reader.process_id != killed
    assert observer._reader.restarts == 1


def test_observe__two_pages_and_a_warm_reader__takes_well_below_a_second(
    house: HospitalHouse,
    observer: LossObserver,
    store: StoreServer,
    policy: int,
    record_property: Callable[[str, object], None],
) -> None:
    claims = [file_claim(house, policy, store, house.bill(pages=2)) for _ in range(4)]
    head = house.head()
    observer.observe(claims[0].claim_id, head)

    took = []
    for claim in claims[1:]:
        started = time.perf_counter()
        said(observer.observe(claim.claim_id, head))
        took.append(time.perf_counter() - started)
    record_property("seconds", sorted(took)[1])

    assert sorted(took)[1] < 1.0


def test_observe__chain_is_gone__is_unobserved_and_may_pass(
    house: HospitalHouse, observer: LossObserver, filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = house.head()
    monkeypatch.setattr(house.rpc, "url", "http://127.0.0.1:9")

    seen = observer.observe(filed.claim_id, head)

    assert (unseen(seen), seen.passing) == (("chain.chain_unavailable",), True)
