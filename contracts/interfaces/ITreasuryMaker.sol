// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Carries the code of `Treasury`, which would not fit into the registry.
interface ITreasuryMaker {
    /// @notice Deploys a treasury. Anyone may call: only the registry's treasuries are known to the factory.
    /// @param authority AccessManager whose roles count there.
    /// @param name Name of the shares in the capital.
    function makeTreasury(address asset, address authority, string calldata name, string calldata symbol)
        external
        returns (address treasury);
}
