"""A claim with its dossier, read without a process, for tests of what is made of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from domain.evidence.dossier import Dossier, EvidenceFile, seal_dossier
from domain.money import TokenUnits
from oracle.evidence.loss import KnownClaims, LossAssessment, LossTerms, NoticedClaim, Signing, assess_loss
from oracle.evidence.nullifiers import NullifierKeys
from oracle.evidence.reading.result import FileReading, Invoice, InvoiceLine, Metadata, Outcome

TERMS = LossTerms("USD", 10_000, {"J18": (4,), "S72": (5, 9)})
KEYS = NullifierKeys({1: bytes(range(32))})
SIGNING = Signing(31_337, "0x" + "11" * 20, 1, 1_772_900_000, 1_772_990_000)
VERSIONS = {"pypdf": "7.1.0"}


def at(day: str) -> int:
    """Noon of a day, unix seconds."""
    return int(dt.datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp())


def bill(**changes: object) -> Invoice:
    """An honest bill over 1,012.55."""
    told = Invoice(
        issuer="City Hospital",
        number="A-1001",
        issued_on=dt.date(2026, 3, 4),
        currency="USD",
        lines=(InvoiceLine(text="MRI", amount_minor=80_000), InvoiceLine(text="Visit", amount_minor=12_050)),
        net_minor=92_050,
        tax_minor=9_205,
        total_minor=101_255,
    )
    return told.model_copy(update=changes)


def reading(invoice: Invoice | None = None, **changes: object) -> FileReading:
    """A file that was read, with text."""
    told = FileReading(outcome=Outcome.READ, pages=1, text="INVOICE", invoice=invoice, metadata=Metadata())
    return told.model_copy(update=changes)


def dossier(*names: str) -> Dossier:
    """Files of these names."""
    files = [EvidenceFile(name, "text/plain", f"content of {name}".encode()) for name in names]
    return seal_dossier(files, [bytes([number + 1]) * 32 for number in range(len(files))])


def claim(sealed: Dossier, **changes: object) -> NoticedClaim:
    """Over exactly the honest bill."""
    told = NoticedClaim(
        claim_id=2**200 + 1,
        evidence_root=sealed.root,
        claimed=TokenUnits(1_012_550_000),
        sum_insured=TokenUnits(50_000_000_000),
        cover_from=at("2025-06-01"),
        occurred_at=at("2026-03-02"),
        noticed_at=at("2026-03-06"),
        subject="E12345678",
        peril="illness",
        policy_exclusions=0,
    )
    return replace(told, **changes)  # type: ignore[arg-type]  # fields by name


def assessed(
    readings: Mapping[str, FileReading], known: KnownClaims | None = None, keys: NullifierKeys = KEYS, **changes: object
) -> LossAssessment:
    """The loss of a claim with these files."""
    sealed = dossier(*readings)
    noticed = claim(sealed, **changes)
    return assess_loss(
        sealed, readings, noticed, TERMS, known=known or KnownClaims(), keys=keys, signing=SIGNING, versions=VERSIONS
    )
