"""Proofs as documents: what the API answers, what `quittance audit prove` writes and `verify` takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from backend.audit import merkle
from backend.audit.checkpoints import CheckpointInvalid, Head, read_note
from backend.audit.merkle import ProofInvalid
from backend.audit.verify import TamperingFound, TrustedHead

if TYPE_CHECKING:
    from backend.audit.service import ConsistencyProof, InclusionProof

INCLUSION: Final = "quittance-audit-inclusion/1"
CONSISTENCY: Final = "quittance-audit-consistency/1"


@dataclass(frozen=True, slots=True)
class Proved:
    """What a proof document shows: that `what` belongs to the log of `size` entries, under a signed head.

    Args:
        met: How many kept heads it was compared with; a proof speaks of its own sizes only.
    """

    what: str
    tenant_id: UUID
    size: int
    signed_at: int
    met: int


def inclusion_document(proof: InclusionProof, note: str) -> dict[str, object]:
    """An entry with its way to the root of a signed head."""
    return {
        "format": INCLUSION, "leaf": proof.entry.leaf, "sequence": proof.entry.sequence, "size": proof.size,
        "root": proof.root.hex(), "path": [h.hex() for h in proof.path], "head": note,
    }  # fmt: skip


def consistency_document(proof: ConsistencyProof, note: str) -> dict[str, object]:
    """That a signed head's log begins with an earlier one."""
    return {
        "format": CONSISTENCY, "first": proof.first, "first_root": proof.first_root.hex(), "size": proof.size,
        "root": proof.root.hex(), "path": [h.hex() for h in proof.path], "head": note,
    }  # fmt: skip


def verify_document(
    document: Mapping[str, object], *, public_key: bytes, trusted: Sequence[TrustedHead] = ()
) -> Proved:
    """Pass when the proof leads to its head, the head is signed, and kept heads of its sizes agree.

    Raises:
        TamperingFound
    """
    try:
        head = read_note(_text(document, "head"), public_key)
        what, known = _shown(document, head)
        if _number(document, "size") != head.size or _text(document, "root") != head.root.hex():
            raise ValueError("it and its head speak of different logs")
    except (CheckpointInvalid, ProofInvalid, ValueError, KeyError, TypeError) as error:
        raise TamperingFound(f"the proof does not hold: {error}") from error
    met = [kept for kept in trusted if kept.size in known]
    for kept in met:
        if known[kept.size] != kept.root:
            raise TamperingFound(f"a head of {kept.size} entries that was kept elsewhere has another root")
    return Proved(what, head.tenant_id, head.size, head.at, len(met))


def _shown(document: Mapping[str, object], head: Head) -> tuple[str, dict[int, bytes]]:
    """What a proof shows, and roots by size that follow from it."""
    path = [bytes.fromhex(str(h)) for h in _list(document, "path")]
    if document.get("format") == INCLUSION:
        return _included(document, head, path), {head.size: head.root}
    if document.get("format") != CONSISTENCY:
        raise ValueError("its format is not known")
    first, first_root = _number(document, "first"), bytes.fromhex(_text(document, "first_root"))
    merkle.verify_consistency(first, first_root, head.size, head.root, path)
    return f"the log of {first} entries", {first: first_root, head.size: head.root}


def _included(document: Mapping[str, object], head: Head, path: Sequence[bytes]) -> str:
    leaf, sequence = _text(document, "leaf"), _number(document, "sequence")
    merkle.verify_inclusion(merkle.leaf_hash(leaf.encode()), sequence, head.size, path, head.root)
    told = json.loads(leaf)
    if told["sequence"] != sequence or told["tenant_id"] != str(head.tenant_id):
        raise ValueError("the entry says another place or another log")
    return f"entry {sequence}"


def _text(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is not text")
    return value


def _number(document: Mapping[str, object], name: str) -> int:
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is not a whole number")
    return value


def _list(document: Mapping[str, object], name: str) -> list[object]:
    value = document.get(name)
    if not isinstance(value, list):
        raise ValueError(f"{name} is not a list")
    return value
