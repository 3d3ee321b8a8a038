// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {IProductFactory} from "./interfaces/IProductFactory.sol";
import {CoverageUse} from "./libraries/CoverageUse.sol";
import {PayoutCurve} from "./libraries/PayoutCurve.sol";
import {ClaimRules, Coverage, IndemnityTerms, TierTable} from "./types/IndemnityTypes.sol";
import {ParametricTerms} from "./types/ParametricTypes.sol";

/// @title TermsRules
/// @notice Which terms a product may have. Rules S8 and S21.
abstract contract TermsRules {
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_SCORE = 10_000;
    /// @dev Above a score of 90 three of the committee sign: terms may ask for them earlier, never later.
    uint256 private constant MAX_COMMITTEE_SCORE = 9_000;
    uint256 private constant MAX_PERILS = 32;
    uint256 private constant MAX_WORKING_DAYS = 90;
    uint256 private constant MAX_WINDOW_SECONDS = 5 * 365 days;

    function _checkParametric(ParametricTerms calldata terms) internal view {
        PayoutCurve.check(terms.thresholds, terms.sharesBps);
        _checkRange("cancelledShareBps", terms.cancelledShareBps, 0, BPS);
        _checkRange("divertedShareBps", terms.divertedShareBps, 0, BPS);
        _checkRange("minSumInsured", terms.minSumInsured, 1, terms.maxSumInsured);
        uint256 mostInsurable = Math.min(terms.maxEventExposure, type(uint64).max); // as wide as it is stored
        _checkRange("maxSumInsured", terms.maxSumInsured, terms.minSumInsured, mostInsurable);
        _checkRange("minPremium", terms.minPremium, 1, terms.minSumInsured - 1);
        _checkRange("minLeadSeconds", terms.minLeadSeconds, 1, terms.maxLeadSeconds);
        _checkRange("reportWindowSeconds", terms.reportWindowSeconds, 1 days, 365 days);
        _checkRange("periodEnd", terms.periodEnd, terms.periodStart, type(uint40).max);
        _checkSignatures(terms.quorum, terms.minSignatures);
    }

    function _checkIndemnity(IndemnityTerms calldata terms) internal view {
        _checkRange("minSumInsured", terms.minSumInsured, 1, terms.maxSumInsured);
        _checkRange("maxSumInsured", terms.maxSumInsured, terms.minSumInsured, CoverageUse.MAX_UNITS);
        _checkRange("minPremium", terms.minPremium, 1, terms.minSumInsured - 1);
        _checkRange("periodSeconds", terms.periodSeconds, 1 days, MAX_WINDOW_SECONDS);
        _checkRange("maxLeadSeconds", terms.maxLeadSeconds, 0, 365 days);
        _checkSignatures(terms.quorum, terms.minSignatures);
        _checkTiers(terms.tiers);
        _checkRange("cappedSumInsured", terms.tiers.cappedSumInsured, terms.minSumInsured, terms.maxSumInsured);
        _checkClaimRules(terms.claims, terms.maxSumInsured);
        uint256 perils = terms.waitingSeconds.length;
        _checkRange("perils", perils, 1, MAX_PERILS);
        for (uint256 i = 0; i < perils; ++i) {
            _checkRange("waitingSeconds", terms.waitingSeconds[i], 0, terms.periodSeconds);
        }
        _checkRange("coverages", terms.coverages.length, 1, CoverageUse.MAX_COVERAGES);
        for (uint256 i = 0; i < terms.coverages.length; ++i) {
            _checkCoverage(terms.coverages[i], perils, terms.maxSumInsured);
        }
    }

    /// @dev Bounds in order, and nobody pays less for more risk.
    function _checkTiers(TierTable calldata t) private pure {
        _checkRange("highAboveScore", t.bounds.highAboveScore, t.bounds.mediumFromScore, MAX_SCORE);
        _checkRange("highAboveRatioBps", t.bounds.highAboveRatioBps, t.bounds.mediumFromRatioBps, type(uint16).max);
        _checkRange("lowFactorBps", t.lowFactorBps, 1, type(uint16).max);
        _checkRange("mediumFactorBps", t.mediumFactorBps, t.lowFactorBps, type(uint16).max);
        _checkRange("loadedFactorBps", t.loadedFactorBps, t.mediumFactorBps, type(uint16).max);
        _checkRange("highFactorBps", t.highFactorBps, t.lowFactorBps, type(uint16).max);
        _checkRange("committeeAboveScore", t.committeeAboveScore, 0, MAX_COMMITTEE_SCORE);
    }

    /// @dev No clock without an end, no window too short to use.
    function _checkClaimRules(ClaimRules calldata r, uint256 maxSumInsured) private pure {
        _checkRange("noticeWindowSeconds", r.noticeWindowSeconds, 1 days, MAX_WINDOW_SECONDS);
        _checkRange("acknowledgeDays", r.acknowledgeDays, 1, r.decideDays);
        _checkRange("decideDaysLow", r.decideDaysLow, 1, r.decideDays);
        _checkRange("decideDays", r.decideDays, 1, MAX_WORKING_DAYS);
        _checkRange("disputeWindowSeconds", r.disputeWindowSeconds, 1 days, MAX_WINDOW_SECONDS);
        _checkRange("reopenWindowSeconds", r.reopenWindowSeconds, 0, MAX_WINDOW_SECONDS);
        _checkRange("interestBps", r.interestBps, 0, BPS);
        _checkRange("interestCapBps", r.interestCapBps, 0, BPS);
        _checkRange("maxFraudScore", r.maxFraudScore, 0, MAX_SCORE);
        _checkRange("minConfidenceBps", r.minConfidenceBps, 0, BPS);
        _checkRange("autoLimit", r.autoLimit, 0, maxSumInsured);
        _checkRange("depositBps", r.depositBps, 0, BPS);
        _checkRange("depositCap", r.depositCap, 0, maxSumInsured);
    }

    function _checkCoverage(Coverage calldata c, uint256 perils, uint256 maxSumInsured) private pure {
        _checkRange("perils", c.perils, 1, (uint256(1) << perils) - 1);
        _checkRange("limitBps", c.limitBps, 1, BPS);
        _checkRange("claimLimitBps", c.claimLimitBps, 1, c.limitBps);
        _checkRange("shareBps", c.shareBps, 1, BPS);
        _checkRange("deductible", c.deductible, 0, maxSumInsured);
    }

    function _checkSignatures(address quorum, uint256 minSignatures) private view {
        IOracleQuorum set = IOracleQuorum(quorum);
        (address[] memory signers, uint8 threshold,) = set.signerSet(set.currentEpoch());
        _checkRange("minSignatures", minSignatures, threshold, signers.length);
    }

    function _checkRange(bytes32 term, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert IProductFactory.TermOutOfRange(term, value, least, most);
    }
}
