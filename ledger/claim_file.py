"""One claim in one file, which proves its payments without the rest of its ledger.

The file holds the transactions that name the claim, its policy and the policy's other claims, and those that decided
what holds for everybody: terms, signers, roles. Each has its receipt, the header of its block, and the nodes that
lead from the header's root to it. Of other people's claims and policies nothing is in it, but for what happened in
the same transaction. Nothing on the chain is personal data.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from domain.hashing import keccak256
from ledger import bindings as b
from ledger.atomic_file import write_atomically
from ledger.block_proof import header_hash, ordered_root, receipt_bytes
from ledger.bundle import Documents, each_answer, raw_transactions
from ledger.bundle_proof import SignedTransactions
from ledger.claim_check import ClaimVerifier
from ledger.claim_form import Block, ClaimFile, ClaimFileInvalid, Entry, load_claim, plain_header, plain_receipt
from ledger.claim_scope import Scope, concerning
from ledger.claim_search import logs_of_claim
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.file_form import reading
from ledger.findings import Discrepancy, Findings
from ledger.patricia import ProofInvalid, check_index, prove_index
from ledger.rpc import Rpc, from_hex
from ledger.verify import check_words

NOT_PROVED = (
    "what only the whole ledger tells: numbers that count everybody's policies, first claims of an incident, an "
    "adjuster's other decisions of the day, how much the day's cap let through, and what became of a payment that was "
    "given to an institution",
    "completeness: a later step, or another claim on the policy, may have been left out of the file",
    "the rest of the ledger: that reserves, capital and everybody's payments add up; the whole ledger proves that",
)


_IN_TERMS = {"Treasury": "treasury", "OracleQuorum": "quorum", "ClaimsDesk": "desk", "Disbursement": "disbursement"}
"""Contracts that a product's terms name."""


class ClaimNotOnChain(ValueError):
    """The chain has no such claim."""


@dataclass(frozen=True, slots=True)
class ClaimVerification:
    """What a claim file shows. Amounts in token units.

    Attributes:
        paid: What left the treasury for the claim or is held for its payee, interest included.
        held: What the treasury still holds, where the file ends, for those whose money of this policy it held: all of
            their money, whatever it is for.
    """

    claim_id: int
    state: str
    outcome: str
    events: int
    transactions: int
    blocks: int
    paid: int
    held: int
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
    terms = {event.terms_hash for event in _created(scope, events)}
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
        named = {kind: address for address, kind in found.contracts.items()}
        if "Treasury" not in named:
            raise ValueError("it names no treasury, and one pays a claim")
        scope = Scope(found.claim_id)
        _check_contracts(found, scope, events, findings)
        signed = [entry.transaction for block in found.blocks for entry in block.entries if entry.transaction]
        verifier = ClaimVerifier(scope, named["Treasury"], found.chain_id, SignedTransactions({0: signed}), findings)
        checked = verifier.run(events, token=named.get("TestStablecoin", ""))
    _check_documents(found, scope, events, findings)
    _ask_for_blocks(found, rpc, findings)
    claim = checked.claim
    return ClaimVerification(
        claim_id=found.claim_id, state=claim.state.name if claim else "", outcome=claim.outcome.name if claim else "",
        events=checked.events, transactions=sum(len(block.entries) for block in found.blocks),
        blocks=len(found.blocks), paid=checked.paid, held=checked.held, discrepancies=tuple(findings.discrepancies),
        unproven=(*findings.unproven, *NOT_PROVED),
    )  # fmt: skip


def _block(rpc: Rpc, number: int, indices: Sequence[int]) -> Block:
    header, receipts = each_answer(
        rpc, [("eth_getBlockByNumber", (hex(number), False)), ("eth_getBlockReceipts", (hex(number),))]
    )
    said, signed = [receipt_bytes(receipt) for receipt in receipts], _signed(rpc, header)
    entries = []
    for index in indices:
        if index >= len(receipts):
            raise ClaimFileInvalid(f"block {number} has no transaction {index}. The chain moved: export again")
        proof = prove_index(signed, index) if signed else []
        raw = f"0x{signed[index].hex()}" if signed else ""
        entries.append(Entry(index, plain_receipt(receipts[index]), _hex(prove_index(said, index)), raw, _hex(proof)))
    return Block(header["hash"].lower(), plain_header(header), entries)


