"""Observations of a loss meet in the round's rules: equal ones pay, unequal ones are left to people."""

from dataclasses import replace

import pytest

from domain.claim import ClaimOutcome, ClaimState
from ledger.bindings import ClaimsDesk, OracleQuorum
from ledger.typed_data import sign_digest, sort_signatures
from oracle.claims.observe import LossObserver
from oracle.claims.rules import FRAUD_TIGHT, OBSERVED_SECONDS, field_rules
from oracle.rounds.agreement import agree, check_own
from oracle.rounds.refusals import Disagreement
from oracle.rounds.reports import MadeReport, make_report
from oracle.rounds.rules import Request, RequestKind, RoundRules
from oracle.rounds.statements import Observation, SignedObservation
from tests.oracle.claims.hospital import Filed, HospitalHouse

SIGNERS = tuple(f"0x{number:040x}" for number in range(1, 5))
RULES = RoundRules(SIGNERS, field_rules())
SAME = {"loss": 1_000, "fraud_score": 2_000, "confidence_bps": 10_000, "observed_at": 1_700_000_000}


def request(**changes: object) -> Request:
    told = Request(
        RequestKind.LOSS, 31_337, "0x" + "11" * 20, "0x" + "22" * 20, (7,), 1, valid_seconds=600, refers_below_bps=9_000
    )
    return replace(told, **changes)  # type: ignore[arg-type]  # fields by name


def made(*numbers: dict[str, int]) -> MadeReport:
    """The report that these observations make."""
    told = [
        Observation(
            tuple(sorted((SAME | each).items())),
            (("evidence", bytes(32)), ("exclusions", bytes(32))),
            (("model", bytes(32)),),
        )
        for each in numbers
    ]
    agreed = agree(RULES, [SignedObservation(request(), node, o, b"") for node, o in zip(SIGNERS, told, strict=False)])
    for each in told:
        check_own(RULES, agreed, each)
    return make_report(request(), agreed)


def test_field_rules__one_node_knows_less__the_others_count() -> None:
    report = made({}, {}, {}, {"fraud_score": 0}).report

    assert (report.fraud_score, report.confidence_bps) == (2_000, 10_000)  # type: ignore[union-attr]


def test_field_rules__two_nodes_know_less__a_person_decides() -> None:
    report = made({}, {}, {"fraud_score": 0}, {"fraud_score": 0}).report

    assert report.confidence_bps == 0  # type: ignore[union-attr]
    close = made({}, {}, {"fraud_score": 2_000 - FRAUD_TIGHT}, {"fraud_score": 2_000 - FRAUD_TIGHT}).report
    assert close.confidence_bps == 10_000  # type: ignore[union-attr]


def test_field_rules__two_nodes_are_less_sure__a_person_decides_on_a_report() -> None:
    unsure = {"confidence_bps": 6_000}

    for views in (
        [{}, {}, unsure, unsure],
        [{}, {}, unsure],
        [{}, unsure, unsure],
        [{}, unsure, {"confidence_bps": 5}],
    ):
        report = made(*views).report
        assert (report.loss, report.confidence_bps) == (1_000, 0)  # type: ignore[union-attr]


def test_field_rules__three_nodes_of_one_view__are_heard() -> None:
    unsure = {"confidence_bps": 6_000}

    assert made({}, {}, {}, unsure).report.confidence_bps == 10_000  # type: ignore[union-attr]
    assert made(unsure, unsure, {}, unsure).report.confidence_bps == 6_000  # type: ignore[union-attr]


def test_field_rules__blocks_apart__the_earlier_middle_one_counts() -> None:
    at = SAME["observed_at"]

    report = made({}, {"observed_at": at + 1}, {"observed_at": at + 3}, {"observed_at": at + 60}).report

    assert (report.observed_at, report.confidence_bps) == (at + 1, 10_000)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "value"),
    [("loss", 1_001), ("observed_at", SAME["observed_at"] + OBSERVED_SECONDS + 1)],
)
def test_field_rules__no_three_agree__is_no_report(name: str, value: int) -> None:
    with pytest.raises(Disagreement):
        made({}, {}, {name: value}, {name: value + 1})


def test_observation__agreed_and_signed__pays_the_claim_on_chain(
    house: HospitalHouse, observer: LossObserver, filed: Filed
) -> None:
    seen = observer.observe(filed.claim_id, house.head())
    assert isinstance(seen.observation, Observation)
    contracts, desk = house.contracts, house.contracts["ClaimsDesk"]
    signers, _, _ = house.rpc.eth_call(contracts["OracleQuorum"], OracleQuorum.signer_set(1))
    asked = request(
        chain_id=house.deployment.chain_id, quorum=contracts["OracleQuorum"], contract=desk, subjects=(filed.claim_id,)
    )
    said = [SignedObservation(asked, node, seen.observation, b"") for node in signers[:3]]

    report = make_report(asked, agree(RoundRules(tuple(signers), field_rules()), said))
    keys = [bytes(node.key) for node in house.nodes[:3]]
    signatures = sort_signatures(report.digest, [sign_digest(key, report.digest) for key in keys])
    house.send("relayer", desk, ClaimsDesk.report_loss(report.report, signatures))  # type: ignore[arg-type]

    kept = house.rpc.eth_call(desk, ClaimsDesk.claim(filed.claim_id))
    assert (kept.state, kept.outcome) == (ClaimState.CLOSED, ClaimOutcome.PAID)
    assert kept.paid == (1_012_550_000 - 500_000_000) * 8_000 // 10_000
    assert seen.assessment is not None
    assert report.report == seen.assessment.report
