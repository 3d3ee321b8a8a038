// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Role numbers in each insurer's AccessManager. 0 is OpenZeppelin's ADMIN_ROLE: the administrator.
/// @dev docs/access.md says which role may call what.
library Roles {
    uint64 internal constant ADMINISTRATOR = 0;
    uint64 internal constant PRODUCT_MANAGER = 1;
    uint64 internal constant UNDERWRITER = 2;
    uint64 internal constant TREASURER = 3;
    uint64 internal constant GUARDIAN = 4;
    uint64 internal constant FACTORY = 5;
    uint64 internal constant ORACLE_GOVERNOR = 6;
}
