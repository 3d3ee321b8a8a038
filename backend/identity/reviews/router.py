"""HTTP for the review of access and for alarms."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import Query, Response

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.audit import service as audit
from backend.dependencies import Transaction
from backend.http.routes import api_router
from backend.identity.attempts import service as attempts
from backend.identity.desk import Desk
from backend.identity.entrance import IdentityDesk, person_of
from backend.identity.reviews import service
from backend.identity.reviews.schemas import AlertList, AlertView, ReviewLineView, ReviewView
from backend.identity.reviews.service import Line

router = api_router("access reviews", "/v1")
Days = Annotated[int, Query(ge=0, le=366, description="Grants that end within so many days are marked.")]
_DAY = 86_400


@router.get("/access-reviews", operation_id="access_reviews.read")
def read(
    principal: Annotated[Principal, Permit("access_reviews.read")],
    desk: IdentityDesk,
    expiring_days: Days = 30,
) -> ReviewView:
    """Who can do what, since when, last used."""
    lines = _lines(desk, principal, expiring_days, "access_reviews.read")
    return ReviewView(made_at=desk.clock(), lines=[ReviewLineView(**asdict(line)) for line in lines])


@router.get(
    "/access-reviews.csv",
    operation_id="access_reviews.export",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": "kind,subject_id,name,role\r\n"}}}
    },
)
def export(
    principal: Annotated[Principal, Permit("access_reviews.export")],
    desk: IdentityDesk,
    expiring_days: Days = 30,
) -> Response:
    """The same as CSV, for signing off."""
    text = service.as_csv(_lines(desk, principal, expiring_days, "access_reviews.export"))
    headers = {"Content-Disposition": 'attachment; filename="access-review.csv"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/security-alerts", operation_id="security_alerts.list")
def alerts(
    principal: Annotated[Principal, Permit("security_alerts.list")],
    session: Transaction,
    since: Annotated[int, Query(ge=0, lt=1 << 40)] = 0,
) -> AlertList:
    """Guessing, copied passkeys, recovery codes used: what people should look at."""
    tenant_id, _me = person_of(principal)
    found = attempts.alerts(session, tenant_id, since=since)
    return AlertList(
        alerts=[
            AlertView(
                alert_id=str(alert.alert_id), kind=alert.kind, raised_at=alert.raised_at,
                person_id=str(alert.person_id) if alert.person_id else None,
            )
            for alert in found
        ]
    )  # fmt: skip


def _lines(desk: Desk, principal: Principal, expiring_days: int, operation: str) -> list[Line]:
    tenant_id, _me = person_of(principal)
    with desk.tenant_scope(tenant_id) as session:
        lines = service.review(session, desk, tenant_id, within_seconds=expiring_days * _DAY)
        audit.record(session, principal, operation=operation, subject="access-reviews", facts={"lines": len(lines)})
    return lines
