// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Names of events and policies. A policy's id says which event it insures: event id, then its ordinal there.
/// @dev `eventId` has 224 bits, so finding two texts with one id costs 2^112 hashes. Same in `domain/policy.py`.
library PolicyIds {
    uint256 internal constant ORDINAL_BITS = 32;

    /// @notice Id of an event, from the keccak256 of its canonical text.
    function eventId(bytes32 textHash) internal pure returns (uint256) {
        return uint256(textHash) >> ORDINAL_BITS;
    }

    /// @notice Id of the policy bound as number `ordinal` (from 0) on an event.
    function policyId(uint256 event_, uint256 ordinal) internal pure returns (uint256) {
        return (event_ << ORDINAL_BITS) | ordinal;
    }

    /// @notice Event and ordinal of a policy id.
    function split(uint256 policyId_) internal pure returns (uint256 event_, uint256 ordinal) {
        return (policyId_ >> ORDINAL_BITS, policyId_ & type(uint32).max);
    }
}
