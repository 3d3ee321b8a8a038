"""Verifies an export offline: chain, tree, heads, signatures. Needs no database, no backend and no network.

What an export alone cannot show is that nothing was cut off its end, heads included. For that the auditor brings heads
kept elsewhere: those anchored on the chain, or a head somebody was given earlier.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.audit.checkpoints import ORIGIN_STEM, CheckpointInvalid, Head, log_id, read_note
from backend.audit.entries import FIRST_PREVIOUS
from backend.audit.merkle import HASH_BYTES, Frontier, leaf_hash
from domain.errors import AmountInvalid
from domain.hashing import canonical_json

FORMAT: Final = "quittance-audit-export/1"
_LEAF_FIELDS: Final = frozenset({"content", "entry_id", "previous", "recorded_at", "sequence", "tenant_id"})


class TamperingFound(Exception):
    """The export is not what was signed. The text says where it first differs."""


@dataclass(frozen=True, slots=True)
class TrustedHead:
    """A head that was kept where the log's keeper could not change it."""

    size: int
    root: bytes


def write_kept(tenant_id: UUID, heads: Sequence[TrustedHead]) -> bytes:
    """Heads as a file to keep."""
    told = [{"root": head.root.hex(), "size": head.size} for head in heads]
    return canonical_json({"heads": told, "log": log_id(tenant_id).hex()}) + b"\n"


def read_kept(text: str, tenant_id: UUID, public_key: bytes) -> list[TrustedHead]:
    """Heads somebody kept: what `write_kept` wrote, or a signed head as the API gives it.

    Raises:
        CheckpointInvalid: It is neither, or of another log.
    """
    if text.startswith(ORIGIN_STEM):
        head = read_note(text, public_key)
        if head.tenant_id != tenant_id:
            raise CheckpointInvalid(f"the kept head is of the log of {head.tenant_id}, not of {tenant_id}")
        return [TrustedHead(head.size, head.root)]
    try:
        found = json.loads(text)
        if found["log"] != log_id(tenant_id).hex():
            raise CheckpointInvalid(f"the kept heads are of another log than that of {tenant_id}")
        return [TrustedHead(int(head["size"]), bytes.fromhex(head["root"])) for head in found["heads"]]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointInvalid(
            "the kept heads are neither a signed head nor what `quittance audit heads` writes"
        ) from error


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was proved.

    Args:
        pinned: Whether the signer's key was brought by the auditor; else it is only the export's own word.
        trusted: How many kept heads were met.
        proven_size: Entries that a kept head covers: up to here nothing was cut off.
    """

    tenant_id: UUID
    entries: int
    heads: int
    newest_head_at: int
    public_key: bytes
    pinned: bool
    trusted: int
    proven_size: int


def verify_export(
    lines: Iterable[bytes], *, public_key: bytes | None = None, trusted: Sequence[TrustedHead] = ()
) -> Verdict:
    """Pass when every entry is in its place and every head is signed and met.

    Args:
        lines: The file's lines with their line breaks.
        public_key: The log's Ed25519 key as the auditor knows it, 32 bytes.
        trusted: Heads kept elsewhere.
    Raises:
        TamperingFound
    """
    source = enumerate(lines, start=1)
    tenant_id, key = _header(source, public_key)
    heads, first = _heads(source, tenant_id, key)
    signed = {head.size for head in heads}
    expected: dict[int, list[tuple[bytes, str]]] = {}
    for head in heads:
        expected.setdefault(head.size, []).append((head.root, "a signed head"))
    for kept in trusted:
        expected.setdefault(kept.size, []).append((kept.root, "a head kept elsewhere"))
    size = _follow(_leaves(first, source), tenant_id, expected)
    if size != heads[-1].size:
        raise TamperingFound(f"the newest head covers {heads[-1].size} entries, the export has {size}")
    beyond = max((kept.size for kept in trusted), default=0)
    if beyond > size:
        raise TamperingFound(f"a head kept elsewhere covers {beyond} entries, the export has {size}: its end is gone")
    for kept in trusted:
        if kept.size not in signed:
            raise TamperingFound(f"the head of {kept.size} entries, kept elsewhere, is missing from the export")
    return Verdict(
        tenant_id, size, len(heads), heads[-1].at, key, public_key is not None, len(trusted), beyond
    )  # fmt: skip


def _header(source: Iterator[tuple[int, bytes]], pinned: bytes | None) -> tuple[UUID, bytes]:
    number, line = next(source, (1, b""))
    header = _object(number, line)
    try:
        if set(header) != {"format", "origin", "public_key"} or header["format"] != FORMAT:
            raise ValueError
        origin = str(header["origin"])
        tenant_id = UUID(origin.removeprefix(ORIGIN_STEM))
        key = bytes.fromhex(str(header["public_key"]))
        if origin != f"{ORIGIN_STEM}{tenant_id}" or len(key) != HASH_BYTES:
            raise ValueError
    except ValueError:
        raise TamperingFound("line 1 is not the header of an export") from None
    if pinned is not None and key != pinned:
        raise TamperingFound(f"the export names key {key.hex()}, the log's key is {pinned.hex()}")
    return tenant_id, key


def _heads(source: Iterator[tuple[int, bytes]], tenant_id: UUID, key: bytes) -> tuple[list[Head], tuple[int, bytes]]:
    """Heads by size, and the first line after them."""
    heads: list[Head] = []
    for number, line in source:
        found = _object(number, line)
        if set(found) != {"head"}:
            return _checked(heads), (number, line)
        try:
            head = read_note(str(found["head"]), key)
        except CheckpointInvalid as error:
            raise TamperingFound(f"line {number}: {error}") from error
        if head.tenant_id != tenant_id:
            raise TamperingFound(f"line {number}: the head belongs to the log of {head.tenant_id}")
        if head.size <= (heads[-1].size if heads else 0):
            raise TamperingFound(f"line {number}: the head of {head.size} entries is out of order")
        heads.append(head)
    raise TamperingFound("the export ends before its first entry")


def _checked(heads: list[Head]) -> list[Head]:
    if not heads:
        raise TamperingFound("the export has no signed head")
    return heads


def _leaves(first: tuple[int, bytes], rest: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    yield first
    yield from rest


def _follow(
    leaves: Iterator[tuple[int, bytes]], tenant_id: UUID, expected: Mapping[int, Sequence[tuple[bytes, str]]]
) -> int:
    """Walk the chain and hold the tree against each head as its size is reached. Returns how many entries there are."""
    frontier, previous = Frontier(), FIRST_PREVIOUS
    for number, line in leaves:
        entry = _object(number, line)
        place = frontier.size
        if set(entry) != _LEAF_FIELDS or entry["tenant_id"] != str(tenant_id) or entry["sequence"] != place:
            raise TamperingFound(f"line {number} is not entry {place} of this log")
        if entry["previous"] != previous.hex():
            raise TamperingFound(f"line {number}: entry {place} does not follow the one before it")
        previous = leaf_hash(line.removesuffix(b"\n"))
        frontier.append(previous)
        for root, whose in expected.get(frontier.size, ()):
            if frontier.root() != root:
                raise TamperingFound(f"the first {frontier.size} entries are not those of {whose}")
    return frontier.size


def _object(number: int, line: bytes) -> dict[str, object]:
    """A line in its one spelling."""
    try:
        found = json.loads(line)
        if isinstance(found, dict) and canonical_json(found) + b"\n" == line:
            return found
    except (ValueError, AmountInvalid, RecursionError):
        pass
    raise TamperingFound(f"line {number} is not written as the log writes it")
