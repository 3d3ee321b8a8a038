// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What a policy costs under the terms. Same formula as `domain/premium.py`.
library PremiumMath {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant PPB = 1_000_000_000;

    /// @notice Premium due: expected payout plus loading, rounded up, and never below the minimum. Rule S3.
    /// @param sumInsured Token units.
    /// @param expectedSharePpb Expected payout in parts per billion of the sum insured.
    /// @param loadingBps Loading on the expected payout, basis points.
    /// @param minPremium Token units.
    /// @return Token units.
    function premiumDue(uint96 sumInsured, uint32 expectedSharePpb, uint16 loadingBps, uint96 minPremium)
        internal
        pure
        returns (uint256)
    {
        uint256 loaded;
        unchecked {
            // 96 + 32 + 17 bits: no overflow.
            loaded = uint256(sumInsured) * expectedSharePpb * (BPS + loadingBps);
        }
        return Math.max(Math.ceilDiv(loaded, PPB * BPS), minPremium);
    }
}
