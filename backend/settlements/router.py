"""HTTP for settlements."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from backend.access.permit import Public
from backend.dependencies import Transaction
from backend.fields import AddressText, bytes_hex, word_hex
from backend.http.pages import PageAsked
from backend.http.routes import api_router
from backend.settlements import repository
from backend.settlements.models import ReportRow
from backend.settlements.repository import Settlement
from backend.settlements.schemas import ReportView, SettlementPage, SettlementView
from domain.policy import Outcome

router = api_router("settlements", "/v1/settlements")


@router.get("", operation_id="settlements.list", dependencies=[Public("settlements.list")])
def list_settlements(
    session: Transaction,
    page: PageAsked,
    product: Annotated[AddressText | None, Query()] = None,
) -> SettlementPage:
    """Closed events in the order the chain closed them."""
    after = (int(page.position[0]), int(page.position[1])) if page.position else None
    found = repository.page(session, after=after, limit=page.limit, product=product)
    last = (found[-1].closure.block_number, found[-1].closure.log_index) if found else None
    return SettlementPage(settlements=[_view(s) for s in found], next_cursor=page.next_cursor(len(found), last))


def _view(s: Settlement) -> SettlementView:
    c = s.closure
    outcome = Outcome(c.outcome)
    return SettlementView(
        product=c.product, event_id=word_hex(c.event_id), insured_event=s.insured_event, occurs_at=s.occurs_at,
        outcome=outcome.name.lower(), value=c.value if outcome is Outcome.MEASURED else None, share_bps=c.share_bps,
        closed_at=c.closed_at, block_number=c.block_number, transaction_hash=bytes_hex(c.transaction_hash),
        policies=s.policies, settled=s.settled, paid=s.paid, held=s.held,
        report=_report_view(s.report) if s.report else None,
    )  # fmt: skip


def _report_view(report: ReportRow) -> ReportView:
    return ReportView(
        digest=bytes_hex(report.digest), signer_epoch=report.signer_epoch, signers=report.signers,
        observed_at=report.observed_at, source_hash=bytes_hex(report.origin_hash),
    )  # fmt: skip
