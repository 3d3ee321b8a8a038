// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

import {IERC5192} from "./interfaces/IERC5192.sol";
import {ILockedPolicyToken} from "./interfaces/ILockedPolicyToken.sol";

/// @title LockedPolicyToken
/// @notice A policy as an ERC-721 that cannot change hands. The owner is read from the policy itself.
abstract contract LockedPolicyToken is ERC721, IERC5192 {
    bytes4 private constant ERC5192_INTERFACE_ID = 0xb45a3c0e;

    constructor() ERC721("", "") {}

    /// @inheritdoc ERC721
    function approve(address, uint256) public pure override {
        revert ILockedPolicyToken.ApprovalDisabled();
    }

    /// @inheritdoc ERC721
    function setApprovalForAll(address, bool) public pure override {
        revert ILockedPolicyToken.ApprovalDisabled();
    }

    /// @inheritdoc ERC721
    function transferFrom(address, address, uint256 policyId) public pure override {
        revert ILockedPolicyToken.PolicyLocked(policyId);
    }

    /// @inheritdoc ERC721
    function safeTransferFrom(address, address, uint256 policyId, bytes memory) public pure override {
        revert ILockedPolicyToken.PolicyLocked(policyId);
    }

    /// @inheritdoc IERC5192
    function locked(uint256 policyId) external view returns (bool) {
        _requireOwned(policyId);
        return true;
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == ERC5192_INTERFACE_ID || super.supportsInterface(interfaceId);
    }

    /// @inheritdoc ERC721
    /// @dev Constant, because a clone runs no constructor.
    function name() public pure override returns (string memory) {
        return "Quittance Policy";
    }

    /// @inheritdoc ERC721
    function symbol() public pure override returns (string memory) {
        return "QPOL";
    }

    /// @dev Announces a policy that the product has just stored.
    function _announce(address holder, uint256 policyId) internal {
        _increaseBalance(holder, 1);
        emit Transfer(address(0), holder, policyId);
        emit Locked(policyId);
    }
}
