"""Proof that one value stands at one index of an ordered Patricia trie, such as a block's receipts or transactions.

A proof is the nodes from the root down, each as the trie holds it. Source: Ethereum yellow paper, appendix D.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.hashing import keccak256
from ledger.block_proof import Nibbles, Rlp, index_nibbles, node, node_path, rlp

HASH_BYTES = 32
BRANCH_ITEMS = 17


class ProofInvalid(ValueError):
    """A proof does not lead from its root to its value."""


def prove_index(values: Sequence[bytes], index: int) -> list[bytes]:
    """Nodes from the root of the trie of `values` down to the one at `index`; nodes kept in their parent are left out.

    Raises:
        IndexError: There is no such value.
    """
    if not 0 <= index < len(values):
        raise IndexError(f"index {index} of {len(values)} values: name one that is there")
    items = sorted((index_nibbles(number), value) for number, value in enumerate(values))
    found, depth, wanted = [], 0, index_nibbles(index)
    while True:
        here = node(items, depth)
        encoded = rlp(here)
        if depth == 0 or len(encoded) >= HASH_BYTES:
            found.append(encoded)
        if len(items) == 1:
            return found
        first, last = items[0][0], items[-1][0]
        shared = depth
        while shared < min(len(first), len(last)) and first[shared] == last[shared]:
            shared += 1
        if shared > depth:
            depth = shared
            continue
        items = [item for item in items if len(item[0]) > depth and item[0][depth] == wanted[depth]]
        depth += 1


def check_index(root: bytes, index: int, value: bytes, proof: Sequence[bytes]) -> None:
    """Pass where the proof leads from the root to this value at this index, and holds nothing else.

    Raises:
        ProofInvalid
    """
    wanted, depth, left = index_nibbles(index), 0, list(proof)
    reference: Rlp = root
    while True:
        here = _open(reference, left)
        if len(here) == BRANCH_ITEMS:
            if depth == len(wanted):
                raise ProofInvalid("it ends in a branch, where no value can stand")
            reference, depth = here[wanted[depth]], depth + 1
            continue
        if len(here) != 2 or not isinstance(here[0], bytes) or not here[0]:
            raise ProofInvalid("it holds what is no node")
        leaf, step = here[0][0] >> 4 >= 2, _steps(here[0])
        if node_path(step, leaf=leaf) != here[0] or wanted[depth : depth + len(step)] != step:
            raise ProofInvalid(f"it leads elsewhere than to index {index}")
        reference, depth = here[1], depth + len(step)
        if leaf:
            break
    if depth != len(wanted) or reference != value:
        raise ProofInvalid(f"another value stands at index {index}")
    if left:
        raise ProofInvalid("it holds more nodes than lead to the value")


def _open(reference: Rlp, left: list[bytes]) -> Sequence[Rlp]:
    if not isinstance(reference, bytes):
        return reference
    if not left or keccak256(left[0]) != reference:
        raise ProofInvalid("a node is missing, or is not the one its parent names")
    opened, rest = _read(left.pop(0))
    if rest or isinstance(opened, bytes):
        raise ProofInvalid("it holds what is no node")
    return opened


def _steps(path: bytes) -> Nibbles:
    steps = tuple(nibble for byte in path for nibble in (byte >> 4, byte & 15))
    return steps[1:] if steps[0] % 2 else steps[2:]


def _read(data: bytes) -> tuple[Rlp, bytes]:
    """The first item of RLP bytes, and what is behind it. The hash of the bytes is known, so their form is trusted."""
    if not data:
        raise ProofInvalid("a node ends early")
    head = data[0]
    if head < 0x80:
        return data[:1], data[1:]
    is_list = head >= 0xC0
    size, begin = head - (0xC0 if is_list else 0x80), 1
    if size > 55:
        begin = 1 + size - 55
        size = int.from_bytes(data[1:begin], "big")
    body, rest = data[begin : begin + size], data[begin + size :]
    if len(body) != size:
        raise ProofInvalid("a node ends early")
    if not is_list:
        return body, rest
    items: list[Rlp] = []
    while body:
        if len(items) == BRANCH_ITEMS:
            raise ProofInvalid("it holds what is no node")
        item, body = _read(body)
        items.append(item)
    return items, rest
