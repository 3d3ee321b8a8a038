"""One file that holds a ledger and proves itself: for auditors who have no node.

The file holds every block header from the deployment to its head, the receipts of every block that can hold a log
of the house, the documents, and the transactions whose sender counts as a signature. From the hash of the last
block alone it follows that the logs are the chain's, all of them and unaltered, and when they happened. What is left
to ask a node is whether it knows that hash, and what the contracts' own getters say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ledger.atomic_file import write_atomically
from ledger.block_proof import HEADER_FIELDS, header_hash, may_hold
from ledger.bundle_proof import SignedTransactions, check_contents, check_links, logs_of
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.events import LogDecoder
from ledger.file_form import reading
from ledger.findings import Findings, Verification
from ledger.rpc import Rpc, RpcError, from_hex
from ledger.sender_check import rest_on_sender
from ledger.verify import verify_events

FORMAT = "quittance-ledger-bundle/1"
BLOCKS_PER_BATCH = 50
Documents = Mapping[str, Mapping[str, object]]


class BundleInvalid(ValueError):
    """The file is missing or is no bundle."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A ledger in one file.

    Attributes:
        headers: Every block from the deployment's to the head, the fields its hash commits to, 0x-hex.
        receipts: Block number -> its receipts in order, each {transactionHash, type, status, cumulativeGasUsed,
            logs: [{address, topics, data}]}.
        transactions: Block number -> its signed transactions in order, where something rests on a sender.
    """

    deployment: Deployment
    documents: Documents
    headers: list[dict[str, str]]
    receipts: dict[int, list[dict[str, Any]]]
    transactions: dict[int, list[str]]

    def events(self) -> tuple[list[ChainEvent], list[str]]:
        """Events of the house in chain order, and the addresses they come from, products found on the way included."""
        decoder = LogDecoder(self.deployment.contract_kinds())
        blocks = ((header, self.receipts.get(int(header["number"], 16), [])) for header in self.headers)
        decoded = [decoder.decode(log) for header, receipts in blocks for log in logs_of(header, receipts)]
        return [event for event in decoded if event is not None], decoder.addresses

    def check(self, addresses: Sequence[str], findings: Findings) -> int:
        """Note what does not follow from the hash of the last block. Returns how many blocks were checked."""
        first = self.deployment.block_number
        check_links(self.headers, first, from_hex(self.deployment.block_hash), findings)
        for header in self.headers:
            number = int(header["number"], 16)
            contents = self.receipts.get(number), self.transactions.get(number)
            check_contents(header, *contents, addresses, findings)
        known = {int(header["number"], 16) for header in self.headers}
        for number in sorted((self.receipts.keys() | self.transactions.keys()) - known):
            findings.expect(False, "I7", f"block {number}", "it has contents and no header")
        return len(self.headers)


def export_bundle(rpc: Rpc, deployment: Deployment, documents: Documents, path: Path) -> Bundle:
    """Write the bundle of a deployment as of the latest block.

    Raises:
        RpcError, RpcUnavailable
        BundleInvalid: The chain was reorganised meanwhile, or hashes its blocks in another way.
    """
    numbers = range(deployment.block_number, rpc.block_number() + 1)
    found = each_answer(rpc, [("eth_getBlockByNumber", (hex(number), False)) for number in numbers])
    headers = [{name: header[name] for name in HEADER_FIELDS if name in header} for header in found]
    bundle = Bundle(deployment, documents, headers, {}, {})
    events, addresses = _read_receipts(rpc, bundle)
    for number in sorted({event.log.block_number for event in rest_on_sender(events)}):
        raws = raw_transactions(rpc, [receipt["transactionHash"] for receipt in bundle.receipts[number]])
        if raws is not None:
            bundle.transactions[number] = raws
    findings = Findings()
    bundle.check(addresses, findings)
    if findings.discrepancies:
        wrong = findings.discrepancies[0]
        raise BundleInvalid(f"{wrong.subject}: {wrong.detail}. The chain moved while it was read: export again")
    _save(bundle, path)
    return bundle


def load_bundle(path: Path) -> Bundle:
    """Read a bundle. What it says is not proved yet.

    Raises:
        BundleInvalid: Says what is wrong with the file.
    """
    with reading("bundle", path, BundleInvalid):
        raw = json.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise ValueError(f"its format is {raw['format']!r}, this program reads {FORMAT}")
        return Bundle(
            deployment=Deployment.from_json(raw["deployment"]),
            documents=dict(raw["documents"]),
            headers=[{name: str(value) for name, value in header.items()} for header in raw["headers"]],
            receipts={int(number): list(found) for number, found in raw["receipts"].items()},
            transactions={int(number): list(found) for number, found in raw["transactions"].items()},
        )


def verify_bundle(path: Path) -> Verification:
    """Verify a bundle without a chain.

    Raises:
        BundleInvalid: The file is no bundle at all. Anything wrong in a bundle is a discrepancy.
    """
    bundle = load_bundle(path)
    findings = Findings()
    with reading("bundle", path, BundleInvalid):
        events, addresses = bundle.events()
        checked = bundle.check(addresses, findings)
        witness = SignedTransactions(bundle.transactions, bundle.headers)
    treasury, chain_id = bundle.deployment.contracts["Treasury"], bundle.deployment.chain_id
    result = verify_events(events, treasury=treasury, chain_id=chain_id, documents=bundle.documents, witness=witness)
    if bundle.headers:
        last = bundle.headers[-1]
        name = f"block {int(last['number'], 16)} 0x{header_hash(last).hex()}"
        findings.unproven.append(f"{name}: whether chain {chain_id} has it, which any node of it can tell")
    findings.unproven.append("contracts: their code and what their getters say, which needs a node")
    return replace(
        result, chain_checks=checked, discrepancies=(*findings.discrepancies, *result.discrepancies),
        unproven=(*findings.unproven, *result.unproven),
    )  # fmt: skip


def _read_receipts(rpc: Rpc, bundle: Bundle) -> tuple[list[ChainEvent], list[str]]:
    """Fill in the receipts of every block that can hold a log of the house. Returns what `Bundle.events` gives."""
    while True:
        events, addresses = bundle.events()
        blooms = {header["number"]: from_hex(header["logsBloom"]) for header in bundle.headers}
        wanted = [n for n, bloom in blooms.items() if int(n, 16) not in bundle.receipts and may_hold(bloom, addresses)]
        if not wanted:  # and no product became known whose blocks are not there yet
            return events, addresses
        found = each_answer(rpc, [("eth_getBlockReceipts", (number,)) for number in wanted])
        for number, receipts in zip(wanted, found, strict=True):
            bundle.receipts[int(number, 16)] = [stripped(receipt) for receipt in receipts]


def stripped(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a receipt that its block's hash commits to."""
    logs = [{name: log[name] for name in ("address", "topics", "data")} for log in receipt["logs"]]
    kept = {name: receipt[name] for name in ("transactionHash", "type", "status", "cumulativeGasUsed")}
    return {**kept, "logs": logs}


def raw_transactions(rpc: Rpc, hashes: Sequence[str]) -> list[str] | None:
    """Signed bytes of transactions; None where the node does not give them out."""
    for method in ("eth_getRawTransactionByHash", "debug_getRawTransaction"):
        found = rpc.batch([(method, (name,)) for name in hashes])
        if all(isinstance(raw, str) for raw in found):
            return found
    return None


def each_answer(rpc: Rpc, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
    """Results of requests, a few at a time; an error or a missing answer is raised."""
    results: list[Any] = []
    for start in range(0, len(requests), BLOCKS_PER_BATCH):
        page = requests[start : start + BLOCKS_PER_BATCH]
        for (method, params), result in zip(page, rpc.batch(page), strict=True):
            if isinstance(result, RpcError):
                raise result
            if result is None:
                raise RpcError(-32001, f"the node has no answer to {method} of block {params[0]}")
            results.append(result)
    return results


def _save(bundle: Bundle, path: Path) -> None:
    content = {
        "format": FORMAT,
        "deployment": asdict(bundle.deployment),
        "documents": bundle.documents,
        "headers": bundle.headers,
        "receipts": bundle.receipts,
        "transactions": bundle.transactions,
    }
    write_atomically(path, json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n")
