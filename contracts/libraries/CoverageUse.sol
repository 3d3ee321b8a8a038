// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One slot per policy: for each of four coverages what is reserved or paid under it, and how many claims there
/// are.
/// @dev Bits 0-55, 56-111, 112-167 and 168-223: token units by coverage. Bits 224-239: claims.
library CoverageUse {
    uint256 internal constant MAX_COVERAGES = 4;
    uint256 internal constant MAX_UNITS = type(uint56).max;
    uint256 private constant LANE = 56;
    uint256 private constant CLAIMS_AT = 224;

    /// @notice Reserved and paid under one coverage, token units.
    function used(uint256 word, uint256 coverage) internal pure returns (uint256) {
        unchecked {
            // A coverage is below 4: no overflow.
            return (word >> (coverage * LANE)) & MAX_UNITS;
        }
    }

    /// @notice Reserved and paid under all coverages, token units.
    function total(uint256 word) internal pure returns (uint256) {
        unchecked {
            // Four numbers of 56 bits: no overflow.
            return (word & MAX_UNITS) + ((word >> LANE) & MAX_UNITS) + ((word >> (2 * LANE)) & MAX_UNITS)
                + ((word >> (3 * LANE)) & MAX_UNITS);
        }
    }

    /// @notice How many claims the policy has had.
    function claims(uint256 word) internal pure returns (uint32) {
        return uint16(word >> CLAIMS_AT);
    }

    /// @notice The same word with another use of one coverage.
    /// @param units Token units, at most {MAX_UNITS}: the caller has held them against the sum insured.
    function withUsed(uint256 word, uint256 coverage, uint256 units) internal pure returns (uint256) {
        uint256 shift = coverage * LANE;
        return (word & ~(MAX_UNITS << shift)) | (units << shift);
    }

    /// @notice The same word with one claim more.
    function withClaim(uint256 word) internal pure returns (uint256) {
        return word + (1 << CLAIMS_AT);
    }
}
