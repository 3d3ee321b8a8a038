"""Use cases of wallets. Source: EIP-4361; EIP-1271 for wallets that are contracts."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog
from sqlalchemy.orm import Session

from backend.identity.desk import Desk, Rules
from backend.identity.sessions import service as sessions
from backend.identity.tickets import service as tickets
from backend.identity.tickets.service import Purpose
from backend.identity.wallets import repository
from backend.identity.wallets.message import MessageInvalid, SignInMessage, read_message, unix_seconds
from backend.identity.wallets.repository import Wallet
from backend.identity.wallets.signatures import signed_by
from backend.problems import Problem

log = structlog.get_logger()
NONCE_BYTES = 16
CLOCK_SECONDS = 60
"""How far a wallet's clock may be ahead of ours."""


def make_nonce(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID | None) -> str:
    """A nonce for one message within five minutes.

    Args:
        person_id: Who links a wallet; None at sign-in.
    """
    nonce = secrets.token_hex(NONCE_BYTES)
    tickets.issue(
        session, tenant_id, Purpose.WALLET, nonce.encode("ascii"), now=desk.clock(),
        valid_seconds=desk.rules.ticket_seconds, person_id=person_id,
    )  # fmt: skip
    return nonce


def proved_address(desk: Desk, tenant_id: uuid.UUID, text: str, signature: bytes, *, linking: uuid.UUID | None) -> str:
    """The address whose holder signed this message for us, now. The nonce is used up whatever comes of it.

    Args:
        linking: The person who links it; None at sign-in.
    Raises:
        Problem: `wallet_refused`.
        RpcUnavailable: The chain does not answer.
    """
    try:
        message = read_message(text)
    except MessageInvalid as error:
        raise _refused(str(error)) from None
    with desk.tenant_scope(tenant_id) as session:
        ticket = tickets.redeem(
            session, tenant_id, Purpose.WALLET, message.nonce.encode("ascii"), now=desk.clock()
        )  # fmt: skip
    if ticket is None or ticket.person_id != linking:
        raise _refused("its nonce is unknown, used or too old; ask for a new one")
    _require_for_us(message, desk.rules)
    _require_timely(message, desk.clock(), desk.rules.ticket_seconds)
    if not signed_by(desk.rpc, message.address, text, signature):
        raise _refused("the signature is not the address's")
    return message.address


def link(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, address: str) -> Wallet:
    """Link an address that was proved.

    Raises:
        Problem: `wallet_taken`.
    """
    wallet = Wallet(address, person_id, desk.clock())
    if repository.add(session, tenant_id, wallet) != person_id:
        raise Problem("wallet_taken", f"address {address} is linked to somebody else here. Use another.")
    log.info("wallet.linked", person_id=str(person_id))
    return wallet


def person_of(session: Session, tenant_id: uuid.UUID, address: str) -> uuid.UUID | None:
    """Whose address it is."""
    return repository.person_of(session, tenant_id, address)


def of_person(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[Wallet]:
    """A person's addresses, latest first."""
    return repository.of_person(session, tenant_id, person_id)


def unlink(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, address: str, *, now: int) -> None:
    """Forget a person's address. Sessions it opened end: whoever has a stolen wallet is out.

    Raises:
        Problem: `wallet_unknown`.
    """
    if not repository.remove(session, tenant_id, person_id, address):
        raise Problem("wallet_unknown", f"address {address} is not linked to you. See GET /v1/wallets.")
    sessions.end_of_address(session, tenant_id, person_id, address, now=now)
    log.info("wallet.unlinked", person_id=str(person_id))


def _require_for_us(message: SignInMessage, rules: Rules) -> None:
    """Refuse what was signed for another page or chain: that is how phishing would look."""
    ours, uri = urlsplit(rules.origin), urlsplit(message.uri)
    if message.domain != rules.domain or message.scheme not in (None, ours.scheme):
        raise _refused(f"its domain is not {rules.domain}")
    if (uri.scheme, uri.netloc) != (ours.scheme, ours.netloc):
        raise _refused(f"its URI is not below {rules.origin}")
    if message.chain_id != rules.chain_id:
        raise _refused(f"Chain ID {message.chain_id} is not {rules.chain_id}")


def _require_timely(message: SignInMessage, now: int, valid_seconds: int) -> None:
    issued = unix_seconds(message.issued_at)
    if not now - valid_seconds <= issued <= now + CLOCK_SECONDS:
        raise _refused("Issued At is not within the last five minutes")
    if message.expiration_time is not None and unix_seconds(message.expiration_time) <= now:
        raise _refused("Expiration Time is past")
    if message.not_before is not None and unix_seconds(message.not_before) > now:
        raise _refused("Not Before is still to come")


def _refused(reason: str) -> Problem:
    return Problem("wallet_refused", f"message is not taken: {reason}.")
