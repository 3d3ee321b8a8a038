"""Rows of underwriting, orders on policies, product files and service, for the trial of the API."""

from __future__ import annotations

from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from backend.dependencies import ServiceSet
from backend.intake.models import IntakeRow
from backend.policy_orders.models import PolicyOrderRow
from backend.product_files.models import ProductFileRow
from backend.service.models import MatterRow, MatterStepRow, SurveyRow
from backend.underwriting.models import AuthorisationRow, CaseEventRow, CaseRow, ObjectionRow
from backend.vault.retention import Category, Purpose
from scripts import ROOT
from scripts.access_shelf import NO_ADDRESS, Keeper, Row, Shelf, keep, sealed
from scripts.access_table import NOW

_PRODUCT_FILE: Final = ROOT / "products" / "hospital-care.yaml"


def _application(services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """A case that waits for a junior underwriter, with its authorisation to ask a source."""
    said = sealed(services, session, keeper, Category.APPLICATION, Purpose.UNDERWRITING, {"salt": "00", "events": []})
    owner = {"tenant_id": keeper.tenant_id, "person_id": keeper.person_id}
    keep(
        session, CaseRow, case_id=keeper.small, **owner, application_id=keeper.number, product=NO_ADDRESS,
        line="health", party="individual", record_id=said, state="received", outcome="open", committee=False,
        waits_for="junior_underwriter", due_at=NOW + 60, events=1, received_at=NOW, sampled=False, calendar="weekdays",
    )  # fmt: skip
    keep(
        session, CaseEventRow, case_id=keeper.small, sequence=1, **owner, at=NOW, step="received", state="received",
        actor_kind="person", actor=str(keeper.person_id), record_id=said,
    )  # fmt: skip
    keep(
        session, AuthorisationRow, authorisation_id=keeper.id_of("authorisation"), case_id=keeper.small, **owner,
        source="credit", purpose="underwriting", signed_at=NOW, recorded_at=NOW, evidence_record=said,
        evidence_hash=keeper.hash,
    )  # fmt: skip
    path = {"case_id": str(keeper.small), "source": "credit"}
    answers = frozenset({"approval_needed", "chain_unavailable", "quote_not_offered"})
    return Row(path, marks=frozenset({str(keeper.small)}), answers=answers)


def _objection(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, ObjectionRow, objection_id=keeper.small + 1, tenant_id=keeper.tenant_id, person_id=keeper.person_id,
        case_id=keeper.small, case_events=1, state="raised", outcome="open", waits_for="customer_service",
        due_at=NOW + 60, events=1, raised_at=NOW,
    )  # fmt: skip
    return Row({"objection_id": str(keeper.small + 1)})


def _policy_order(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    order = {"policy_id": keeper.small, "sequence": 1, "valid_until": NOW}
    keep(
        session, PolicyOrderRow, order_id=keeper.id_of("policy order"), tenant_id=keeper.tenant_id,
        person_id=keeper.person_id, product=NO_ADDRESS, policy_id=keeper.small, kind="cancellation", order=order,
        digest=keeper.hash, valid_until=NOW + 60, state="requested", requested_at=NOW,
    )  # fmt: skip
    return Row({"order_id": str(keeper.id_of("policy order"))})


def _product_file(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    content = _PRODUCT_FILE.read_text("utf-8")
    keep(
        session, ProductFileRow, file_id=keeper.id_of("product file"), tenant_id=keeper.tenant_id, product_id="health",
        version="1", kind="indemnity", title_en="Health", title_zh="健康", content=content, content_hash=keeper.hash,
        document_hash=keeper.hash, clause_root=keeper.hash, uploaded_by=keeper.person_id, uploaded_at=NOW,
    )  # fmt: skip
    # Of its content, which is the same for all, the hash is this keeper's.
    marks = frozenset({str(keeper.id_of("product file")), keeper.hash.hex()})
    return Row({"file_id": str(keeper.id_of("product file"))}, marks=marks)


def _matter(kind: str, services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    said = sealed(services, session, keeper, Category.SERVICE, Purpose.SERVICE, {"words": "Where is my letter?"})
    owner = {"tenant_id": keeper.tenant_id, "person_id": keeper.person_id}
    about = f"case/{keeper.id_of(kind)}"
    values = {
        "kind": kind, "topic": "other", "channel": "web", "about": about, "state": "open", "outcome": "open",
        "due_at": NOW + 60, "opened_at": NOW, "extended": False, "escalated": False, "late": False, "steps": 1,
    }  # fmt: skip
    matter_id = session.scalar(insert(MatterRow).values(**owner, **values).returning(MatterRow.matter_id))
    keep(
        session, MatterStepRow, matter_id=matter_id, sequence=1, **owner, at=NOW, step="opened", by=keeper.person_id,
        record_id=said,
    )  # fmt: skip
    return Row({"matter_id": str(matter_id)}, marks=frozenset({about}), answers=frozenset({"approval_needed"}))


def _intake(services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    contact = {"email": "ada@example.org", "phone": None, "address": None}
    said = {
        "name": f"Keeper {keeper.small}", "contact": contact, "need": "flight_delay", "sum_insured": 1, "budget": 1,
        "starts_at": None, "words": "", "rules": "1", "rules_hash": keeper.hash.hex(), "products": [],
    }  # fmt: skip
    record_id = sealed(services, session, keeper, Category.INTAKE, Purpose.SERVICE, said)
    values = {
        "tenant_id": keeper.tenant_id, "person_id": keeper.person_id, "channel": "web", "language": "en",
        "record_id": record_id, "notice_version": "2026-11", "opened_at": NOW,
    }  # fmt: skip
    intake_id = session.scalar(insert(IntakeRow).values(**values).returning(IntakeRow.intake_id))
    return Row({"intake_id": str(intake_id)}, marks=frozenset({str(keeper.person_id)}))


def _enquiry(services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    return _matter("enquiry", services, session, keeper)


def _complaint(services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    return _matter("complaint", services, session, keeper)


def _survey(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, SurveyRow, survey_id=keeper.id_of("survey"), tenant_id=keeper.tenant_id, person_id=keeper.person_id,
        subject=f"enquiry/{keeper.small}", asked_at=NOW, closes_at=NOW + 60,
    )  # fmt: skip
    return Row({"survey_id": str(keeper.id_of("survey"))})


OFFICE_STOCK: Final[tuple[Shelf, ...]] = (
    Shelf(
        (
            "underwriting.read", "underwriting.read_file", "underwriting.read_quote", "underwriting.answer",
            "underwriting.ask", "underwriting.check", "underwriting.decide", "underwriting.lapse",
            "underwriting.renew_quote", "underwriting.send_back", "underwriting.sign", "underwriting.sign_quote",
            "underwriting.vote", "underwriting.withdraw", "underwriting.accept",
            "underwriting.withdraw_authorisation", "objections.record",
        ),
        _application, lists=("underwriting.list",),
    ),
    Shelf(
        ("objections.pass_on", "objections.uphold", "objections.correct"), _objection, lists=("objections.list",)
    ),
    Shelf(
        (
            "policy_orders.read", "policy_orders.offer", "policy_orders.decline", "policy_orders.withdraw",
            "policy_orders.accept",
        ),
        _policy_order, lists=("policy_orders.list",),
    ),
    Shelf(
        ("product_files.read", "product_files.download", "product_files.preview", "product_files.deploy"),
        _product_file, lists=("product_files.list",), of_persons=False,
    ),
    Shelf(
        ("enquiries.read", "enquiries.answer", "enquiries.close", "enquiries.withdraw"), _enquiry,
        lists=("enquiries.list",),
    ),
    Shelf(
        (
            "complaints.read", "complaints.acknowledge", "complaints.answer", "complaints.close",
            "complaints.escalate", "complaints.extend", "complaints.withdraw",
        ),
        _complaint, lists=("complaints.list",),
    ),
    Shelf(("intakes.read",), _intake, lists=("intakes.list",)),
    Shelf(("surveys.answer",), _survey, lists=("surveys.list",)),
)  # fmt: skip
"""An application of each keeper, an objection, an order on a policy, a product file, matters, intake and survey."""
