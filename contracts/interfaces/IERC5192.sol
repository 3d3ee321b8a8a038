// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Minimal soulbound tokens (ERC-5192): a policy cannot change hands.
interface IERC5192 {
    /// @notice The token cannot be transferred from now on.
    event Locked(uint256 tokenId);

    /// @notice Whether the token is locked. A policy always is.
    /// @dev Reverts with `ERC721NonexistentToken` for a policy that does not exist.
    function locked(uint256 tokenId) external view returns (bool);
}
