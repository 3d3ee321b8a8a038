// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Assessment, EventReport, Measurement, ParametricTerms, Quote, RiskReport} from "../types/ParametricTypes.sol";

/// @notice EIP-712 struct hashes of all that is signed, and of the terms. Same strings as `ledger/typed_data.py`.
library TypedReports {
    bytes32 internal constant ASSESSMENT_TYPEHASH = keccak256(
        "Assessment(uint256 applicationId,uint256 eventId,uint40 occursAt,uint32 expectedSharePpb,uint96 sumInsuredCap,bytes32 commitment)"
    );
    bytes32 internal constant RISK_REPORT_TYPEHASH = keccak256(
        "RiskReport(uint256 chainId,address product,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,bytes32 modelHash,Assessment[] assessments)Assessment(uint256 applicationId,uint256 eventId,uint40 occursAt,uint32 expectedSharePpb,uint96 sumInsuredCap,bytes32 commitment)"
    );
    bytes32 internal constant MEASUREMENT_TYPEHASH =
        keccak256("Measurement(uint256 eventId,uint8 outcome,int32 value)");
    bytes32 internal constant EVENT_REPORT_TYPEHASH = keccak256(
        "EventReport(uint256 chainId,address product,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,bytes32 sourceHash,Measurement[] measurements)Measurement(uint256 eventId,uint8 outcome,int32 value)"
    );
    bytes32 internal constant QUOTE_TYPEHASH = keccak256(
        "Quote(uint256 applicationId,address holder,address underwriter,string insuredEvent,uint40 occursAt,uint96 sumInsured,uint96 premium,uint40 validUntil)"
    );
    bytes32 internal constant ACCEPTANCE_TYPEHASH = keccak256(
        "Acceptance(uint256 applicationId,address holder,address underwriter,string insuredEvent,uint40 occursAt,uint96 sumInsured,uint96 premium,uint40 validUntil)"
    );
    bytes32 internal constant PARAMETRIC_TERMS_TYPEHASH = keccak256(
        "ParametricTerms(address treasury,address quorum,bytes32 clauseRoot,bytes32 documentHash,uint96 minSumInsured,uint96 maxSumInsured,uint96 maxEventExposure,uint96 minPremium,uint16 loadingBps,uint8 minSignatures,uint16 cancelledShareBps,uint16 divertedShareBps,uint32 minLeadSeconds,uint32 maxLeadSeconds,uint32 reportWindowSeconds,uint40 periodStart,uint40 periodEnd,int32[] thresholds,uint16[] sharesBps)"
    );

    /// @notice Struct hash of a risk report.
    function hash(RiskReport calldata report) internal pure returns (bytes32) {
        Assessment[] calldata assessments = report.assessments;
        bytes32[] memory leaves = new bytes32[](assessments.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            Assessment calldata a = assessments[i];
            leaves[i] = keccak256(
                abi.encode(
                    ASSESSMENT_TYPEHASH,
                    a.applicationId,
                    a.eventId,
                    a.occursAt,
                    a.expectedSharePpb,
                    a.sumInsuredCap,
                    a.commitment
                )
            );
        }
        return keccak256(
            abi.encode(
                RISK_REPORT_TYPEHASH,
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

    /// @notice Struct hash of an event report.
    function hash(EventReport calldata report) internal pure returns (bytes32) {
        Measurement[] calldata measurements = report.measurements;
        bytes32[] memory leaves = new bytes32[](measurements.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            Measurement calldata m = measurements[i];
            leaves[i] = keccak256(abi.encode(MEASUREMENT_TYPEHASH, m.eventId, m.outcome, m.value));
        }
        return keccak256(
            abi.encode(
                EVENT_REPORT_TYPEHASH,
                report.chainId,
                report.product,
                report.signerEpoch,
                report.observedAt,
                report.validUntil,
                report.sourceHash,
                keccak256(abi.encodePacked(leaves))
            )
        );
    }

    /// @notice Struct hash of an offer, or of its acceptance: the same fields under another type name.
    /// @param textHash keccak256 of `quote.insuredEvent`, which the caller has at hand.
    function hash(Quote memory quote, bytes32 textHash, bytes32 typehash) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                typehash,
                quote.applicationId,
                quote.holder,
                quote.underwriter,
                textHash,
                quote.occursAt,
                quote.sumInsured,
                quote.premium,
                quote.validUntil
            )
        );
    }

    /// @notice Hash that binds clauses, document and parameters of a product: the EIP-712 struct hash of its terms.
    function termsHash(ParametricTerms memory terms) internal pure returns (bytes32) {
        // Two halves: twenty words at once would not fit the stack.
        bytes memory head = abi.encode(
            PARAMETRIC_TERMS_TYPEHASH,
            terms.treasury,
            terms.quorum,
            terms.clauseRoot,
            terms.documentHash,
            terms.minSumInsured,
            terms.maxSumInsured,
            terms.maxEventExposure,
            terms.minPremium,
            terms.loadingBps
        );
        bytes memory tail = abi.encode(
            terms.minSignatures,
            terms.cancelledShareBps,
            terms.divertedShareBps,
            terms.minLeadSeconds,
            terms.maxLeadSeconds,
            terms.reportWindowSeconds,
            terms.periodStart,
            terms.periodEnd,
            // Elements of a packed array are padded to 32 bytes each, as EIP-712 wants them.
            keccak256(abi.encodePacked(terms.thresholds)),
            keccak256(abi.encodePacked(terms.sharesBps))
        );
        return keccak256(bytes.concat(head, tail));
    }
}
