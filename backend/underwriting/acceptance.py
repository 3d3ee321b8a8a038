"""What people do with a quote: the committee signs it, the holder accepts it, asks for another, and it is bound."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.chain.simulation import Refusal
from backend.chain.underwriting_quorum import risk_of
from backend.problems import Problem
from backend.underwriting import casebook, repository
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.kind import stem_of
from backend.underwriting.models import ACCEPTED, AWAITING, BOUND, OFFERED, CaseQuoteRow, CaseRow, RiskReportRow
from backend.underwriting.quoting import announce, held, quote_of
from domain.indemnity_reports import IndemnityBinding, UnderwritingReport
from domain.indemnity_underwriting import COMMITTEE_SIZE
from domain.underwriting_steps import CaseOutcome
from ledger.bindings import IndemnityProduct
from ledger.typed_data import SignatureInvalid, recover
from ledger.typed_indemnity import indemnity_acceptance_digest


def current(session: Session, desk: UnderwritingDesk, case_id: int, *, lock: bool = True) -> CaseQuoteRow:
    """The case's quote that can be accepted, or was.

    Args:
        lock: Nobody else may change it meanwhile; False: to show it.
    Raises:
        Problem: `quote_not_offered`.
    """
    rows = repository.quotes(session, case_id, lock=lock)
    found = held(rows, desk.shelf.chain_time())
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
        announce(session, desk, row, desk.shelf.product(row.product), quote_of(quote))
    audit.record(
        session, principal, operation="underwriting.sign_quote", subject=f"cases/{case_id}", facts={"member": member}
    )  # fmt: skip
    return quote


def accept(
    session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int, signature: bytes
) -> CaseQuoteRow:
    """The holder accepts, word for word; the policy is bound soon after. Accepting again changes nothing.

    Raises:
        Problem: `underwriting_case_unknown`, `quote_not_offered`, `acceptance_invalid`, `bind_refused`.
    """
    row, _ = casebook.load(session, desk, case_id)
    kept = current(session, desk, case_id)
    if kept.state in (ACCEPTED, BOUND):
        return kept
    if kept.state != OFFERED:
        raise Problem("quote_not_offered", f"the quote of case {case_id} waits for the committee's signatures.")
    quote = quote_of(kept)
    digest = indemnity_acceptance_digest(quote, chain_id=desk.chain_id, product=row.product)
    if _signer(digest, signature) != quote.holder:
        raise Problem(
            "acceptance_invalid",
            f"signature is not of {quote.holder}. Sign 0x{digest.hex()}.",
            field="signature",
        )
    calldata = _calldata(row, _report(session, kept), kept, signature)
    refused = desk.transactions.foresee(quote.holder, row.product, calldata)
    if refused is not None:
        raise Problem("bind_refused", refused.detail, detail_zh=refused.detail_zh, refusal=refused.code)
    kept.acceptance, kept.accepted_at, kept.state = signature, desk.clock(), ACCEPTED
    kept.failure_code = kept.failure_detail = None
    stem = stem_of(case_id, kept.number)
    kept.intent = desk.transactions.submit(
        session, stem=stem, tenant_id=row.tenant_id, to=row.product, calldata=calldata
    )
    audit.record(
        session, principal, operation="underwriting.accept", subject=f"cases/{case_id}", facts={"quote": kept.number}
    )  # fmt: skip
    return kept


def obstacle(session: Session, desk: UnderwritingDesk, row: CaseRow, kept: CaseQuoteRow) -> Refusal | None:
    """Why the contract would not bind an offered quote now, told before anybody signs; None: it would.

    A holder who sends the binding needs no signature, so the whole of it can be tried in the holder's name.
    """
    if kept.state != OFFERED:
        return None
    calldata = _calldata(row, _report(session, kept), kept, b"")
    return desk.transactions.foresee(quote_of(kept).holder, row.product, calldata)


def renew(session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int) -> CaseRow:
    """Ask for a new quote where the last one ran out. The machine makes it; asking again changes nothing.

    Raises:
        Problem: `underwriting_case_unknown`, `quote_not_renewable`.
    """
    row = repository.case(session, case_id, lock=True)
    if row is None:
        raise Problem("underwriting_case_unknown", f"case {case_id} is not known. See GET /v1/underwriting-cases.")
    rows = repository.quotes(session, case_id)
    kept = held(rows, desk.shelf.chain_time())
    if kept is not None:
        detail = f"quote {kept.number} of case {case_id} is {kept.state} and has not run out. Take that one."
        raise Problem("quote_not_renewable", detail)
    if not rows or row.outcome != CaseOutcome.ACCEPTED or row.superseded_by is not None:
        raise Problem("quote_not_renewable", f"case {case_id} never had a quote, or was corrected. Look the case up.")
    casebook.wake(session, case_id, f"renew:{len(rows)}")
    audit.record(
        session, principal, operation="underwriting.renew_quote", subject=f"cases/{case_id}",
        facts={"quote": rows[0].number},
    )  # fmt: skip
    return row


def _report(session: Session, kept: CaseQuoteRow) -> RiskReportRow:
    return next(each for each in repository.reports(session, kept.case_id) if each.number == kept.report_number)


def _calldata(row: CaseRow, report: RiskReportRow, kept: CaseQuoteRow, acceptance: bytes) -> bytes:
    signed = UnderwritingReport(
        report.chain_id, row.product, report.signer_epoch, report.observed_at, report.valid_until,
        bytes(report.model_hash), (risk_of(report.risk),),
    )  # fmt: skip
    binding = IndemnityBinding(
        0, quote_of(kept), bytes(kept.underwriter_signature), acceptance,
        tuple(each["member"] for each in kept.committee),
        tuple(bytes.fromhex(each["signature"][2:]) for each in kept.committee),
    )  # fmt: skip
    return IndemnityProduct.bind(signed, [bytes(each) for each in report.signatures], [binding]).data


def _signer(digest: bytes, signature: bytes) -> str:
    try:
        return recover(bytes(digest), signature)
    except SignatureInvalid:
        return ""
