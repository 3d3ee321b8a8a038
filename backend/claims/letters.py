"""What claimants are written about: payments of the machine, decisions with reason and clause, awards of the panel."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from backend.calendars.files import calendar
from backend.chain.projections import claims_read
from backend.chain.projections.claims_read import Claim
from backend.claims.desk import ClaimsOffice
from backend.claims.models import CaseRow
from backend.claims.terms import CoveredProduct
from backend.claims.words import amount_in_words, moment
from backend.notices import service as notices
from backend.notices.kinds import Language, NoticeKind
from backend.notices.ports import Recipient, RecordGone
from backend.notices.writing import Value, day
from domain.claim import ClaimOutcome, ClaimState
from domain.reasons import REASONS

_HOW_TO_DISPUTE: Final = {
    "en": "bring what was not granted before the panel of independent arbitrators, on your claim's page.",
    "zh": "您可以在理赔页面将未获赔付的部分提交独立评议小组。",
}
_FINAL: Final = {"en": "the panel's word is final in this procedure.", "zh": "评议小组的裁决为本程序的终局决定。"}
_CALENDAR: Final = "china"


def tell(session: Session, office: ClaimsOffice, row: CaseRow, what: str) -> None:
    """Order the notice of what came last: `paid`, `decided` or `awarded`. Whose record is gone cannot be told."""
    assert office.notices is not None
    assert row.person_id is not None
    claim = claims_read.claim(session, row.claim_id or 0)
    if claim is None:
        return
    product = office.shelf.product(session, row.product)
    subject = f"claim:{claim.row.claim_id:064x}"
    kind = NoticeKind.CLAIM_PAID if what == "paid" else NoticeKind.CLAIM_DECISION

    def values(language: Language) -> dict[str, Value]:
        if kind is NoticeKind.CLAIM_PAID:
            return _paid(session, product, claim, language)
        return _decided(product, claim, language, what)

    order = notices.NoticeOrder(
        Recipient(row.tenant_id, row.person_id), kind, f"{subject}:{what}", subject, values, b"case" + row.case_id.bytes
    )
    try:
        notices.order(session, office.notices, order)
    except RecordGone:
        return


def _paid(session: Session, product: CoveredProduct, claim: Claim, language: Language) -> dict[str, Value]:
    rows = claims_read.payments(session, claim.row.claim_id)
    interest = sum(row.interest for row in rows)
    return {
        "claim": _short(claim), "amount": _amount(product, sum(row.indemnity for row in rows) + interest),
        "interest": _amount(product, interest) if interest else "", "paid_on": _day(language, rows[-1].paid_at),
        "transaction": "0x" + bytes(rows[-1].transaction_hash).hex(), "more": claim.state < ClaimState.DECIDED,
    }  # fmt: skip


def _decided(product: CoveredProduct, claim: Claim, language: Language, what: str) -> dict[str, Value]:
    step = [each for each in claim.steps if each.kind == what][-1]
    reason, clause = REASONS.get(step.reason_code or 0), product.clause_by_hash(bytes(step.clause or b""))
    until = step.step_at + product.terms.claims.dispute_window_seconds
    final = what == "awarded"
    return {
        "claim": _short(claim), "granted": claim.outcome is ClaimOutcome.PAID,
        "denied": claim.outcome in (ClaimOutcome.DENIED, ClaimOutcome.UPHELD),
        "amount": _amount(product, step.amount or 0), "reason": reason.text(language) if reason else "-",
        "clause": clause.id if clause else "", "clause_text": clause.text(language) if clause else "", "panel": final,
        "how_to_dispute": (_FINAL if final else _HOW_TO_DISPUTE)[language],
        # To the minute: a day alone would promise hours that the contract's window does not have.
        "dispute_by": "" if final else moment(until),
    }  # fmt: skip


def _short(claim: Claim) -> str:
    return f"{claim.row.policy_id}-{claim.row.claim_id & 0xFFFF_FFFF}"


def _amount(product: CoveredProduct, units: int) -> str:
    return amount_in_words(units, product.decimals, product.symbol)


def _day(language: Language, instant: int) -> str:
    return day(language, instant, calendar(_CALENDAR).days.utc_offset_seconds)
