// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CollectionReceipt, PayoutReceipt} from "../types/DisbursementTypes.sol";

/// @notice EIP-712 struct hashes of institutions' receipts and payees' orders.
/// @dev Same strings as `ledger/typed_receipts.py`.
library TypedReceipts {
    bytes32 internal constant PAYOUT_RECEIPT_TYPEHASH = keccak256(
        "PayoutReceipt(uint256 instructionId,address payee,address token,uint64 amount,bytes3 currency,uint64 rate,bytes32 referenceHash)"
    );
    bytes32 internal constant COLLECTION_RECEIPT_TYPEHASH = keccak256(
        "CollectionReceipt(uint32 institution,address product,uint256 applicationId,address holder,address token,uint64 amount,bytes3 currency,uint64 rate,bytes32 referenceHash,uint40 validUntil)"
    );
    bytes32 internal constant TAKE_ORDER_TYPEHASH =
        keccak256("TakeOrder(uint256 instructionId,address to,uint40 deadline)");
    bytes32 internal constant REROUTE_ORDER_TYPEHASH =
        keccak256("RerouteOrder(uint256 instructionId,uint32 institution,uint40 deadline)");

    /// @notice Struct hash of a payout's receipt.
    function hash(PayoutReceipt calldata receipt) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                PAYOUT_RECEIPT_TYPEHASH,
                receipt.instructionId,
                receipt.payee,
                receipt.token,
                receipt.amount,
                receipt.currency,
                receipt.rate,
                receipt.referenceHash
            )
        );
    }

    /// @notice Struct hash of a premium's receipt.
    function hash(CollectionReceipt calldata receipt) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                COLLECTION_RECEIPT_TYPEHASH,
                receipt.institution,
                receipt.product,
                receipt.applicationId,
                receipt.holder,
                receipt.token,
                receipt.amount,
                receipt.currency,
                receipt.rate,
                receipt.referenceHash,
                receipt.validUntil
            )
        );
    }

    /// @notice Struct hash of a payee's order to take a freed payout to an address.
    function takeOrder(uint256 instructionId, address to, uint40 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(TAKE_ORDER_TYPEHASH, instructionId, to, deadline));
    }

    /// @notice Struct hash of a payee's order to send a freed payout to another institution.
    function rerouteOrder(uint256 instructionId, uint32 institution, uint40 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(REROUTE_ORDER_TYPEHASH, instructionId, institution, deadline));
    }
}
