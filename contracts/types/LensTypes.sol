// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, InstalmentPlan} from "./ClaimTypes.sol";

/// @notice Whose turn it is.
enum StepOwner {
    Nobody,
    Insurer,
    Claimant,
    Panel,
    Anyone
}

/// @notice What comes next for a claim.
enum StepKind {
    None,
    Acknowledge,
    Decide,
    Escalate,
    Dispute,
    PayInstalment,
    Close,
    Rule,
    Reopen,
    Deliver // the panel's award, which the desk has not taken yet
}

/// @notice The next step for a claim.
struct NextStep {
    StepOwner owner;
    StepKind kind;
    uint256 instant; // unix seconds: the last for insurer, claimant and panel; the first to escalate, pay or close; else 0
}

/// @notice A claim with all the desk keeps of it.
struct ClaimRecord {
    uint256 claimId;
    Claim claim;
    InstalmentPlan plan;
    uint256 supersededBy; // 0: none
    uint32 institution; // the claimant wants to be paid through; 0: straight
    bool isFinal;
}

/// @notice One treasury's books at a glance. Token units but for ratio and time.
struct TreasuryStanding {
    address asset;
    uint256 held; // tokens there are
    uint256 booked; // of them the treasury's own
    uint256 capital; // booked less what is reserved, unearned or held for payees
    uint256 free; // of it what could be taken out now
    uint256 exposure;
    uint256 reserves;
    uint256 unearned;
    uint256 heldPayouts;
    uint256 requiredRatioBps;
    uint256 payoutCap; // a UTC day; 0: none
    uint256 leftToday; // of that cap
    uint256 pausedUntil; // unix seconds; past: no pause runs
}

/// @notice What a treasury may come to owe by one product. Token units.
struct Liabilities {
    bool registered; // false: it has no product of this address
    uint256 exposure; // that policies in force may still cost, interest included
    uint256 reserves; // for open claims
    uint256 unearned; // premium
}
