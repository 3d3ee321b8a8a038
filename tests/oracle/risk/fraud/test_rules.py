"""Each rule: the fact that makes it speak, and the nearest one that does not."""

from typing import Any

import pytest

from oracle.risk.fraud.facts import Finding, Invoice
from oracle.risk.fraud.network import LinkedClaim, network_of
from oracle.risk.fraud.rulebook import rulebook
from oracle.risk.fraud.rules import Known, clues_of
from tests.oracle.risk.fraud.claims import DAY, PLAIN, claim

BILL = PLAIN.invoices[0]
START = PLAIN.cover_from


def codes(known: Known = Known(), **changed: Any) -> set[str]:  # noqa: B008 - frozen
    return {clue.code for clue in clues_of(claim(**changed), known, rulebook())}


def test_clues_of__plain_claim__none() -> None:
    assert codes() == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"invoices": (BILL, Invoice("hospital no.3", "a 100", 1))}, {"invoice-twice"}),
        ({"invoices": (BILL, Invoice("Hospital No. 3", "A-101", 1))}, set()),
        ({"claimed_minor": 250_001}, {"more-than-invoices"}),
        ({"claimed_minor": 250_001, "invoices": ()}, set()),
        ({"claimed_minor": 9_500_000, "invoices": ()}, {"near-sum-insured"}),
        ({"claimed_minor": 9_499_999, "invoices": ()}, set()),
        ({"past_amounts_minor": (80_000, 80_000, 900_000)}, {"above-history", "many-claims"}),
        ({"past_amounts_minor": (90_000, 90_000, 90_000)}, {"many-claims"}),
        ({"past_amounts_minor": (1, 1)}, set()),
        ({"incident_at": START - 1}, {"before-cover", "late-notice"}),
        ({"incident_at": START, "notified_at": START}, {"very-early"}),
        ({"incident_at": START + 7 * DAY - 1, "notified_at": START + 7 * DAY}, {"very-early"}),
        ({"incident_at": START + 7 * DAY, "notified_at": START + 8 * DAY}, {"early"}),
        ({"incident_at": START + 30 * DAY, "notified_at": START + 31 * DAY}, set()),
        ({"sum_raised_at": START + 171 * DAY}, {"raised-shortly-before"}),
        ({"sum_raised_at": START + 170 * DAY}, set()),
        ({"sum_raised_at": START + 201 * DAY}, set()),
        ({"notified_at": PLAIN.incident_at + 60 * DAY}, set()),
        ({"notified_at": PLAIN.incident_at + 60 * DAY + 1}, {"late-notice"}),
        ({"notified_at": PLAIN.incident_at - 1}, {"notice-before-incident"}),
        ({"findings": (Finding.ALTERED, Finding.ALTERED, Finding.DATES_DISAGREE)},
         {"document-altered", "document-dates-disagree"}),
    ],
)  # fmt: skip
def test_clues_of__one_fact_changed__its_clue_and_no_other(changed: dict[str, Any], expected: set[str]) -> None:
    assert codes(**changed) == expected


def test_duplicates__invoice_and_document_of_another_claim__named_with_that_claim() -> None:
    known = Known(invoices={BILL.fingerprint: 3}, documents={"ab": 4})

    found = clues_of(claim(documents=("ab", "cd")), known, rulebook())

    assert [clue.code for clue in found] == ["invoice-in-other-claim", "document-in-other-claim"]
    assert found[0].en == "Invoice A-100 of Hospital No. 3 was already handed in with claim 3."
    assert "3" in found[0].zh


def test_duplicates__handed_in_by_this_very_claim__no_clue() -> None:
    assert codes(Known(invoices={BILL.fingerprint: 7}, documents={"ab": 7}), documents=("ab",)) == set()


@pytest.mark.parametrize(("holders", "expected"), [(2, set()), (3, {"shared-contacts"})])
def test_links__policyholders_sharing_a_phone__from_three_on(holders: int, expected: set[str]) -> None:
    claims = [LinkedClaim(7 + place, f"holder-{place}", ("phone-x",)) for place in range(holders)]

    assert codes(Known(network=network_of(claims, hub_claims=50))) == expected
