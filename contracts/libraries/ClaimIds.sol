// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Names of claims: the product's address, the policy's number, the claim's ordinal on it. Same in
/// `domain/claim.py`.
library ClaimIds {
    /// @notice Id of a claim.
    /// @param policyId Number of the policy. Of a larger one than 2^64 - 1, which no product has, the lowest 64 bits.
    function claimId(address product, uint256 policyId, uint256 ordinal) internal pure returns (uint256) {
        return (uint256(uint160(product)) << 96) | (uint256(uint64(policyId)) << 32) | ordinal;
    }

    /// @notice Product, policy and ordinal of a claim.
    function split(uint256 claimId_) internal pure returns (address product, uint256 policyId, uint256 ordinal) {
        return (address(uint160(claimId_ >> 96)), uint64(claimId_ >> 32), uint32(claimId_));
    }
}
