"""Use cases of underwriting: what customers and the office do with a case. The caller owns the transaction."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.audit import service as audit
from backend.audit.entries import Facts
from backend.chain import underwriting_quorum
from backend.chain.underwriting_quorum import HandedIn, Refused
from backend.notices.ports import FileCategory, Recipient
from backend.problems import STATUS, Problem
from backend.products import sellers
from backend.underwriting import casebook, checks, files, renewals, repository
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.files import Applied
from backend.underwriting.models import AlarmRow, AuthorisationRow, CaseRow, CheckRow
from backend.underwriting.sources import GREATEST_AGE_SECONDS
from backend.vault.records import CitedNotice
from domain.hashing import canonical_json
from domain.underwriting_case import Case
from domain.underwriting_desk import opened
from domain.underwriting_people import junior
from domain.underwriting_steps import Asked, CaseState, Decided, Event, Lapsed, Received, Step, Withdrawn

log = structlog.get_logger()

PURPOSE = "underwriting"
ID_BITS = 119


@dataclass(frozen=True, slots=True, repr=False)
class Application:
    """What somebody asks for, as it came in.

    Attributes:
        person_id: Who is to be insured and told; whoever hands it in for them is a party as well.
        declaration, statements: As the form has them.
        authorisations: By source: when it was signed and what proves it.
        notice: Edition of the privacy notice that the application and its authorisations rest on.
        agent: Who sold it, if not the customer; a party too.
        renews: Number of the policy it shall go on from; 0: none.
    """

    person_id: uuid.UUID
    product: str
    line: str
    party: str
    declaration: Mapping[str, object]
    statements: Mapping[str, object]
    holder: str
    beneficiary: str
    authorisations: Sequence[Authorisation]
    person: Mapping[str, object]
    notice: CitedNotice
    agent: uuid.UUID | None = None
    renews: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Authorisation:
    """The customer's authorisation to ask one source; `evidence` is what was signed, or where it lies."""

    source: str
    signed_at: int
    evidence: str


def draft(desk: UnderwritingDesk, asked: Application) -> Applied:
    """The application with an id, a salt and the time it came in."""
    document = {
        "application_id": (secrets.randbits(ID_BITS) + 1) << 8, "line": asked.line, "party": asked.party,
        "received_at": desk.clock(), "declaration": dict(asked.declaration), "statements": dict(asked.statements),
    }  # fmt: skip
    return Applied(document, secrets.token_bytes(32), asked.holder, asked.beneficiary, asked.person, asked.renews)


def check_complete(desk: UnderwritingDesk, asked: Application, drafted: Applied) -> None:
    """Refuse an application with a required field missing, or one the form does not allow (R3). Asks the nodes.

    Raises:
        Problem: `application_incomplete` with the fields, `application_contradictory`, `application_invalid`,
            `product_unknown`, `renewal_refused`, or the code the nodes refuse with.
        OracleUnavailable
    """
    product = desk.shelf.product(asked.product)
    if asked.renews:
        renewals.check(desk, product, asked.renews, asked.holder)
    consents = [{"source": each.source, "signed_at": each.signed_at} for each in asked.authorisations]
    handed = HandedIn({**drafted.document, "consents": consents, "reports": []}, drafted.salt)
    found = underwriting_quorum.assess(desk.nodes, product.address, handed, desk.shelf.signers(product).needed)
    if isinstance(found, Refused):
        fields = list(files.missing_fields(found.detail))
        code = found.code if found.code in STATUS else "application_invalid"
        raise Problem(code, f"{found.detail}.", fields=fields)


