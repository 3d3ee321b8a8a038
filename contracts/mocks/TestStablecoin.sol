// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title TestStablecoin
/// @notice A dollar token for tests and demonstrations, with the traits of the real ones that matter to a payer:
/// 6 decimals, EIP-2612 permits, and an issuer who can block an address from sending and receiving.
/// @dev Balance and block share a slot, as in USDC 2.2, so that a transfer costs what it costs there.
contract TestStablecoin is ERC20, ERC20Permit, Ownable {
    uint256 private constant BLOCKED = 1 << 255;

    uint256 private _supply; // token units, below 2^255
    mapping(address account => uint256 balanceAndBlock) private _accounts;

    /// @notice The issuer blocked or unblocked an address.
    event BlockedChanged(address indexed account, bool blocked);

    /// @notice The issuer has blocked this address.
    error AccountBlocked(address account);
    /// @notice The supply reaches 2^255 token units.
    error SupplyTooLarge(uint256 supply);

    constructor(address issuer) ERC20("Test Dollar", "TUSD") ERC20Permit("Test Dollar") Ownable(issuer) {}

    /// @notice Issues tokens to many at once.
    function mintEach(address[] calldata accounts, uint256 amount) external onlyOwner {
        for (uint256 i = 0; i < accounts.length; ++i) {
            _mint(accounts[i], amount);
        }
    }

    /// @notice Issues tokens.
    function mint(address account, uint256 amount) external onlyOwner {
        _mint(account, amount);
    }

    /// @notice Blocks or unblocks an address.
    function setBlocked(address account, bool blocked) external onlyOwner {
        _accounts[account] = balanceOf(account) | (blocked ? BLOCKED : 0);
        emit BlockedChanged(account, blocked);
    }

    /// @notice Whether an address is blocked.
    function isBlocked(address account) external view returns (bool) {
        return _accounts[account] & BLOCKED != 0;
    }

    /// @inheritdoc ERC20
    function totalSupply() public view override returns (uint256) {
        return _supply;
    }

    /// @inheritdoc ERC20
    function balanceOf(address account) public view override returns (uint256) {
        return _accounts[account] & ~BLOCKED;
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @dev No balance exceeds the supply, so none reaches the block's bit.
    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0)) {
            _supply += value;
            if (_supply >= BLOCKED) revert SupplyTooLarge(_supply);
        } else {
            uint256 held = _openAccount(from);
            if (held < value) revert ERC20InsufficientBalance(from, held, value);
            _accounts[from] = held - value;
        }
        if (to == address(0)) _supply -= value;
        else _accounts[to] = _openAccount(to) + value;
        emit Transfer(from, to, value);
    }

    /// @dev Balance of an account that is not blocked.
    function _openAccount(address account) private view returns (uint256 held) {
        held = _accounts[account];
        if (held >= BLOCKED) revert AccountBlocked(account);
    }
}
