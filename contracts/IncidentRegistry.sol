// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IIncidentRegistry} from "./interfaces/IIncidentRegistry.sol";

/// @title IncidentRegistry
/// @notice Remembers which claim spoke of an incident first, across all insurers.
contract IncidentRegistry is IIncidentRegistry, AccessManaged {
    uint256 public constant MAX_INCIDENTS = 16;

    mapping(bytes32 nullifier => uint256 claimId) private _firstClaims;

    /// @dev Kept here and not asked of the AccessManager: claims are paid through {register}, and every one would cost
    /// 12,000 gas more.
    mapping(address desk => bool) private _isDesk;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IIncidentRegistry
    function admitDesk(address desk, bool admitted) external restricted {
        _isDesk[desk] = admitted;
        emit DeskAdmitted(desk, admitted);
    }

    /// @inheritdoc IIncidentRegistry
    function register(bytes32[] calldata nullifiers, uint256 claimId) external returns (bool hit) {
        // Check
        if (!_isDesk[msg.sender]) revert IncidentDeskRequired(msg.sender);
        if (claimId == 0) revert IncidentClaimMissing();
        uint256 count = nullifiers.length;
        if (count > MAX_INCIDENTS) revert TooManyIncidents(claimId, count, MAX_INCIDENTS);
        // Effect
        for (uint256 i = 0; i < count; ++i) {
            bytes32 nullifier = nullifiers[i];
            uint256 first = _firstClaims[nullifier];
            if (first == 0) {
                _firstClaims[nullifier] = claimId;
                emit IncidentRegistered(nullifier, claimId);
            } else if (first != claimId) {
                hit = true;
                emit IncidentDuplicate(nullifier, claimId, first);
            }
        }
    }

    /// @inheritdoc IIncidentRegistry
    function isDesk(address desk) external view returns (bool) {
        return _isDesk[desk];
    }

    /// @inheritdoc IIncidentRegistry
    function firstClaimOf(bytes32 nullifier) external view returns (uint256 claimId) {
        return _firstClaims[nullifier];
    }
}
