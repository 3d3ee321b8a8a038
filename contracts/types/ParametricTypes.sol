// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice How an insured event ended. A final record: it leaves `Open` once and never changes again.
enum Outcome {
    Open, // nothing reported yet
    Measured, // the value counts; the payout curve gives the share
    Cancelled, // the event never took place; the terms fix the share
    Diverted, // the event ended elsewhere; the terms fix the share
    NotReported // no quorum spoke within the report window; the premium goes back
}

/// @notice Everything a parametric product promises. Immutable: it is part of the product's own code.
/// @dev Hashed as an EIP-712 struct (`TypedReports.termsHash`); `domain/terms.py` computes the same hash.
struct ParametricTerms {
    address treasury; // pays, and holds the capital; its asset is the settlement token
    address quorum; // the `OracleQuorum` whose signatures count
    bytes32 clauseRoot; // Merkle root over the clauses people read
    bytes32 documentHash; // keccak256 of the canonical product document
    uint96 minSumInsured; // token units
    uint96 maxSumInsured; // token units, below 2^64
    uint96 maxEventExposure; // token units; most the product insures on one event
    uint96 minPremium; // token units
    uint16 loadingBps; // added to the expected payout, basis points of it
    uint8 minSignatures; // at least this many oracle signatures, whatever the set's own threshold
    uint16 cancelledShareBps; // share of the sum insured when the event is cancelled
    uint16 divertedShareBps; // share of the sum insured when the event is diverted
    uint32 minLeadSeconds; // sale closes this long before the event
    uint32 maxLeadSeconds; // sale opens this long before the event
    uint32 reportWindowSeconds; // without a report for this long after the event, the premium goes back
    uint40 periodStart; // events from here, unix seconds
    uint40 periodEnd; // to here, unix seconds, both inclusive
    int32[] thresholds; // measured value from which each share is owed, strictly ascending
    uint16[] sharesBps; // share of the sum insured, basis points, strictly ascending
}

/// @notice One application as the oracle sees it.
struct Assessment {
    uint256 applicationId; // random; used once for one product
    uint256 eventId; // from the event's text, see `PolicyIds`
    uint40 occursAt; // when the event is due, unix seconds
    uint32 expectedSharePpb; // expected payout, parts per billion of the sum insured
    uint96 sumInsuredCap; // token units; most the risk bears
    bytes32 commitment; // salted hash of the applicant's data, which stays off chain
}

/// @notice What a quorum of oracle nodes says of a batch of applications.
struct RiskReport {
    uint256 chainId;
    address product;
    uint32 signerEpoch; // which signer set signs
    uint40 observedAt; // unix seconds
    uint40 validUntil; // unix seconds
    bytes32 modelHash; // version of the model that priced it
    Assessment[] assessments;
}

/// @notice What the underwriter offers, and the holder accepts word for word.
struct Quote {
    uint256 applicationId;
    address holder; // owns the policy, pays the premium, is paid
    address underwriter; // signs the offer
    string insuredEvent; // canonical text of the event
    uint40 occursAt; // unix seconds
    uint96 sumInsured; // token units
    uint96 premium; // token units
    uint40 validUntil; // unix seconds
}

/// @notice EIP-2612 permit for the premium, spender the treasury. `deadline` 0 means: an allowance is there already.
struct Permit {
    uint256 value;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @notice One policy to be bound.
struct Binding {
    uint256 assessment; // index into the risk report's assessments
    Quote quote;
    bytes underwriterSignature; // EIP-712 `Quote`
    bytes acceptance; // EIP-712 `Acceptance` by the holder; empty when the holder sends the transaction
    Permit permit;
}

/// @notice What was measured of one event.
struct Measurement {
    uint256 eventId;
    Outcome outcome; // Measured, Cancelled or Diverted
    int32 value; // in the unit of the terms' thresholds; 0 unless measured
}

/// @notice What a quorum of oracle nodes saw.
struct EventReport {
    uint256 chainId;
    address product;
    uint32 signerEpoch;
    uint40 observedAt; // unix seconds
    uint40 validUntil; // unix seconds
    bytes32 sourceHash; // provenance of the data
    Measurement[] measurements;
}

/// @notice An insured event as a product keeps it: one slot.
struct InsuredEvent {
    uint32 policies; // slot 0: bytes 0-3   how many are bound
    uint32 settled; // slot 0: bytes 4-7   how many of them, in order, are settled
    uint96 exposure; // slot 0: bytes 8-19  sums insured not yet settled, token units
    uint40 occursAt; // slot 0: bytes 20-24 unix seconds
    Outcome outcome; // slot 0: byte  25
    uint16 shareBps; // slot 0: bytes 26-27 share owed once the outcome is known
    int32 value; // slot 0: bytes 28-31 measured value
}

/// @notice A policy. When it was bound is the time of its `PolicyBound`.
struct Policy {
    address holder;
    uint96 sumInsured; // token units
    uint96 premium; // token units
}

/// @notice A policy as a product keeps it: one slot. The premium follows from the rest, by `PremiumMath.premiumDue`.
struct StoredPolicy {
    address holder; // slot 0: bytes 0-19
    uint64 sumInsured; // slot 0: bytes 20-27 token units
    uint32 expectedSharePpb; // slot 0: bytes 28-31 parts per billion
}

/// @notice A premium to be taken from its payer.
struct PremiumDue {
    address payer;
    uint256 premium; // token units
}

/// @notice An indemnity (or a premium returned) to be paid.
struct Payout {
    uint256 policyId;
    address payee;
    uint256 amount; // token units
}
