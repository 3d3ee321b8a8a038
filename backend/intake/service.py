"""Use cases of intake: take down who somebody is and what they need, recommend, and follow what comes of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.audit import service as audit
from backend.chain.blocks import indexed_tip
from backend.database import as_worker
from backend.intake import repository
from backend.intake.models import IntakeRow
from backend.intake.rules import IntakeRules, house_rules, rules_hash
from backend.problems import Problem
from backend.products import offers
from backend.products.offers import Sold
from backend.products.service import Documents
from backend.service.desk import ServiceDesk, recipient, tenant_of
from backend.vault import service as vault_service
from backend.vault.records import CitedNotice
from backend.vault.retention import Category, Purpose
from domain.intake import Advice, Offer, Wanted, advise
from domain.money import TokenUnits

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What came in. Amounts in token units, `starts_at` in unix seconds of the chain.

    Attributes:
        contact: email, phone and address, None where not given.
    """

    person_id: uuid.UUID
    name: str
    contact: Mapping[str, str | None]
    need: str
    sum_insured: int
    budget: int
    starts_at: int | None
    words: str
    channel: str
    language: str
    notice: CitedNotice


def open_intake(session: Session, desk: ServiceDesk, documents: Documents, by: Principal, asked: Asked) -> IntakeRow:
    """Keep who it is and what is needed, sealed, with what is recommended by the rules of today.

    Raises:
        Problem: `request_invalid` for a need there is none of; `person_unknown`.
    """
    rules, tenant_id = house_rules(), tenant_of(by)
    need = rules.need(asked.need)
    if need is None:
        known = ", ".join(rules.needs)
        raise Problem("request_invalid", f"need {asked.need[:40]!r} is none we know. Take {known}.", field="need")
    wanted = Wanted(need, TokenUnits(asked.sum_insured), TokenUnits(asked.budget), asked.starts_at)
    tip = indexed_tip(session)
    products = _recommended(session, documents, tenant_id, rules, wanted, tip.timestamp if tip else desk.clock())
    with as_worker(session, tenant_id, by):
        record_id = vault_service.seal_record(
            session, desk.vault, Principal.worker(tenant_id), person_id=asked.person_id, category=Category.INTAKE,
            purpose=Purpose.SERVICE, data=_document(asked, rules, products),
        )  # fmt: skip
        session.flush()
    row = IntakeRow(
        tenant_id=tenant_id, person_id=asked.person_id, channel=asked.channel, language=asked.language,
        record_id=record_id, notice_version=asked.notice.version, taken_by=by.principal_id, opened_at=desk.clock(),
    )  # fmt: skip
    repository.add(session, row)
    suits = sum(bool(each["suits"]) for each in products)
    audit.record(
        session, by, operation="intakes.open", subject=f"intakes/{row.intake_id}",
        facts={"channel": asked.channel, "products": len(products), "suits": suits, "rules": rules.version,
               "privacy_notice": asked.notice.version},
    )  # fmt: skip
    log.info("intake.opened", intake_id=row.intake_id, count=suits)
    return row


def require_person(session: Session, desk: ServiceDesk, by: Principal, person_id: uuid.UUID) -> None:
    """Refuse somebody who has neither contacts nor anything sealed here.

    Raises:
        Problem: `person_unknown`.
    """
    known = desk.notices.contacts.find(session, recipient(tenant_of(by), person_id)) is not None
    if not known and not vault_service.records_of(session, by, person_id):
        raise nobody(person_id)


def nobody(person_id: uuid.UUID) -> Problem:
    """There is no such person, as far as who asks is concerned."""
    return Problem("person_unknown", f"person_id {person_id} is nobody we know. Leave it out for somebody new.")


def get(session: Session, intake_id: int) -> IntakeRow:
    """One intake.

    Raises:
        Problem: `intake_unknown`.
    """
    row = repository.intake(session, intake_id)
    if row is None:
        raise unknown(intake_id)
    return row


def unknown(intake_id: int) -> Problem:
    """There is no such intake, as far as who asks is concerned."""
    return Problem("intake_unknown", f"intake {intake_id} is not known. See GET /v1/intakes.")


def page(session: Session, *, after: int | None, limit: int, only_of: uuid.UUID | None) -> Sequence[IntakeRow]:
    """Intakes, newest first; `only_of` one person, if said."""
    return repository.page(session, after=after, limit=limit, only_of=only_of)


def applications(session: Session, rows: Sequence[IntakeRow]) -> Mapping[int, list[str]]:
    """What came of intakes, by number."""
    return repository.applications(session, [row.intake_id for row in rows])


