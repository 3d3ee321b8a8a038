// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice Where a dispute stands. States only move up; windows are derived from the time of the draw.
enum DisputeState {
    None,
    Opened, // waits for a panel to be drawn
    Sitting, // three arbitrators commit, then reveal
    OpenedAgain, // nobody revealed: waits for a second panel
    SittingAgain,
    Decided, // final; the opener has not taken the award yet
    Delivered // final, and told to the opener
}

/// @notice What is disputed, and by whom. Money in token units.
struct DisputeRequest {
    uint256 claimId;
    address claimant; // pays the deposit, gets it back
    IERC20 token; // of the deposit
    uint64 disputed; // only the difference between what was asked and what was granted
    uint64 deposit;
    address depositTo; // gets the deposit of a claimant who wins nothing
    bytes32 clauseRoot; // clauses a ruling may rest on
}

/// @notice A ruling as an arbitrator reveals it.
struct Ruling {
    uint64 award; // token units, at most what is disputed
    uint16 reasonCode; // not 0, and not 900 (panel silent)
    bytes32 clauseWords; // keccak256(abi.encode(keccak256(id), keccak256(English), keccak256(Chinese)))
    bytes32[] proof; // from the clause's leaf, keccak256(clauseWords), up to the clause root
    bytes32 salt; // 32 random bytes: with a salt that can be guessed the commitment hides nothing
}

/// @notice One dispute, as it is kept.
struct Dispute {
    uint256 claimId; // slot 0
    address court; // slot 1: bytes 0-19, who opened it and takes the award
    uint64 disputed; // slot 1: bytes 20-27, token units
    DisputeState state; // slot 1: byte 28
    uint8 committed; // slot 1: byte 29, seats of this panel that have committed
    uint8 revealed; // slot 1: byte 30, seats of this panel that have revealed
    address claimant; // slot 2: bytes 0-19
    uint64 deposit; // slot 2: bytes 20-27, token units
    IERC20 token; // slot 3: bytes 0-19
    uint40 waitingSince; // slot 3: bytes 20-24, unix seconds: a panel has to be drawn since then
    uint40 drawnAt; // slot 3: bytes 25-29, unix seconds: the panel's windows count from here
    uint16 reasonCode; // slot 3: bytes 30-31, of the decision
    address depositTo; // slot 4: bytes 0-19
    uint40 benchBlock; // slot 4: bytes 20-24: the panel is drawn from those admitted at this block's end
    uint40 hashBlock; // slot 5: bytes 0-4: by the hash of this one
    uint64 award; // slot 5: bytes 5-12, token units, of the decision
    bytes32 clauseRoot; // slot 6
    bytes32 clause; // slot 7: leaf of the clause the decision rests on; 0 when the panel was silent
}

/// @notice One of a panel's three seats.
struct Seat {
    address arbitrator; // slot 0: bytes 0-19
    uint64 award; // slot 0: bytes 20-27, token units
    uint16 reasonCode; // slot 0: bytes 28-29; 0 until revealed
    bytes32 commitment; // slot 1; 0 until committed
    bytes32 clause; // slot 2, leaf of the clause
}

/// @notice Somebody who may be drawn, or may not any more.
struct Arbitrator {
    address account; // slot 0: bytes 0-19
    uint40 admittedBlock; // slot 0: bytes 20-24
    uint40 removedBlock; // slot 0: bytes 25-29; 0 while on the bench
    uint8 strikes; // slot 0: byte 30, panels in which they stayed silent
    bool consumerAdvocate; // slot 0: byte 31
}
