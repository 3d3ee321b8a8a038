"""Worked examples S1 to S7 of docs/settlement.md, computed anew. A row there is a test here, with the same number."""

from fractions import Fraction

import pytest

from domain.clauses import clause_root
from domain.curve import indemnity
from domain.flight import parse_flight_key
from domain.money import Bps, Ppb, TokenUnits
from domain.policy import Outcome, applicant_commitment, policy_id
from domain.premium import expected_share_ppb, premium_due
from domain.settlement import amount_owed, share_owed
from domain.terms import ParametricTerms
from tests.domain.examples import EXAMPLES, TABLES, rows
from tests.domain.samples import three_clauses


def test_examples__all_rules_with_tables__are_found() -> None:
    per_rule = {rule: len(rows(rule)) for rule in sorted({number.partition(".")[0] for number in EXAMPLES})}

    assert per_rule == TABLES


@pytest.mark.parametrize("number", rows("S1"))
def test_share_bps__worked_example__gives_the_share(number: str, flight_terms: ParametricTerms) -> None:
    value, share = map(int, EXAMPLES[number])

    assert flight_terms.curve.share_bps(value) == share


@pytest.mark.parametrize("number", rows("S2"))
def test_indemnity__worked_example__gives_the_indemnity(number: str) -> None:
    sum_insured, share, expected = map(int, EXAMPLES[number])

    assert indemnity(TokenUnits(sum_insured), Bps(share)) == expected


@pytest.mark.parametrize("number", rows("S3.1", "S3.2", "S3.3", "S3.4", "S3.5"))
def test_premium_due__worked_example__gives_the_premium(number: str) -> None:
    sum_insured, expected_share, loading, minimum, premium = map(int, EXAMPLES[number])

    due = premium_due(TokenUnits(sum_insured), Ppb(expected_share), Bps(loading), TokenUnits(minimum))

    assert due == premium


@pytest.mark.parametrize("number", rows("S3.6", "S3.7", "S3.8", "S3.9"))
def test_expected_share_ppb__worked_example__gives_the_share(number: str, flight_terms: ParametricTerms) -> None:
    *probabilities, expected = map(Fraction, EXAMPLES[number])

    share = expected_share_ppb([Fraction(0), *probabilities], flight_terms.class_shares_bps())

    assert share == expected


@pytest.mark.parametrize("number", rows("S5"))
def test_amount_owed__worked_example__gives_the_amount(number: str, flight_terms: ParametricTerms) -> None:
    name, *numbers = EXAMPLES[number]
    value, share, paid = map(int, numbers)
    outcome = Outcome[name]

    owed_share = share_owed(flight_terms, outcome, value)
    owed = amount_owed(TokenUnits(500_000_000), TokenUnits(28_125_000), outcome, owed_share)

    assert (owed_share, owed) == (share, paid)


@pytest.mark.parametrize("number", rows("S6"))
def test_clause_tree__worked_example__gives_the_hash(number: str) -> None:
    what, expected = EXAMPLES[number]
    clauses = three_clauses()
    hashes = {f"leaf {clause.id}": clause.leaf() for clause in clauses}
    hashes["root"] = clause_root(clauses)
    hashes["commitment"] = applicant_commitment((1).to_bytes(32, "big"), {"name": "李雷", "contact": "li@example.org"})

    assert f"0x{hashes[what].hex()}" == expected


@pytest.mark.parametrize("number", rows("S7.1", "S7.2"))
def test_event_id__worked_example__gives_the_id(number: str) -> None:
    expected = int(EXAMPLES[number][1], 16)
    event = parse_flight_key("flight/UA/1545/EWR/IAH/2013-01-01T10:15Z").event_id()

    assert (event if number == "S7.1" else policy_id(event, 7)) == expected


def test_terms_hash__worked_example_s7_3__gives_the_hash() -> None:
    addresses = ("0x" + "11" * 20, "0x" + "22" * 20)
    curve = ((-5, 0, 60), (Bps(1), Bps(2), Bps(3)))

    terms = ParametricTerms(*addresses, clause_root(three_clauses()), b"\x33" * 32, *range(1, 14), *curve)  # type: ignore[call-arg]

    assert f"0x{terms.hash().hex()}" == EXAMPLES["S7.3"][1]
