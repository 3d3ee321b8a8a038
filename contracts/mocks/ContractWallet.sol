// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title ContractWallet
/// @notice A holder who is a contract: its owner signs for it (ERC-1271) and acts through it.
contract ContractWallet is IERC1271 {
    address private immutable _owner;

    /// @notice Only the owner acts through the wallet.
    error WalletOwnerRequired(address caller);

    constructor(address owner) {
        _owner = owner;
    }

    /// @notice Calls a contract in the wallet's name. What it reverts with passes through.
    function execute(address target, bytes calldata data) external returns (bytes memory result) {
        if (msg.sender != _owner) revert WalletOwnerRequired(msg.sender);
        return Address.functionCall(target, data);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        return ECDSA.recoverCalldata(digest, signature) == _owner ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
