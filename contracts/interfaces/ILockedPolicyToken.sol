// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A policy belongs to its holder and cannot change hands.
interface ILockedPolicyToken {
    /// @notice A policy cannot change hands.
    error PolicyLocked(uint256 policyId);
    /// @notice A policy cannot change hands, so nobody can be approved for it.
    error ApprovalDisabled();
}
