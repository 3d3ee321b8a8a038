// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Which claim spoke of an incident first, across all insurers: one loss is not paid twice unseen.
/// @dev A nullifier is a keyed hash of the facts of an incident or of a bill. The nodes of the oracle quorum hold the key:
/// nobody without it can tell from a nullifier what happened, or try out incidents. A hit proves nothing: it sends a
/// claim to a person.
interface IIncidentRegistry {
    /// @notice A claim was the first to speak of this incident.
    event IncidentRegistered(bytes32 indexed nullifier, uint256 indexed claimId);
    /// @notice A claim speaks of an incident that another claim spoke of before.
    event IncidentDuplicate(bytes32 indexed nullifier, uint256 indexed claimId, uint256 indexed firstClaimId);

    /// @notice A claims desk may, or may no longer, register incidents.
    event DeskAdmitted(address indexed desk, bool admitted);

    /// @notice Only an admitted claims desk.
    error IncidentDeskRequired(address caller);
    /// @notice 0 is no claim.
    error IncidentClaimMissing();
    /// @notice One claim names at most 16 incidents.
    error TooManyIncidents(uint256 claimId, uint256 count, uint256 most);

    /// @notice Lets a claims desk register incidents, or no longer. Restricted (registrar).
    function admitDesk(address desk, bool admitted) external;

    /// @notice Keeps the incidents of a claim, and tells whether another claim spoke of any of them before.
    /// @dev Only an admitted desk, which has checked the quorum's signatures on the nullifiers. A hit never reverts, and is
    /// kept for the first claim for ever, whatever becomes of that claim. The same claim again is no hit.
    /// Reverts: {IncidentDeskRequired}, {IncidentClaimMissing}, {TooManyIncidents}.
    /// @param nullifiers Hashes of the incidents; may be empty.
    /// @return hit Whether at least one belongs to another claim.
    function register(bytes32[] calldata nullifiers, uint256 claimId) external returns (bool hit);

    /// @notice Whether a claims desk may register incidents.
    function isDesk(address desk) external view returns (bool);

    /// @notice The claim that spoke of an incident first; 0 if none did.
    function firstClaimOf(bytes32 nullifier) external view returns (uint256 claimId);
}
