"""Quotes of accepted cases: the same assessment signed again for the sale, the price of the terms, the underwriter's
signature, the committee's where the score asks for it, the holder's acceptance, and the binding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.chain import underwriting_quorum
from backend.chain.underwriting_quorum import Refused, risk_of
from backend.database import Database
from backend.notices import service as notices
from backend.notices.kinds import Language, NoticeKind
from backend.notices.ports import Recipient
from backend.notices.writing import day, money
from backend.problems import Problem
from backend.underwriting import casebook, files, reporting, repository
from backend.underwriting.codec import decode, encode
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.models import CaseQuoteRow, CaseRow, RiskReportRow
from backend.underwriting.ports import SoldProduct
from domain.errors import StepRefused
from domain.hashing import checksum_address, keccak256
from domain.indemnity import premium_due
from domain.indemnity_reports import IndemnityBinding, IndemnityQuote, Measure, RiskAssessment, UnderwritingReport
from domain.indemnity_underwriting import COMMITTEE_SIZE, check_risk, factor_of
from domain.money import TokenUnits
from domain.underwriting_decision import Conditions
from ledger.bindings import IndemnityProduct
from ledger.typed_data import SignatureInvalid, recover, sign_digest
from ledger.typed_indemnity import indemnity_acceptance_digest, indemnity_quote_digest

log = structlog.get_logger()

OFFERED, AWAITING, ACCEPTED, EXPIRED = "offered", "committee", "accepted", "expired"


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
        if _open(repository.quotes(session, row.case_id), desk.shelf.chain_time()) is not None:
            return
        handed, applied = files.handed_in(session, desk, row), files.applied_for(session, desk, row)
        valid = casebook.office_of(session, row.tenant_id).quote_valid_seconds
    product = desk.shelf.product(row.product)
    found = underwriting_quorum.assess(desk.nodes, product.address, handed, desk.shelf.signers(product).needed)
    if isinstance(found, Refused) or found.case.digest != case.assessed().digest:
        _stick(database, seen, "assessment_differs")
        return
    report, signatures = reporting.signed_report(desk, row, found, handed, valid)
    try:
        quote = priced(
            desk, product, found.risk, case.decided().conditions, asked=_asked(applied.document, product),
            holder=applied.holder, beneficiary=applied.beneficiary, salt=applied.salt, valid_until=report.valid_until,
        )  # fmt: skip
    except StepRefused as refused:
        _stick(database, seen, refused.code)
        return
    with database.scoped(worker) as session:
        kept, _ = casebook.load(session, desk, seen.case_id)
        if _open(repository.quotes(session, kept.case_id), desk.shelf.chain_time()) is not None:
            return
        number = reporting.keep_report(session, desk, kept, report, signatures, found).number
        _keep(session, desk, kept, product, quote, number, committee=_needs_committee(product, found.risk))


def priced(
    desk: UnderwritingDesk, product: SoldProduct, risk: RiskAssessment, conditions: Conditions, *, asked: int,
    holder: str, beneficiary: str, salt: bytes, valid_until: int,
) -> IndemnityQuote:  # fmt: skip
    """A quote the contract binds: the sum asked for, as far as report, terms and measure let it, at the terms' price.

    Raises:
        StepRefused: They do not let it at all.
    """
    assert desk.underwriter is not None
    terms, measure = product.terms, conditions.measure
    most = min(asked, risk.sum_insured_cap, terms.max_sum_insured)
    if measure is Measure.CAP:
        most = min(most, terms.tiers.capped_sum_insured, (conditions.cap_minor or 0) * product.units_per_minor)

    def quote(premium: int) -> IndemnityQuote:
        return IndemnityQuote(
            application_id=risk.application_id, holder=checksum_address(holder), beneficiary=beneficiary,
            payer=checksum_address(holder), underwriter=desk.underwriter.address,  # type: ignore[union-attr]  # asserted
            subject=keccak256(salt + risk.commitment), sum_insured=TokenUnits(most), premium=TokenUnits(premium),
            exclusions=risk.exclusions if measure is Measure.EXCLUSION else 0, measure=measure, starts_at=0,
            valid_until=valid_until,
        )  # fmt: skip

    factor = factor_of(terms.tiers, risk, quote(0))
    found = quote(premium_due(TokenUnits(most), risk.rate_ppb, factor, terms.min_premium))
    check_risk(terms, risk, found)
    return found


def current(session: Session, desk: UnderwritingDesk, case_id: int) -> CaseQuoteRow:
    """The case's quote that can be accepted, or was.

    Raises:
        Problem: `quote_not_offered`.
    """
    rows = repository.quotes(session, case_id, lock=True)
    found = _open(rows, desk.shelf.chain_time()) or next((each for each in rows if each.state == ACCEPTED), None)
    if found is None:
        raise Problem("quote_not_offered", f"case {case_id} has no quote that can be accepted now. Look the case up.")
    return found


def sign_as_committee(
    session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int, signature: bytes
) -> CaseQuoteRow:
    """A member of the committee signs the quote with their own key; with the third it is offered.

    Raises:
        Problem: `underwriting_case_unknown`, `quote_not_offered`, `acceptance_invalid`.
    """
    casebook.refuse_customer(principal)
    row, case = casebook.load(session, desk, case_id)
    quote = current(session, desk, case_id)
    member = _signer(quote.digest, signature)
    voted = {name for _, name in case.votes}
    if quote.state != AWAITING:
        raise Problem("quote_not_offered", f"the quote of case {case_id} is {quote.state} and needs no signature.")
    if str(principal.principal_id) not in voted or any(each["member"] == member for each in quote.committee):
        raise Problem("acceptance_invalid", "Only who voted on the case signs its quote, each once.", field="signature")
    signed = [*quote.committee, {"member": member, "signature": f"0x{signature.hex()}"}]
    quote.committee = sorted(signed, key=lambda each: int(each["member"], 16))
    if len(signed) == COMMITTEE_SIZE:
        quote.state = OFFERED
        _announce(session, desk, row, desk.shelf.product(row.product), _quote(quote))
    audit.record(
        session, principal, operation="underwriting.sign_quote", subject=f"cases/{case_id}", facts={"member": member}
    )  # fmt: skip
    return quote


def accept(
    session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int, signature: bytes
) -> CaseQuoteRow:
    """The holder accepts, word for word; the policy is bound soon after. Accepting again changes nothing.

    Raises:
        Problem: `underwriting_case_unknown`, `quote_not_offered`, `acceptance_invalid`.
    """
    row, _ = casebook.load(session, desk, case_id)
    kept = current(session, desk, case_id)
    if kept.state == ACCEPTED:
        return kept
    if kept.state != OFFERED:
        raise Problem("quote_not_offered", f"the quote of case {case_id} waits for the committee's signatures.")
    quote = _quote(kept)
    digest = indemnity_acceptance_digest(quote, chain_id=desk.chain_id, product=row.product)
    if _signer(digest, signature) != quote.holder:
        raise Problem(
            "acceptance_invalid",
            f"signature is not of {quote.holder}. Sign 0x{digest.hex()}.",
            field="signature",
        )
    kept.acceptance, kept.accepted_at, kept.state = signature, desk.clock(), ACCEPTED
    report = next(each for each in repository.reports(session, case_id) if each.number == kept.report_number)
    kept.intent = f"underwriting-bind:{case_id}:{kept.number}"
    desk.transactions.submit(
        session, key=kept.intent, tenant_id=row.tenant_id, to=row.product, calldata=_calldata(row, report, kept)
    )
    audit.record(
        session, principal, operation="underwriting.accept", subject=f"cases/{case_id}", facts={"quote": kept.number}
    )  # fmt: skip
    return kept


def _calldata(row: CaseRow, report: RiskReportRow, kept: CaseQuoteRow) -> bytes:
    signed = UnderwritingReport(
        report.chain_id, row.product, report.signer_epoch, report.observed_at, report.valid_until,
        bytes(report.model_hash), (risk_of(report.risk),),
    )  # fmt: skip
    binding = IndemnityBinding(
        0, _quote(kept), bytes(kept.underwriter_signature), bytes(kept.acceptance or b""),
        tuple(each["member"] for each in kept.committee),
        tuple(bytes.fromhex(each["signature"][2:]) for each in kept.committee),
    )  # fmt: skip
    return IndemnityProduct.bind(signed, [bytes(each) for each in report.signatures], [binding]).data


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
        _announce(session, desk, row, product, quote)


def _announce(
    session: Session, desk: UnderwritingDesk, row: CaseRow, product: SoldProduct, quote: IndemnityQuote
) -> None:
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
        subject, values,
    )  # fmt: skip
    notices.order(session, desk.notices, asked)


def _open(rows: Sequence[CaseQuoteRow], now: int) -> CaseQuoteRow | None:
    return next((each for each in rows if each.state in (OFFERED, AWAITING) and each.valid_until >= now), None)


def _quote(kept: CaseQuoteRow) -> IndemnityQuote:
    return decode(IndemnityQuote, kept.quote)


def _asked(document: Any, product: SoldProduct) -> int:
    return int(document["statements"]["sum_insured_minor"]) * product.units_per_minor


def _needs_committee(product: SoldProduct, risk: RiskAssessment) -> bool:
    return risk.score > product.terms.tiers.committee_above_score


def _signer(digest: bytes, signature: bytes) -> str:
    try:
        return recover(bytes(digest), signature)
    except SignatureInvalid:
        return ""


def _stick(database: Database, seen: CaseRow, code: str) -> None:
    with database.scoped(Principal.worker(seen.tenant_id)) as session:
        row = repository.case(session, seen.case_id, lock=True)
        if row is not None:
            row.stuck = code[:80]
    log.warning("case.stuck", case_id=seen.case_id, code=code)
