"""What is known of a claim when its fraud score is asked for. Persons appear as salted hashes only.

RiskError
└── ClaimFactsInvalid   a fact cannot be true; nothing was scored
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.ranges import is_whole
from oracle.risk.indicators import RiskError

LEAST_SALT_BYTES: Final = 16
MOST_ITEMS: Final = 1_000
MOST_TEXT: Final = 200
MAX_AMOUNT: Final = 2**62 - 1
MAX_TIME: Final = 2**40 - 1


class ClaimFactsInvalid(RiskError):
    """A fact cannot be true; nothing was scored."""


class Finding(StrEnum):
    """What a check of documents found; `oracle.sources` hands these in."""

    ALTERED = "document-altered"
    ISSUER_UNKNOWN = "document-issuer-unknown"
    DATES_DISAGREE = "document-dates-disagree"
    AMOUNTS_DISAGREE = "document-amounts-disagree"
    PERSON_DIFFERS = "document-person-differs"
    NUMBER_IMPOSSIBLE = "document-number-impossible"
    BEFORE_COVER = "document-before-cover"
    AFTER_NOTICE = "document-after-notice"
    LOOKS_ALIKE = "document-looks-alike"


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill. `amount_minor` in minor units of the claim's currency."""

    issuer: str
    number: str
    amount_minor: int

    def __post_init__(self) -> None:
        for field in ("issuer", "number"):
            text = getattr(self, field)
            if not 0 < len(plain(text)) <= MOST_TEXT:
                raise ClaimFactsInvalid(field, text, "is empty or too long", f"Write 1 to {MOST_TEXT} characters")
        _check("amount_minor", self.amount_minor, MAX_AMOUNT)

    @property
    def fingerprint(self) -> str:
        """The same for the same bill however its issuer and number are spaced or cased."""
        return hashlib.sha256(f"{plain(self.issuer)}\0{plain(self.number)}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """One claim.

    Attributes:
        claimed_minor, sum_insured_minor: Minor units, one currency.
        cover_from, incident_at, notified_at: Unix seconds.
        sum_raised_at: When the sum insured was last raised; None: never.
        invoices: Handed in with the claim.
        invoices_complete: Whether these are all; else their sum says nothing.
        documents: SHA-256 of each document, hex.
        past_amounts_minor: Earlier claims of 36 months.
        findings: Of document checks.
    """

    claim_id: int
    claimed_minor: int
    sum_insured_minor: int
    cover_from: int
    incident_at: int
    notified_at: int
    sum_raised_at: int | None = None
    invoices: tuple[Invoice, ...] = ()
    documents: tuple[str, ...] = ()
    past_amounts_minor: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    invoices_complete: bool = True

    def __post_init__(self) -> None:
        _check("claim_id", self.claim_id, 2**256 - 1)
        _check("claimed_minor", self.claimed_minor, MAX_AMOUNT)
        _check("sum_insured_minor", self.sum_insured_minor, MAX_AMOUNT, least=1)
        for field in ("cover_from", "incident_at", "notified_at"):
            _check(field, getattr(self, field), MAX_TIME)
        if self.sum_raised_at is not None:
            _check("sum_raised_at", self.sum_raised_at, MAX_TIME)
        for amount in self.past_amounts_minor:
            _check("past_amounts_minor", amount, MAX_AMOUNT)
        for field in ("invoices", "documents", "past_amounts_minor", "findings"):
            if len(getattr(self, field)) > MOST_ITEMS:
                raise ClaimFactsInvalid(field, len(getattr(self, field)), "are too many", f"Give at most {MOST_ITEMS}")
        for finding in self.findings:
            if finding not in tuple(Finding):
                raise ClaimFactsInvalid("findings", finding, "is no finding", f"Choose from {', '.join(Finding)}")


def _check(field: str, value: int, most: int, least: int = 0) -> None:
    if not is_whole(value, least, most):
        raise ClaimFactsInvalid(field, value, f"is not a whole number from {least} to {most}", "Write digits alone")


def plain(text: str) -> str:
    """Letters and digits only, of one width and case: how the same number is recognised however it is written."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def contact_token(kind: str, value: str, salt: bytes) -> str:
    """A phone number or account as a salted hash: equal ones can be found, the number itself cannot.

    Args:
        kind: `phone` or `account`; the same digits of another kind are another token.
        salt: At least 16 bytes, the insurer's secret; with it gone, so is the link.
    Raises:
        ClaimFactsInvalid: The salt is too short, or nothing is left of the value.
    """
    if len(salt) < LEAST_SALT_BYTES:
        raise ClaimFactsInvalid("salt", f"{len(salt)} bytes", "is too short", f"Use at least {LEAST_SALT_BYTES} bytes")
    if kind not in ("phone", "account"):
        raise ClaimFactsInvalid("kind", kind, "is no kind of contact", "Choose phone or account")
    kept = plain(value)
    if not kept:
        raise ClaimFactsInvalid(kind, "empty", "has no letter or digit", "Leave it out where it is not known")
    return hmac.new(salt, f"{kind}\0{kept}".encode(), hashlib.sha256).hexdigest()
