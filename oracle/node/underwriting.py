"""What a node thinks of applications for an indemnity policy, and whether it may sign a report of them.

Pure: applications, product, engine and report are arguments. All figures are whole numbers that the same engine always
gives, so nothing is tolerated: a report says of an application what this node says, or this node refuses it by the
field. Refusals name an application by its id and a field by its name, and quote nothing that was handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import DomainError
from domain.indemnity_reports import RiskAssessment, UnderwritingReport
from domain.indemnity_terms import IndemnityTerms
from domain.underwriting_decision import CaseAssessment
from oracle.claims.facts import ProductFacts
from oracle.node.refusals import Refusal
from oracle.node.report_head import check_head, check_subjects
from oracle.node.underwriting_words import application_id_of, cause, named
from oracle.risk.application import Application, parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.case import case_assessment
from oracle.risk.engine import Engine
from oracle.risk.explain import Lines, notice
from oracle.risk.indicators import Line
from oracle.risk.report import application_commitment, risk_assessment
from oracle.risk.tables import LineTable

CODES = {
    "score": "score_differs",
    "loss_ratio_bps": "loss_ratio_differs",
    "tier": "tier_differs",
    "rate_ppb": "rate_differs",
    "sum_insured_cap": "sum_insured_cap_differs",
    "exclusions": "exclusions_differ",
    "commitment": "commitment_differs",
}
"""What a false figure is refused with, by field of a `RiskAssessment`."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One application as it was handed in, not checked yet, and the salt of its commitment."""

    document: Mapping[str, object]
    salt: bytes


@dataclass(frozen=True, slots=True)
class ProductView:
    """An indemnity product and its signer set at one block.

    Attributes:
        time: Of the block, unix seconds.
        facts: From its document, proven by the hash of the terms on chain.
        line: Whose applications are for it.
    """

    time: int
    epoch: int
    signers: tuple[str, ...]
    facts: ProductFacts
    line: Line


@dataclass(frozen=True, slots=True)
class Underwritten:
    """One application, assessed.

    Attributes:
        risk: What goes into the report.
        case: What people act on.
        explanation: By language.
    """

    risk: RiskAssessment
    case: CaseAssessment
    explanation: dict[str, Lines]


@dataclass(frozen=True, slots=True)
class RefusedApplication:
    """One application that is not assessed; `place` in the batch, from 0, and its id where it has one."""

    place: int
    application_id: int | None
    refusal: Refusal


def assess_applications(
    handed: Sequence[HandedIn], view: ProductView, engine: Engine
) -> tuple[list[Underwritten], list[RefusedApplication]]:
    """Assess a batch: what can be assessed, in its order, and what cannot with the reason.

    Raises:
        Refusal: `tables_differ`: the product cannot be served at all.
    """
    check_tables(view, engine)
    assessed: list[Underwritten] = []
    refused: list[RefusedApplication] = []
    seen: set[int] = set()
    for place, each in enumerate(handed):
        number = application_id_of(each.document)
        try:
            if number is not None and number in seen:
                raise Refusal("subject_repeated", f"{named(number)} stands in the batch twice: leave one out")
            assessed.append(_assess_one(each, view, engine))
        except Refusal as refusal:
            refused.append(RefusedApplication(place, number, refusal))
        except DomainError as error:
            refused.append(RefusedApplication(place, number, cause(error, number)))
        if number is not None:
            seen.add(number)
    return assessed, refused


def check_underwriting_report(
    report: UnderwritingReport,
    handed: Sequence[HandedIn],
    *,
    chain_id: int,
    view: ProductView,
    signer: str,
    engine: Engine,
) -> None:
    """Refuse a report this node does not agree with.

    Args:
        report: To be signed.
        handed: The applications it assesses, with their salts.
        chain_id: Of the chain this node serves.
        view: The report's product on that chain.
        signer: This node's address.
        engine: This node's own.
    Raises:
        Refusal
    """
    check_head(report, chain_id, view, signer)
    if report.model_hash != engine.hash:
        detail = f"model_hash is 0x{report.model_hash.hex()}, this node runs 0x{engine.hash.hex()}"
        raise Refusal("model_hash_differs", f"{detail}: use the same tables and engine everywhere")
    check_subjects("application_id", [each.application_id for each in report.assessments])
    assessed, refused = assess_applications(handed, view, engine)
    if refused:
        raise refused[0].refusal
    own = {each.risk.application_id: each.risk for each in assessed}
    for said in report.assessments:
        if said.application_id not in own:
            raise Refusal("application_missing", f"{named(said.application_id)} was not handed in: hand it in")
        _check_same(said, own.pop(said.application_id))
    for number in own:
        raise Refusal("application_unreported", f"{named(number)} is not in the report: hand in what it assesses only")


