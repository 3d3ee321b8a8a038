// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Cancellation,
    Coverage,
    Endorsement,
    IndemnityQuote,
    IndemnityTerms,
    RiskAssessment,
    TierTable,
    UnderwritingReport
} from "../types/IndemnityTypes.sol";

/// @notice EIP-712 struct hashes of what is signed about indemnity policies, and of their terms.
library TypedIndemnity {
    bytes32 internal constant ASSESSMENT_TYPEHASH = keccak256(
        "RiskAssessment(uint256 applicationId,uint16 score,uint16 lossRatioBps,uint8 tier,uint32 ratePpb,uint64 sumInsuredCap,uint32 exclusions,bytes32 commitment)"
    );
    bytes32 internal constant REPORT_TYPEHASH = keccak256(
        "UnderwritingReport(uint256 chainId,address product,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,bytes32 modelHash,RiskAssessment[] assessments)RiskAssessment(uint256 applicationId,uint16 score,uint16 lossRatioBps,uint8 tier,uint32 ratePpb,uint64 sumInsuredCap,uint32 exclusions,bytes32 commitment)"
    );
    bytes32 internal constant QUOTE_TYPEHASH = keccak256(
        "IndemnityQuote(uint256 applicationId,address holder,address beneficiary,address payer,address underwriter,bytes32 subject,uint64 sumInsured,uint64 premium,uint32 exclusions,uint8 measure,uint40 startsAt,uint40 validUntil,uint64 renews)"
    );
    bytes32 internal constant ACCEPTANCE_TYPEHASH = keccak256(
        "IndemnityAcceptance(uint256 applicationId,address holder,address beneficiary,address payer,address underwriter,bytes32 subject,uint64 sumInsured,uint64 premium,uint32 exclusions,uint8 measure,uint40 startsAt,uint40 validUntil,uint64 renews)"
    );
    bytes32 internal constant ENDORSEMENT_TYPEHASH = keccak256(
        "Endorsement(uint256 policyId,uint16 sequence,uint64 sumInsured,uint64 premiumChange,uint32 exclusions,address beneficiary,address underwriter,uint40 effectiveAt,uint40 validUntil)"
    );
    bytes32 internal constant CANCELLATION_TYPEHASH =
        keccak256("Cancellation(uint256 policyId,uint16 sequence,uint40 validUntil)");
    bytes32 internal constant TIER_TABLE_TYPEHASH = keccak256(
        "TierTable(TierBounds bounds,uint16 lowFactorBps,uint16 mediumFactorBps,uint16 loadedFactorBps,uint16 highFactorBps,uint16 committeeAboveScore,uint64 cappedSumInsured,bool highAccepted)TierBounds(uint16 mediumFromScore,uint16 highAboveScore,uint16 mediumFromRatioBps,uint16 highAboveRatioBps)"
    );
    bytes32 internal constant TIER_BOUNDS_TYPEHASH = keccak256(
        "TierBounds(uint16 mediumFromScore,uint16 highAboveScore,uint16 mediumFromRatioBps,uint16 highAboveRatioBps)"
    );
    bytes32 internal constant CLAIM_RULES_TYPEHASH = keccak256(
        "ClaimRules(uint32 noticeWindowSeconds,uint16 acknowledgeDays,uint16 decideDaysLow,uint16 decideDays,uint32 disputeWindowSeconds,uint32 reopenWindowSeconds,uint16 interestBps,uint16 interestCapBps,uint8 autoTier,uint16 maxFraudScore,uint16 minConfidenceBps,uint64 autoLimit,uint64 secondSignatureAbove,uint16 depositBps,uint64 depositCap)"
    );
    bytes32 internal constant COVERAGE_TYPEHASH =
        keccak256("Coverage(uint32 perils,uint16 limitBps,uint16 claimLimitBps,uint16 shareBps,uint64 deductible)");
    bytes32 internal constant TERMS_TYPEHASH = keccak256(
        "IndemnityTerms(address treasury,address quorum,address desk,address disbursement,bytes32 clauseRoot,bytes32 documentHash,uint64 minSumInsured,uint64 maxSumInsured,uint64 minPremium,uint32 periodSeconds,uint32 maxLeadSeconds,uint8 minSignatures,TierTable tiers,ClaimRules claims,Coverage[] coverages,uint32[] waitingSeconds)ClaimRules(uint32 noticeWindowSeconds,uint16 acknowledgeDays,uint16 decideDaysLow,uint16 decideDays,uint32 disputeWindowSeconds,uint32 reopenWindowSeconds,uint16 interestBps,uint16 interestCapBps,uint8 autoTier,uint16 maxFraudScore,uint16 minConfidenceBps,uint64 autoLimit,uint64 secondSignatureAbove,uint16 depositBps,uint64 depositCap)Coverage(uint32 perils,uint16 limitBps,uint16 claimLimitBps,uint16 shareBps,uint64 deductible)TierBounds(uint16 mediumFromScore,uint16 highAboveScore,uint16 mediumFromRatioBps,uint16 highAboveRatioBps)TierTable(TierBounds bounds,uint16 lowFactorBps,uint16 mediumFactorBps,uint16 loadedFactorBps,uint16 highFactorBps,uint16 committeeAboveScore,uint64 cappedSumInsured,bool highAccepted)"
    );

    /// @notice Struct hash of an underwriting report.
    function hash(UnderwritingReport memory report) internal pure returns (bytes32) {
        RiskAssessment[] memory assessments = report.assessments;
        bytes32[] memory leaves = new bytes32[](assessments.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            // A struct of single words is encoded as its fields, one after the other.
            leaves[i] = keccak256(abi.encode(ASSESSMENT_TYPEHASH, assessments[i]));
        }
        return keccak256(
            abi.encode(
                REPORT_TYPEHASH,
                report.chainId,
                report.product,
                report.signerEpoch,
                report.observedAt,
                report.validUntil,
                report.modelHash,
                keccak256(abi.encodePacked(leaves))
            )
        );
    }

    /// @notice Struct hash of an offer, or of its acceptance: the same fields under another type name.
    function hash(IndemnityQuote memory quote, bytes32 typehash) internal pure returns (bytes32) {
        return keccak256(abi.encode(typehash, quote));
    }

    /// @notice Struct hash of an endorsement.
    function hash(Endorsement memory order) internal pure returns (bytes32) {
        return keccak256(abi.encode(ENDORSEMENT_TYPEHASH, order));
    }

    /// @notice Struct hash of a cancellation.
    function hash(Cancellation memory order) internal pure returns (bytes32) {
        return keccak256(abi.encode(CANCELLATION_TYPEHASH, order));
    }

    /// @notice Hash that binds clauses, document and parameters of a product: the EIP-712 struct hash of its terms.
    function termsHash(IndemnityTerms memory t) internal pure returns (bytes32) {
        bytes32[] memory coverages = new bytes32[](t.coverages.length);
        for (uint256 i = 0; i < coverages.length; ++i) {
            Coverage memory c = t.coverages[i];
            coverages[i] = keccak256(abi.encode(COVERAGE_TYPEHASH, c));
        }
        bytes memory head = abi.encode(
            TERMS_TYPEHASH,
            t.treasury,
            t.quorum,
            t.desk,
            t.disbursement,
            t.clauseRoot,
            t.documentHash,
            t.minSumInsured,
            t.maxSumInsured
        );
        bytes memory tail = abi.encode(
            t.minPremium,
            t.periodSeconds,
            t.maxLeadSeconds,
            t.minSignatures,
            _hash(t.tiers),
            keccak256(abi.encode(CLAIM_RULES_TYPEHASH, t.claims)),
            keccak256(abi.encodePacked(coverages)),
            // Elements of a packed array are padded to 32 bytes each, as EIP-712 wants them.
            keccak256(abi.encodePacked(t.waitingSeconds))
        );
        return keccak256(bytes.concat(head, tail));
    }

    function _hash(TierTable memory t) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TIER_TABLE_TYPEHASH,
                keccak256(abi.encode(TIER_BOUNDS_TYPEHASH, t.bounds)),
                t.lowFactorBps,
                t.mediumFactorBps,
                t.loadedFactorBps,
                t.highFactorBps,
                t.committeeAboveScore,
                t.cappedSumInsured,
                t.highAccepted
            )
        );
    }
}
