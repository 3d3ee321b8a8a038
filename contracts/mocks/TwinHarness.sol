// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {PayoutCurve} from "../libraries/PayoutCurve.sol";
import {PolicyIds} from "../libraries/PolicyIds.sol";
import {PremiumMath} from "../libraries/PremiumMath.sol";
import {TypedReports} from "../libraries/TypedReports.sol";
import {EventReport, ParametricTerms, Quote, RiskReport} from "../types/ParametricTypes.sol";

/// @title TwinHarness
/// @notice The libraries, open to be asked from outside: tests compare them with their Python twins. Never deployed.
contract TwinHarness {
    struct CurveCase {
        int32[] thresholds;
        uint16[] sharesBps;
        int32[] values; // each asked
        uint256[] sums; // one for each value, token units
    }

    struct PremiumCase {
        uint96 sumInsured;
        uint32 expectedSharePpb;
        uint16 loadingBps;
        uint96 minPremium;
    }

    /// @notice Share and indemnity for each value of each curve, one after the other.
    function settleAll(CurveCase[] calldata cases, uint256 total)
        external
        pure
        returns (uint256[] memory shares, uint256[] memory indemnities)
    {
        (shares, indemnities) = (new uint256[](total), new uint256[](total));
        uint256 next = 0;
        for (uint256 i = 0; i < cases.length; ++i) {
            (int32[] memory thresholds, uint16[] memory sharesBps) = (cases[i].thresholds, cases[i].sharesBps);
            for (uint256 k = 0; k < cases[i].values.length; ++k) {
                shares[next] = PayoutCurve.shareBps(thresholds, sharesBps, cases[i].values[k]);
                indemnities[next] = PayoutCurve.indemnity(cases[i].sums[k], shares[next]);
                ++next;
            }
        }
    }

    /// @notice Whether each curve is well formed.
    function checkAll(CurveCase[] calldata cases) external view returns (bool[] memory formed) {
        formed = new bool[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            try this.check(cases[i].thresholds, cases[i].sharesBps) {
                formed[i] = true;
            } catch {}
        }
    }

    /// @notice Premium due in each case.
    function premiums(PremiumCase[] calldata cases) external pure returns (uint256[] memory due) {
        due = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            PremiumCase calldata c = cases[i];
            due[i] = PremiumMath.premiumDue(c.sumInsured, c.expectedSharePpb, c.loadingBps, c.minPremium);
        }
    }

    /// @notice Event id of each text, and the id of the policy with that ordinal on it.
    function ids(string[] calldata texts, uint32[] calldata ordinals)
        external
        pure
        returns (uint256[] memory eventIds, uint256[] memory policyIds)
    {
        (eventIds, policyIds) = (new uint256[](texts.length), new uint256[](texts.length));
        for (uint256 i = 0; i < texts.length; ++i) {
            eventIds[i] = PolicyIds.eventId(keccak256(bytes(texts[i])));
            policyIds[i] = PolicyIds.policyId(eventIds[i], ordinals[i]);
        }
    }

    /// @notice Event and ordinal of a policy id.
    function split(uint256 policyId) external pure returns (uint256 eventId, uint256 ordinal) {
        return PolicyIds.split(policyId);
    }

    /// @notice Hash of each product's terms.
    function termsHashes(ParametricTerms[] calldata terms) external pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](terms.length);
        for (uint256 i = 0; i < terms.length; ++i) {
            hashes[i] = TypedReports.termsHash(terms[i]);
        }
    }

    /// @notice Whether a clause belongs to a root.
    function isClause(bytes32[] calldata proof, bytes32 root, bytes32 leaf) external pure returns (bool) {
        return MerkleProof.verifyCalldata(proof, root, leaf);
    }

    /// @notice EIP-712 struct hash of a risk report.
    function riskReportHash(RiskReport calldata report) external pure returns (bytes32) {
        return TypedReports.hash(report);
    }

    /// @notice EIP-712 struct hash of an event report.
    function eventReportHash(EventReport calldata report) external pure returns (bytes32) {
        return TypedReports.hash(report);
    }

    /// @notice EIP-712 struct hashes of a quote as offer and as acceptance.
    function quoteHashes(Quote calldata quote) external pure returns (bytes32 offer, bytes32 acceptance) {
        bytes32 textHash = keccak256(bytes(quote.insuredEvent));
        offer = TypedReports.hash(quote, textHash, TypedReports.QUOTE_TYPEHASH);
        acceptance = TypedReports.hash(quote, textHash, TypedReports.ACCEPTANCE_TYPEHASH);
    }

    /// @notice Reverts unless the curve is well formed.
    function check(int32[] calldata thresholds, uint16[] calldata sharesBps) external pure {
        PayoutCurve.check(thresholds, sharesBps);
    }
}
