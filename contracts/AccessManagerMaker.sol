// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

import {IAccessManagerMaker} from "./interfaces/IAccessManagerMaker.sol";

/// @title AccessManagerMaker
/// @notice Deploys OpenZeppelin's AccessManager, unchanged.
contract AccessManagerMaker is IAccessManagerMaker {
    /// @inheritdoc IAccessManagerMaker
    function makeAccessManager(address administrator) external returns (address manager) {
        return address(new AccessManager(administrator));
    }
}
