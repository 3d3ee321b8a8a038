// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimRules, Coverage, IndemnityTerms, RiskTier, TierBounds, TierTable} from "../types/IndemnityTypes.sol";

/// @notice The terms of an indemnity product as a few words, the way its clone carries them in its code.
/// @dev Packing saves two thirds of what a product costs to deploy, and lets each call read only what it needs. Each
/// word is written with its lowest field first; `unpack(pack(t))` is `t`.
library TermsCode {
    uint256 private constant COVERAGES_AT = 9;
    uint256 private constant WAITS_A_WORD = 8;

    /// @notice Terms to words.
    /// @dev Silently cuts nothing: every field has the width of its type.
    function pack(IndemnityTerms memory t) internal pure returns (uint256[] memory words) {
        (uint256 coverages, uint256 perils) = (t.coverages.length, t.waitingSeconds.length);
        words = new uint256[](COVERAGES_AT + coverages + (perils + WAITS_A_WORD - 1) / WAITS_A_WORD);
        words[0] = uint160(t.treasury) | (uint256(t.minSumInsured) << 160) | (uint256(t.periodSeconds) << 224);
        words[1] = uint160(t.quorum) | (uint256(t.maxSumInsured) << 160) | (uint256(t.maxLeadSeconds) << 224);
        words[2] = uint160(t.desk) | (uint256(t.minPremium) << 160) | (uint256(t.minSignatures) << 224)
            | (coverages << 232) | (perils << 240);
        words[3] = uint160(t.disbursement);
        (words[4], words[5]) = (uint256(t.clauseRoot), uint256(t.documentHash));
        words[6] = _packTiers(t.tiers);
        (words[7], words[8]) = _packRules(t.claims);
        for (uint256 i = 0; i < coverages; ++i) {
            Coverage memory c = t.coverages[i];
            words[COVERAGES_AT + i] = c.perils | (uint256(c.limitBps) << 32) | (uint256(c.claimLimitBps) << 48)
                | (uint256(c.shareBps) << 64) | (uint256(c.deductible) << 80);
        }
        for (uint256 i = 0; i < perils; ++i) {
            words[COVERAGES_AT + coverages + i / WAITS_A_WORD] |= uint256(t.waitingSeconds[i])
            << (32 * (i % WAITS_A_WORD));
        }
    }

    /// @notice Words to terms.
    function unpack(uint256[] memory words) internal pure returns (IndemnityTerms memory t) {
        (t.treasury, t.quorum, t.desk, t.disbursement) =
        (treasury(words), quorum(words), desk(words), disbursement(words));
        (t.clauseRoot, t.documentHash) = (clauseRoot(words), bytes32(words[5]));
        (t.minSumInsured, t.maxSumInsured, t.minPremium) = (_money(words[0]), _money(words[1]), _money(words[2]));
        (t.periodSeconds, t.maxLeadSeconds) = (uint32(words[0] >> 224), uint32(words[1] >> 224));
        t.minSignatures = minSignatures(words);
        (t.tiers, t.claims) = (tiers(words), unpackRules(rules(words)));
        t.coverages = new Coverage[](coverageCount(words));
        for (uint256 i = 0; i < t.coverages.length; ++i) {
            t.coverages[i] = coverage(words, i);
        }
        t.waitingSeconds = new uint32[](perilCount(words));
        for (uint256 i = 0; i < t.waitingSeconds.length; ++i) {
            t.waitingSeconds[i] = waitingSeconds(words, i);
        }
    }

    /// @notice The treasury.
    function treasury(uint256[] memory words) internal pure returns (address) {
        return address(uint160(words[0]));
    }

    /// @notice The oracle quorum.
    function quorum(uint256[] memory words) internal pure returns (address) {
        return address(uint160(words[1]));
    }

    /// @notice The claims desk.
    function desk(uint256[] memory words) internal pure returns (address) {
        return address(uint160(words[2]));
    }

    /// @notice The disbursement contract; zero: none.
    function disbursement(uint256[] memory words) internal pure returns (address) {
        return address(uint160(words[3]));
    }

    /// @notice Merkle root over the clauses.
    function clauseRoot(uint256[] memory words) internal pure returns (bytes32) {
        return bytes32(words[4]);
    }

    /// @notice Least and most a policy insures, and the least premium; token units.
    function sums(uint256[] memory words) internal pure returns (uint64 least, uint64 most, uint64 minPremium) {
        return (_money(words[0]), _money(words[1]), _money(words[2]));
    }

    /// @notice Most a policy insures, token units.
    function mostInsured(uint256[] memory words) internal pure returns (uint64) {
        return _money(words[1]);
    }

    /// @notice How long a policy runs, and how long after bind it may start; seconds.
    function times(uint256[] memory words) internal pure returns (uint32 period, uint32 maxLead) {
        return (uint32(words[0] >> 224), uint32(words[1] >> 224));
    }

    /// @notice Least number of oracle signatures.
    function minSignatures(uint256[] memory words) internal pure returns (uint8) {
        return uint8(words[2] >> 224);
    }

    /// @notice How many coverages a policy has.
    function coverageCount(uint256[] memory words) internal pure returns (uint256) {
        return uint8(words[2] >> 232);
    }

    /// @notice How many perils the product knows.
    function perilCount(uint256[] memory words) internal pure returns (uint256) {
        return uint8(words[2] >> 240);
    }

    /// @notice One coverage; the caller has checked that there is one.
    function coverage(uint256[] memory words, uint256 index) internal pure returns (Coverage memory) {
        uint256 w = words[COVERAGES_AT + index];
        return Coverage({
            perils: uint32(w),
            limitBps: uint16(w >> 32),
            claimLimitBps: uint16(w >> 48),
            shareBps: uint16(w >> 64),
            deductible: uint64(w >> 80)
        });
    }

    /// @notice Waiting period of a peril, seconds; the caller has checked that there is one.
    function waitingSeconds(uint256[] memory words, uint256 peril) internal pure returns (uint32) {
        uint256 w = words[COVERAGES_AT + coverageCount(words) + peril / WAITS_A_WORD];
        return uint32(w >> (32 * (peril % WAITS_A_WORD)));
    }

    /// @notice The tier table.
    function tiers(uint256[] memory words) internal pure returns (TierTable memory t) {
        uint256 w = words[6];
        t.bounds = TierBounds({
            mediumFromScore: uint16(w),
            highAboveScore: uint16(w >> 16),
            mediumFromRatioBps: uint16(w >> 32),
            highAboveRatioBps: uint16(w >> 48)
        });
        (t.lowFactorBps, t.mediumFactorBps) = (uint16(w >> 64), uint16(w >> 80));
        (t.loadedFactorBps, t.highFactorBps) = (uint16(w >> 96), uint16(w >> 112));
        (t.committeeAboveScore, t.cappedSumInsured) = (uint16(w >> 128), uint64(w >> 144));
        t.highAccepted = (w >> 208) & 1 == 1;
    }

    /// @notice The rules claims are handled by, as two words.
    function rules(uint256[] memory words) internal pure returns (uint256[2] memory) {
        return [words[7], words[8]];
    }

    /// @notice The rules claims are handled by.
    function unpackRules(uint256[2] memory words) internal pure returns (ClaimRules memory r) {
        (uint256 a, uint256 b) = (words[0], words[1]);
        (r.noticeWindowSeconds, r.disputeWindowSeconds) = (uint32(a), uint32(a >> 80));
        (r.acknowledgeDays, r.decideDaysLow, r.decideDays) = (uint16(a >> 32), uint16(a >> 48), uint16(a >> 64));
        r.reopenWindowSeconds = uint32(a >> 112);
        (r.interestBps, r.interestCapBps) = (uint16(a >> 144), uint16(a >> 160));
        r.autoTier = RiskTier(uint8(a >> 176));
        (r.maxFraudScore, r.minConfidenceBps, r.depositBps) = (uint16(a >> 184), uint16(a >> 200), uint16(a >> 216));
        (r.autoLimit, r.secondSignatureAbove, r.depositCap) = (uint64(b), uint64(b >> 64), uint64(b >> 128));
    }

    /// @notice Working days the insurer has for a decision, from the same two words.
    function decideDays(uint256[2] memory words, RiskTier tier) internal pure returns (uint16) {
        return uint16(words[0] >> (tier == RiskTier.Low ? 48 : 64));
    }

    /// @notice Above what worth two adjusters sign, token units; from the same two words.
    function secondSignatureAbove(uint256[2] memory words) internal pure returns (uint64) {
        return uint64(words[1] >> 64);
    }

    /// @notice How long after a loss it may be notified, seconds.
    function noticeWindowSeconds(uint256[] memory words) internal pure returns (uint32) {
        return uint32(words[7]);
    }

    /// @notice Most interest, basis points of what is paid late.
    function interestCapBps(uint256[] memory words) internal pure returns (uint16) {
        return uint16(words[7] >> 160);
    }

    function _packTiers(TierTable memory t) private pure returns (uint256 word) {
        TierBounds memory b = t.bounds;
        word = b.mediumFromScore | (uint256(b.highAboveScore) << 16) | (uint256(b.mediumFromRatioBps) << 32)
            | (uint256(b.highAboveRatioBps) << 48);
        word |= (uint256(t.lowFactorBps) << 64) | (uint256(t.mediumFactorBps) << 80)
            | (uint256(t.loadedFactorBps) << 96) | (uint256(t.highFactorBps) << 112);
        word |= (uint256(t.committeeAboveScore) << 128) | (uint256(t.cappedSumInsured) << 144);
        if (t.highAccepted) word |= 1 << 208;
    }

    function _packRules(ClaimRules memory r) private pure returns (uint256 a, uint256 b) {
        a = r.noticeWindowSeconds | (uint256(r.acknowledgeDays) << 32) | (uint256(r.decideDaysLow) << 48)
            | (uint256(r.decideDays) << 64) | (uint256(r.disputeWindowSeconds) << 80);
        a |= (uint256(r.reopenWindowSeconds) << 112) | (uint256(r.interestBps) << 144)
            | (uint256(r.interestCapBps) << 160) | (uint256(r.autoTier) << 176);
        a |= (uint256(r.maxFraudScore) << 184) | (uint256(r.minConfidenceBps) << 200) | (uint256(r.depositBps) << 216);
        b = r.autoLimit | (uint256(r.secondSignatureAbove) << 64) | (uint256(r.depositCap) << 128);
    }

    function _money(uint256 word) private pure returns (uint64) {
        return uint64(word >> 160);
    }
}