def apply(
    session: Session, desk: UnderwritingDesk, principal: Principal, asked: Application, drafted: Applied
) -> CaseRow:
    """Take an application in, with what it authorises. The machine looks at it once the transaction has committed.

    Raises:
        Problem: `product_unknown` for another insurer's product.
    """
    if principal.tenant_id is None:
        raise Problem("unauthenticated", "Sign in to apply.")
    _check_whose(principal, asked)
    treasury = desk.shelf.product(asked.product).terms.treasury
    sellers.require_own(session, principal.tenant_id, treasury, asked.product)
    case_id, document = repository.next_number(session), drafted.document
    row = CaseRow(
        case_id=case_id, application_id=document["application_id"], product=asked.product, line=asked.line,
        party=asked.party, received_at=document["received_at"], tenant_id=principal.tenant_id,
        person_id=asked.person_id, events=0, stuck=None, sampled=False,
        notice_version=asked.notice.version, notice_hash=asked.notice.hash,
    )  # fmt: skip
    row.record_id = files.seal(session, desk, row, drafted)
    parties = {str(each) for each in (asked.person_id, asked.agent, _hander_in(principal)) if each is not None}
    came_in = Event(document["received_at"], casebook.MACHINE, Received(frozenset(parties)))
    row.sampled = checks.sampled(casebook.office_of(session, row.tenant_id), row)
    casebook.open_case(session, desk, principal, row, opened(case_id, came_in))
    for each in asked.authorisations:
        authorise(session, desk, principal, row, each, asked.notice)
    return row


def authorise(
    session: Session, desk: UnderwritingDesk, principal: Principal, row: CaseRow, given: Authorisation,
    notice: CitedNotice,
) -> None:  # fmt: skip
    """Keep an authorisation: what for, of which source, since when, what proves it, what was read (R3, R11)."""
    if given.source not in GREATEST_AGE_SECONDS:
        known = ", ".join(GREATEST_AGE_SECONDS)
        raise Problem("request_invalid", f"source {given.source[:40]!r} is none we ask. Take {known}.", field="source")
    owner, now = Recipient(row.tenant_id, row.person_id), desk.clock()
    if given.signed_at > now:
        raise Problem("request_invalid", "signed_at lies ahead of now. Correct it.", field="signed_at")
    evidence = {
        "evidence": given.evidence, "source": given.source, "signed_at": given.signed_at, "purpose": PURPOSE,
        "privacy_notice": notice.version, "privacy_notice_hash": notice.hash.hex(),
    }  # fmt: skip
    worker = Principal.worker(row.tenant_id)
    digest = hashlib.sha256(canonical_json({**evidence, "salt": secrets.token_hex(16)})).digest()
    desk.consents.give(session, principal, owner, digest, notice)
    about = casebook.about(row)
    repository.add(
        session,
        AuthorisationRow(
            authorisation_id=uuid.uuid4(), case_id=row.case_id, source=given.source, purpose=PURPOSE,
            signed_at=given.signed_at, recorded_at=now, tenant_id=row.tenant_id, person_id=row.person_id,
            evidence_record=desk.records.seal(session, worker, owner, FileCategory.APPLICATION, evidence, about),
            evidence_hash=digest,
        ),
    )  # fmt: skip
    subject = f"cases/{row.case_id}"
    audit.record(
        session, principal, operation="underwriting.authorise", subject=subject,
        facts={"source": given.source, "privacy_notice": notice.version},
    )  # fmt: skip


def withdraw_authorisation(
    session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int, source: str
) -> int:
    """The customer takes an authorisation back: what the source said counts no more. Returns how many that ended."""
    row = get(session, case_id)
    ended = repository.withdraw(session, row.case_id, source, desk.clock())
    if ended and not repository.standing(session, row.tenant_id, row.person_id):
        desk.consents.withdraw(session, principal, Recipient(row.tenant_id, row.person_id))
    facts: Facts = {"source": source, "ended": ended}
    audit.record(
        session, principal, operation="underwriting.withdraw_authorisation", subject=f"cases/{case_id}", facts=facts
    )  # fmt: skip
    return ended


def answer(
    session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int, statements: Mapping[str, Any]
) -> CaseRow:
    """The customer completes the statements that were asked for; the machine looks again.

    Raises:
        Problem: `underwriting_case_unknown`, `case_not_in_state`.
    """
    row, case = casebook.load(session, desk, case_id)
    if case.state is not CaseState.RECEIVED:
        raise Problem("case_not_in_state", f"case {case_id} is {row.state}; statements are complete. Object instead.")
    applied = files.applied_for(session, desk, row)
    merged = {**applied.document["statements"], **statements}
    document = {**applied.document, "statements": merged}
    row.record_id = files.seal(session, desk, row, replace(applied, document=document))
    row.stuck, row.waits_for = None, casebook.WORKER
    session.flush()
    casebook.wake(session, case_id, f"answer:{row.record_id}")
    audit.record(
        session, principal, operation="underwriting.answer", subject=f"cases/{case_id}",
        facts={"fields": sorted(statements)},
    )  # fmt: skip
    return row


