"""Dossier, terms and fraud score become what a node signs of a claim: a `LossReport`, and the words for it. Pure.

The same dossier, readings and facts give the same bytes at every node. Nothing here denies: a loss of nothing, a high
fraud score or a low confidence make the desk hand the claim to a person (rule S22).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Final

from domain.claim_reports import LossReport
from domain.evidence.dossier import Dossier
from domain.evidence.refusals import EvidenceAltered
from domain.hashing import canonical_json, keccak256
from domain.money import BPS_WHOLE, Bps, TokenUnits
from oracle.evidence import clue_words, loss_words
from oracle.evidence.clues import ClaimDays, DocumentClue, ReadFile, document_clues, figures_of, states_total
from oracle.evidence.duplicates import SeenEvidence, file_print
from oracle.evidence.loss_words import DEDUCTIONS, LineOutcome
from oracle.evidence.nullifiers import Identity, IncidentIdentity, NullifierKeys, named
from oracle.evidence.reading import diagnoses
from oracle.evidence.reading.invoice_text import LABELS
from oracle.evidence.reading.result import FileReading, Outcome, Provenance
from oracle.evidence.valuation import AssessedLine, Bill, assessed_lines, bills_of, first_of
from oracle.risk.fraud.facts import ClaimFacts, Invoice
from oracle.risk.fraud.network import Network
from oracle.risk.fraud.rules import Known
from oracle.risk.fraud.score import FraudScore, score_claim

SCHEME: Final = "quittance loss 2"


@dataclass(frozen=True)
class LossTerms:
    """What of the terms a loss is assessed by.

    Attributes:
        currency: ISO 4217, of the settlement token.
        units_per_minor: Token units in a minor unit: 10_000 for a token of six decimals.
        exclusions: Code of diagnosis or procedure → bits of the clauses it touches. `J18` also takes in `J18.9`.
    """

    currency: str
    units_per_minor: int
    exclusions: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class NoticedClaim:
    """The claim as chain and policy tell it; times unix seconds.

    Attributes:
        subject: What the loss befell, the same at every insurer; see `IncidentIdentity`.
        peril: Its name.
        policy_exclusions: Clauses that the policy excluded when the loss occurred, a bitmap.
    """

    claim_id: int
    evidence_root: bytes
    claimed: TokenUnits
    sum_insured: TokenUnits
    cover_from: int
    occurred_at: int
    noticed_at: int
    subject: str
    peril: str
    policy_exclusions: int
    sum_raised_at: int | None = None
    past_amounts_minor: tuple[int, ...] = ()


@dataclass(frozen=True)
class KnownClaims:
    """What earlier claims showed: evidence, invoices by fingerprint, and who hangs together with whom.

    Attributes:
        unread: Earlier claims that may show the same bills and whose dossiers could not be had.
    """

    evidence: SeenEvidence = field(default_factory=SeenEvidence)
    invoices: Mapping[str, int] = field(default_factory=dict)
    network: Network = field(default_factory=lambda: Network({}, {}))
    fraud_model_bps: int | None = None
    fraud_base_bps: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Signing:
    """Where and for how long the report counts."""

    chain_id: int
    desk: str
    signer_epoch: int
    observed_at: int
    valid_until: int


@dataclass(frozen=True)
class LossAssessment:
    """What is signed, and why.

    Attributes:
        found_minor: What the evidence shows; the report's loss is no more than was claimed.
        deductions: Codes of `loss_words.DEDUCTIONS` that took from the confidence.
        excluded_codes: Codes in the evidence that the terms can exclude.
    """

    report: LossReport
    lines: tuple[AssessedLine, ...]
    found_minor: int
    clues: tuple[DocumentClue, ...]
    fraud: FraudScore
    deductions: tuple[str, ...]
    excluded_codes: tuple[str, ...]


def assess_loss(
    dossier: Dossier,
    readings: Mapping[str, FileReading],
    claim: NoticedClaim,
    terms: LossTerms,
    *,
    known: KnownClaims,
    keys: NullifierKeys,
    signing: Signing,
    versions: Mapping[str, str],
) -> LossAssessment:
    """The loss a dossier shows.

    Args:
        readings: Of every file, by name.
        versions: Of the reader's libraries, `Reader.versions`; part of the model hash.
    Raises:
        EvidenceAltered, LossUndetermined, NullifierKeyInvalid
    """
    files = _read_files(dossier, readings, claim)
    days = ClaimDays.of(claim.cover_from, claim.occurred_at, claim.noticed_at)
    bills = bills_of(files)
    lines = assessed_lines(bills, days, terms.currency)
    found = max(0, sum(line.accepted_minor for line in lines))
    clues = document_clues(files, days, known.evidence.pictures, claim.claim_id)
    fraud = _fraud(dossier, bills, clues, claim, terms, known)
    excluded = _excluded(files, terms)
    deductions = _deductions(files, bills, lines, _of_the_claim(files, found, claim, terms, known))
    report = LossReport(
        **asdict(signing),
        claim_id=claim.claim_id,
        loss=TokenUnits(min(found * terms.units_per_minor, claim.claimed)),
        fraud_score=fraud.score,
        confidence_bps=Bps(max(0, BPS_WHOLE - sum(DEDUCTIONS[code][0] for code in deductions))),
        exclusions=sum({1 << bit for code in excluded for bit in terms.exclusions[code]}),
        evidence_root=dossier.root,
        model_hash=model_hash(fraud.rules_hash, versions),
        nullifiers=named(_identities(claim, bills, days), keys),
    )
    return LossAssessment(report, lines, found, clues, fraud, deductions, excluded)


def _identities(claim: NoticedClaim, bills: Sequence[Bill], days: ClaimDays) -> list[Identity]:
    """The incident, and every bill that can be told from others, by its issuer's code and by its name."""
    incident = IncidentIdentity(claim.subject, claim.peril, days.occurred)
    return [incident, *(identity for bill in bills for identity in bill.identities)]


