// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What an indemnity policy costs, and what a loss under it is worth. Same formulas as `domain/indemnity.py`.
/// @dev Every rounding favours the pool by less than one token unit. Arithmetic is checked; callers pass amounts of at
/// most 64 bits, rates of at most 32 and times of at most 40, so that no product here comes near 2^256.
library IndemnityMath {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant PPB = 1_000_000_000;
    uint256 internal constant YEAR = 365 days;

    /// @notice Indemnity for one loss: deductible first, then the insurer's share, then what is left of the limit.
    /// @dev Rule S11. Rounds down.
    /// @param loss Adjusted loss, token units.
    /// @param deductible Borne by the insured for each loss, token units.
    /// @param shareBps Insurer's share of what exceeds the deductible, basis points, at most 10,000.
    /// @param limitLeft Most that can still be paid, token units.
    /// @return Token units.
    function indemnity(uint256 loss, uint256 deductible, uint256 shareBps, uint256 limitLeft)
        internal
        pure
        returns (uint256)
    {
        if (loss <= deductible) return 0;
        return Math.min(((loss - deductible) * shareBps) / BPS, limitLeft);
    }

    /// @notice A limit given as a share of the sum insured, rounded down. Rule S12.
    /// @param sumInsured Token units.
    /// @param shareBps Basis points.
    /// @return Token units.
    function limit(uint256 sumInsured, uint256 shareBps) internal pure returns (uint256) {
        return (sumInsured * shareBps) / BPS;
    }

    /// @notice Premium for the whole period, rounded up, and never below the minimum. Rule S13.
    /// @param sumInsured Token units.
    /// @param ratePpb Premium rate, parts per billion of the sum insured.
    /// @param factorBps Factor of the risk tier on the rate, basis points: 10,000 leaves it as it is.
    /// @param minPremium Token units.
    /// @return Token units.
    function premiumDue(uint256 sumInsured, uint256 ratePpb, uint256 factorBps, uint256 minPremium)
        internal
        pure
        returns (uint256)
    {
        return Math.max(Math.ceilDiv(sumInsured * ratePpb * factorBps, PPB * BPS), minPremium);
    }

    /// @notice Premium whose time has passed, rounded down. Rule S14.
    /// @dev Panics by division when `start` equals `end`, and below when it lies after it.
    /// @param premium For the whole period, token units.
    /// @param start Of the period, unix seconds.
    /// @param end Of the period, unix seconds, above `start`.
    /// @param instant Asked for, unix seconds; before the period nothing is earned, after it all.
    /// @return Token units, at most `premium`.
    function earned(uint256 premium, uint256 start, uint256 end, uint256 instant) internal pure returns (uint256) {
        return (premium * (end - start - _secondsLeft(start, end, instant))) / (end - start);
    }

    /// @notice Premium whose time is still to come, rounded down: what a cancellation returns. Rule S14.
    /// @dev Panics as {earned} does.
    /// @return Token units, at most `premium`.
    function unearned(uint256 premium, uint256 start, uint256 end, uint256 instant) internal pure returns (uint256) {
        return (premium * _secondsLeft(start, end, instant)) / (end - start);
    }

    /// @notice What a higher sum insured costs for the rest of the period, rounded up. Rule S15.
    /// @dev Panics by division when `oldSum` is zero or the period is empty. Zero unless `newSum` is higher.
    /// @param premium Agreed for `oldSum` over the whole period, token units.
    /// @param oldSum Sum insured before, token units.
    /// @param newSum Sum insured from `instant` on, token units.
    /// @return Token units.
    function extraPremium(uint256 premium, uint256 oldSum, uint256 newSum, uint256 start, uint256 end, uint256 instant)
        internal
        pure
        returns (uint256)
    {
        if (newSum <= oldSum) return 0;
        return Math.ceilDiv(premium * (newSum - oldSum) * _secondsLeft(start, end, instant), oldSum * (end - start));
    }

    /// @notice What a lower sum insured gives back for the rest of the period, rounded down. Rule S15.
    /// @dev Panics as {extraPremium} does. Zero unless `newSum` is lower.
    /// @return Token units, at most `premium`.
    function returnPremium(uint256 premium, uint256 oldSum, uint256 newSum, uint256 start, uint256 end, uint256 instant)
        internal
        pure
        returns (uint256)
    {
        if (newSum >= oldSum) return 0;
        return (premium * (oldSum - newSum) * _secondsLeft(start, end, instant)) / (oldSum * (end - start));
    }

    /// @notice Simple interest on an indemnity paid late, rounded down and capped. Rule S17.
    /// @param amount Paid late, token units.
    /// @param rateBps For a year of 365 days, basis points.
    /// @param late Seconds past the deadline, see `ClaimClock.lateSeconds`.
    /// @param capBps Most interest there can be, basis points of `amount`.
    /// @return Token units.
    function interest(uint256 amount, uint256 rateBps, uint256 late, uint256 capBps) internal pure returns (uint256) {
        return Math.min((amount * rateBps * late) / (YEAR * BPS), (amount * capBps) / BPS);
    }

    /// @notice Most interest a policy can cost, rounded up: locked beside its sum insured. Rule S17.
    /// @param sumInsured Token units; the indemnities of a policy never exceed it.
    /// @param capBps Basis points.
    /// @return Token units, at least the sum of {interest} over any indemnities that make up `sumInsured`.
    function interestLock(uint256 sumInsured, uint256 capBps) internal pure returns (uint256) {
        return Math.ceilDiv(sumInsured * capBps, BPS);
    }

    /// @dev Seconds of the period still to come: all of it before the start, none after the end.
    function _secondsLeft(uint256 start, uint256 end, uint256 instant) private pure returns (uint256) {
        return end - Math.min(Math.max(instant, start), end);
    }
}
