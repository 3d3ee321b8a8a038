"""HTTP for quotes."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.acceptances import service as acceptances
from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.dependencies import Asker, Services, ServiceSet, Transaction
from backend.fields import WordText, bytes_hex, parse_word, word_hex
from backend.http.idempotency import IdempotencyKey
from backend.http.routes import api_router
from backend.intake import service as intakes
from backend.problems import Problem
from backend.quotes import service
from backend.quotes.repository import SignedQuote
from backend.quotes.schemas import QuoteList, QuoteRequest, QuoteView, RefusalView

router = api_router("quotes", "/v1/quotes")


@router.post("", status_code=201, operation_id="quotes.make", dependencies=[Permit("quotes.make"), IdempotencyKey])
def make_quotes(body: QuoteRequest, session: Transaction, services: Services, asker: Asker) -> QuoteList:
    """Quote 1 to 50 applications. What cannot be quoted is listed; if nothing can, the answer is a problem."""
    desk = _desk(session, services, asker)
    quotes, refused, model_hash = service.quote(desk, body.product, body.applications)
    chain_id = services.deployment.chain_id
    for signed in quotes if body.intake is not None else ():
        application_id = signed.quote.application_id
        intakes.note_application(
            session, asker, body.intake or 0, f"quotes/{word_hex(application_id)}", application_id, services.clock()
        )
    return QuoteList(
        quotes=[_view(quote, model_hash, "offered", chain_id) for quote in quotes],
        refusals=[
            RefusalView(
                index=r.index, insured_event=body.applications[r.index].insured_event, code=r.code, detail=r.detail
            )
            for r in refused
        ],
    )


@router.get("/{quote_id}", operation_id="quotes.read", dependencies=[Permit("quotes.read")])
def get_quote(quote_id: WordText, session: Transaction, services: Services) -> QuoteView:
    """One quote, and where its acceptance stands."""
    found = service.get_quote(session, parse_word(quote_id))
    return _view(found.signed, found.model_hash, found.status, services.deployment.chain_id)


def _desk(session: Session, services: ServiceSet, asker: Principal) -> service.Underwriting:
    if services.underwriter is None or services.vault is None:
        missing = "QUITTANCE_UNDERWRITER_KEYSTORE" if services.underwriter is None else "QUITTANCE_VAULT_KEY_FILE"
        raise Problem("key_missing", setting=missing)
    with services.database.every_tenant() as house:
        acceptances.check_room(house, services.settings.max_pending_intents)
    return service.Underwriting(
        principal=asker, session=session, nodes=services.nodes, underwriter=services.underwriter, vault=services.vault,
        chain_id=services.deployment.chain_id, now=services.now(), valid_seconds=services.settings.quote_valid_seconds,
    )  # fmt: skip


def _view(signed: SignedQuote, model_hash: bytes, status: str, chain_id: int) -> QuoteView:
    q, a = signed.quote, signed.assessment
    return QuoteView(
        quote_id=word_hex(q.application_id), product=signed.product, application_id=word_hex(q.application_id),
        holder=q.holder, underwriter=q.underwriter, insured_event=q.insured_event, event_id=word_hex(a.event_id),
        occurs_at=q.occurs_at, sum_insured=q.sum_insured, premium=q.premium, valid_until=q.valid_until,
        expected_share_ppb=a.expected_share_ppb, commitment=bytes_hex(a.commitment), model_hash=bytes_hex(model_hash),
        underwriter_signature=bytes_hex(signed.underwriter_signature), typed_data=_typed_data(signed, chain_id),
        status=status,
    )  # fmt: skip


_ACCEPTANCE = (
    ("applicationId", "uint256"), ("holder", "address"), ("underwriter", "address"), ("insuredEvent", "string"),
    ("occursAt", "uint40"), ("sumInsured", "uint96"), ("premium", "uint96"), ("validUntil", "uint40"),
)  # fmt: skip
_DOMAIN = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))


def _typed_data(signed: SignedQuote, chain_id: int) -> dict[str, Any]:
    """What `eth_signTypedData_v4` takes. Large integers as text, as wallets want them."""
    q = signed.quote
    return {
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for name, kind in _DOMAIN],
            "Acceptance": [{"name": name, "type": kind} for name, kind in _ACCEPTANCE],
        },
        "primaryType": "Acceptance",
        "domain": {"name": "Quittance", "version": "1", "chainId": chain_id, "verifyingContract": signed.product},
        "message": {
            "applicationId": str(q.application_id), "holder": q.holder, "underwriter": q.underwriter,
            "insuredEvent": q.insured_event, "occursAt": q.occurs_at, "sumInsured": str(q.sum_insured),
            "premium": str(q.premium), "validUntil": q.valid_until,
        },
    }  # fmt: skip
