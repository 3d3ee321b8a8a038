"""HTTP for acceptances."""

from __future__ import annotations

import uuid

from backend.acceptances import service
from backend.acceptances.repository import BindIntent
from backend.acceptances.schemas import AcceptanceList, IntentList, IntentView
from backend.dependencies import Services, Transaction
from backend.fields import word_hex
from backend.http.idempotency import IdempotencyKey
from backend.http.routes import api_router

router = api_router("acceptances")


@router.post("/policies", status_code=202, dependencies=[IdempotencyKey])
def accept_quotes(body: AcceptanceList, session: Transaction, services: Services) -> IntentList:
    """Accept quotes. They are bound on the chain soon after; all are taken or none."""
    intents = service.accept(
        session, body.acceptances, chain_id=services.deployment.chain_id, now=services.now(), rpc=services.rpc,
        most_pending=services.settings.max_pending_intents,
    )  # fmt: skip
    return IntentList(intents=[_intent_view(intent) for intent in intents])


@router.get("/intents/{intent_id}")
def get_intent(intent_id: uuid.UUID, session: Transaction) -> IntentView:
    """Where an acceptance stands."""
    return _intent_view(service.get_intent(session, intent_id))


def _intent_view(intent: BindIntent) -> IntentView:
    return IntentView(
        intent_id=str(intent.intent_id), quote_id=word_hex(intent.quote_id), status=intent.status,
        policy_id=word_hex(intent.policy_id) if intent.policy_id is not None else None,
        failure_code=intent.failure_code, failure_detail=intent.failure_detail,
    )  # fmt: skip
