// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimOrder, Decision, LossReport, Notice} from "../types/ClaimTypes.sol";

/// @notice EIP-712 struct hashes of what is signed about claims. Same strings as `ledger/typed_data.py`.
library TypedClaims {
    bytes32 internal constant LOSS_REPORT_TYPEHASH = keccak256(
        "LossReport(uint256 chainId,address desk,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,uint256 claimId,uint64 loss,uint16 fraudScore,uint16 confidenceBps,uint32 exclusions,bytes32 evidenceRoot,bytes32 modelHash,bytes32[] nullifiers)"
    );
    bytes32 internal constant NOTICE_TYPEHASH = keccak256(
        "LossNotice(address product,uint256 policyId,uint8 coverage,uint8 peril,uint40 occurredAt,uint64 claimed,bytes32 evidenceRoot,address signer,uint256 nonce,uint40 deadline)"
    );
    bytes32 internal constant ORDER_TYPEHASH = keccak256(
        "ClaimOrder(uint256 claimId,uint8 action,uint64 amount,bytes32 evidenceRoot,uint32 institution,uint256 nonce,uint40 deadline)"
    );
    bytes32 internal constant DECISION_TYPEHASH = keccak256(
        "Decision(uint256 claimId,uint64 loss,uint16 reasonCode,bytes32 clause,bytes32 letterHash,uint8 instalments,uint32 intervalSeconds,uint40 validUntil,address adjuster)"
    );

    /// @notice Struct hash of a loss report.
    function hash(LossReport calldata r) internal pure returns (bytes32) {
        bytes memory head = abi.encode(
            LOSS_REPORT_TYPEHASH,
            r.chainId,
            r.desk,
            r.signerEpoch,
            r.observedAt,
            r.validUntil,
            r.claimId,
            r.loss,
            r.fraudScore,
            r.confidenceBps
        );
        bytes memory tail =
            abi.encode(r.exclusions, r.evidenceRoot, r.modelHash, keccak256(abi.encodePacked(r.nullifiers)));
        return keccak256(bytes.concat(head, tail));
    }

    /// @notice Struct hash of a notice that `signer` signs.
    function hash(Notice calldata n, address signer, uint256 nonce, uint40 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(NOTICE_TYPEHASH, n, signer, nonce, deadline));
    }

    /// @notice Struct hash of a claimant's order.
    function hash(ClaimOrder calldata o) internal pure returns (bytes32) {
        return keccak256(abi.encode(ORDER_TYPEHASH, o));
    }

    /// @notice Struct hash of a decision by `adjuster`, for the second signature. The proof is not signed: it proves
    /// itself.
    function hash(Decision memory d, address adjuster) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                DECISION_TYPEHASH,
                d.claimId,
                d.loss,
                d.reasonCode,
                d.clause,
                d.letterHash,
                d.instalments,
                d.intervalSeconds,
                d.validUntil,
                adjuster
            )
        );
    }
}
