"""Use cases of quotes: the quorum assesses, the terms price, the underwriter signs."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from eth_account.signers.local import LocalAccount
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain import quorum
from backend.chain.nodes import OracleNodes
from backend.chain.quorum import Assessed, SignerSet
from backend.chain.simulation import snake_case
from backend.fields import word_hex
from backend.policies import service as policies
from backend.problems import STATUS, Problem
from backend.products import sellers
from backend.products import service as products
from backend.products.repository import Product
from backend.quotes import repository
from backend.quotes.repository import Batch, SignedQuote, StoredQuote
from backend.quotes.schemas import Application
from backend.vault import service as vault
from backend.vault.service import SALT_BYTES, Applicant, Vault
from domain.errors import DomainError, QuoteRefused
from domain.flight import parse_flight_key
from domain.hashing import checksum_address
from domain.money import TokenUnits
from domain.policy import applicant_commitment, application_id, event_id
from domain.premium import premium_due
from domain.reports import Assessment, Quote, RiskReport
from domain.settlement import InsuredEvent
from domain.underwriting import check_quote, check_sale, check_sum_insured
from ledger.typed_data import quote_digest, sign_digest

log = structlog.get_logger()
BATCH_BITS = 248


@dataclass(frozen=True, slots=True)
class Refused:
    """An application that cannot be quoted: its position in the request, a stable code and a sentence."""

    index: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Underwriting:
    """What quoting needs. `now` is chain time; quotes hold for `valid_seconds`.

    The session's transaction stays open while nodes are asked; what they sign for quotes nobody keeps does nothing.
    """

    session: Session
    nodes: OracleNodes
    underwriter: LocalAccount
    vault: Vault
    chain_id: int
    now: int
    valid_seconds: int
    principal: Principal


@dataclass(frozen=True, slots=True)
class _Draft:
    """An application on its way to a quote."""

    index: int
    application_id: int
    application: Application
    salt: bytes
    commitment: bytes


def quote(
    desk: Underwriting, product_address: str, applications: Sequence[Application]
) -> tuple[list[SignedQuote], list[Refused], bytes]:
    """Assess, price and sign applications for one product, and keep the quotes. The caller owns the transaction.

    Returns:
        Quotes, refusals, and the hash of the model that assessed them.
    Raises:
        Problem: `product_unknown`, `sale_suspended`, or the first refusal's code when nothing can be quoted.
        OracleUnavailable: No quorum; nothing was kept.
    """
    product = products.get_product(desk.session, product_address)
    if desk.principal.tenant_id is not None:
        sellers.require_own(desk.session, desk.principal.tenant_id, product.terms.treasury, product.address)
    signers = products.signers_of(desk.session, product)
    if product.sales_suspended:
        raise Problem("sale_suspended", product=product.address)
    drafts, refused = _draft(applications, product, desk.now)
    if not drafts:
        raise _all_refused(refused)
    wanted = [_as_asked(draft) for draft in drafts]
    assessed = quorum.assess(desk.nodes, product.address, wanted, signers.needed)
    priced, later = _price(desk, product, drafts, assessed)
    refused = sorted([*refused, *later], key=lambda r: r.index)
    if not priced:
        raise _all_refused(refused)
    batch = _sign_batch(desk, product, signers, priced, assessed.model_hash)
    quotes = [
        SignedQuote(q, a, _sign(desk, product, q), position, product.address)
        for position, (_, q, a) in enumerate(priced)
    ]
    applicants = [
        Applicant(draft.application_id, draft.salt, _personal(draft.application), draft.commitment)
        for draft, _, _ in priced
    ]
    batch_id = repository.add_batch(desk.session, batch, quotes)
    vault.keep_applicants(desk.session, desk.vault, desk.principal, applicants)
    log.info("quotes.made", batch_id=str(batch_id), quotes=len(quotes), refused=len(refused))
    return quotes, refused, assessed.model_hash


def find_quotes(session: Session, quote_ids: Sequence[int]) -> dict[int, StoredQuote]:
    """Quotes by id; those that do not exist are left out."""
    return repository.find(session, quote_ids)


def get_batch(session: Session, batch_id: uuid.UUID) -> Batch:
    """A batch with its whole risk report, as it was signed."""
    return repository.batch(session, batch_id)


def get_quote(session: Session, quote_id: int) -> StoredQuote:
    """One quote.

    Raises:
        Problem: `quote_unknown`.
    """
    found = repository.find(session, [quote_id]).get(quote_id)
    if found is None:
        raise Problem("quote_unknown", f"quote_id {word_hex(quote_id)} is not known. Ask for a quote first.")
    return found


def _draft(applications: Sequence[Application], product: Product, now: int) -> tuple[list[_Draft], list[Refused]]:
    """Refuse what the terms alone refuse; give the rest ids, salts and commitments."""
    batch = secrets.randbits(BATCH_BITS)
    drafts: list[_Draft] = []
    refused: list[Refused] = []
    for index, application in enumerate(applications):
        try:
            check_sum_insured(product.terms, TokenUnits(application.sum_insured))
            check_sale(product.terms, parse_flight_key(application.insured_event).occurs_at, now=now)
        except DomainError as error:
            refused.append(Refused(index, _code(error), str(error)))
            continue
        salt = secrets.token_bytes(SALT_BYTES)
        commitment = applicant_commitment(salt, _personal(application))
        drafts.append(_Draft(index, application_id(batch, index), application, salt, commitment))
    return drafts, refused


def _personal(application: Application) -> dict[str, object]:
    return application.applicant.model_dump() if application.applicant else {}


def _as_asked(draft: _Draft) -> dict[str, object]:
    return {
        "application_id": word_hex(draft.application_id), "insured_event": draft.application.insured_event,
        "sum_insured": draft.application.sum_insured, "commitment": "0x" + draft.commitment.hex(),
    }  # fmt: skip


def _price(
    desk: Underwriting, product: Product, drafts: Sequence[_Draft], assessed: Assessed
) -> tuple[list[tuple[_Draft, Quote, Assessment]], list[Refused]]:
    """Quotes at the price the terms give, and refusals of what `bind` would refuse."""
    texts = {event_id(d.application.insured_event) for d in drafts}
    events = policies.event_states(desk.session, product.address, sorted(texts))
    priced: list[tuple[_Draft, Quote, Assessment]] = []
    refused: list[Refused] = []
    for draft in drafts:
        reason = assessed.refusals.get(draft.application_id)
        if reason is not None:
            refused.append(Refused(draft.index, reason.code, reason.detail))
            continue
        assessment = assessed.assessments[draft.application_id]
        try:
            offer = _offer(desk, product, draft, assessment)
            check_quote(product.terms, assessment, offer, events.get(assessment.event_id, InsuredEvent()), now=desk.now)
        except DomainError as error:
            refused.append(Refused(draft.index, _code(error), str(error)))
            continue
        priced.append((draft, offer, assessment))
    return priced, refused


def _offer(desk: Underwriting, product: Product, draft: _Draft, assessment: Assessment) -> Quote:
    sum_insured = TokenUnits(draft.application.sum_insured)
    terms = product.terms
    return Quote(
        application_id=draft.application_id, holder=checksum_address(draft.application.holder),
        underwriter=desk.underwriter.address, insured_event=draft.application.insured_event,
        occurs_at=assessment.occurs_at, sum_insured=sum_insured,
        premium=premium_due(sum_insured, assessment.expected_share_ppb, terms.loading_bps, terms.min_premium),
        valid_until=desk.now + desk.valid_seconds,
    )  # fmt: skip


def _sign_batch(
    desk: Underwriting, product: Product, signers: SignerSet,
    priced: Sequence[tuple[_Draft, Quote, Assessment]], model_hash: bytes,
) -> Batch:  # fmt: skip
    report = RiskReport(
        chain_id=desk.chain_id, product=product.address, signer_epoch=signers.epoch, observed_at=desk.now,
        valid_until=desk.now + desk.valid_seconds, model_hash=model_hash,
        assessments=tuple(assessment for _, _, assessment in priced),
    )  # fmt: skip
    texts = {assessment.event_id: draft.application.insured_event for draft, _, assessment in priced}
    return Batch(report, tuple(quorum.sign_risk_report(desk.nodes, report, texts, signers)))


def _sign(desk: Underwriting, product: Product, offer: Quote) -> bytes:
    digest = quote_digest(offer, chain_id=desk.chain_id, product=product.address)
    return sign_digest(bytes(desk.underwriter.key), digest)


def _all_refused(refused: Sequence[Refused]) -> Problem:
    """Nothing can be quoted: the first reason is the problem, all of them are listed."""
    first = refused[0]
    listed = [{"index": r.index, "code": r.code, "detail": r.detail} for r in refused]
    return Problem(
        first.code, f"applications.{first.index}: {first.detail}", field=f"applications.{first.index}", refusals=listed
    )


def _code(error: DomainError) -> str:
    code = snake_case(error.code if isinstance(error, QuoteRefused) else type(error).__name__)
    return code if code in STATUS else "application_refused"
