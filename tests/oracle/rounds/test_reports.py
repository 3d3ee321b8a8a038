"""What was agreed becomes a report, byte for byte; where something is missing there is none."""

from dataclasses import replace

import pytest

from domain.money import Ppb, TokenUnits
from domain.reports import Assessment, RiskReport
from ledger.typed_data import risk_report_digest
from oracle.rounds.agreement import Agreed, agree
from oracle.rounds.refusals import Code, Disagreement
from oracle.rounds.reports import make_report
from oracle.rounds.rules import Request, RequestKind
from oracle.rounds.simulation import CHAIN_ID, CONTRACT, QUORUM, START, rules_of, seats_of
from oracle.rounds.statements import Observation, SignedObservation
from tests.oracle.rounds.worlds import bytes31

APPLICATIONS = (9, 4)
ASKED = Request(RequestKind.RISK, CHAIN_ID, QUORUM, CONTRACT, APPLICATIONS, signer_epoch=3, valid_seconds=600)


def seen(later: int = 0, cheaper: int = 0) -> Observation:
    numbers = {"observed_at": START + later}
    decisions: dict[str, bytes] = {}
    for application in APPLICATIONS:
        key = f"{application:064x}"
        numbers |= {f"expected_share_ppb.{key}": 5_000 * application - cheaper, f"sum_insured_cap.{key}": 700}
        decisions |= {
            f"event.{key}": bytes31(70 + application),
            f"occurs_at.{key}": bytes31(START + 86_400 + application),
            f"commitment.{key}": bytes31(application << 200),
        }
    return Observation(tuple(sorted(numbers.items())), tuple(sorted(decisions.items())), (("model", bytes31(8)),))


def agreed(*told: Observation) -> Agreed:
    seats = seats_of(4)
    said = [SignedObservation(ASKED, seat.node, each, b"") for seat, each in zip(seats, told, strict=False)]
    return agree(rules_of(seats, 30_000), said)


def test_make_report__risk_of_two_applications__medians_and_decisions_in_the_order_asked() -> None:
    made = make_report(ASKED, agreed(seen(later=2), seen(cheaper=1), seen(later=1, cheaper=2)))

    expected = RiskReport(
        chain_id=CHAIN_ID,
        product=CONTRACT,
        signer_epoch=3,
        observed_at=START + 1,
        valid_until=START + 601,
        model_hash=bytes31(8),
        assessments=tuple(
            Assessment(
                n, 70 + n, START + 86_400 + n, Ppb(5_000 * n - 1), TokenUnits(700), (n << 200).to_bytes(32, "big")
            )
            for n in APPLICATIONS
        ),
    )
    assert (made.report, made.digest, made.valid_until) == (expected, risk_report_digest(expected), START + 601)


def test_make_report__risk_without_a_commitment__none_and_the_field_is_named() -> None:
    missing = f"commitment.{APPLICATIONS[1]:064x}"
    whole = agreed(seen(), seen(), seen())
    lacking = replace(whole, decisions=tuple(each for each in whole.decisions if each[0] != missing))

    with pytest.raises(Disagreement) as refused:
        make_report(ASKED, lacking)

    assert (refused.value.code, refused.value.fields) == (Code.REPORT_IMPOSSIBLE, (missing,))


def test_make_report__risk_whose_prices_lie_wide__none() -> None:
    with pytest.raises(Disagreement) as refused:
        make_report(ASKED, agreed(seen(), seen(cheaper=3), seen(cheaper=6)))

    assert refused.value.code is Code.SPREAD_WIDE
