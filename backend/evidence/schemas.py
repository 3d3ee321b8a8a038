"""Evidence in and out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.evidence.records import ReadingState
from backend.fields import View

WallSeconds = Annotated[int, Field(ge=0, description="Unix seconds.", examples=[1_790_000_000])]


class EvidenceFileView(View):
    """A file of a case. Unfinished ones have neither name nor type yet."""

    upload_id: UUID
    complete: bool
    name: str | None = Field(examples=["bill.pdf"])
    media_type: str | None = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes, of the whole file.", examples=[48_213])
    received: int = Field(description="Bytes that are here.", examples=[48_213])
    file_hash: str | None = Field(description="Keccak-256 of the bytes.", examples=["0x" + "5a" * 32])
    sealed: bool = Field(description="Whether a dossier holds it; then it stays.")
    created_at: WallSeconds


class EvidenceList(View):
    """Files of a case, oldest first."""

    files: list[EvidenceFileView]


class ClueView(View):
    """A sign that a document may be forged. It is a reason to look and decides nothing."""

    code: str = Field(examples=["TOTALS_DISAGREE"])
    file: str = Field(examples=["bill.pdf"])
    finding: str | None = Field(description="What the nodes' fraud score makes of it; null: told, not counted.")
    en: str
    zh: str


class DuplicateView(View):
    """A file, or a picture in it, that another case of this insurer has too."""

    file: str = Field(examples=["bill.pdf"])
    case_id: UUID
    exact: bool = Field(description="The same bytes; else a picture that looks the same.")
    bits_apart: int = Field(description="Of 256, between the pictures.", examples=[4])


class CluesView(View):
    """What was noticed in the evidence sealed last. No claim is denied by it."""

    state: ReadingState = Field(
        description="waiting: not read yet; read; unread: it could not be read by machine, look at it yourself."
    )
    clues: list[ClueView]
    duplicates: list[DuplicateView]
