// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title TestStablecoin
/// @notice A dollar token for tests and demonstrations, with the traits of the real ones that matter to a payer:
/// 6 decimals, EIP-2612 permits, and an issuer who can block an address from sending and receiving.
contract TestStablecoin is ERC20, ERC20Permit, Ownable {
    mapping(address account => bool) private _blocked;

    /// @notice The issuer blocked or unblocked an address.
    event BlockedChanged(address indexed account, bool blocked);

    /// @notice The issuer has blocked this address.
    error AccountBlocked(address account);

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
        _blocked[account] = blocked;
        emit BlockedChanged(account, blocked);
    }

    /// @notice Whether an address is blocked.
    function isBlocked(address account) external view returns (bool) {
        return _blocked[account];
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (_blocked[from]) revert AccountBlocked(from);
        if (_blocked[to]) revert AccountBlocked(to);
        super._update(from, to, value);
    }
}
