"""Rows of claims and their evidence, for the trial of the API."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from backend.claims.models import CaseDecisionRow, CaseNoteRow, CaseOrderRow, CaseRow
from backend.dependencies import ServiceSet
from backend.evidence.models import EvidenceDossierRow, EvidenceUploadRow
from backend.vault.retention import Category, Purpose
from scripts.access_shelf import NO_ADDRESS, Keeper, Row, Shelf, keep, sealed
from scripts.access_table import NOW

_NO_CHAIN: Final = frozenset({"chain_unavailable", "product_unknown", "claim_not_noticed"})
"""Where a claim stands, and what the contract would say, is asked of the chain, which the trial has not."""


def _case_of(keeper: Keeper) -> dict[str, str]:
    return {"case_id": str(keeper.id_of("case"))}


def _case(services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """A claim that was notified, with a note on it."""
    case_id = keeper.id_of("case")
    keep(
        session, CaseRow, case_id=case_id, tenant_id=keeper.tenant_id, person_id=keeper.person_id, product=NO_ADDRESS,
        policy_id=1, claimant=NO_ADDRESS, coverage=0, peril=0, occurred_at=NOW, claimed=1, state="noticed",
        channel="web", evidence_root=keeper.hash, claim_id=keeper.number, version=1, created_at=NOW,
    )  # fmt: skip
    said = sealed(services, session, keeper, Category.CLAIM_EVIDENCE, Purpose.CLAIMS, {"words": "looked at"})
    keep(
        session, CaseNoteRow, note_id=keeper.id_of("note"), tenant_id=keeper.tenant_id, case_id=case_id,
        author=keeper.person_id, record_id=said, written_at=NOW,
    )  # fmt: skip
    return Row(_case_of(keeper), {"what": "acknowledge"}, answers=_NO_CHAIN | {"own_claim"})


def _order(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, CaseOrderRow, order_id=keeper.id_of("claim order"), tenant_id=keeper.tenant_id,
        person_id=keeper.person_id, case_id=keeper.id_of("case"), claim_id=keeper.number, action=0, amount=0,
        evidence_root=keeper.hash, institution=0, nonce=0, deadline=NOW, digest=keeper.hash, state="prepared",
        created_at=NOW,
    )  # fmt: skip
    return Row({"order_id": str(keeper.id_of("claim order"))})


def _decision(services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    letter = sealed(services, session, keeper, Category.CLAIM_EVIDENCE, Purpose.CLAIMS, {"letter": "Dear"})
    keep(
        session, CaseDecisionRow, decision_id=keeper.id_of("decision"), tenant_id=keeper.tenant_id,
        case_id=keeper.id_of("case"), claim_id=keeper.number, adjuster=keeper.person_id, adjuster_address=NO_ADDRESS,
        loss=1, granted=1, reason_code=1, clause_id="C1", clause=keeper.hash, proof=[], letter_record=letter,
        letter_hash=keeper.hash, instalments=0, interval_seconds=0, valid_until=NOW, digest=keeper.hash,
        needs_second=True, state="prepared", created_at=NOW,
    )  # fmt: skip
    return Row({"decision_id": str(keeper.id_of("decision"))})


def _upload(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """A file on its way in."""
    upload_id = keeper.id_of("upload")
    keep(
        session, EvidenceUploadRow, upload_id=upload_id, tenant_id=keeper.tenant_id, person_id=keeper.person_id,
        case_id=keeper.id_of("case"), state="receiving", length=10, received=0, pieces=0, key_id="none",
        wrapped_key=b"none", described=b"none", name_print=keeper.hash, created_at=NOW, expires_at=NOW + 60,
    )  # fmt: skip
    marks = frozenset({str(upload_id)})
    return Row(_case_of(keeper) | {"upload_id": str(upload_id)}, marks=marks, answers=frozenset({"upload_unfinished"}))


def _dossier(services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """A sealed dossier of that claim. What its manifest says is not read by who hands it out, but to find a file."""
    said = {"manifest": '{"files": [], "version": 1}'}
    manifest = sealed(services, session, keeper, Category.CLAIM_EVIDENCE, Purpose.CLAIMS, said)
    keep(
        session, EvidenceDossierRow, dossier_id=keeper.id_of("dossier"), tenant_id=keeper.tenant_id,
        person_id=keeper.person_id, case_id=keeper.id_of("case"), claim_id=keeper.number, evidence_root=keeper.hash,
        manifest_hash=keeper.hash, manifest_record=manifest, sealed_at=NOW, attached_at=NOW, cover_from=0,
        occurred_at=NOW, noticed_at=NOW, reading_state="waiting", reading_attempts=0, reading_due_at=NOW,
    )  # fmt: skip
    return Row({"claim_id": keeper.word, "name": "a.pdf"}, answers=frozenset({"amount_invalid"}))


def _of_case(_services: ServiceSet, _session: Session, keeper: Keeper) -> Row:
    """The case again, for what is asked of its evidence."""
    return Row(_case_of(keeper), answers=frozenset({"dossier_unknown", "amount_invalid"}))


CLAIMS_STOCK: Final[tuple[Shelf, ...]] = (
    Shelf(
        (
            "claims.read", "claims.status", "claims.prove", "claims.export", "claims.list_orders",
            "claims.list_decisions",
            "claims.list_notes", "claims.prepare_call", "claims.assign", "claims.decide", "claims.notify",
            "claims.prepare_notice", "claims.prepare_order", "claims.push", "claims.write_note",
        ),
        _case, lists=("claims.list",),
    ),
    Shelf(("claims.order",), _order),
    Shelf(("claims.countersign", "claims.send_decision"), _decision),
    Shelf(("evidence.read", "evidence.offset", "evidence.append", "evidence.terminate"), _upload),
    Shelf(("evidence.fetch_manifest", "evidence.fetch_file"), _dossier, of_persons=False),
    Shelf(("evidence.list", "evidence.clues", "evidence.upload"), _of_case),
)  # fmt: skip
"""A claim of each keeper, its order, decision, files and dossier. Nodes read the dossiers of their whole insurer."""