def read(session: Session, desk: ServiceDesk, by: Principal, row: IntakeRow) -> Mapping[str, Any]:
    """Who it is, what is needed, what was recommended. The vault audits the opening.

    Raises:
        Problem: `record_destroyed`, `processing_restricted`, or why else the vault does not open it.
    """
    return vault_service.open_record(session, desk.vault, by, row.record_id, purpose=_purpose(by, row.person_id))


def note_application(
    session: Session, by: Principal, intake_id: int, application: str, application_id: int, now: int
) -> None:
    """An application came of an intake: it is linked, and the intake is kept as long as that application is.

    Args:
        application: `underwriting-cases/7`, or `quotes/0x…`.
        now: Unix seconds, wall clock.
    Raises:
        Problem: `intake_unknown`, also where it is not there for who applies.
    """
    row = get(session, intake_id)
    if by.own_only and row.person_id != by.principal_id:
        raise unknown(intake_id)
    with as_worker(session, row.tenant_id, by):
        values = {
            "intake_id": intake_id, "application": application, "tenant_id": row.tenant_id,
            "person_id": row.person_id, "applied_at": now,
        }  # fmt: skip
        repository.add_application(session, values)
        vault_service.go_with(session, row.record_id, application_id)
        session.flush()
    audit.record(
        session, by, operation="intakes.apply", subject=f"intakes/{intake_id}", facts={"application": application}
    )


def _recommended(
    session: Session, documents: Documents, tenant_id: uuid.UUID, rules: IntakeRules, wanted: Wanted, now: int
) -> list[dict[str, object]]:
    """Every product that is sold, held against what is wanted; the suitable ones first, the cheapest of them first."""
    found = []
    for sold in offers.sold_now(session, documents, tenant_id):
        offer = _offer(session, sold, rules, now)
        found.append((sold, offer, advise(wanted, offer, least_policies=rules.least_policies)))
    found.sort(key=lambda x: (not x[2].suits, x[2].estimate or x[1].min_premium, x[1].product_id))
    return [_advised(wanted, *each) for each in found]


def _offer(session: Session, sold: Sold, rules: IntakeRules, now: int) -> Offer:
    """A product as the rules look at it. A parametric one names no perils and has its own time of sale."""
    terms, document = sold.product.terms, sold.document
    latest = now + int(terms["max_lead_seconds"])
    return Offer(
        product_id=str(document["product_id"]),
        perils=frozenset(str(each["id"]) for each in document.get("perils", ())),
        min_sum_insured=TokenUnits(int(terms["min_sum_insured"])),
        max_sum_insured=TokenUnits(int(terms["max_sum_insured"])),
        min_premium=TokenUnits(int(terms["min_premium"])),
        earliest=max(now + int(terms.get("min_lead_seconds", 0)), int(terms.get("period_start", 0))),
        latest=min(latest, int(terms.get("period_end", latest))),
        suspended=sold.suspended, sold=offers.premiums_of(session, sold.product.address, rules.most_policies),
    )  # fmt: skip


def _advised(wanted: Wanted, sold: Sold, offer: Offer, advice: Advice) -> dict[str, object]:
    token = cast("Mapping[str, Any]", sold.document["settlement_token"])
    return {
        "product": sold.product.address, "terms_hash": sold.product.terms_hash.hex(), "product_id": offer.product_id,
        "version": str(sold.document["version"]), "title": dict(sold.document["title"]), "suits": advice.suits,
        "reasons": [{"code": code.value, "values": dict(values)} for code, values in advice.findings],
        "least_premium": offer.min_premium, "estimated_premium": advice.estimate,
        "decimals": int(token["decimals"]), "symbol": str(token["symbol"]),
        "line": wanted.need.line if advice.suits and offer.perils else "",
    }  # fmt: skip


def _document(asked: Asked, rules: IntakeRules, products: list[dict[str, object]]) -> dict[str, object]:
    return {
        "name": asked.name, "contact": dict(asked.contact), "need": asked.need, "sum_insured": asked.sum_insured,
        "budget": asked.budget, "starts_at": asked.starts_at, "words": asked.words,
        "privacy_notice": asked.notice.version, "privacy_notice_hash": asked.notice.hash.hex(),
        "rules": rules.version, "rules_hash": rules_hash().hex(), "products": products,
    }  # fmt: skip


def _purpose(by: Principal, person_id: uuid.UUID) -> Purpose:
    if by.principal_id == person_id:
        return Purpose.SUBJECT_ACCESS
    if Role.AUDITOR in by.roles:
        return Purpose.AUDIT
    return Purpose.SERVICE if Role.CUSTOMER_SERVICE in by.roles else Purpose.UNDERWRITING
