// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Where a claim stands. Moves up only; `Closed` is final.
enum ClaimState {
    None, // no such claim
    Noticed, // the insurer has to acknowledge it
    Acknowledged, // the insurer has to decide
    Referred, // the quorum has reported, and a person has to decide what the machine did not pay
    Decided, // decided; the claimant may dispute what was not granted, or instalments are to come
    Disputed, // the panel has to decide what was not granted
    Closed // final; new evidence opens a new claim that supersedes it
}

/// @notice How a claim ended, or will end unless it is disputed.
enum ClaimOutcome {
    Open, // nothing is decided
    Paid, // all that the terms give for the claimed loss
    PartPaid, // less than claimed
    Denied, // nothing
    Withdrawn, // by the claimant
    Awarded, // the panel granted something
    Upheld // the panel granted nothing
}

/// @notice What a claimant can order by signature.
enum ClaimAction {
    Withdraw,
    Escalate,
    Dispute,
    Reopen, // with `amount` and `evidenceRoot`
    ChooseInstitution, // with `institution`
    TakeInstalments // all that are to come
}

/// @notice A claim as the desk keeps it.
struct Claim {
    address claimant; // slot 0: bytes 0-19  is paid
    ClaimState state; // slot 0: byte  20
    uint8 cause; // slot 0: byte  21    coverage << 5 | peril
    uint40 clockFrom; // slot 0: bytes 22-26 unix seconds: of notice, then decision, then closing
    uint40 occurredAt; // slot 0: bytes 27-31 unix seconds
    uint64 claimed; // slot 1: bytes 0-7   loss, token units
    uint64 reserve; // slot 1: bytes 8-15  token units
    uint64 paid; // slot 1: bytes 16-23 indemnity, superseded claims' included, token units
    uint16 reasonCode; // slot 1: bytes 24-25 of the last decision
    ClaimOutcome outcome; // slot 1: byte  26
    uint8 flags; // slot 1: byte  27    1: an institution pays, 2: instalments run, 4: escalated, bits 4-7: reopenings before
    uint32 lateSeconds; // slot 1: bytes 28-31 that the decision came after its deadline
}

/// @notice Notice of a loss.
struct Notice {
    address product;
    uint256 policyId;
    uint8 coverage; // index into the terms' coverages
    uint8 peril; // index into the terms' perils
    uint40 occurredAt; // unix seconds
    uint64 claimed; // loss, token units
    bytes32 evidenceRoot; // Merkle root over the evidence, which stays off chain
}

/// @notice What a quorum of oracle nodes says of a claim.
struct LossReport {
    uint256 chainId;
    address desk;
    uint32 signerEpoch;
    uint40 observedAt; // unix seconds
    uint40 validUntil; // unix seconds
    uint256 claimId;
    uint64 loss; // token units
    uint16 fraudScore; // hundredths of a point, 0 to 10,000
    uint16 confidenceBps;
    uint32 exclusions; // clauses the evidence touches, a bitmap
    bytes32 evidenceRoot;
    bytes32 modelHash;
    bytes32[] nullifiers; // of the incidents behind the loss, see `IncidentRegistry`
}

/// @notice An adjuster's decision.
struct Decision {
    uint256 claimId;
    uint64 loss; // adjusted, token units; 0 denies
    uint16 reasonCode;
    bytes32 clause; // it rests on: keccak256(abi.encode(keccak256(id), keccak256(English), keccak256(Chinese)))
    bytes32[] proof; // from the clause's leaf, keccak256(clause), up to the clause root
    bytes32 letterHash; // of the letter to the claimant
    uint8 instalments; // 0 or 1: at once
    uint32 intervalSeconds; // between instalments
    uint40 validUntil; // unix seconds, for the second signature
}

/// @notice A claimant's order, signed.
struct ClaimOrder {
    uint256 claimId;
    ClaimAction action;
    uint64 amount; // token units
    bytes32 evidenceRoot;
    uint32 institution;
    uint256 nonce;
    uint40 deadline; // unix seconds
}

/// @notice Instalments still to be paid.
struct InstalmentPlan {
    uint64 each; // slot 0: bytes 0-7   token units
    uint40 nextDue; // slot 0: bytes 8-12  unix seconds
    uint32 intervalSeconds; // slot 0: bytes 13-16
    uint8 left; // slot 0: byte  17
}

/// @notice What an adjuster may grant without anybody else.
struct AdjusterLimit {
    uint64 perDecision; // slot 0: bytes 0-7   token units
    uint64 perDay; // slot 0: bytes 8-15  token units a UTC day
    uint64 usedToday; // slot 0: bytes 16-23 token units
    uint16 day; // slot 0: bytes 24-25 of `usedToday`, days since 1970
}

/// @notice Until when who has to do what. Unix seconds; 0: does not apply.
struct ClaimDeadlines {
    uint256 acknowledge; // the insurer
    uint256 decide; // the insurer
    uint256 dispute; // the claimant
    uint256 reopen; // the claimant
    uint256 instalment; // the next is due
}

/// @notice What a decision is about, as the desk knows it.
struct DecisionCase {
    bytes32 domain; // the desk's EIP-712 domain separator
    address adjuster; // who decides
    address claimant; // is paid
    address holder; // of the policy; zero where it can only be the claimant
    address treasury;
    address quorum;
    bytes32 clauseRoot;
    uint64 claimed; // token units
    uint64 granted; // indemnity of this decision, token units
    uint64 full; // indemnity for all that was claimed, what others have reserved left out, token units
    uint256 worth; // that, and what was paid before, token units
    uint64 secondSignatureAbove; // token units
}
