// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title SilentToken
/// @notice A token that answers `false` instead of reverting when it refuses an address, as some old ones do.
contract SilentToken is ERC20 {
    mapping(address account => bool) private _refused;

    constructor() ERC20("Silent Dollar", "SUSD") {}

    /// @notice Issues tokens to anyone.
    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    /// @notice Refuses an address from now on, or no longer.
    function setRefused(address account, bool refused) external {
        _refused[account] = refused;
    }

    /// @inheritdoc ERC20
    function transfer(address to, uint256 value) public override returns (bool) {
        return !_refused[to] && super.transfer(to, value);
    }
}
