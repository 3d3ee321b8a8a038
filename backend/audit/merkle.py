"""Merkle tree of a log that only grows: roots, inclusion proofs, consistency proofs.

Complete subtrees are named (level, index): level 0 are leaves, (level, index) covers leaves index·2^level up to
(index+1)·2^level. A log keeps the hash of each complete subtree once; every root and proof is made of those.
Source: RFC 9162, sections 2.1.1 to 2.1.4 (the same tree as RFC 6962), with SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Node = tuple[int, int]
Range = tuple[int, int]


class ProofInvalid(Exception):
    """A proof does not lead from what it is about to the root. The text says which."""


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def covering(start: int, end: int) -> list[Node]:
    """Complete subtrees that make up the leaves from `start` up to `end`, from the largest on the left."""
    found: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def range_hash(part: Range, hashes: Mapping[Node, bytes]) -> bytes:
    """Hash of the leaves of `part`, which is a subtree of some RFC 9162 tree.

    Raises:
        KeyError: A node that `covering` names is missing.
    """
    nodes = covering(*part)
    top = hashes[nodes[-1]]
    for node in reversed(nodes[:-1]):
        top = node_hash(hashes[node], top)
    return top


def root(size: int, hashes: Mapping[Node, bytes]) -> bytes:
    """Root of the first `size` leaves."""
    return range_hash((0, size), hashes) if size else EMPTY_ROOT


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Subtrees beside the way from leaf `index` up to the root of `size` leaves, lowest first.

    Raises:
        ValueError: There is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among the {size} of the tree. Ask for an index below the size.")
    ranges: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(first: int, size: int) -> list[Range]:
    """Subtrees that show the tree of `size` leaves to begin with the tree of `first`.

    Raises:
        ValueError: `first` is not from 1 to `size`.
    """
    if not 0 < first <= size:
        raise ValueError(f"the first size {first} is not from 1 to {size}. Ask for two sizes in their order.")
    ranges: list[Range] = []
    start, end, whole = 0, size, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    if not whole:
        ranges.append((start, end))
    return ranges[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Pass when `leaf` stands at `index` of the tree of `size` leaves under `root_hash`.

    Raises:
        ProofInvalid
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"leaf {index} is not among {size}")
    place, last, top = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofInvalid(f"the proof of leaf {index} of {size} is too long")
        if place & 1 or place == last:
            top = node_hash(sibling, top)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            top = node_hash(top, sibling)
        place, last = place >> 1, last >> 1
    if last or top != root_hash:
        raise ProofInvalid(f"the proof of leaf {index} does not lead to the root of {size} leaves")


def verify_consistency(first: int, first_root: bytes, size: int, root_hash: bytes, proof: Sequence[bytes]) -> None:
    """Pass when the tree of `size` leaves begins with the tree of `first`.

    Raises:
        ProofInvalid
    """
    refusal = ProofInvalid(f"the tree of {size} leaves is not shown to begin with that of {first}")
    if not 0 < first <= size:
        raise refusal
    if first == size:
        if proof or first_root != root_hash:
            raise refusal
        return
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        raise refusal
    place, last = first - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise refusal
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last or old != first_root or new != root_hash:
        raise refusal


class Frontier:
    """A tree while it grows, in memory that grows with the logarithm of its size.

    Args:
        size: Leaves there are already.
        peaks: Hashes of `covering(0, size)`.
        keep: Called with each complete subtree as it comes to be, leaves included.
    """

    def __init__(
        self, size: int = 0, peaks: Sequence[bytes] = (), keep: Callable[[Node, bytes], None] | None = None
    ) -> None:
        self.size = size
        self._peaks = list(peaks)
        self._keep = keep

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        index, level, top = self.size, 0, leaf
        self._note((0, index), top)
        while index & 1:
            top = node_hash(self._peaks.pop(), top)
            index, level = index >> 1, level + 1
            self._note((level, index), top)
        self._peaks.append(top)
        self.size += 1

    def root(self) -> bytes:
        """Root of what there is."""
        if not self._peaks:
            return EMPTY_ROOT
        top = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            top = node_hash(peak, top)
        return top

    def _note(self, node: Node, value: bytes) -> None:
        if self._keep is not None:
            self._keep(node, value)


def _split(count: int) -> int:
    """Largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
