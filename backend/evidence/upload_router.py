"""HTTP for uploads: tus 1.0.0. A request's bytes are taken a piece at a time and never held whole."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from backend.access.permit import Permit, Public
from backend.dependencies import Asker, Services, Transaction
from backend.evidence import tus, uploads
from backend.evidence.router import AtDesk
from backend.evidence.uploads import PIECE_BYTES, Declared, Progress, Writer
from backend.http.routes import api_router, without_key
from backend.problems import Problem, documented

router = api_router("evidence uploads")
_BY_OFFSET = without_key("An upload goes on at its offset: the same request again conflicts, or changes nothing.")
_BEGUN_TWICE = without_key("tus clients send no key. Who begins the same file again gets the upload there is.")
_TAKEN_BACK = without_key("What is taken back twice is gone, which is said.")
TusVersion = Annotated[str, Header(alias="Tus-Resumable", description="1.0.0", examples=["1.0.0"])]
Metadata = Annotated[
    str,
    Header(
        alias="Upload-Metadata", max_length=2_000,
        description="`filename`, `filetype` and `sha256` (of the whole file, 64 hex digits), each in Base64.",
        examples=["filename YS5wZGY=,filetype YXBwbGljYXRpb24vcGRm,sha256 NWE1YTVhNWE="],
    ),
]  # fmt: skip
_HEADERS = {
    name: {"schema": {"type": "string"}, "description": text}
    for name, text in {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": "Bytes that are here.",
        "Upload-Expires": "Until when an unfinished upload waits.",
    }.items()
}
_TUS: dict[int | str, dict[str, Any]] = {number: documented(number) for number in (410, 412)}
_APPENDED: dict[int | str, dict[str, Any]] = {
    **_TUS, 415: documented(415), 460: documented(460), 204: {"description": "Kept.", "headers": _HEADERS},
}  # fmt: skip
_BODY = {
    "requestBody": {
        "required": True,
        "content": {tus.OFFSET_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    "parameters": [
        {
            "name": "Upload-Offset", "in": "header", "required": True, "schema": {"type": "string"}, "example": "0",
            "description": "Where the bytes go on: as HEAD says.",
        },
        {
            "name": "Upload-Checksum", "in": "header", "required": False, "schema": {"type": "string"},
            "example": "sha1 Lve95gjOVATpfV8EL5X4nxwjKHE=", "description": "Of this request's bytes, in Base64.",
        },
    ],
}  # fmt: skip


async def _speaks_tus(request: Request) -> None:
    tus.require_version(request.headers)


SpeaksTus = Depends(_speaks_tus)


@router.options(
    "/evidence-uploads", status_code=204, operation_id="evidence.upload_options",
    dependencies=[Public("evidence.upload_options")],
)  # fmt: skip
def upload_options() -> Response:
    """What this server understands of tus."""
    return Response(status_code=204, headers=tus.OPTIONS)


@router.post(
    "/cases/{case_id}/evidence-uploads", status_code=201, operation_id="evidence.upload", response_class=Response,
    dependencies=[Permit("evidence.upload"), SpeaksTus, _BEGUN_TWICE], responses=dict(_TUS),
)  # fmt: skip
def create(
    case_id: UUID, request: Request, desk: AtDesk, principal: Asker, session: Transaction, metadata: Metadata,
    tus_resumable: TusVersion,  # noqa: ARG001  # read by SpeaksTus; here to be described
) -> Response:  # fmt: skip
    """Begin an upload. `Upload-Length` and `Upload-Metadata` describe the file; `Location` is where its bytes go."""
    told = tus.metadata(metadata)
    length = tus.number(request.headers, "Upload-Length")
    declared = Declared(tus.named(told, "filename"), tus.named(told, "filetype"), length, tus.sha256_of(told))
    upload_id, begun = uploads.create(session, desk, principal, case_id, declared)
    headers = {"Location": f"/v1/evidence-uploads/{upload_id}", **_told(begun)}
    return Response(status_code=201, headers=headers)


@router.head(
    "/evidence-uploads/{upload_id}", status_code=200, operation_id="evidence.offset", response_class=Response,
    dependencies=[Permit("evidence.offset"), SpeaksTus], responses=dict(_TUS),
)  # fmt: skip
def offset(upload_id: UUID, desk: AtDesk, principal: Asker, session: Transaction) -> Response:
    """How far an upload is."""
    found = uploads.progress(session, desk, principal, upload_id)
    return Response(status_code=200, headers={"Cache-Control": "no-store", **_told(found)})


@router.patch(
    "/evidence-uploads/{upload_id}", status_code=204, operation_id="evidence.append", response_class=Response,
    dependencies=[Permit("evidence.append"), SpeaksTus, _BY_OFFSET], responses=_APPENDED, openapi_extra=_BODY,
)  # fmt: skip
async def append(
    upload_id: UUID, request: Request, desk: AtDesk, principal: Asker, services: Services
) -> Response:  # fmt: skip
    """Send bytes that go on at `Upload-Offset`. What arrived before a connection broke is kept, unless a checksum
    was said. The file's last byte makes it complete, if its sha256 fits."""
    headers = request.headers
    if headers.get("content-type") != tus.OFFSET_TYPE:
        raise Problem("upload_media_type")
    checksum = tus.Checksum(headers["upload-checksum"]) if "upload-checksum" in headers else None
    at = tus.number(headers, "Upload-Offset")
    size = tus.number(headers, "Content-Length") if "content-length" in headers else None
    writer = await run_in_threadpool(
        Writer.begin, services.database, desk, principal, upload_id, offset=at, size=size, checksum=checksum
    )
    received = await _write(request, writer)
    return Response(status_code=204, headers={**tus.TUS, "Upload-Offset": str(received)})


@router.delete(
    "/evidence-uploads/{upload_id}", status_code=204, operation_id="evidence.terminate", response_class=Response,
    dependencies=[Permit("evidence.terminate"), SpeaksTus, _TAKEN_BACK], responses=dict(_TUS),
)  # fmt: skip
def terminate(upload_id: UUID, desk: AtDesk, principal: Asker, session: Transaction) -> Response:
    """Take a file back, whole or not, as long as no dossier holds it."""
    uploads.terminate(session, desk, principal, upload_id)
    return Response(status_code=204, headers=tus.TUS)


async def _write(request: Request, writer: Writer) -> int:
    """Hand the body on, a piece at a time. When the sender goes away, what came without a checksum is kept."""
    held = bytearray()
    try:
        async for part in request.stream():
            held += part
            while len(held) >= PIECE_BYTES:
                await run_in_threadpool(writer.take, bytes(held[:PIECE_BYTES]))
                del held[:PIECE_BYTES]
    except ClientDisconnect:
        if held and writer.checksum is None:
            await run_in_threadpool(writer.take, bytes(held))
        raise
    if held:
        await run_in_threadpool(writer.take, bytes(held))
    return await run_in_threadpool(writer.finish)


def _told(found: Progress) -> Mapping[str, str]:
    told = {**tus.TUS, "Upload-Offset": str(found.received), "Upload-Length": str(found.length)}
    if not found.complete:
        told["Upload-Expires"] = formatdate(found.expires_at, usegmt=True)
    return told
