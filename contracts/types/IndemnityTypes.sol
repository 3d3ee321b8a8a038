// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice How much risk an application carries. Rule R2: score and expected loss ratio decide together.
enum RiskTier {
    Low,
    Medium,
    High
}

/// @notice What the underwriter does about a risk above low.
enum Measure {
    None, // standard acceptance
    Loading, // a higher premium
    Cap, // a lower sum insured
    Exclusion // the clauses the report names are excluded
}

/// @notice Where tiers begin. Score in hundredths of a point (0 to 10,000), ratios in basis points.
struct TierBounds {
    uint16 mediumFromScore; // from here: medium
    uint16 highAboveScore; // above: high
    uint16 mediumFromRatioBps; // expected loss ratio from here: medium
    uint16 highAboveRatioBps; // above: high
}

/// @notice What each tier may be sold for. Factors are basis points of the standard rate.
struct TierTable {
    TierBounds bounds;
    uint16 lowFactorBps; // low
    uint16 mediumFactorBps; // medium that is capped or excluded
    uint16 loadedFactorBps; // medium that is loaded
    uint16 highFactorBps; // high, always with exclusions
    uint16 committeeAboveScore; // above: three of the committee sign
    uint64 cappedSumInsured; // token units; most for a medium risk that is capped
    bool highAccepted; // false: a high risk is refused
}

/// @notice One promise of a policy.
struct Coverage {
    uint32 perils; // bit n: peril n is insured
    uint16 limitBps; // most it pays over the policy's life, basis points of the sum insured
    uint16 claimLimitBps; // most it pays for one claim, basis points of the sum insured
    uint16 shareBps; // insurer's share of the excess
    uint64 deductible; // token units, borne by the insured for each claim
}

/// @notice How claims are handled. Days are working days (`ClaimClock`).
struct ClaimRules {
    uint32 noticeWindowSeconds; // from the loss; may end after the policy
    uint16 acknowledgeDays; // from notice
    uint16 decideDaysLow; // from notice, low tier
    uint16 decideDays; // from notice, other tiers
    uint32 disputeWindowSeconds; // from a decision that grants less than claimed
    uint32 reopenWindowSeconds; // from closing, for new evidence
    uint16 interestBps; // a year, on what is paid late
    uint16 interestCapBps; // most interest, basis points of what is paid late
    RiskTier autoTier; // highest tier the machine may pay
    uint16 maxFraudScore; // highest the machine may pay, hundredths of a point
    uint16 minConfidenceBps; // least the machine may pay on
    uint64 autoLimit; // token units, most the machine may pay for one claim
    uint64 secondSignatureAbove; // token units; a claim worth more needs two adjusters
    uint16 depositBps; // of the disputed difference
    uint64 depositCap; // token units
}

/// @notice Everything an indemnity product promises. Immutable: it is part of the product's own code.
/// @dev Hashed as an EIP-712 struct (`TypedIndemnity.termsHash`); `domain` computes the same hash.
struct IndemnityTerms {
    address treasury; // pays, and holds the capital; its asset is the settlement token
    address quorum; // the `OracleQuorum` whose signatures count
    address desk; // the `ClaimsDesk` that handles claims
    address disbursement; // the `Disbursement` for payment institutions; zero: none
    bytes32 clauseRoot; // Merkle root over the clauses people read
    bytes32 documentHash; // keccak256 of the canonical product document
    uint64 minSumInsured; // token units
    uint64 maxSumInsured; // token units, below 2^56
    uint64 minPremium; // token units
    uint32 periodSeconds; // how long a policy runs
    uint32 maxLeadSeconds; // cover may start this long after bind
    uint8 minSignatures; // at least this many oracle signatures, whatever the set's own threshold
    TierTable tiers;
    ClaimRules claims;
    Coverage[] coverages; // 1 to 4
    uint32[] waitingSeconds; // by peril, 1 to 32: losses this soon after the start are not insured
}

/// @notice One application as the oracle sees it.
struct RiskAssessment {
    uint256 applicationId; // random; used once for one product
    uint16 score; // hundredths of a point, 0 to 10,000
    uint16 lossRatioBps; // expected
    RiskTier tier; // what score and ratio give
    uint32 ratePpb; // standard premium, parts per billion of the sum insured
    uint64 sumInsuredCap; // token units; most the risk bears
    uint32 exclusions; // clauses to exclude for this risk, a bitmap
    bytes32 commitment; // salted hash of the applicant's data, which stays off chain
}

/// @notice What a quorum of oracle nodes says of a batch of applications.
struct UnderwritingReport {
    uint256 chainId;
    address product;
    uint32 signerEpoch;
    uint40 observedAt; // unix seconds
    uint40 validUntil; // unix seconds
    bytes32 modelHash; // version of the model that assessed it
    RiskAssessment[] assessments;
}

/// @notice What the underwriter offers, and the holder accepts word for word.
struct IndemnityQuote {
    uint256 applicationId;
    address holder; // owns the policy
    address beneficiary; // is paid; zero: the holder
    address payer; // of the premium: the holder, or the disbursement contract for an institution's collection
    address underwriter; // signs the offer
    bytes32 subject; // salted hash of what is insured
    uint64 sumInsured; // token units
    uint64 premium; // token units
    uint32 exclusions; // bitmap of clauses that do not apply to this policy
    Measure measure;
    uint40 startsAt; // unix seconds; the past means: at bind
    uint40 validUntil; // unix seconds
    uint64 renews; // policy this one goes on from; zero: none
}

