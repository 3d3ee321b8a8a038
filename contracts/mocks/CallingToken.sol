// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title CallingToken
/// @notice A token that calls out in the middle of every transfer, as tokens with hooks do: whoever prepared the call
/// tries to enter a contract that is still at work. What the called contract says passes through.
contract CallingToken is ERC20 {
    address private _target;
    bytes private _data;

    constructor() ERC20("Calling Dollar", "CUSD") {}

    /// @notice Issues tokens to anyone.
    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    /// @notice From now on every transfer calls `target`; the zero address ends it.
    function prepareCall(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        address target = _target;
        if (target == address(0)) return;
        _target = address(0); // one call for one preparation, or it would never end
        Address.functionCall(target, _data);
    }
}
