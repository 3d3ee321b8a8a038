"""Salted Merkle tree over evidence: hides what it holds, shows any change, and proves one file without the others.

    leaf  = keccak(0x00 ‖ salt ‖ keccak(bytes) ‖ keccak(media type) ‖ keccak(name) ‖ size as uint64)
    node  = keccak(0x01 ‖ left ‖ right)
    root  = keccak(0x02 ‖ keccak("quittance evidence 1") ‖ count as uint32 ‖ node of all)

The shape is that of RFC 9162: the left part of n leaves is the largest power of two below n. Leaf, node and root start
with different bytes, so none passes for another; left and right are bound by place; the root binds how many files there
are. Contracts keep the root and never look inside. ADR 0035.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain.evidence.refusals import EvidenceAltered
from domain.hashing import bytes32, keccak256, utf8
from domain.ranges import MAX_UINT32, MAX_UINT64, is_whole

SCHEME: Final = keccak256(b"quittance evidence 1")
_LEAF, _NODE, _ROOT = b"\x00", b"\x01", b"\x02"


def leaf_hash(salt: bytes, file_hash: bytes, media_type: str, name: str, size: int) -> bytes:
    """Leaf of one file.

    Args:
        salt: 32 random bytes, of this file alone.
        file_hash: Keccak-256 of the bytes as they came.
        size: Bytes.
    Raises:
        AmountInvalid: A hash has not 32 bytes, or a text no UTF-8.
        EvidenceAltered: `size` is no 64-bit number.
    """
    if not is_whole(size, 0, MAX_UINT64):
        raise EvidenceAltered("size", size, "is not a whole number of 64 bits", "Count the file's bytes")
    words = (bytes32(salt), bytes32(file_hash), keccak256(utf8(media_type)), keccak256(utf8(name)))
    return keccak256(_LEAF + b"".join(words) + size.to_bytes(8, "big"))


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root of all leaves.

    Raises:
        EvidenceAltered: There is none.
    """
    _check_count(len(leaves))
    return _bound(len(leaves), _node(leaves))


def merkle_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Siblings from a leaf up to the top.

    Raises:
        EvidenceAltered: There is no such leaf.
    """
    _check_count(len(leaves))
    _check_index(index, len(leaves))
    path: list[bytes] = []
    while len(leaves) > 1:
        split = _split(len(leaves))
        left, right = leaves[:split], leaves[split:]
        path.append(_node(right if index < split else left))
        leaves, index = (left, index) if index < split else (right, index - split)
    return tuple(reversed(path))


def root_of_proof(leaf: bytes, index: int, count: int, proof: Sequence[bytes]) -> bytes:
    """Root that a leaf at a place and its siblings give.

    Raises:
        EvidenceAltered: The place is not among `count`, or the proof has another length than that place needs.
    """
    _check_count(count)
    _check_index(index, count)
    turns: list[bool] = []
    place, left_over = index, count
    while left_over > 1:
        split = _split(left_over)
        turns.append(place < split)
        place, left_over = (place, split) if place < split else (place - split, left_over - split)
    if len(turns) != len(proof):
        raise EvidenceAltered(
            "proof", len(proof), f"file {index} of {count} needs {len(turns)} hashes", "Ask for it anew"
        )
    top = bytes32(leaf)
    for sibling, is_left in zip(proof, reversed(turns), strict=True):
        pair = (top, bytes32(sibling)) if is_left else (bytes32(sibling), top)
        top = keccak256(_NODE + b"".join(pair))
    return _bound(count, top)


def _node(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return bytes32(leaves[0])
    split = _split(len(leaves))
    return keccak256(_NODE + _node(leaves[:split]) + _node(leaves[split:]))


def _split(count: int) -> int:
    """Largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def _bound(count: int, top: bytes) -> bytes:
    return keccak256(_ROOT + SCHEME + count.to_bytes(4, "big") + top)


def _check_count(count: int) -> None:
    if not is_whole(count, 1, MAX_UINT32):
        raise EvidenceAltered("count", count, f"is not a whole number from 1 to {MAX_UINT32}", "Hand in a file")


def _check_index(index: int, count: int) -> None:
    if not is_whole(index, 0, count - 1):
        raise EvidenceAltered("index", index, f"is not a whole number from 0 to {count - 1}", "Count files from 0")