def _signed(rpc: Rpc, header: Mapping[str, Any]) -> list[bytes]:
    """Signed bytes of a block's transactions; none where the node has others than the block commits to, or none."""
    raws = raw_transactions(rpc, header["transactions"])
    signed = [from_hex(raw) for raw in raws or ()]
    whole = ordered_root(signed) == from_hex(header["transactionsRoot"])
    named = [f"0x{keccak256(raw).hex()}" for raw in signed] == list(header["transactions"])
    return signed if whole and named else []


def _hex(nodes: Sequence[bytes]) -> list[str]:
    return [f"0x{node.hex()}" for node in nodes]


def _created(scope: Scope, events: Sequence[ChainEvent]) -> list[b.IndemnityProductCreated]:
    return [e for e in events if isinstance(e, b.IndemnityProductCreated) and e.product == scope.product]


def _check_contracts(found: ClaimFile, scope: Scope, events: Sequence[ChainEvent], findings: Findings) -> None:
    """Note contracts that the product's terms do not name, and those of which the file has nothing to show."""
    said = {event.log.address for event in concerning(scope, events)}
    times = Counter(found.contracts.values())
    terms = [created.terms for created in _created(scope, events)]
    for address, kind in found.contracts.items():
        subject = f"contract {address}"
        findings.expect(times[kind] == 1, "I14", subject, f"is called {kind}, and so are {times[kind] - 1} others")
        shown = address != scope.product and (address in said or kind == "Treasury")
        findings.expect(shown, "I14", subject, f"is called {kind}, and nothing of it concerns the claim")
        for name in (getattr(each, _IN_TERMS[kind]) for each in terms if kind in _IN_TERMS):
            findings.expect(name == address, "I14", subject, f"is called {kind}, the product's terms name {name}")


def _check_documents(found: ClaimFile, scope: Scope, events: Sequence[ChainEvent], findings: Findings) -> None:
    hashes = [created.terms_hash for created in _created(scope, events)]
    for terms_hash in hashes:
        check_words(terms_hash, found.documents, findings)
    for name in found.documents.keys() - {f"0x{terms_hash.hex()}" for terms_hash in hashes}:
        findings.expect(False, "S6", f"document {name}", "is of another product than the claim's")


def _check_blocks(found: ClaimFile, findings: Findings) -> None:
    """Note what does not follow from the hashes of the blocks."""
    numbers = [int(block.header["number"], 16) for block in found.blocks]
    in_order = all(earlier < later for earlier, later in pairwise(numbers))
    findings.expect(in_order, "I7", "blocks", "they are not in the chain's order, each once")
    names = Counter(entry.name for block in found.blocks for entry in block.entries)
    for name in (name for name, times in names.items() if times > 1):
        findings.expect(False, "I7", f"transaction {name}", "stands in more than one place")
    for number, block in zip(numbers, found.blocks, strict=True):
        subject = f"block {number}"
        try:
            named = f"0x{header_hash(block.header).hex()}"
            detail = f"its header hashes to {named}, it is called {block.hash}"
            findings.expect(named == block.hash, "I7", subject, detail)
        except ValueError as error:
            findings.expect(False, "I7", subject, f"it cannot be hashed: {error}")
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
    same = entry.receipt["transactionHash"] == entry.name
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
        answer = rpc.call("eth_getBlockByNumber", block.header["number"], False)
        there = answer["hash"].lower() if answer else "no block"
        detail = f"the node has {there} there, the file {block.hash}"
        findings.expect(there == block.hash, "I7", f"block {number}", detail)
        for entry in block.entries if there == block.hash else ():
            named, subject = answer["transactions"][entry.index], f"transaction {entry.index} of block {number}"
            detail = f"the node calls it {named}, the file {entry.name}"
            findings.expect(named.lower() == entry.name, "I7", subject, detail)
    if rpc is not None:
        chain = rpc.chain_id()
        findings.expect(chain == found.chain_id, "I13", "chain", f"the node's is {chain}, the file's {found.chain_id}")
