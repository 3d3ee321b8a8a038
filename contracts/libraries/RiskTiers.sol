// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RiskTier, TierBounds} from "../types/IndemnityTypes.sol";

/// @notice How high a risk is. Same rule as `domain/tiers.py`.
library RiskTiers {
    /// @notice Tier of a risk, the higher of what its score and its loss ratio say. Rule S18.
    /// @dev From `mediumFrom…` on it is medium, both ends of the medium range included; above `highAbove…` high.
    /// @param score Hundredths of a point, 0 to 10,000.
    /// @param lossRatioBps Incurred losses over earned premium, basis points.
    /// @param bounds Of the product.
    function tierOf(uint256 score, uint256 lossRatioBps, TierBounds memory bounds) internal pure returns (RiskTier) {
        if (score > bounds.highAboveScore || lossRatioBps > bounds.highAboveRatioBps) return RiskTier.High;
        if (score >= bounds.mediumFromScore || lossRatioBps >= bounds.mediumFromRatioBps) return RiskTier.Medium;
        return RiskTier.Low;
    }
}