def model_hash(rules_hash: str, versions: Mapping[str, str]) -> bytes:
    """What assessed: words, deductions, fraud rules and the reader's libraries. Nodes with another one do not agree."""
    told = {
        "scheme": SCHEME,
        "clues": {code: [str(finding), en, zh] for code, (finding, en, zh) in clue_words.CLUES.items()},
        "labels": [*LABELS, diagnoses.LABELLED.pattern, diagnoses.CODE.pattern, diagnoses.LOOSE.pattern],
        "editors": list(clue_words.EDITORS),
        "deductions": {code: list(each) for code, each in DEDUCTIONS.items()},
        "lines": {code.value: list(each) for code, each in loss_words.LINES.items()},
        "fraud_rules": rules_hash,
        "reader": dict(versions),
    }
    return keccak256(canonical_json(told))


def _read_files(dossier: Dossier, readings: Mapping[str, FileReading], claim: NoticedClaim) -> tuple[ReadFile, ...]:
    if dossier.root != claim.evidence_root:
        problem = f"the claim was noticed with 0x{claim.evidence_root.hex()}"
        raise EvidenceAltered("evidence root", f"0x{dossier.root.hex()}", problem, "Open the dossier of this claim")
    unread = sorted({entry.name for entry in dossier.entries} ^ set(readings))
    if unread:
        raise EvidenceAltered("readings", ", ".join(unread), "is not a file that was read", "Read every file once")
    return tuple(ReadFile(each.name, readings[each.name], each.file_hash.hex()) for each in dossier.entries)


def _fraud(
    dossier: Dossier,
    bills: Sequence[Bill],
    clues: Sequence[DocumentClue],
    claim: NoticedClaim,
    terms: LossTerms,
    known: KnownClaims,
) -> FraudScore:
    invoices, complete = _invoices(bills, known)
    facts = ClaimFacts(
        claim_id=claim.claim_id,
        claimed_minor=claim.claimed // terms.units_per_minor,
        sum_insured_minor=claim.sum_insured // terms.units_per_minor,
        cover_from=claim.cover_from,
        incident_at=claim.occurred_at,
        notified_at=claim.noticed_at,
        sum_raised_at=claim.sum_raised_at,
        invoices=invoices,
        invoices_complete=complete,
        documents=tuple(file_print(file.content) for file in dossier.files),
        past_amounts_minor=claim.past_amounts_minor,
        findings=tuple(sorted({clue.finding for clue in clues if clue.finding is not None})),
    )
    seen = Known(known.invoices, known.evidence.files, known.network)
    return score_claim(facts, seen, model_bps=known.fraud_model_bps, base_bps=known.fraud_base_bps)


