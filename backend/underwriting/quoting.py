"""Quotes of accepted cases: the same assessment signed again for the sale, the price of the terms, and the
underwriter's signature. What people do with them is `acceptance`'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain import underwriting_quorum
from backend.chain.underwriting_quorum import Refused
from backend.database import Database
from backend.notices import service as notices
from backend.notices.kinds import Language, NoticeKind
from backend.notices.ports import Recipient
from backend.notices.writing import day, money
from backend.underwriting import casebook, files, renewals, reporting, repository
from backend.underwriting.codec import decode, encode
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.models import (
    ACCEPTED,
    AWAITING,
    BOUND,
    EXPIRED,
    OFFERED,
    CaseQuoteRow,
    CaseRow,
)
from backend.underwriting.ports import SoldProduct
from domain.errors import StepRefused
from domain.hashing import checksum_address, keccak256
from domain.indemnity import premium_due
from domain.indemnity_reports import IndemnityQuote, Measure, RiskAssessment
from domain.indemnity_underwriting import check_risk, factor_of
from domain.money import TokenUnits
from domain.underwriting_decision import Conditions
from ledger.bindings import IndemnityPolicy
from ledger.typed_data import sign_digest
from ledger.typed_indemnity import indemnity_quote_digest

log = structlog.get_logger()


def offer(database: Database, desk: UnderwritingDesk, seen: CaseRow) -> None:
    """Quote an accepted case that has no quote which can still be accepted.

    Raises:
        OracleUnavailable
    """
    if desk.underwriter is None:
        log.warning("case.quote_waits_for_key", case_id=seen.case_id)
        return
    worker = Principal.worker(seen.tenant_id)
    with database.scoped(worker) as session:
        row, case = casebook.load(session, desk, seen.case_id, lock=False)
        if held(repository.quotes(session, row.case_id), desk.shelf.chain_time()) is not None:
            return
        handed, applied = files.handed_in(session, desk, row), files.applied_for(session, desk, row)
        valid = casebook.office_of(session, row.tenant_id).quote_valid_seconds
    product = desk.shelf.product(row.product)
    goes_on = desk.shelf.policy(product, applied.renews) if applied.renews else None
    if applied.renews:
        refused = renewals.refusal(product, goes_on, applied.renews, applied.holder, desk.shelf.chain_time())
        if refused is not None:
            _stick(database, seen, refused.code)
            return
    found = underwriting_quorum.assess(desk.nodes, product.address, handed, desk.shelf.signers(product).needed)
    if isinstance(found, Refused) or found.case.digest != case.assessed().digest:
        _stick(database, seen, "assessment_differs")
        return
    report, signatures = reporting.signed_report(desk, row, found, handed, valid)
    try:
        quote = priced(
            desk, product, found.risk, case.decided().conditions, asked=_asked(applied.document, product),
            applied=applied, goes_on=goes_on, valid_until=report.valid_until,
        )  # fmt: skip
    except StepRefused as refused:
        _stick(database, seen, refused.code)
        return
    with database.scoped(worker) as session:
        kept, _ = casebook.load(session, desk, seen.case_id)
        if held(repository.quotes(session, kept.case_id), desk.shelf.chain_time()) is not None:
            return
        number = reporting.keep_report(session, desk, kept, report, signatures, found).number
        _keep(session, desk, kept, product, quote, number, committee=_needs_committee(product, found.risk))


def priced(
    desk: UnderwritingDesk, product: SoldProduct, risk: RiskAssessment, conditions: Conditions, *, asked: int,
    applied: files.Applied, goes_on: IndemnityPolicy | None, valid_until: int,
) -> IndemnityQuote:  # fmt: skip
    """A quote the contract binds: the sum asked for, as far as report, terms and measure let it, at the terms' price.

    Args:
        goes_on: Policy that is renewed: cover starts when it ends, and the quote is good until then at most.
    Raises:
        StepRefused: They do not let it at all.
    """
    assert desk.underwriter is not None
    terms, measure, holder = product.terms, conditions.measure, checksum_address(applied.holder)
    most = min(asked, risk.sum_insured_cap, terms.max_sum_insured)
    if measure is Measure.CAP:
        most = min(most, terms.tiers.capped_sum_insured, (conditions.cap_minor or 0) * product.units_per_minor)

    def quote(premium: int) -> IndemnityQuote:
        return IndemnityQuote(
            application_id=risk.application_id, holder=holder, beneficiary=applied.beneficiary,
            payer=holder, underwriter=desk.underwriter.address,  # type: ignore[union-attr]  # asserted
            subject=keccak256(applied.salt + risk.commitment), sum_insured=TokenUnits(most),
            premium=TokenUnits(premium), exclusions=risk.exclusions if measure is Measure.EXCLUSION else 0,
            measure=measure, starts_at=goes_on.ends_at if goes_on else 0,
            valid_until=min(valid_until, goes_on.ends_at) if goes_on else valid_until,
            renews=applied.renews if goes_on else 0,
        )  # fmt: skip

    factor = factor_of(terms.tiers, risk, quote(0))
    found = quote(premium_due(TokenUnits(most), risk.rate_ppb, factor, terms.min_premium))
    check_risk(terms, risk, found)
    return found


def _keep(
    session: Session, desk: UnderwritingDesk, row: CaseRow, product: SoldProduct, quote: IndemnityQuote,
    report_number: int, *, committee: bool,
) -> None:  # fmt: skip
    assert desk.underwriter is not None
    digest = indemnity_quote_digest(quote, chain_id=desk.chain_id, product=row.product)
    earlier = repository.quotes(session, row.case_id)
    for each in earlier:
        each.state = EXPIRED if each.state in (OFFERED, AWAITING) else each.state
    repository.add(
        session,
        CaseQuoteRow(
            case_id=row.case_id, number=len(earlier) + 1, report_number=report_number,
            application_id=quote.application_id, quote=encode(quote), digest=digest, valid_until=quote.valid_until,
            underwriter_signature=sign_digest(bytes(desk.underwriter.key), digest), committee=[],
            state=AWAITING if committee else OFFERED, tenant_id=row.tenant_id, person_id=row.person_id,
        ),
    )  # fmt: skip
    log.info("case.quoted", case_id=row.case_id, number=len(earlier) + 1)
    if not committee:
        announce(session, desk, row, product, quote)


def announce(
    session: Session, desk: UnderwritingDesk, row: CaseRow, product: SoldProduct, quote: IndemnityQuote
) -> None:
    """Tell the customer that a quote is ready."""
    offset = casebook.office_of(session, row.tenant_id).calendar.days.utc_offset_seconds
    units = product.units_per_minor

    def values(language: Language) -> dict[str, str | bool | list[str]]:
        return {
            "case": str(row.case_id), "sum_insured": money(language, quote.sum_insured // units, product.currency),
            "premium": money(language, -(-quote.premium // units), product.currency),
            "valid_until": day(language, quote.valid_until, offset),
        }  # fmt: skip

    subject = f"underwriting_case:{row.case_id}"
    asked = notices.NoticeOrder(
        Recipient(row.tenant_id, row.person_id), NoticeKind.QUOTE_READY, f"{subject}:quote:{quote.valid_until}",
        subject, values, casebook.about(row),
    )  # fmt: skip
    notices.order(session, desk.notices, asked)


def held(rows: Sequence[CaseQuoteRow], now: int) -> CaseQuoteRow | None:
    """The quote that can be accepted, or was."""
    open_ = (each for each in rows if each.state in (OFFERED, AWAITING) and each.valid_until >= now)
    return next(open_, None) or next((each for each in rows if each.state in (ACCEPTED, BOUND)), None)


def quote_of(kept: CaseQuoteRow) -> IndemnityQuote:
    """What a row offers."""
    return decode(IndemnityQuote, kept.quote)


def _asked(document: Any, product: SoldProduct) -> int:
    return int(document["statements"]["sum_insured_minor"]) * product.units_per_minor


def _needs_committee(product: SoldProduct, risk: RiskAssessment) -> bool:
    return risk.score > product.terms.tiers.committee_above_score


def _stick(database: Database, seen: CaseRow, code: str) -> None:
    with database.scoped(Principal.worker(seen.tenant_id)) as session:
        row = repository.case(session, seen.case_id, lock=True)
        if row is not None:
            row.stuck = code[:80]
    log.warning("case.stuck", case_id=seen.case_id, code=code)
