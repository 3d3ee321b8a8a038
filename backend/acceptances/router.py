"""HTTP for acceptances."""

from __future__ import annotations

import uuid

from backend.acceptances import service
from backend.acceptances.repository import BindIntent
from backend.acceptances.schemas import AcceptanceList, IntentList, IntentView
from backend.access.permit import Permit
from backend.dependencies import Asker, Services, Transaction
from backend.fields import word_hex
from backend.http.idempotency import IdempotencyKey
from backend.http.routes import api_router
from backend.webhooks.event_types import EventType
from backend.webhooks.events import emit

router = api_router("acceptances")


@router.post(
    "/policies", status_code=202, operation_id="acceptances.make",
    dependencies=[Permit("acceptances.make"), IdempotencyKey],
)  # fmt: skip
def accept_quotes(body: AcceptanceList, session: Transaction, services: Services, asker: Asker) -> IntentList:
    """Accept quotes. They are bound on the chain soon after; all are taken or none."""
    with services.database.every_tenant() as house:
        service.check_room(house, services.settings.max_pending_intents)
    intents = service.accept(
        session, body.acceptances, chain_id=services.deployment.chain_id, now=services.now(), rpc=services.rpc
    )
    if asker.tenant_id is not None:
        for intent in intents:
            told = {"intent_id": str(intent.intent_id), "quote_id": word_hex(intent.quote_id)}
            emit(session, asker.tenant_id, EventType.ACCEPTANCE_TAKEN, told, now=services.clock())
    return IntentList(intents=[_intent_view(intent) for intent in intents])


@router.get("/intents/{intent_id}", operation_id="acceptances.read", dependencies=[Permit("acceptances.read")])
def get_intent(intent_id: uuid.UUID, session: Transaction) -> IntentView:
    """Where an acceptance stands."""
    return _intent_view(service.get_intent(session, intent_id))


def _intent_view(intent: BindIntent) -> IntentView:
    return IntentView(
        intent_id=str(intent.intent_id), quote_id=word_hex(intent.quote_id), status=intent.status,
        policy_id=word_hex(intent.policy_id) if intent.policy_id is not None else None,
        failure_code=intent.failure_code, failure_detail=intent.failure_detail,
    )  # fmt: skip
