"""HTTP for the asker's own custodial keys."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Depends, Response

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.custody import service
from backend.custody.kinds import KeyKind
from backend.custody.schemas import (
    CustodialKeyView,
    ExportRequest,
    KeyRequest,
    KeystoreView,
    SignatureRequest,
    SignatureView,
)
from backend.custody.service import CustodyDesk
from backend.dependencies import Asker, Services, Transaction
from backend.fields import bytes_hex
from backend.http.idempotency import IdempotencyKey
from backend.http.routes import api_router, without_key
from backend.problems import Problem

router = api_router("custody", "/v1/custody")
_TOLD_ONCE = without_key("The answer holds a key; it is kept nowhere. Another copy is as good.")


async def _desk(services: Services) -> CustodyDesk:
    if services.custody is None:
        raise Problem("key_missing", setting="QUITTANCE_VAULT_KEY_FILE")
    return services.custody


AtDesk = Annotated[CustodyDesk, Depends(_desk)]


@router.post("/keys", operation_id="custody.open", dependencies=[Permit("custody.open"), IdempotencyKey])
def open_key(body: KeyRequest, desk: AtDesk, principal: Asker, session: Transaction) -> CustodialKeyView:
    """Have a key kept for oneself; the same again gives the one there is."""
    return CustodialKeyView.of(service.ensure_key(session, desk, principal, _self(principal), kind=body.kind))


@router.get("/keys/{kind}", operation_id="custody.read", dependencies=[Permit("custody.read")])
def read_key(kind: KeyKind, principal: Asker, session: Transaction) -> CustodialKeyView:
    """The asker's key: its address, and when a copy was taken."""
    return CustodialKeyView.of(service.find_key(session, principal, _self(principal), kind=kind))


@router.post("/signatures", operation_id="custody.sign", dependencies=[Permit("custody.sign"), IdempotencyKey])
def sign(body: SignatureRequest, desk: AtDesk, principal: Asker, session: Transaction) -> SignatureView:
    """Sign a document of ours with the asker's own key. What moves money needs a second factor within 5 minutes."""
    person_id = _self(principal)
    if body.kind is KeyKind.STAFF:
        raise Problem(
            "forbidden",
            "kind staff signs nothing here: who decides may not sign second as well, and that is asked where "
            "decisions are. Use POST /v1/claim-decisions/{decision_id}/second-signature.",
        )
    found = service.find_key(session, principal, person_id, kind=body.kind)
    signature = service.sign(session, desk, principal, person_id, body.typed_data, kind=body.kind)
    return SignatureView(address=found.address, signature=bytes_hex(signature))


@router.post("/exports", operation_id="custody.export", dependencies=[Permit("custody.export"), _TOLD_ONCE])
def export(
    body: ExportRequest, desk: AtDesk, principal: Asker, session: Transaction, response: Response
) -> KeystoreView:
    """A copy of the asker's own key, under a password of their own. That it was taken stays noted."""
    keystore = service.export(session, desk, principal, body.password.get_secret_value(), kind=body.kind)
    response.headers["Cache-Control"] = "no-store"
    return KeystoreView(keystore=keystore)


def _self(principal: Principal) -> uuid.UUID:
    if principal.principal_id is None:
        raise Problem("unauthenticated")
    return principal.principal_id
