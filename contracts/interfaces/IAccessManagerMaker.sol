// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Carries the code of OpenZeppelin's AccessManager, which would not fit into the registry.
interface IAccessManagerMaker {
    /// @notice Deploys an AccessManager with this administrator. Anyone may call: it means nothing by itself.
    /// @dev Reverts: `AccessManagerInvalidInitialAdmin`.
    function makeAccessManager(address administrator) external returns (address manager);
}
