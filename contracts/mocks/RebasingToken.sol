// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title RebasingToken
/// @notice A token whose balances change by themselves: each is a share of a supply that grows and shrinks.
contract RebasingToken is ERC20 {
    uint256 private constant PAR = 1e18;

    uint256 private _index = PAR; // what one share is worth
    uint256 private _indexAfterTransfer; // 0: a transfer changes nothing

    constructor() ERC20("Rebasing Dollar", "RUSD") {}

    /// @notice Issues tokens to anyone.
    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    /// @notice Balances become this part of what they were at par, parts per 1e18.
    function rebase(uint256 index) external {
        _index = index;
    }

    /// @notice As {rebase}, in the middle of the next transfer.
    function rebaseInTransfer(uint256 index) external {
        _indexAfterTransfer = index;
    }

    /// @inheritdoc ERC20
    function balanceOf(address account) public view override returns (uint256) {
        return Math.mulDiv(super.balanceOf(account), _index, PAR);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @dev Moves shares. Whoever has less than `value` by shares is refused by the base.
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, Math.mulDiv(value, PAR, _index, Math.Rounding.Ceil));
        if (_indexAfterTransfer == 0) return;
        _index = _indexAfterTransfer;
        _indexAfterTransfer = 0;
    }
}
