"""EIP-712 digests of institutions' receipts and of payees' orders.

The type strings equal those of `contracts/libraries/TypedReceipts.sol`; a test holds every digest against
eth-account's own encoder, and the contract's tests sign with that encoder.
"""

from __future__ import annotations

from dataclasses import astuple

from domain.payouts import CollectionReceipt, PayoutReceipt
from ledger.typed_data import digest, domain_separator
from ledger.typed_indemnity import struct_hash

PAYOUT_RECEIPT_TYPE = (
    "PayoutReceipt(uint256 instructionId,address payee,address token,uint64 amount,bytes3 currency,uint64 rate,"
    "bytes32 referenceHash)"
)
COLLECTION_RECEIPT_TYPE = (
    "CollectionReceipt(uint32 institution,address product,uint256 applicationId,address holder,address token,"
    "uint64 amount,bytes3 currency,uint64 rate,bytes32 referenceHash,uint40 validUntil)"
)
TAKE_ORDER_TYPE = "TakeOrder(uint256 instructionId,address to,uint40 deadline)"
REROUTE_ORDER_TYPE = "RerouteOrder(uint256 instructionId,uint32 institution,uint40 deadline)"


def payout_receipt_digest(receipt: PayoutReceipt, *, chain_id: int, disbursement: str) -> bytes:
    """What an institution signs when it has paid a payee."""
    return digest(domain_separator(chain_id, disbursement), struct_hash(PAYOUT_RECEIPT_TYPE, *astuple(receipt)))


def collection_receipt_digest(receipt: CollectionReceipt, *, chain_id: int, disbursement: str) -> bytes:
    """What an institution signs when it has received a premium."""
    return digest(domain_separator(chain_id, disbursement), struct_hash(COLLECTION_RECEIPT_TYPE, *astuple(receipt)))


def take_order_digest(instruction_id: int, to: str, deadline: int, *, chain_id: int, disbursement: str) -> bytes:
    """What a payee signs to have a freed payout sent to an address."""
    hashed = struct_hash(TAKE_ORDER_TYPE, instruction_id, to, deadline)
    return digest(domain_separator(chain_id, disbursement), hashed)


def reroute_order_digest(
    instruction_id: int, institution: int, deadline: int, *, chain_id: int, disbursement: str
) -> bytes:
    """What a payee signs to have a freed payout sent through another institution."""
    hashed = struct_hash(REROUTE_ORDER_TYPE, instruction_id, institution, deadline)
    return digest(domain_separator(chain_id, disbursement), hashed)
