"""Proofs as documents: what the API answers, what `quittance audit prove` writes and `verify` takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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
    """What a proof document shows: that `what` belongs to the log of `size` entries, under a signed head."""

    what: str
    size: int
    signed_at: int


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
        path = [bytes.fromhex(str(h)) for h in _list(document, "path")]
        if document.get("format") == INCLUSION:
            what = _included(document, head, path)
            known = {head.size: head.root}
        elif document.get("format") == CONSISTENCY:
            first, first_root = _number(document, "first"), bytes.fromhex(_text(document, "first_root"))
            merkle.verify_consistency(first, first_root, head.size, head.root, path)
            what = f"the log of {first} entries"
            known = {first: first_root, head.size: head.root}
        else:
            raise ValueError("its format is not known")
    except (CheckpointInvalid, ProofInvalid, ValueError) as error:
        raise TamperingFound(f"the proof does not hold: {error}") from error
    for kept in trusted:
        if known.get(kept.size, kept.root) != kept.root:
            raise TamperingFound(f"a head of {kept.size} entries that was kept elsewhere has another root")
    if _number(document, "size") != head.size or _text(document, "root") != head.root.hex():
        raise TamperingFound("the proof and its head speak of different logs")
    return Proved(what, head.size, head.at)


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
