"""One claim in one file, which proves its payments without the rest of its ledger.

The file holds the transactions that name the claim, its policy and the policy's other claims, and those that decided
what holds for everybody: terms, signers, roles. Each has its receipt, the header of its block, and the nodes that
lead from the header's root to it. Of other people's claims and policies nothing is in it, but for policies that were
sold in the same transaction. Nothing on the chain is personal data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from domain.hashing import keccak256
from ledger.atomic_file import write_atomically
from ledger.block_proof import HEADER_FIELDS, header_hash, ordered_root, receipt_bytes
from ledger.bundle import Documents, each_answer, raw_transactions, stripped
from ledger.bundle_proof import SignedTransactions
from ledger.claim_check import ClaimVerifier
from ledger.claim_scope import Scope, concerning, logs_of_claim
from ledger.codec import ChainEvent, checksum
from ledger.deployment import Deployment
from ledger.events import LogDecoder
from ledger.file_form import reading
from ledger.findings import Discrepancy, Findings
from ledger.patricia import ProofInvalid, check_index, prove_index
from ledger.rpc import Rpc, from_hex
from ledger.verify import check_words

FORMAT = "quittance-claim-file/1"
LOGS_AT_MOST = 1 << 20
"""Logs of one transaction: their place in the block is not proved, their order is."""
NOT_PROVED = (
    "what only the whole ledger tells: numbers that count everybody's policies, first claims of an incident, an "
    "adjuster's other decisions of the day, and what became of a payment that was held or given to an institution",
    "completeness: a later step, or another claim on the policy, may have been left out of the file",
    "the rest of the ledger: that reserves, capital and everybody's payments add up; the whole ledger proves that",
)


class ClaimFileInvalid(ValueError):
    """The file is missing or holds no claim."""


class ClaimNotOnChain(ValueError):
    """The chain has no such claim."""


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


@dataclass(frozen=True, slots=True)
class Block:
    """A block that holds something of the claim: its hash, what that commits to, and the transactions that matter."""

    hash: str
    header: dict[str, str]
    entries: list[Entry]


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
        found = (decoder.decode(log) for block in self.blocks for entry in block.entries for log in _logs(block, entry))
        return [event for event in found if event is not None]


@dataclass(frozen=True, slots=True)
class ClaimVerification:
    """What a claim file shows. Amounts in token units.

    Attributes:
        paid: What left the treasury for the claim or is held for its payee, interest included.
    """

    claim_id: int
    state: str
    outcome: str
    events: int
    transactions: int
    blocks: int
    paid: int
    discrepancies: tuple[Discrepancy, ...]
    unproven: tuple[str, ...]

    def summary(self) -> str:
        """One line."""
        return f"claim verified: {self.events} events, {len(self.discrepancies)} discrepancies"


def gather_claim(rpc: Rpc, deployment: Deployment, documents: Documents, claim_id: int) -> ClaimFile:
    """A claim as the chain has it now.

    Raises:
        ClaimNotOnChain
        ClaimFileInvalid: The chain was reorganised meanwhile, or hashes its blocks in another way.
        RpcError, RpcUnavailable
    """
    name, wanted = f"0x{claim_id:064x}", dict[int, set[int]]()
    kinds = deployment.contract_kinds()
    noticed = False
    for log in logs_of_claim(rpc, deployment, claim_id, rpc.block_number()):
        noticed |= name in log["topics"]
        wanted.setdefault(int(log["blockNumber"], 16), set()).add(int(log["transactionIndex"], 16))
    if not noticed:
        raise ClaimNotOnChain(f"claim {name} is not on this chain: check its number, or wait for it")
    blocks = [_block(rpc, number, sorted(wanted[number])) for number in sorted(wanted)]
    scope = Scope(claim_id)
    product = scope.product
    kinds.pop(product, None)  # learned from the factory's event, with its terms
    events = ClaimFile(claim_id, deployment.chain_id, kinds, {}, blocks).events()
    said = {event.log.address for event in concerning(scope, events)}
    contracts = {address: kind for address, kind in kinds.items() if address in said or kind == "Treasury"}
    terms = {event.terms_hash for event in _created(contracts, blocks) if event.product == product}
    words = {key: value for key, value in documents.items() if from_hex(key) in terms}
    found = ClaimFile(claim_id, deployment.chain_id, contracts, words, blocks)
    findings = Findings()
    _check_blocks(found, findings)
    if findings.discrepancies:
        wrong = findings.discrepancies[0]
        raise ClaimFileInvalid(f"{wrong.subject}: {wrong.detail}. The chain moved while it was read: export again")
    return found


def export_claim(rpc: Rpc, deployment: Deployment, documents: Documents, claim_id: int, path: Path) -> ClaimFile:
    """Write a claim into a file. Raises what `gather_claim` raises."""
    found = gather_claim(rpc, deployment, documents, claim_id)
    write_atomically(path, json.dumps(found.content(), separators=(",", ":"), ensure_ascii=False) + "\n")
    return found


def load_claim(path: Path) -> ClaimFile:
    """Read a claim file. What it says is not proved yet.

    Raises:
        ClaimFileInvalid: Says what is wrong with the file.
    """
    with reading("claim file", path, ClaimFileInvalid):
        raw = json.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise ValueError(f"its format is {raw['format']!r}, this program reads {FORMAT}")
        blocks = [
            Block(
                hash=str(block["hash"]), header={name: str(value) for name, value in block["header"].items()},
                entries=[
                    Entry(
                        int(entry["index"]), dict(entry["receipt"]), list(entry["receipt_proof"]),
                        str(entry["transaction"]), list(entry["transaction_proof"]),
                    )
                    for entry in block["entries"]
                ],
            )
            for block in raw["blocks"]
        ]  # fmt: skip
        contracts = {checksum(address): str(kind) for address, kind in raw["contracts"].items()}
        return ClaimFile(int(raw["claim_id"], 16), int(raw["chain_id"]), contracts, dict(raw["documents"]), blocks)


def verify_claim(path: Path, rpc: Rpc | None = None) -> ClaimVerification:
    """Do a claim again from its file, without a chain; with `rpc` its blocks are asked of a node too.

    Raises:
        ClaimFileInvalid: The file holds no claim at all. Anything wrong in one is a discrepancy.
        RpcError, RpcUnavailable
    """
    found, findings = load_claim(path), Findings()
    with reading("claim file", path, ClaimFileInvalid):
        _check_blocks(found, findings)
        events = found.events()
        treasuries = [address for address, kind in found.contracts.items() if kind == "Treasury"]
        if len(treasuries) != 1:
            raise ValueError(f"it names {len(treasuries)} treasuries, one pays a claim")
        signed = [entry.transaction for block in found.blocks for entry in block.entries if entry.transaction]
        verifier = ClaimVerifier(
            Scope(found.claim_id), treasuries[0], found.chain_id, SignedTransactions({0: signed}), findings
        )
        checked = verifier.run(events)
    product = Scope(found.claim_id).product
    for created in _created(found.contracts, found.blocks):
        if created.product == product:
            check_words(created.terms_hash, found.documents, findings)
    _ask_for_blocks(found, rpc, findings)
    claim = checked.claim
    return ClaimVerification(
        claim_id=found.claim_id, state=claim.state.name if claim else "", outcome=claim.outcome.name if claim else "",
        events=checked.events, transactions=sum(len(block.entries) for block in found.blocks),
        blocks=len(found.blocks), paid=checked.paid, discrepancies=tuple(findings.discrepancies),
        unproven=(*findings.unproven, *NOT_PROVED),
    )  # fmt: skip


def _block(rpc: Rpc, number: int, indices: Sequence[int]) -> Block:
    header, receipts = each_answer(
        rpc, [("eth_getBlockByNumber", (hex(number), False)), ("eth_getBlockReceipts", (hex(number),))]
    )
    kept = {name: header[name] for name in HEADER_FIELDS if name in header}
    said, signed = [receipt_bytes(receipt) for receipt in receipts], _signed(rpc, header)
    entries = []
    for index in indices:
        if index >= len(receipts):
            raise ClaimFileInvalid(f"block {number} has no transaction {index}. The chain moved: export again")
        proof = prove_index(signed, index) if signed else []
        raw = f"0x{signed[index].hex()}" if signed else ""
        entries.append(Entry(index, stripped(receipts[index]), _hex(prove_index(said, index)), raw, _hex(proof)))
    return Block(header["hash"], kept, entries)


def _signed(rpc: Rpc, header: Mapping[str, Any]) -> list[bytes]:
    """Signed bytes of a block's transactions; none where the node has others than the block commits to, or none."""
    raws = raw_transactions(rpc, header["transactions"])
    signed = [from_hex(raw) for raw in raws or ()]
    whole = ordered_root(signed) == from_hex(header["transactionsRoot"])
    named = [f"0x{keccak256(raw).hex()}" for raw in signed] == list(header["transactions"])
    return signed if whole and named else []


