// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What opens disputes, and carries out what the panel decides.
interface IDisputeCourt {
    /// @notice Takes the panel's decision on a claim it sent there. Final.
    /// @dev Called by the panel once with success. A revert does not lose the decision: anybody delivers it again. Must
    /// refuse any caller but the panel.
    /// @param amount What the claimant gets of the disputed difference, token units; 0 to all of it.
    /// @param reasonCode The ruling's reason; 900 when the panel stayed silent and the claimant gets all.
    /// @param clause Leaf of the clause the ruling rests on; 0 when the panel stayed silent.
    function award(uint256 claimId, uint64 amount, uint16 reasonCode, bytes32 clause) external;
}
