"""Facts of a claim: what cannot be true is refused, and a person leaves no readable trace."""

from typing import Any

import pytest

from oracle.risk.fraud.facts import ClaimFactsInvalid, Finding, Invoice, contact_token
from tests.oracle.risk.fraud.claims import claim

SALT = b"0123456789abcdef"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("claimed_minor", -1),
        ("claimed_minor", 2.5),
        ("claimed_minor", float("nan")),
        ("claimed_minor", True),
        ("sum_insured_minor", 0),
        ("incident_at", 2**40),
        ("cover_from", None),
        ("sum_raised_at", -5),
        ("past_amounts_minor", (1, -1)),
        ("documents", ("x",) * 1_001),
        ("findings", ("document-forged-by-me",)),
    ],
)
def test_claim_facts__what_cannot_be__names_the_field(field: str, value: Any) -> None:
    with pytest.raises(ClaimFactsInvalid) as refused:
        claim(**{field: value})

    assert refused.value.field == field


@pytest.mark.parametrize(("issuer", "number"), [("", "1"), ("H", "--"), ("H", "9" * 10_000_000)])
def test_invoice__no_name_or_far_too_long__refused(issuer: str, number: str) -> None:
    with pytest.raises(ClaimFactsInvalid) as refused:
        Invoice(issuer, number, 1)

    assert len(str(refused.value)) < 400


def test_fingerprint__other_spacing_case_and_width__same_invoice() -> None:
    plain = Invoice("Hospital No. 3", "A-100", 250_000).fingerprint

    assert Invoice("HOSPITAL  no 3", "\uff21100", 1).fingerprint == plain
    assert Invoice("Hospital No. 3", "A-101", 250_000).fingerprint != plain
    assert Invoice("Hospital No", "3A-100", 250_000).fingerprint != plain


def test_contact_token__same_number_written_otherwise__same_token() -> None:
    token = contact_token("phone", "+86 139-0013 8000", SALT)

    assert contact_token("phone", "8613900138000", SALT) == token
    assert "13900138000" not in token


def test_contact_token__other_salt_kind_or_number__another_token() -> None:
    tokens = {
        contact_token("phone", "139", SALT),
        contact_token("account", "139", SALT),
        contact_token("phone", "138", SALT),
        contact_token("phone", "139", SALT[::-1]),
    }

    assert len(tokens) == 4


@pytest.mark.parametrize(
    ("kind", "value", "salt"), [("phone", "1", b"short"), ("mail", "1", SALT), ("phone", "-", SALT)]
)
def test_contact_token__cannot_be__refused(kind: str, value: str, salt: bytes) -> None:
    with pytest.raises(ClaimFactsInvalid):
        contact_token(kind, value, salt)


def test_finding__every_code__a_clue_of_the_rulebook() -> None:
    from oracle.risk.fraud.rulebook import CLUES

    assert {finding.value for finding in Finding} <= set(CLUES)