def _hex(nodes: Sequence[bytes]) -> list[str]:
    return [f"0x{node.hex()}" for node in nodes]


def _created(contracts: Mapping[str, str], blocks: list[Block]) -> list[Any]:
    events = ClaimFile(0, 0, dict(contracts), {}, blocks).events()
    return [event for event in events if type(event).__name__ == "IndemnityProductCreated"]


def _logs(block: Block, entry: Entry) -> list[dict[str, Any]]:
    """Logs of a transaction as `eth_getLogs` gives them; their place in the block keeps their order only."""
    where = {
        "blockNumber": block.header["number"], "blockHash": block.hash, "blockTimestamp": block.header["timestamp"],
        "transactionHash": _name(entry), "transactionIndex": hex(entry.index),
    }  # fmt: skip
    return [
        {**log, **where, "logIndex": hex(entry.index * LOGS_AT_MOST + n)} for n, log in enumerate(entry.receipt["logs"])
    ]


def _name(entry: Entry) -> str:
    """Hash of a transaction: of its bytes, where they are at hand."""
    return (
        f"0x{keccak256(from_hex(entry.transaction)).hex()}" if entry.transaction else entry.receipt["transactionHash"]
    )


def _check_blocks(found: ClaimFile, findings: Findings) -> None:
    """Note what does not follow from the hashes of the blocks."""
    numbers = [int(block.header["number"], 16) for block in found.blocks]
    in_order = all(earlier < later for earlier, later in pairwise(numbers))
    findings.expect(in_order, "I7", "blocks", "they are not in the chain's order, each once")
    for number, block in zip(numbers, found.blocks, strict=True):
        subject = f"block {number}"
        named = f"0x{header_hash(block.header).hex()}"
        findings.expect(set(block.header) <= set(HEADER_FIELDS), "I7", subject, "its header has fields no block has")
        findings.expect(named == block.hash, "I7", subject, f"its header hashes to {named}, it is called {block.hash}")
        indices = [entry.index for entry in block.entries]
        findings.expect(indices == sorted(set(indices)), "I7", subject, "its transactions are not in order, each once")
        for entry in block.entries:
            _check_entry(block, entry, f"transaction {entry.index} of {subject}", findings)


