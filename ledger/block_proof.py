"""What a block's hash commits to: its header's fields, its transactions, its receipts and with them its logs.

With these, logs are proved against a block hash without a node: nothing in them can be altered, added or left out.
Holds for chains whose block hash is the keccak of the RLP of all header fields, as Ethereum's and Anvil's are; not
for those that leave seals out of it (Clique, QBFT). Source: Ethereum yellow paper §4.3, EIP-1559, 2718, 4399, 4788,
4844, 4895, 7685.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from domain.hashing import keccak256
from ledger.rpc import from_hex

Rlp = bytes | Sequence["Rlp"]
Nibbles = tuple[int, ...]

# In the order of the RLP list. True: a quantity, written without leading zeros. The later ones came with forks.
HEADER_FIELDS = {
    "parentHash": False, "sha3Uncles": False, "miner": False, "stateRoot": False, "transactionsRoot": False,
    "receiptsRoot": False, "logsBloom": False, "difficulty": True, "number": True, "gasLimit": True, "gasUsed": True,
    "timestamp": True, "extraData": False, "mixHash": False, "nonce": False, "baseFeePerGas": True,
    "withdrawalsRoot": False, "blobGasUsed": True, "excessBlobGas": True, "parentBeaconBlockRoot": False,
    "requestsHash": False,
}  # fmt: skip
FIELDS_AT_LEAST = 15
"""Fields of the first headers; each later fork put its own behind those before it."""
SIZES = {
    "parentHash": 32, "sha3Uncles": 32, "miner": 20, "stateRoot": 32, "transactionsRoot": 32, "receiptsRoot": 32,
    "logsBloom": 256, "mixHash": 32, "nonce": 8, "withdrawalsRoot": 32, "parentBeaconBlockRoot": 32,
    "requestsHash": 32,
}  # fmt: skip
"""Bytes of the fields that have a fixed size."""
BLOOM_BYTES = 256
TYPES_OF_TRANSACTION = 0x80
"""A type is one byte below this; what begins with a higher one is a list without a type. Source: EIP-2718."""


def rlp(item: Rlp) -> bytes:
    """Recursive length prefix of bytes or nested lists of bytes."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _prefix(0x80, len(item)) + item
    body = b"".join(rlp(element) for element in item)
    return _prefix(0xC0, len(body)) + body


def _prefix(offset: int, length: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    size = quantity(length)
    return bytes([offset + 55 + len(size)]) + size


def quantity(value: int) -> bytes:
    """Big-endian without leading zeros; nothing for 0."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def header_hash(header: Mapping[str, str]) -> bytes:
    """Hash of a block from its header as JSON-RPC gives it.

    A field that is skipped would let values stand under the names of others, and the hash would be the same.

    Raises:
        ValueError: A field is missing that stands before another, or has another size.
    """
    names = [name for name in HEADER_FIELDS if name in header]
    if names != list(HEADER_FIELDS)[: max(len(names), FIELDS_AT_LEAST)]:
        missing = next(name for name in HEADER_FIELDS if name not in header)
        raise ValueError(f"a header lacks {missing}, which stands before others: take it from the node again")
    fields = [quantity(int(header[n], 16)) if HEADER_FIELDS[n] else from_hex(header[n]) for n in names]
    for name, value in zip(names, fields, strict=True):
        if len(value) != SIZES.get(name, len(value)):
            raise ValueError(
                f"a header's {name} has {len(value)} bytes, not {SIZES[name]}: take it from the node again"
            )
    return keccak256(rlp(fields))


def ordered_root(values: Sequence[bytes]) -> bytes:
    """Root of the Patricia trie that holds values under the RLP of their index."""
    items = sorted((index_nibbles(index), value) for index, value in enumerate(values))
    return keccak256(rlp(node(items, 0)))


def index_nibbles(index: int) -> Nibbles:
    """Path of an index in a trie of ordered values."""
    return tuple(nibble for byte in rlp(quantity(index)) for nibble in (byte >> 4, byte & 15))


def node(items: Sequence[tuple[Nibbles, bytes]], depth: int) -> Rlp:
    """Node over items whose keys agree in their first `depth` nibbles."""
    if not items:
        return b""
    first, last = items[0][0], items[-1][0]
    if len(items) == 1:
        return [node_path(first[depth:], leaf=True), items[0][1]]
    shared = depth
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    if shared > depth:
        return [node_path(first[depth:shared], leaf=False), _reference(node(items, shared))]
    here = [value for key, value in items if len(key) == depth]
    rest = [item for item in items if len(item[0]) > depth]
    branches = [[item for item in rest if item[0][depth] == nibble] for nibble in range(16)]
    children = [_reference(node(branch, depth + 1)) for branch in branches]
    return [*children, here[0] if here else b""]


def _reference(node: Rlp) -> Rlp:
    encoded = rlp(node)
    return node if len(encoded) < 32 else keccak256(encoded)


def node_path(nibbles: Nibbles, *, leaf: bool) -> bytes:
    """Steps as a leaf or an extension writes them."""
    flag = 2 * leaf + len(nibbles) % 2
    padded = (flag, *nibbles) if len(nibbles) % 2 else (flag, 0, *nibbles)
    return bytes(high << 4 | low for high, low in zip(padded[::2], padded[1::2], strict=True))


def receipt_bytes(receipt: Mapping[str, Any]) -> bytes:
    """A receipt as the receipts trie holds it. Its bloom is computed from its logs.

    Raises:
        ValueError: Its type is not one byte: a longer one could hide the true receipt before a false one.
    """
    kind = int(receipt.get("type", "0x0"), 16)
    if not 0 <= kind < TYPES_OF_TRANSACTION:
        raise ValueError(f"a receipt's type is {kind:#x}, the last there can be is {TYPES_OF_TRANSACTION - 1:#x}")
    logs = [
        (from_hex(log["address"]), [from_hex(t) for t in log["topics"]], from_hex(log["data"]))
        for log in receipt["logs"]
    ]
    bloom = bloom_of(entry for address, topics, _ in logs for entry in (address, *topics))
    gas = quantity(int(receipt["cumulativeGasUsed"], 16))
    payload = rlp([quantity(int(receipt["status"], 16)), gas, bloom, [[a, t, d] for a, t, d in logs]])
    return quantity(kind) + payload


def bloom_of(entries: Iterable[bytes]) -> bytes:
    """2,048-bit bloom filter of addresses and topics."""
    bits = 0
    for entry in entries:
        bits |= _bloom_bits(entry)
    return bits.to_bytes(BLOOM_BYTES, "big")


@lru_cache(maxsize=65_536)
def _bloom_bits(entry: bytes) -> int:
    digest = keccak256(entry)
    return sum({1 << (int.from_bytes(digest[n : n + 2], "big") & 2047) for n in (0, 2, 4)})


def may_hold(bloom: bytes, addresses: Iterable[str]) -> bool:
    """Whether a block with this bloom can hold a log of one of the addresses. False is certain."""
    bits = int.from_bytes(bloom, "big")
    return any(bits & wanted == wanted for wanted in (_bloom_bits(from_hex(address)) for address in addresses))
