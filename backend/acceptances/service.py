"""Use cases of acceptances: taking them, and what becomes of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from backend.acceptances import repository
from backend.acceptances.repository import BindIntent
from backend.acceptances.schemas import Acceptance
from backend.fields import bytes_hex, parse_bytes, parse_word
from backend.observability.carried import current
from backend.problems import Problem
from backend.quotes import service as quotes
from backend.quotes.repository import StoredQuote
from ledger.rpc import Rpc
from ledger.typed_data import SignatureInvalid, acceptance_digest, recover

log = structlog.get_logger()


def check_room(session: Session, most: int) -> None:
    """Refuse more work while too much is on its way, whichever tenant's: the session has to see them all.

    Raises:
        Problem: `too_many_pending`.
    """
    found = counts(session)
    pending = found.get("accepted", 0) + found.get("sending", 0)
    if pending >= most:
        raise Problem("too_many_pending", pending=pending, most=most)


def accept(
    session: Session, acceptances: Sequence[Acceptance], *, chain_id: int, now: int, rpc: Rpc
) -> list[BindIntent]:
    """Take acceptances, all or none. The caller owns the transaction.

    Raises:
        Problem: `quote_unknown`, `quote_already_accepted`, `quote_expired`, `acceptance_invalid`,
            `duplicate_in_request`.
    """
    ids = [parse_word(a.quote_id) for a in acceptances]
    if len(set(ids)) < len(ids):
        sentence = "acceptances: a quote_id is there twice. Accept each quote once."
        raise Problem("duplicate_in_request", sentence, field="acceptances.quote_id")
    found = quotes.find_quotes(session, ids)
    taken = repository.intents_by_quote(session, ids)
    intents = []
    for index, (acceptance, quote_id) in enumerate(zip(acceptances, ids, strict=True)):
        field = f"acceptances.{index}"
        stored = found.get(quote_id)
        if stored is None:
            raise Problem("quote_unknown", f"{field}.quote_id {acceptance.quote_id} is not known. Ask for a quote.")
        if quote_id in taken:
            raise _already(field, acceptance.quote_id, taken[quote_id])
        _check(field, stored, acceptance, chain_id=chain_id, now=now, rpc=rpc)
        permit = acceptance.permit.model_dump() if acceptance.permit else None
        signed = parse_bytes(acceptance.acceptance)
        intents.append(
            BindIntent(uuid.uuid4(), quote_id, signed, _texted(permit), "accepted", 0, carried=current())
        )  # fmt: skip
    if repository.add_intents(session, intents) < len(intents):
        raise Problem("quote_already_accepted", "Another request accepted one of these quotes first. Look it up.")
    log.info("quotes.accepted", count=len(intents))
    return intents


def get_intent(session: Session, intent_id: uuid.UUID) -> BindIntent:
    """One acceptance, and where it stands.

    Raises:
        Problem: `intent_unknown`.
    """
    found = repository.intent(session, intent_id)
    if found is None:
        raise Problem("intent_unknown", f"intent_id {intent_id} is not known. It is in the answer to the acceptance.")
    return found


def _already(field: str, quote_id: str, intent: BindIntent) -> Problem:
    detail = f"{field}.quote_id {quote_id} was accepted before and is {intent.status}. See GET /v1/intents."
    return Problem("quote_already_accepted", detail, intent_id=str(intent.intent_id))


def _check(field: str, stored: StoredQuote, acceptance: Acceptance, *, chain_id: int, now: int, rpc: Rpc) -> None:
    quote, product = stored.signed.quote, stored.signed.product
    if quote.valid_until < now:
        raise Problem(
            "quote_expired",
            f"{field}.quote_id {acceptance.quote_id} was valid until {quote.valid_until}, chain time is {now}. Ask "
            "for a new quote.",
            field=f"{field}.quote_id", valid_until=quote.valid_until, now=now,
        )  # fmt: skip
    digest = acceptance_digest(quote, chain_id=chain_id, product=product)
    try:
        signer = recover(digest, parse_bytes(acceptance.acceptance))
    except SignatureInvalid:
        signer = None
    # A contract wallet (ERC-1271) signs in ways only the chain can judge: the simulation will.
    if signer != quote.holder and rpc.call("eth_getCode", quote.holder, "latest") == "0x":
        raise Problem(
            "acceptance_invalid",
            f"{field}.acceptance is not signed by holder {quote.holder}. Sign the quote's typed_data "
            f"(digest {bytes_hex(digest)}) with the holder's key.",
            field=f"{field}.acceptance",
        )


def _texted(permit: dict[str, object] | None) -> dict[str, object] | None:
    """Integers above 2^53 as text: JSON keeps them exactly so."""
    return {k: str(v) if isinstance(v, int) else v for k, v in permit.items()} if permit else None


def counts(session: Session) -> dict[str, int]:
    """How many acceptances there are in each status."""
    return repository.intent_counts(session)