def _check_entry(block: Block, entry: Entry, subject: str, findings: Findings) -> None:
    try:
        root = from_hex(block.header["receiptsRoot"])
        check_index(root, entry.index, receipt_bytes(entry.receipt), [from_hex(node) for node in entry.receipt_proof])
    except ProofInvalid as error:
        findings.expect(False, "I7", subject, f"its receipt is not the block's: {error}")
    if not entry.transaction:
        findings.expect(not entry.transaction_proof, "I7", subject, "its bytes are missing, and a proof is there")
        findings.unproven.append(f"{subject}: its hash and who signed it, as its bytes are not at hand")
        return
    raw = from_hex(entry.transaction)
    same = entry.receipt["transactionHash"] == f"0x{keccak256(raw).hex()}"
    findings.expect(same, "I7", subject, f"its receipt is of {entry.receipt['transactionHash']}")
    try:
        root = from_hex(block.header["transactionsRoot"])
        check_index(root, entry.index, raw, [from_hex(node) for node in entry.transaction_proof])
    except ProofInvalid as error:
        findings.expect(False, "I7", subject, f"it is not the block's: {error}")


def _ask_for_blocks(found: ClaimFile, rpc: Rpc | None, findings: Findings) -> None:
    for block in found.blocks:
        number = int(block.header["number"], 16)
        if rpc is None:
            note = f"block {number} {block.hash}: whether chain {found.chain_id} has it, which any node of it can tell"
            findings.unproven.append(note)
            continue
        answer = rpc.block(number)
        detail = f"the node has {answer['hash']} there, the file {block.hash}"
        findings.expect(answer["hash"] == block.hash, "I7", f"block {number}", detail)
    if rpc is not None:
        chain = rpc.chain_id()
        findings.expect(chain == found.chain_id, "I13", "chain", f"the node's is {chain}, the file's {found.chain_id}")
