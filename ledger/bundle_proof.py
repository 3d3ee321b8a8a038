"""What a bundle proves by itself: its blocks hang together, and their contents are what their hashes commit to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eth_account import Account

from domain.hashing import keccak256
from ledger.block_proof import header_hash, may_hold, ordered_root, receipt_bytes
from ledger.codec import checksum
from ledger.findings import Findings
from ledger.rpc import from_hex

Header = Mapping[str, str]


class SignedTransactions:
    """Knows who signed the transactions at hand, and the blocks; see `ledger.signature_check.Witness`."""

    def __init__(self, transactions: Mapping[int, Sequence[str]], headers: Sequence[Header] = ()) -> None:
        self._headers = {int(header["number"], 16): header for header in headers}
        raws = [from_hex(raw) for found in transactions.values() for raw in found]
        self._raw = {keccak256(raw): raw for raw in raws}

    def called_by(self, transaction: bytes, account: str, product: str) -> bool | None:  # noqa: ARG002  # see Witness
        """True where the account signed the transaction; else a contract may have called, which nobody here knows."""
        raw = self._raw.get(transaction)
        if raw is None:
            return None
        try:
            return True if checksum(Account.recover_transaction(raw)) == account else None
        except Exception:  # eth-account raises many kinds for bytes that are no transaction
            return None

    def contract_accepts(self, wallet: str, digest: bytes, signature: bytes) -> bool | None:  # noqa: ARG002  # see Witness
        """Not known without a chain."""
        return None

    def block_hash(self, number: int) -> bytes | None:
        """Hash of a block whose header is at hand."""
        header = self._headers.get(number)
        return header_hash(header) if header else None


def check_links(headers: Sequence[Header], first: int, first_hash: bytes, findings: Findings) -> None:
    """Note every header that is not the child of the one before it; the first is the deployment's."""
    if not headers:
        _wrong(findings, first, "is missing, and all after it")
    expected = first_hash
    for number, header in enumerate(headers, start=first):
        if int(header["number"], 16) != number:
            _wrong(findings, number, f"is missing, block {int(header['number'], 16)} stands in its place")
        found = header_hash(header)
        named = found if number == first else from_hex(header["parentHash"])
        if named != expected:
            _wrong(findings, number, f"does not follow from 0x{expected.hex()}")
        expected = found


def check_contents(
    header: Header, receipts: Sequence[Mapping[str, Any]] | None, raws: Sequence[str] | None, addresses: Sequence[str],
    findings: Findings,
) -> None:  # fmt: skip
    """Note receipts and transactions that are not the block's, and logs of ours that may be missing.

    Args:
        receipts: Of the block; None where none are at hand, which is right if its bloom rules out our addresses.
        raws: Its signed transactions, 0x-hex; None where none are at hand.
        addresses: Of the house.
    """
    number = int(header["number"], 16)
    if receipts is None:
        if may_hold(from_hex(header["logsBloom"]), addresses):
            _wrong(findings, number, "may hold logs of the house, and its receipts are missing")
    elif ordered_root([receipt_bytes(r) for r in receipts]) != from_hex(header["receiptsRoot"]):
        _wrong(findings, number, "has other receipts")
    if raws is None:
        return
    if ordered_root([from_hex(raw) for raw in raws]) != from_hex(header["transactionsRoot"]):
        _wrong(findings, number, "has other transactions")
    named = ["0x" + keccak256(from_hex(raw)).hex() for raw in raws]
    if receipts is None or [receipt["transactionHash"] for receipt in receipts] != named:
        _wrong(findings, number, "has receipts of other transactions")


def logs_of(header: Header, receipts: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Logs of a block as `eth_getLogs` gives them, whatever their address."""
    name = "0x" + header_hash(header).hex()
    block = {"blockNumber": header["number"], "blockHash": name, "blockTimestamp": header["timestamp"]}
    log_index = 0
    for index, receipt in enumerate(receipts):
        sent = {"transactionHash": receipt["transactionHash"], "transactionIndex": hex(index)}
        for log in receipt["logs"]:
            yield {**log, **block, **sent, "logIndex": hex(log_index)}
            log_index += 1


def _wrong(findings: Findings, number: int, detail: str) -> None:
    findings.expect(False, "I7", f"block {number}", f"it {detail}")
