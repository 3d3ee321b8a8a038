// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title BareTransferLoop
/// @notice The cheapest honest way to pay many: a loop of ERC-20 transfers. The yardstick of `quittance figures gas`.
contract BareTransferLoop {
    /// @notice The token said no.
    error TransferRefused(address to);

    /// @notice Pays the same amount, in token units, to each.
    function payEach(IERC20 token, address[] calldata recipients, uint256 amount) external {
        for (uint256 i = 0; i < recipients.length; ++i) {
            if (!token.transfer(recipients[i], amount)) revert TransferRefused(recipients[i]);
        }
    }
}
