"""The form of a claim file: what is in it, and how it is read.

Reading is strict. Each value has one way of being written, and nothing may stand in the file that nobody checks: what
a person, or another program, reads out of it is what was proved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from domain.hashing import keccak256
from ledger.block_proof import HEADER_FIELDS
from ledger.bundle import Documents
from ledger.codec import ChainEvent, checksum
from ledger.events import LogDecoder
from ledger.file_form import reading
from ledger.rpc import from_hex

FORMAT = "quittance-claim-file/1"
LOGS_AT_MOST = 1 << 20
"""Logs of one transaction: their place in the block is not proved, their order is."""
ADDRESS_BYTES, WORD_BYTES = 20, 32
_DATA = re.compile(r"0x(?:[0-9a-f]{2})*")
_QUANTITY = re.compile(r"0x(?:0|[1-9a-f][0-9a-f]*)")
_RECEIPT = ("transactionHash", "type", "status", "cumulativeGasUsed", "logs")
_QUANTITIES = ("type", "status", "cumulativeGasUsed")
T = TypeVar("T")


class ClaimFileInvalid(ValueError):
    """The file is missing or holds no claim."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction of a block.

    Attributes:
        index: Its place in the block, from 0.
        receipt: {transactionHash, type, status, cumulativeGasUsed, logs: [{address, topics, data}]}.
        receipt_proof, transaction_proof: Nodes from the root of the block's trie down, 0x-hex.
        transaction: Its signed bytes, 0x-hex; empty where the node did not give them out.
    """

    index: int
    receipt: dict[str, Any]
    receipt_proof: list[str]
    transaction: str
    transaction_proof: list[str]

    @property
    def name(self) -> str:
        """Hash of the transaction: of its bytes, where they are at hand."""
        said: str = self.receipt["transactionHash"]
        return f"0x{keccak256(from_hex(self.transaction)).hex()}" if self.transaction else said


@dataclass(frozen=True, slots=True)
class Block:
    """A block that holds something of the claim: its hash, what that commits to, and the transactions that matter."""

    hash: str
    header: dict[str, str]
    entries: list[Entry]

    def logs(self) -> Iterator[dict[str, Any]]:
        """Logs as `eth_getLogs` gives them; their place in the block keeps their order only."""
        of_block = {
            "blockNumber": self.header["number"], "blockHash": self.hash, "blockTimestamp": self.header["timestamp"],
        }  # fmt: skip
        for entry in self.entries:
            where = {**of_block, "transactionHash": entry.name, "transactionIndex": hex(entry.index)}
            for number, log in enumerate(entry.receipt["logs"]):
                yield {**log, **where, "logIndex": hex(entry.index * LOGS_AT_MOST + number)}


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """A claim and all it rests on.

    Attributes:
        contracts: Address → name, of the contracts whose events are in the file.
        documents: Of the product, by terms hash.
    """

    claim_id: int
    chain_id: int
    contracts: dict[str, str]
    documents: Documents
    blocks: list[Block]

    def content(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"format": FORMAT, **asdict(self), "claim_id": f"0x{self.claim_id:064x}"}

    def events(self) -> list[ChainEvent]:
        """Events of known contracts, in chain order."""
        decoder = LogDecoder(self.contracts)
        found = (decoder.decode(log) for block in self.blocks for log in block.logs())
        return [event for event in found if event is not None]


def load_claim(path: Path) -> ClaimFile:
    """Read a claim file. What it says is not proved yet.

    Raises:
        ClaimFileInvalid: Says what is wrong with the file.
    """
    with reading("claim file", path, ClaimFileInvalid):
        raw = json.loads(path.read_text("utf-8"), object_pairs_hook=_each_once)
        if raw["format"] != FORMAT:
            raise ValueError(f"its format is {raw['format']!r}, this program reads {FORMAT}")
        _fields("the file", raw, ("format", *ClaimFile.__annotations__))
        contracts = _typed("contracts", raw["contracts"], dict)
        for address, kind in contracts.items():
            _typed(f"the name of contract {address}", kind, str)
            if address != checksum(address):
                raise ValueError(f"contract {address} is not written as {checksum(address)}")
        claim_id = int(_data("claim_id", raw["claim_id"], WORD_BYTES), 16)
        blocks = [_block(block) for block in _typed("blocks", raw["blocks"], list)]
        documents = _typed("documents", raw["documents"], dict)
        return ClaimFile(claim_id, _typed("chain_id", raw["chain_id"], int), contracts, documents, blocks)


def plain_header(header: Mapping[str, Any]) -> dict[str, str]:
    """Of a header as a node gives it what its block's hash commits to, in the file's way of writing."""
    return {n: _plain(header[n], is_quantity=HEADER_FIELDS[n]) for n in HEADER_FIELDS if n in header}


def plain_receipt(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """Of a receipt as a node gives it what its block's hash commits to, in the file's way of writing."""
    logs = [
        {"address": log["address"].lower(), "topics": [t.lower() for t in log["topics"]], "data": log["data"].lower()}
        for log in receipt["logs"]
    ]
    values = {name: _plain(receipt[name], is_quantity=name in _QUANTITIES) for name in _RECEIPT if name != "logs"}
    return {**values, "logs": logs}


def _plain(value: str, *, is_quantity: bool) -> str:
    return hex(int(value, 16)) if is_quantity else value.lower()


def _block(raw: Any) -> Block:
    _fields("a block", raw, Block.__annotations__)
    header = _typed("a header", raw["header"], dict)
    for name, value in header.items():
        if name not in HEADER_FIELDS:
            raise ValueError(f"a header has {name}, which no block has")
        (_quantity if HEADER_FIELDS[name] else _data)(f"a header's {name}", value)
    entries = [_entry(entry) for entry in _typed("entries", raw["entries"], list)]
    return Block(_data("a block's hash", raw["hash"], WORD_BYTES), header, entries)


def _entry(raw: Any) -> Entry:
    _fields("a transaction", raw, Entry.__annotations__)
    receipt = _typed("a receipt", raw["receipt"], dict)
    _fields("a receipt", receipt, _RECEIPT)
    _data("transactionHash", receipt["transactionHash"], WORD_BYTES)
    for name in _QUANTITIES:
        _quantity(name, receipt[name])
    for log in _typed("logs", receipt["logs"], list):
        _fields("a log", log, ("address", "topics", "data"))
        _data("a log's address", log["address"], ADDRESS_BYTES)
        _data("a log's data", log["data"])
        for topic in _typed("topics", log["topics"], list):
            _data("a topic", topic, WORD_BYTES)
    proofs = [_typed(name, raw[name], list) for name in ("receipt_proof", "transaction_proof")]
    for node in (node for proof in proofs for node in proof):
        _data("a node", node)
    signed = raw["transaction"] if raw["transaction"] == "" else _data("a transaction", raw["transaction"])
    return Entry(_typed("index", raw["index"], int), receipt, proofs[0], signed, proofs[1])


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for n, (name, _) in enumerate(pairs) if name in dict(pairs[:n]))
        raise ValueError(f"it says {twice} twice")
    return found


def _fields(what: str, raw: Any, names: Collection[str]) -> None:
    differing = sorted(set(_typed(what, raw, dict)) ^ set(names))
    if differing:
        raise ValueError(f"{what} has fields missing or unknown: {', '.join(differing)}")


def _typed(what: str, value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{what} is {value!r:.80}, not {'an' if kind is int else 'a'} {kind.__name__}")
    return value


def _data(what: str, value: Any, size: int | None = None) -> str:
    """0x-hex of whole bytes, of that many if a size is given."""
    text = _typed(what, value, str)
    if not _DATA.fullmatch(text) or size not in (None, len(text) // 2 - 1):
        raise ValueError(f"{what} is {text[:80]!r}, not 0x-hex of {'whole' if size is None else size} bytes")
    return text


def _quantity(what: str, value: Any) -> str:
    """0x-hex of a number, without zeros before it."""
    text = _typed(what, value, str)
    if not _QUANTITY.fullmatch(text):
        raise ValueError(f"{what} is {text[:80]!r}, not a number in 0x-hex")
    return text