/// @notice One policy to be bound.
struct IndemnityBinding {
    uint256 assessment; // index into the report's assessments
    IndemnityQuote quote;
    bytes underwriterSignature; // EIP-712 `IndemnityQuote`
    bytes acceptance; // EIP-712 `IndemnityAcceptance` by the holder; empty when the holder sends the transaction
    address[] committee; // members who sign, ascending; empty unless the score asks for them
    bytes[] committeeSignatures; // EIP-712 `IndemnityQuote`, one for each
}

/// @notice A change to a policy that underwriter and holder sign.
struct Endorsement {
    uint256 policyId;
    uint16 sequence; // number of endorsements before
    uint64 sumInsured; // token units
    uint64 premiumChange; // token units: extra premium for a higher sum, premium returned for a lower one
    uint32 exclusions;
    address beneficiary; // zero: the holder
    address underwriter;
    uint40 effectiveAt; // unix seconds; the price is that of this moment
    uint40 validUntil; // unix seconds
}

/// @notice A holder's order to end a policy.
struct Cancellation {
    uint256 policyId;
    uint16 sequence; // number of endorsements before
    uint40 validUntil; // unix seconds
}

/// @notice A policy in force, or one that was. What a claim's payment reads is all in slot 1.
struct IndemnityPolicy {
    address holder; // slot 0: bytes 0-19
    uint40 startsAt; // slot 0: bytes 20-24
    uint40 endsAt; // slot 0: bytes 25-29
    bool isRenewal; // slot 0: byte  30    no waiting periods
    bool isRenewed; // slot 0: byte  31    by another policy
    uint64 sumInsured; // slot 1: bytes 0-7   token units
    uint64 premium; // slot 1: bytes 8-15  for the whole period at the present sum insured, token units
    uint64 unearned; // slot 1: bytes 16-23 of what was paid, as the treasury knows it, token units
    uint32 exclusions; // slot 1: bytes 24-27
    uint8 sequence; // slot 1: byte  28    endorsements so far
    bool hasBeneficiary; // slot 1: byte  29    another than the holder is paid
    RiskTier tier; // slot 1: byte  30
    bool isClosed; // slot 1: byte  31    nothing can be claimed any more
}

/// @notice What a policy promised before an endorsement: one slot.
struct PolicyVersion {
    uint64 sumInsured; // slot 0: bytes 0-7   token units
    uint40 endedAt; // slot 0: bytes 8-12  unix seconds; losses after it are not settled on it
    uint32 exclusions; // slot 0: bytes 13-16
    uint64 premium; // slot 0: bytes 17-24 for the whole period, token units
}

/// @notice What was lost by what, and when.
struct Cause {
    uint8 coverage; // index into the terms' coverages
    uint8 peril; // index into the terms' perils
    uint40 occurredAt; // unix seconds
}

/// @notice What the desk learns when it opens a claim.
struct ClaimOpening {
    uint32 ordinal; // of the claim on its policy
    address payee;
    uint64 reserve; // token units locked for it
}

/// @notice A claim, as the desk asks about it.
struct ClaimQuery {
    uint256 policyId;
    Cause cause;
    uint64 claimed; // loss, token units
    uint64 loss; // another loss to be valued, token units
    uint64 reserve; // of the claim, token units
    uint64 paid; // on the claim so far, token units
    uint64 apart; // reserved for other claims on the coverage and to be left out, token units
    uint64 apartInAll; // reserved for other claims on the policy and to be left out, token units
}

/// @notice What the desk has to know of product, policy and coverage to go on with a claim.
struct ClaimTerms {
    address treasury;
    address quorum;
    address disbursement;
    address holder; // of the policy; zero where it can only be the claimant
    bytes32 clauseRoot;
    uint8 minSignatures;
    RiskTier tier;
    uint32 exclusions; // in force when the loss occurred
    uint64 full; // still payable for all that was claimed, token units
    uint64 worth; // still payable for the other loss, token units
    uint64 own; // as `full`, of the limits only the claim's own kept, token units
    uint256[2] rules; // see `TermsCode.unpackRules`
}

/// @notice A change of a claim's reserve, with what is paid at the same time. Token units.
struct ClaimPayment {
    uint256 claimId;
    address payee;
    address via; // where the tokens go instead, on their way to the payee; zero: straight to the payee
    uint64 reserveBefore;
    uint64 reserveAfter;
    uint64 indemnity;
    uint64 interest;
}

/// @notice Who asks the rules, and under which terms.
struct RuleContext {
    uint256[] words; // the terms, see `TermsCode`
    bytes32 domain; // the product's EIP-712 domain separator
    address product;
    address sender; // of the product's call
}

/// @notice A policy as an endorsement finds it.
struct PolicyStanding {
    IndemnityPolicy policy;
    uint256 changedAt; // when the last endorsement takes effect, unix seconds; 0: none
    uint256 used; // paid or reserved, token units
    uint256 cap; // most the risk bears, as the report said it was bound on, token units; 0: what the terms allow
}
