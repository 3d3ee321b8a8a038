"""The audit log out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.fields import View

HashText = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 in hex.", examples=["5d" * 32])]
Count = Annotated[int, Field(ge=0, lt=1 << 62, examples=[7])]
_NOTE = "quittance/audit/00000000-0000-0000-0000-000000000001\n7\n…"
Note = Annotated[str, Field(description="Signed head: a checkpoint of c2sp.org/tlog-checkpoint.", examples=[_NOTE])]
Leaf = Annotated[str, Field(description="What is hashed into the tree, as text.", examples=['{"content":{}}'])]


class EntryView(View):
    """An entry in its place."""

    sequence: Count
    entry_id: UUID
    recorded_at: int = Field(description="Microseconds of unix time.", examples=[1_800_000_000_000_000])
    operation: str = Field(examples=["claims.decide"])
    outcome: str = Field(description="done, refused or failed", examples=["done"])
    subject: str = Field(description="What it was done to, by id or hash.", examples=["claims/12"])
    principal_id: UUID | None
    leaf: Leaf
    request_id: str | None = Field(description="The request it was done in, as X-Request-Id; hashed if you made it up.")


class EntryPage(View):
    """Entries in their order."""

    entries: list[EntryView]
    next_cursor: str | None


class HeadView(View):
    """A signed head, as it was given out. Keep it: what it covers cannot be changed unseen."""

    size: Count
    made_at: int = Field(description="Unix seconds, wall clock.", examples=[1_800_000_000])
    note: Note


class HeadPage(View):
    """Signed heads by size."""

    heads: list[HeadView]
    next_cursor: str | None


class InclusionView(View):
    """Proof that an entry stands in the log under a signed head. `quittance audit verify` takes it as it is."""

    format: str = Field(examples=["quittance-audit-inclusion/1"])
    leaf: Leaf
    sequence: Count
    size: Count
    root: HashText
    path: list[HashText] = Field(description="Hashes beside the way from the leaf to the root, lowest first.")
    head: Note


class ConsistencyView(View):
    """Proof that the log under a signed head begins with an earlier one. `quittance audit verify` takes it as it is."""

    format: str = Field(examples=["quittance-audit-consistency/1"])
    first: Count
    first_root: HashText
    size: Count
    root: HashText
    path: list[HashText]
    head: Note
