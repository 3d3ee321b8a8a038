// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Money of one payee that a transfer or the day's cap held back.
/// @dev What comes while something ripens is fresh, and takes its place when that is ripe or paid. So nothing that is
/// added puts off what ripens: every unit is ripe after 30 days, or 60 at most if it came as fresh. Without `ripening`
/// there is no `fresh`.
struct HeldPayout {
    uint64 ripe; // slot 0: bytes 0-7   token units, passes the day's cap
    uint64 ripening; // slot 0: bytes 8-15  token units, ripe 30 days after `ripeningSince`
    uint64 fresh; // slot 0: bytes 16-23 token units
    uint32 ripeningSince; // slot 0: bytes 24-27 unix seconds (until 2106), of its last part
    uint32 freshSince; // slot 0: bytes 28-31 unix seconds (until 2106), of its last part
}
