"""HTTP for evidence: what people see of it, and what nodes are given. Uploads are in `upload_router`."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Path, Response
from fastapi.responses import StreamingResponse

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.dependencies import Asker, Services, Transaction
from backend.evidence import files, service, store
from backend.evidence.desk import EvidenceDesk
from backend.evidence.files import FileStanding
from backend.evidence.schemas import CluesView, ClueView, DuplicateView, EvidenceFileView, EvidenceList
from backend.fields import bytes_hex, parse_word
from backend.http.routes import api_router
from backend.problems import Problem

router = api_router("evidence")
ClaimId = Annotated[
    str, Path(pattern=r"^0x[0-9a-f]{64}$", description="Claim id, as on chain.", examples=["0x" + "5a" * 32])
]
FileName = Annotated[str, Path(min_length=1, max_length=120, description="As the manifest says.", examples=["a.pdf"])]
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes, as they came.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7"}},
    }
}
_MANIFEST: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The manifest, as it was sealed.",
        "content": {"application/json": {"schema": {"type": "object"}, "example": {"files": [], "version": 1}}},
    }
}


def desk_of(services: Services) -> EvidenceDesk:
    """Where evidence is kept.

    Raises:
        Problem: `key_missing`.
    """
    if services.evidence is None:
        raise Problem("key_missing", setting="QUITTANCE_VAULT_KEY_FILE")
    return services.evidence


AtDesk = Annotated[EvidenceDesk, Depends(desk_of)]


@router.get("/cases/{case_id}/evidence", operation_id="evidence.list", dependencies=[Permit("evidence.list")])
def list_evidence(case_id: UUID, desk: AtDesk, principal: Asker, session: Transaction) -> EvidenceList:
    """Files of a case, those on their way too."""
    return EvidenceList(files=[_file(each) for each in files.listed(session, desk, principal, case_id)])


@router.get(
    "/cases/{case_id}/evidence/{upload_id}", operation_id="evidence.read", dependencies=[Permit("evidence.read")],
    response_class=StreamingResponse, responses=_BYTES,
)  # fmt: skip
def read_evidence(
    case_id: UUID, upload_id: UUID, desk: AtDesk, principal: Asker, session: Transaction, services: Services
) -> Response:
    """A file as it came. Its opening is in the audit log."""
    held = files.find(session, desk, principal, case_id, upload_id)
    chunks = store.stream(services.database, desk, principal, held.record_id, asker=principal.principal_id)
    headers = {
        "Content-Length": str(held.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(held.name, safe='')}",
    }
    return StreamingResponse(chunks, media_type=held.media_type, headers=headers)


@router.get(
    "/cases/{case_id}/evidence-clues", operation_id="evidence.clues", dependencies=[Permit("evidence.clues")]
)  # fmt: skip
def read_clues(case_id: UUID, desk: AtDesk, principal: Asker, session: Transaction) -> CluesView:
    """What was noticed in the evidence, for whoever decides. It decides nothing itself."""
    found = service.clues(session, desk, principal, case_id)
    return CluesView(
        state=found.state,
        clues=[ClueView(code=c.code, file=c.file, finding=c.finding, en=c.en, zh=c.zh) for c in found.clues],
        duplicates=[
            DuplicateView(file=d.file, case_id=d.case_id, exact=d.exact, bits_apart=d.bits_apart)
            for d in found.duplicates
        ],
    )


@router.get(
    "/claims/{claim_id}/manifest", operation_id="evidence.fetch_manifest",
    dependencies=[Permit("evidence.fetch_manifest")], response_class=Response, responses=_MANIFEST,
)  # fmt: skip
def fetch_manifest(claim_id: ClaimId, desk: AtDesk, principal: Asker, session: Transaction) -> Response:
    """For oracle nodes: what the evidence of a claim consists of, with salts. Its root stands on the chain."""
    found = store.manifest(session, desk, principal, parse_word(claim_id))
    return Response(found, media_type="application/json")


@router.get(
    "/claims/{claim_id}/files/{name}", operation_id="evidence.fetch_file",
    dependencies=[Permit("evidence.fetch_file")], response_class=StreamingResponse, responses=_BYTES,
)  # fmt: skip
def fetch_file(
    claim_id: ClaimId, name: FileName, desk: AtDesk, principal: Asker, session: Transaction, services: Services
) -> Response:
    """For oracle nodes: a file of a claim as it came."""
    found = store.file(session, desk, principal, parse_word(claim_id), name)
    assert principal.tenant_id is not None  # it has a claim
    opener = Principal.worker(principal.tenant_id)
    chunks = store.stream(services.database, desk, opener, found.record_id, asker=principal.principal_id)
    headers = {"Content-Length": str(found.size)}
    return StreamingResponse(chunks, media_type=found.media_type, headers=headers)


def _file(each: FileStanding) -> EvidenceFileView:
    held = each.held
    return EvidenceFileView(
        upload_id=each.upload_id, complete=held is not None, name=held.name if held else None,
        media_type=held.media_type if held else None, size=each.size, received=each.received,
        file_hash=bytes_hex(held.file_hash) if held else None, sealed=each.sealed, created_at=each.created_at,
    )  # fmt: skip
