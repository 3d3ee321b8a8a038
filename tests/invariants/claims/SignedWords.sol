// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TypedClaims} from "../../../contracts/libraries/TypedClaims.sol";
import {TypedIndemnity} from "../../../contracts/libraries/TypedIndemnity.sol";
import {TypedReceipts} from "../../../contracts/libraries/TypedReceipts.sol";
import {ClaimOrder, Decision, LossReport, Notice} from "../../../contracts/types/ClaimTypes.sol";
import {CollectionReceipt, PayoutReceipt} from "../../../contracts/types/DisbursementTypes.sol";
import {
    Cancellation,
    Endorsement,
    IndemnityQuote,
    UnderwritingReport
} from "../../../contracts/types/IndemnityTypes.sol";

/// @notice EIP-712 struct hashes of what the parties sign. That the hashes are right is held elsewhere, against Python.
contract SignedWords {
    function underwriting(UnderwritingReport calldata r) external pure returns (bytes32) {
        return TypedIndemnity.hash(r);
    }

    function quote(IndemnityQuote calldata q) external pure returns (bytes32 offer, bytes32 acceptance) {
        return (
            TypedIndemnity.hash(q, TypedIndemnity.QUOTE_TYPEHASH),
            TypedIndemnity.hash(q, TypedIndemnity.ACCEPTANCE_TYPEHASH)
        );
    }

    function endorsement(Endorsement calldata o) external pure returns (bytes32) {
        return TypedIndemnity.hash(o);
    }

    function cancellation(Cancellation calldata o) external pure returns (bytes32) {
        return TypedIndemnity.hash(o);
    }

    function loss(LossReport calldata r) external pure returns (bytes32) {
        return TypedClaims.hash(r);
    }

    function notice(Notice calldata n, address signer, uint256 nonce, uint40 deadline) external pure returns (bytes32) {
        return TypedClaims.hash(n, signer, nonce, deadline);
    }

    function order(ClaimOrder calldata o) external pure returns (bytes32) {
        return TypedClaims.hash(o);
    }

    function decision(Decision calldata d, address adjuster) external pure returns (bytes32) {
        return TypedClaims.hash(d, adjuster);
    }

    function payout(PayoutReceipt calldata r) external pure returns (bytes32) {
        return TypedReceipts.hash(r);
    }

    function collection(CollectionReceipt calldata r) external pure returns (bytes32) {
        return TypedReceipts.hash(r);
    }

    function take(uint256 id, address to, uint40 deadline) external pure returns (bytes32) {
        return TypedReceipts.takeOrder(id, to, deadline);
    }

    function reroute(uint256 id, uint32 institution, uint40 deadline) external pure returns (bytes32) {
        return TypedReceipts.rerouteOrder(id, institution, deadline);
    }
}