def check_tables(view: ProductView, engine: Engine) -> None:
    """Refuse a product whose terms were made of other tables: words and tiers would not be those it is sold by.

    Raises:
        Refusal: `tables_differ`, with the first field.
    """
    table = engine.tables.lines[view.line]
    for field, (terms, tables) in _bounds(view.facts.terms, table).items():
        if terms != tables:
            detail = f"{field} is {terms} in the terms, {tables} in table {view.line.value} {table.version}"
            raise Refusal("tables_differ", f"{detail}: run the tables the product was made with")


def _bounds(terms: IndemnityTerms, table: LineTable) -> dict[str, tuple[int, int]]:
    """What decides on tiers and prices, in the terms and in the table."""
    tiers, bounds, rates = terms.tiers, table.bounds, table.decision.rates
    return {
        "bounds.medium_from_score": (tiers.bounds.medium_from_score, bounds.medium_from_score),
        "bounds.high_above_score": (tiers.bounds.high_above_score, bounds.high_above_score),
        "bounds.medium_from_ratio_bps": (tiers.bounds.medium_from_ratio_bps, bounds.medium_from_ratio_bps),
        "bounds.high_above_ratio_bps": (tiers.bounds.high_above_ratio_bps, bounds.high_above_ratio_bps),
        "low_factor_bps": (tiers.low_factor_bps, rates.low_bps),
        "medium_factor_bps": (tiers.medium_factor_bps, rates.medium_bps),
        "loaded_factor_bps": (tiers.loaded_factor_bps, rates.loaded_bps),
        "high_factor_bps": (tiers.high_factor_bps, rates.high_bps),
        "committee_above_score": (tiers.committee_above_score, table.committee_above_score),
    }


def _assess_one(handed: HandedIn, view: ProductView, engine: Engine) -> Underwritten:
    application = parse_application(dict(handed.document))
    subject = subject_of(application)
    _check_offer(application, subject.row.get("currency"), subject.row.get("sum_insured_minor"), view)
    found = assess(subject, engine)
    risk = risk_assessment(
        found,
        commitment=application_commitment(application, handed.salt),
        exclusion_bitmap=lambda codes: _exclusion_bitmap(codes, view.facts, application.application_id),
        units_per_minor=view.facts.loss_terms.units_per_minor,
    )
    return Underwritten(risk, case_assessment(found), notice(found, engine.tables))


def _check_offer(application: Application, currency: object, asked: object, view: ProductView) -> None:
    who, terms, money = named(application.application_id), view.facts.terms, view.facts.loss_terms
    if application.line is not view.line:
        detail = f"line of {who} is {application.line.value}, the product's is {view.line.value}"
        raise Refusal("line_differs", f"{detail}: apply for a product of that line")
    if currency != money.currency:
        detail = f"currency of {who} is not {money.currency}, in which the product is sold"
        raise Refusal("currency_differs", f"{detail}: ask in {money.currency}")
    units = money.units_per_minor
    if not isinstance(asked, int) or not terms.min_sum_insured <= asked * units <= terms.max_sum_insured:
        least, most = -(-terms.min_sum_insured // units), terms.max_sum_insured // units
        detail = f"sum_insured_minor of {who} lies outside the terms"
        raise Refusal("sum_insured_out_of_range", f"{detail}: ask for {least} to {most}")


def _exclusion_bitmap(codes: Iterable[str], facts: ProductFacts, application_id: int) -> int:
    bits = {each.code: each.bit for each in facts.exclusions}
    bitmap = 0
    for code in codes:
        if code not in bits:
            detail = f"an exclusion of {named(application_id)} has no clause in the product"
            raise Refusal("exclusion_unknown", f"{detail}: have people decide, or sell a version that has one")
        bitmap |= 1 << bits[code]
    return bitmap


def _check_same(said: RiskAssessment, own: RiskAssessment) -> None:
    for field, code in CODES.items():
        theirs, ours = getattr(said, field), getattr(own, field)
        if theirs != ours:
            detail = f"{field} of {named(said.application_id)} is {_shown(theirs)}, this node has {_shown(ours)}"
            raise Refusal(code, f"{detail}: ask the nodes to assess again")


def _shown(value: int | bytes) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(int(value))