def _invoices(bills: Sequence[Bill], known: KnownClaims) -> tuple[tuple[Invoice, ...], bool]:
    """Bills for the fraud rules, and whether these are all. One that is in the dossier twice has one name both times;
    one that an earlier claim showed has the name it had there."""
    found = list[Invoice]()
    for first, bill in zip(first_of(bills), bills, strict=True):
        lowest = max(0, min(figures_of(bill.invoice).values()))
        names = [Invoice(each.issuer, each.number, lowest) for each in bills[first].identities or bill.identities]
        found += [each for each in names if each.fingerprint in known.invoices][:1] or names[:1]
    return tuple(found), len(found) == len(bills)


def _deductions(
    files: Sequence[ReadFile], bills: Sequence[Bill], lines: Sequence[AssessedLine], told: Mapping[str, bool]
) -> tuple[str, ...]:
    invoices = [bill.invoice for bill in bills]
    readings = [file.reading for file in files]
    holds = {
        "ISSUER_MISSING": not all(each.has_issuer for each in bills),
        "NUMBER_MISSING": not all(each.has_number for each in bills),
        "DATE_MISSING": any(each.issued_on is None for each in invoices),
        "LINES_MISSING": any(not each.lines for each in invoices),
        "TOTAL_MISSING": not all(states_total(each) for each in invoices),
        "TAX_UNCLEAR": any(each.tax_unclear for each in invoices),
        "TOTALS_DISAGREE": any(len(set(figures_of(each).values())) > 1 for each in invoices),
        "NOT_READ": any(each.outcome is Outcome.UNREADABLE for each in readings),
        "PICTURE_ONLY": any(each.outcome is Outcome.READ and not each.has_text for each in readings),
        "LINE_NOT_COUNTED": any(line.outcome not in (LineOutcome.COUNTED, LineOutcome.DIFFERENCE) for line in lines),
        "PROVENANCE_BROKEN": any(each.provenance is Provenance.BROKEN for each in readings),
        **told,
    }
    return tuple(code for code in DEDUCTIONS if holds[code])


def _of_the_claim(
    files: Sequence[ReadFile], found_minor: int, claim: NoticedClaim, terms: LossTerms, known: KnownClaims
) -> dict[str, bool]:
    """Deductions that no bill shows by itself."""
    return {
        "MORE_CLAIMED": found_minor * terms.units_per_minor < claim.claimed,
        "CODE_MISSING": _lacks_code(files, claim, terms),
        "EARLIER_UNREAD": known.unread > 0,
    }


def _codes(files: Sequence[ReadFile]) -> set[str]:
    """Codes of diagnoses that files name as such."""
    billed = chain.from_iterable(file.reading.invoice.codes for file in files if file.reading.invoice is not None)
    written = chain.from_iterable(diagnoses.labelled_codes(file.reading.text) for file in files)
    return {diagnoses.plain_code(each) for each in chain(billed, written)}


def _lacks_code(files: Sequence[ReadFile], claim: NoticedClaim, terms: LossTerms) -> bool:
    """Whether the policy excludes diagnoses and no file names one: it may be one of these."""
    by_diagnosis = sum({1 << bit for bits in terms.exclusions.values() for bit in bits})
    return claim.policy_exclusions & by_diagnosis != 0 and not _codes(files)


def _excluded(files: Sequence[ReadFile], terms: LossTerms) -> tuple[str, ...]:
    """Codes of the terms that the evidence names, in bills, records, or anywhere else."""
    found = _codes(files).union(*(diagnoses.codes_anywhere(file.reading.text) for file in files))
    return tuple(sorted(code for code in terms.exclusions if diagnoses.touches(code, found)))
