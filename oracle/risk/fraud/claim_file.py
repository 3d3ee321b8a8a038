"""A claim as somebody writes it down for the fraud score: facts, and what is known of other claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oracle.risk.documents import read_document
from oracle.risk.forms import shown
from oracle.risk.fraud.facts import MOST_ITEMS, ClaimFacts, ClaimFactsInvalid, Finding, Invoice
from oracle.risk.fraud.network import Network
from oracle.risk.fraud.rules import Known
from oracle.risk.shape_errors import shape_problem

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Word = Annotated[str, Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Invoice(_Part):
    issuer: Word
    number: Word
    amount_minor: int


class _OtherInvoice(_Part):
    issuer: Word
    number: Word
    claim_id: int


class _OtherDocument(_Part):
    sha256: Sha256
    claim_id: int


class _Others(_Part):
    """What other claims have shown."""

    invoices: Annotated[list[_OtherInvoice], Field(max_length=MOST_ITEMS)] = []
    documents: Annotated[list[_OtherDocument], Field(max_length=MOST_ITEMS)] = []
    policyholders_linked: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class _Claim(_Part):
    claim_id: int
    claimed_minor: int
    sum_insured_minor: int
    cover_from: int
    incident_at: int
    notified_at: int
    sum_raised_at: int | None = None
    invoices: Annotated[list[_Invoice], Field(max_length=MOST_ITEMS)] = []
    documents: Annotated[list[Sha256], Field(max_length=MOST_ITEMS)] = []
    past_amounts_minor: Annotated[list[int], Field(max_length=MOST_ITEMS)] = []
    findings: Annotated[list[Annotated[Finding, Field(strict=False)]], Field(max_length=MOST_ITEMS)] = []
    other_claims: _Others = _Others()
    model_row: Annotated[dict[Word, int | float | bool | Word | None], Field(max_length=200)] = {}


@dataclass(frozen=True)
class WrittenClaim:
    """A claim and what it is held against.

    Attributes:
        model_row: Columns of a learned model by name; empty where none is to be asked.
    """

    facts: ClaimFacts
    known: Known
    model_row: Mapping[str, int | float | str | bool | None]


def load_claim(path: Path) -> WrittenClaim:
    """A claim from a JSON or YAML file.

    Raises:
        DocumentInvalid, ClaimFactsInvalid
    """
    return parse_claim(read_document(path))


def parse_claim(document: object) -> WrittenClaim:
    """A claim from plain values.

    Raises:
        ClaimFactsInvalid: Names the first field that is wrong.
    """
    try:
        written = _Claim.model_validate(document)
    except ValidationError as error:
        raise _refused(error) from error
    facts = ClaimFacts(
        **written.model_dump(exclude={"invoices", "documents", "past_amounts_minor", "findings"} | _NO_FACTS),
        invoices=tuple(Invoice(each.issuer, each.number, each.amount_minor) for each in written.invoices),
        documents=tuple(written.documents),
        past_amounts_minor=tuple(written.past_amounts_minor),
        findings=tuple(written.findings),
    )
    return WrittenClaim(facts, _known(written), written.model_row)


_NO_FACTS = {"other_claims", "model_row"}


def _known(written: _Claim) -> Known:
    others = written.other_claims
    linked = {written.claim_id: others.policyholders_linked}
    return Known(
        invoices={Invoice(each.issuer, each.number, 0).fingerprint: each.claim_id for each in others.invoices},
        documents={each.sha256: each.claim_id for each in others.documents},
        network=Network({}, linked),
    )


def _refused(error: ValidationError) -> ClaimFactsInvalid:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part)[:60] for part in first["loc"][:4]) or "claim"
    if first["type"] == "missing":
        return ClaimFactsInvalid(place, None, "is required and missing", "Give it")
    return ClaimFactsInvalid(place, shown(first["input"]), *shape_problem(first))