def step(session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int, what: Step) -> Case:
    """A step of the office: ask, decide, sign, send back, vote, lapse.

    Raises:
        Problem: `underwriting_case_unknown`.
        CaseNotInState, PersonRefused, CaseStepRefused
    """
    casebook.refuse_customer(principal)
    row, case = casebook.load(session, desk, case_id)
    if isinstance(what, Asked | Lapsed):
        junior(casebook.actor_of(session, principal), desk.clock())
    if isinstance(what, Decided):
        row.stuck = None  # a person has looked: what follows is the machine's to do again
    return casebook.take(session, desk, principal, row, case, what)


def withdraw(session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int, proof: str) -> Case:
    """A party takes the application back.

    Raises:
        Problem: `underwriting_case_unknown`.
        CaseNotInState, PersonRefused, CaseStepRefused
    """
    row, case = casebook.load(session, desk, case_id)
    return casebook.take(session, desk, principal, row, case, Withdrawn(proof))


def get(session: Session, case_id: int) -> CaseRow:
    """One case's row.

    Raises:
        Problem: `underwriting_case_unknown`.
    """
    row = repository.case(session, case_id)
    if row is None:
        raise Problem("underwriting_case_unknown", f"case {case_id} is not known. See GET /v1/underwriting-cases.")
    return row


def of_application(session: Session, application_id: int) -> CaseRow | None:
    """The case of an application, as far as this transaction may see it."""
    return repository.of_application(session, application_id)


def corrections(session: Session, application_ids: Collection[int]) -> set[tuple[int, int]]:
    """Applications that were corrected, each with the one in its place, where either is among these."""
    return repository.corrections(session, application_ids)


def cap_of(session: Session, row: CaseRow) -> int:
    """Most the risk bears, as the last report of the quorum said; token units."""
    return underwriting_quorum.risk_of(repository.reports(session, row.case_id)[-1].risk).sum_insured_cap


def read_file(
    session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int
) -> tuple[CaseRow, Mapping[str, object], Mapping[str, object]]:
    """The application and every step with its words. The vault decides whether this principal may, and audits it.

    Raises:
        Problem: `underwriting_case_unknown`, or what the vault refuses with.
        RecordGone
    """
    row = get(session, case_id)
    owner = Recipient(row.tenant_id, row.person_id)
    last = repository.last_event(session, case_id, row.events)
    applied = desk.records.open(session, principal, owner, row.record_id)
    steps = desk.records.open(session, principal, owner, last.record_id) if last else {"events": []}
    return row, applied, steps


def _check_whose(principal: Principal, asked: Application) -> None:
    if principal.own_only and asked.person_id != principal.principal_id:
        raise Problem("forbidden", "person_id is not you. Apply for yourself, or ask the insurer to.")


def _hander_in(principal: Principal) -> uuid.UUID | None:
    """Staff who sold it are parties; customer service that typed a letter in is none, but decides nothing either."""
    return principal.principal_id if principal.roles == frozenset({Role.POLICYHOLDER}) else None


def page(
    session: Session, *, waits_for: str | None, state: str | None, overdue_at: int | None,
    after: tuple[int, int] | None, limit: int,
) -> Sequence[CaseRow]:  # fmt: skip
    """Cases by deadline, then number; those without one last."""
    return repository.page(
        session, waits_for=waits_for, state=state, overdue_at=overdue_at, after=after, limit=limit
    )  # fmt: skip


def order_key(row: CaseRow) -> int:
    """What cases are ordered by."""
    return 1 << 62 if row.due_at is None else row.due_at


def open_checks(session: Session, *, limit: int) -> Sequence[CheckRow]:
    """Checks nobody has done yet, the longest due first."""
    return repository.open_checks(session, limit)


def alarms(session: Session, *, open_only: bool, limit: int) -> Sequence[AlarmRow]:
    """Alarms, the longest due first."""
    return repository.alarms(session, open_only=open_only, limit=limit)
