// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Treasury} from "./Treasury.sol";
import {ITreasuryMaker} from "./interfaces/ITreasuryMaker.sol";

/// @title TreasuryMaker
/// @notice Deploys treasuries.
contract TreasuryMaker is ITreasuryMaker {
    /// @inheritdoc ITreasuryMaker
    function makeTreasury(address asset, address authority, string calldata name, string calldata symbol)
        external
        returns (address treasury)
    {
        return address(new Treasury(IERC20(asset), authority, name, symbol));
    }
}
