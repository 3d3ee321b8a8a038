// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Role numbers in the AccessManagers: one manager for each insurer, and one for the network ("platform").
/// @dev A number means the same in both, so it can never be mistaken; docs/access.md says which role may call what.
/// 0 is OpenZeppelin's ADMIN_ROLE.
library Roles {
    // Both
    uint64 internal constant ADMINISTRATOR = 0;

    // Insurer
    uint64 internal constant PRODUCT_MANAGER = 1;
    uint64 internal constant UNDERWRITER = 2;
    uint64 internal constant TREASURER = 3;
    uint64 internal constant GUARDIAN = 4;
    uint64 internal constant FACTORY = 5; // the ProductFactory
    uint64 internal constant COMMITTEE = 7;
    uint64 internal constant ADJUSTER = 8;
    uint64 internal constant PAYMENT_CLERK = 9;

    // Platform
    uint64 internal constant ORACLE_GOVERNOR = 6;
    uint64 internal constant DESK = 10; // the ClaimsDesk
    uint64 internal constant REGISTRAR = 11;
    uint64 internal constant LOG_WRITER = 12;
}
