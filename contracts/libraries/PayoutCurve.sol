// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a measured value is worth under the terms. Same formulas as `domain/curve.py`.
library PayoutCurve {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant MAX_STEPS = 16;

    /// @notice The curve has no steps, more than {MAX_STEPS}, or not one share for each threshold.
    error CurveSizeInvalid(uint256 thresholds, uint256 shares);

    /// @notice Thresholds and shares must both rise from step to step, and no share exceeds 10,000 basis points.
    error CurveNotAscending(uint256 step);

    /// @notice Reverts unless the curve is well formed.
    function check(int32[] memory thresholds, uint16[] memory sharesBps) internal pure {
        uint256 steps = thresholds.length;
        if (steps == 0 || steps > MAX_STEPS || steps != sharesBps.length) {
            revert CurveSizeInvalid(steps, sharesBps.length);
        }
        for (uint256 i = 0; i < steps; ++i) {
            if (sharesBps[i] == 0 || sharesBps[i] > BPS) revert CurveNotAscending(i);
            if (i > 0 && (thresholds[i] <= thresholds[i - 1] || sharesBps[i] <= sharesBps[i - 1])) {
                revert CurveNotAscending(i);
            }
        }
    }

    /// @notice Share owed for a measured value: that of the highest threshold reached, 0 below the first.
    /// @dev Rule S1. A value equal to a threshold reaches it.
    /// @return Basis points of the sum insured, 0 to 10,000.
    function shareBps(int32[] memory thresholds, uint16[] memory sharesBps, int32 value)
        internal
        pure
        returns (uint16)
    {
        for (uint256 i = thresholds.length; i > 0; --i) {
            if (value >= thresholds[i - 1]) return sharesBps[i - 1];
        }
        return 0;
    }

    /// @notice Indemnity for one policy, rounded down: the dust stays with the pool. Rule S2.
    /// @param sumInsured Token units, below 2^96.
    /// @param share Basis points, at most 10,000.
    /// @return Token units, at most `sumInsured`.
    function indemnity(uint256 sumInsured, uint256 share) internal pure returns (uint256) {
        unchecked {
            // 96 + 14 bits: no overflow.
            return (sumInsured * share) / BPS;
        }
    }
}
