// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What the network vouches for, so that no insurer can bring its own.
enum ServiceKind {
    Token, // a settlement token
    Quorum, // an `OracleQuorum`
    Desk, // a `ClaimsDesk`
    Disbursement // a `Disbursement`
}

/// @notice Somebody with a part in an insurer's house from the first block on.
struct RoleHolder {
    uint64 role; // one of `Roles`, but neither ADMINISTRATOR nor FACTORY nor one of the platform
    address account;
    uint32 executionDelay; // seconds; signing roles and the guardian must have 0 to be of use
}

/// @notice What a new insurer brings.
struct Registration {
    string name; // of the insurer, and of the shares in its capital; 1 to 64 bytes
    string symbol; // of the shares in its capital; 1 to 16 bytes
    address asset; // settlement token of the first treasury
    address administrator; // multisig or timelock in production
    uint32 adminDelaySeconds; // between an administrator's announcement and its effect
    RoleHolder[] holders; // at most 32
}

/// @notice An insurer as the registry keeps it.
struct Insurer {
    address manager; // slot 0: bytes 0-19  its AccessManager
    uint40 registeredAt; // slot 0: bytes 20-24 unix seconds
    address[] treasuries; // slot 1: one for each settlement token, the first from registration
}
