"""HTTP for the asker's wallets."""

from __future__ import annotations

from typing import Annotated

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.audit import service as audit
from backend.dependencies import Transaction
from backend.fields import AddressText, parse_bytes
from backend.http.routes import api_router, without_key
from backend.identity.entrance import IdentityDesk, person_of, require_recent_factor
from backend.identity.events import SecurityEvent
from backend.identity.wallets import service
from backend.identity.wallets.schemas import WalletLink, WalletList, WalletNonceView, WalletView

_ONCE = without_key("A nonce counts once, and unlinking twice changes nothing.")
router = api_router("wallets", "/v1/wallets")


@router.get("", operation_id="wallets.list")
def list_wallets(
    principal: Annotated[Principal, Permit("wallets.list")],
    session: Transaction,
) -> WalletList:
    """The asker's addresses."""
    found = service.of_person(session, *person_of(principal))
    return WalletList(wallets=[WalletView(address=w.address, linked_at=w.linked_at) for w in found])


@router.post("/nonce", operation_id="wallets.nonce", dependencies=[_ONCE])
def nonce(
    principal: Annotated[Principal, Permit("wallets.nonce")],
    session: Transaction,
    desk: IdentityDesk,
) -> WalletNonceView:
    """What a message must carry to link a wallet."""
    made, rules = service.make_nonce(session, desk, *person_of(principal)), desk.rules
    return WalletNonceView(nonce=made, domain=rules.domain, uri=rules.origin, chain_id=rules.chain_id)


@router.post("", status_code=201, operation_id="wallets.link", dependencies=[_ONCE])
def link(
    principal: Annotated[Principal, Permit("wallets.link")],
    body: WalletLink,
    desk: IdentityDesk,
) -> WalletView:
    """Link the address that signed (EIP-4361; contracts by EIP-1271)."""
    tenant_id, person_id = person_of(principal)
    with desk.tenant_scope(tenant_id) as session:
        require_recent_factor(session, desk, principal)
    signature = parse_bytes(body.signature)
    address = service.proved_address(desk, tenant_id, body.message, signature, linking=person_id)
    with desk.tenant_scope(tenant_id) as session:
        wallet = service.link(session, desk, tenant_id, person_id, address)
        desk.tell(session, tenant_id, person_id, SecurityEvent.WALLET_LINKED)
        audit.record(session, principal, operation="wallets.link", subject=f"wallets/{address}")
    return WalletView(address=wallet.address, linked_at=wallet.linked_at)


@router.delete("/{address}", status_code=204, operation_id="wallets.unlink", dependencies=[_ONCE])
def unlink(
    principal: Annotated[Principal, Permit("wallets.unlink")],
    address: AddressText,
    desk: IdentityDesk,
) -> None:
    """Forget an address. It signs nobody in any more, and sessions it opened end."""
    tenant_id, person_id = person_of(principal)
    with desk.tenant_scope(tenant_id) as session:
        require_recent_factor(session, desk, principal)
        service.unlink(session, tenant_id, person_id, address, now=desk.clock())
        desk.tell(session, tenant_id, person_id, SecurityEvent.WALLET_UNLINKED)
        audit.record(session, principal, operation="wallets.unlink", subject=f"wallets/{address}")
