// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {ClaimClock} from "../../contracts/libraries/ClaimClock.sol";
import {PayoutCurve} from "../../contracts/libraries/PayoutCurve.sol";
import {PolicyIds} from "../../contracts/libraries/PolicyIds.sol";
import {RiskTiers} from "../../contracts/libraries/RiskTiers.sol";
import {RiskTier, TierBounds} from "../../contracts/types/IndemnityTypes.sol";

/// @notice What ids, clock, tiers and curve promise. Multiplication by a rate is left to fuzzing and the twin.
contract LibrariesProof is Test {
    /// Two policies never share an id, and an id gives back its event and ordinal.
    function check_policyId_NoTwoAlike(uint224 event_, uint32 ordinal, uint224 otherEvent, uint32 otherOrdinal)
        public
        pure
    {
        uint256 id = PolicyIds.policyId(event_, ordinal);
        (uint256 backEvent, uint256 backOrdinal) = PolicyIds.split(id);

        assert(backEvent == event_ && backOrdinal == ordinal);
        bool same = event_ == otherEvent && ordinal == otherOrdinal;
        assert(same == (id == PolicyIds.policyId(otherEvent, otherOrdinal)));
    }

    /// A deadline leaves at least all of its working days.
    function check_deadline_LeavesAllItsWorkingDays(uint40 from, uint16 workingDays) public pure {
        vm.assume(workingDays <= 400);

        assert(ClaimClock.deadline(from, workingDays) >= uint256(from) + uint256(workingDays) * 1 days);
    }

    /// A higher score or loss ratio never gives a lower tier.
    function check_tierOf_RisesWithScoreAndRatio(
        uint16 score,
        uint16 ratio,
        uint16 higherScore,
        uint16 higherRatio,
        TierBounds memory bounds
    ) public pure {
        vm.assume(higherScore >= score && higherRatio >= ratio);

        assert(RiskTiers.tierOf(score, ratio, bounds) <= RiskTiers.tierOf(higherScore, higherRatio, bounds));
    }

    /// A well-formed curve never owes more than the whole, and never less for a higher value.
    function check_shareBps_RisesAndStaysWithin(int32[2] memory steps, uint16[2] memory bps, int32 value, int32 higher)
        public
        pure
    {
        int32[] memory thresholds = new int32[](2);
        uint16[] memory shares = new uint16[](2);
        (thresholds[0], thresholds[1]) = (steps[0], steps[1]);
        (shares[0], shares[1]) = (bps[0], bps[1]);
        PayoutCurve.check(thresholds, shares);
        vm.assume(higher >= value);

        uint16 share = PayoutCurve.shareBps(thresholds, shares, value);
        assert(share <= 10_000);
        assert(PayoutCurve.shareBps(thresholds, shares, higher) >= share);
    }
}
