// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Cancellation,
    Cause,
    ClaimOpening,
    ClaimPayment,
    ClaimQuery,
    ClaimTerms,
    Endorsement,
    IndemnityBinding,
    IndemnityPolicy,
    Measure,
    RiskTier,
    UnderwritingReport
} from "../types/IndemnityTypes.sol";
import {ILockedPolicyToken} from "./ILockedPolicyToken.sol";
import {IReportRules} from "./IReportRules.sol";
import {ISaleRules} from "./ISaleRules.sol";

/// @notice A product that pays an assessed loss: sells, changes and ends policies, and keeps their limits. Claims are
/// handled by the `ClaimsDesk` of its terms.
/// @dev A policy is a locked ERC-721; its id is its number, from 1. A policy's limits are those in force when the loss
/// occurred. Amounts are token units.
interface IIndemnityProduct is IReportRules, ISaleRules, ILockedPolicyToken {
    /// @notice A quorum assessed applications; policies bound on it follow in the same transaction.
    /// @dev `sale` is the call's arguments, ABI-encoded: (UnderwritingReport, bytes[], IndemnityBinding[]), so that every
    /// signature stays in the log.
    event ApplicationsAssessed(bytes32 indexed digest, bytes sale);
    /// @notice A policy is in force, as it is kept; `beneficiary` zero: the holder.
    event IndemnityPolicyBound(
        uint256 indexed policyId,
        address indexed holder,
        uint256 indexed applicationId,
        IndemnityPolicy policy,
        address beneficiary
    );
    /// @notice A policy changed. `premium` is what it now costs for its whole period.
    event PolicyEndorsed(
        uint256 indexed policyId, Endorsement order, uint64 premium, bytes underwriterSignature, bytes acceptance
    );
    /// @notice A policy ended at its holder's order.
    event PolicyCancelled(
        uint256 indexed policyId, uint40 endsAt, uint64 premiumReturned, Cancellation order, bytes signature
    );
    /// @notice Nothing can be claimed under the policy any more; what it had locked is free.
    event PolicyClosed(uint256 indexed policyId, uint256 exposure);
    /// @notice What the policy has not earned yet is now this much.
    event PolicyPremiumEarned(uint256 indexed policyId, uint64 unearned);

    /// @notice The tier is not what score and loss ratio give.
    error TierMismatch(uint256 applicationId, RiskTier reported, RiskTier computed);
    /// @notice The product does not insure high risks.
    error RiskRefused(uint256 applicationId, uint16 score, uint16 lossRatioBps);
    /// @notice The tier does not allow this measure.
    error MeasureNotAllowed(uint256 applicationId, RiskTier tier, Measure measure);
    /// @notice The quote excludes other clauses than its measure asks for.
    error ExclusionsMismatch(uint256 applicationId, uint32 quoted, uint32 needed);
    /// @notice A score above the terms' limit needs three of the underwriting committee.
    error CommitteeTooSmall(uint256 applicationId, uint256 signed, uint256 needed);
    /// @notice Committee members are listed in ascending order, without repeats.
    error CommitteeOrderInvalid(address previous, address next);
    /// @notice The signer is not of the underwriting committee.
    error CommitteeMemberInvalid(address member);
    /// @notice The committee's member did not sign this quote.
    error CommitteeSignatureInvalid(address member);
    /// @notice The premium is paid by the holder, or by the disbursement contract of the terms.
    error PayerInvalid(address payer);
    /// @notice The beneficiary is the treasury or this contract.
    error BeneficiaryInvalid(address beneficiary);
    /// @notice Cover may start at most `latest`.
    error StartTooLate(uint40 startsAt, uint256 latest);
    /// @notice A policy is renewed by its own holder, once, to start when it ends, before it ends.
    error RenewalInvalid(uint64 renews, uint40 startsAt, uint40 endsAt);
    /// @notice There is no such policy.
    error PolicyUnknown(uint256 policyId);
    /// @notice The policy has ended.
    error PolicyEnded(uint256 policyId, uint40 endsAt, uint256 now_);
    /// @notice The policy is closed.
    error PolicyAlreadyClosed(uint256 policyId);
    /// @notice The order was made for another version of the policy.
    error SequenceMismatch(uint256 policyId, uint16 ordered, uint16 actual);
    /// @notice The order's time is past.
    error OrderPastValidity(uint256 policyId, uint40 validUntil, uint256 now_);
    /// @notice A change takes effect from now on, before the policy ends, and not before the change before it.
    error EffectiveTimeInvalid(uint256 policyId, uint40 effectiveAt, uint256 earliest, uint256 latest);
    /// @notice A policy is endorsed at most {MAX_ENDORSEMENTS} times.
    error EndorsementsExhausted(uint256 policyId);
    /// @notice The price of the change is not what the terms give.
    error PremiumChangeMismatch(uint256 policyId, uint64 ordered, uint256 due);
    /// @notice Only a low risk may be insured higher, or with fewer exclusions, without a new report.
    error EndorsementNeedsReport(uint256 policyId, RiskTier tier);
    /// @notice The report the policy was bound on says that the risk bears no more than `cap`.
    error SumInsuredAboveCap(uint256 policyId, uint64 ordered, uint256 cap);
    /// @notice Under the policy more is paid or reserved than the sum insured is to be lowered to.
    error SumInsuredInUse(uint256 policyId, uint256 sumInsured, uint256 used);
    /// @notice Only the claims desk of the terms.
    error DeskRequired(address caller);
    /// @notice The policy has no such coverage.
    error CoverageUnknown(uint256 policyId, uint256 coverage);
    /// @notice The coverage does not insure this peril.
    error PerilNotCovered(uint256 coverage, uint256 peril);
    /// @notice The loss occurred before cover began (waiting period counted), or after it ended.
    error LossOutsideCover(uint256 policyId, uint40 occurredAt, uint256 coverFrom, uint40 endsAt);
    /// @notice The loss lies in the future.
    error LossInFuture(uint40 occurredAt, uint256 now_);
    /// @notice The loss was notified too late.
    error NoticeTooLate(uint40 occurredAt, uint256 latest, uint256 now_);
    /// @notice A policy has at most {MAX_CLAIMS} claims.
    error ClaimsExhausted(uint256 policyId);
    /// @notice Indemnities would exceed what the coverage pays.
    error CoverageLimitExceeded(uint256 policyId, uint256 coverage, uint256 needed, uint256 limit);
    /// @notice Indemnities would exceed the sum insured.
    error SumInsuredExceeded(uint256 policyId, uint256 needed, uint256 sumInsured);
    /// @notice Something may still be claimed under the policy.
    error PolicyStillOpen(uint256 policyId, uint256 opensAt);
    /// @notice One of the policy's claims is not final.
    error ClaimNotFinal(uint256 claimId);

    /// @notice Sells policies on one underwriting report. Anyone may hand it in: every binding carries the signatures
    /// of underwriter and holder, of the committee where the score asks for it, and the report those of the quorum.
    /// @dev Takes the premiums by allowance to the treasury, or from the disbursement contract where an institution
    /// collected them. Cover starts at the later of `startsAt` and now; a renewal goes on where the old policy ends and
    /// has no waiting periods. Reverts: every error of {ISaleRules} and {IReportRules}, {TierMismatch}, {RiskRefused},
    /// {MeasureNotAllowed}, {ExclusionsMismatch}, {CommitteeTooSmall}, {CommitteeOrderInvalid},
    /// {CommitteeMemberInvalid}, {CommitteeSignatureInvalid}, {PayerInvalid}, {BeneficiaryInvalid}, {StartTooLate},
    /// {RenewalInvalid}, and what quorum, treasury and token revert with.
    /// @param bindings 1 to 100.
    function bind(UnderwritingReport calldata report, bytes[] calldata signatures, IndemnityBinding[] calldata bindings)
        external
        returns (uint256[] memory policyIds);

    /// @notice Changes sum insured, exclusions or beneficiary at the order of underwriter and holder. Anyone may hand
    /// it in.
    /// @dev A higher sum costs, and a lower one returns, premium for the rest of the period (rule S15). Losses before
    /// `effectiveAt` are settled on the terms before; what the higher of the sums may cost stays locked. Reverts:
    /// {PolicyUnknown}, {PolicyEnded}, {SequenceMismatch}, {OrderPastValidity}, {EffectiveTimeInvalid},
    /// {EndorsementsExhausted}, {SumInsuredOutOfRange}, {SumInsuredInUse}, {EndorsementNeedsReport},
    /// {SumInsuredAboveCap}, {PremiumChangeMismatch}, {BeneficiaryInvalid}, {UnderwriterNotAuthorised}, {UnderwriterSignatureInvalid},
    /// {AcceptanceInvalid}, and what the treasury reverts with.
    function endorse(Endorsement calldata order, bytes calldata underwriterSignature, bytes calldata acceptance)
        external;

    /// @notice Ends a policy now, at the holder's order. Anyone may hand it in. Premium for the rest of the period goes
    /// back if nothing was claimed (rule S14); losses until now can still be notified.
    /// @dev `signature` may be empty when the holder sends the transaction. Reverts: {PolicyUnknown}, {PolicyEnded},
    /// {SequenceMismatch}, {OrderPastValidity}, {AcceptanceInvalid}, and what the treasury reverts with.
    function cancel(Cancellation calldata order, bytes calldata signature) external returns (uint64 premiumReturned);

    /// @notice Closes policies nothing can be claimed under any more, and frees what they had locked. Anyone may call.
    /// @dev Reverts: {PolicyUnknown}, {PolicyAlreadyClosed}, {PolicyStillOpen}, {ClaimNotFinal}.
    function closePolicies(uint256[] calldata policyIds) external;

    /// @notice Tells the treasury how much of these policies' premium has been earned by now. Anyone may call.
    /// @dev Reverts: {PolicyUnknown}.
    /// @return earned Since the last time, token units.
    function earnPremiums(uint256[] calldata policyIds) external returns (uint256 earned);

    /// @notice Suspends or resumes sale. Only a guardian of the insurer. Never touches policies in force.
    function suspendSales(bool suspended) external;

    /// @notice Opens a claim: checks cover, locks a reserve. Only the desk.
    /// @dev Reverts: {DeskRequired}, {PolicyUnknown}, {PolicyAlreadyClosed}, {CoverageUnknown}, {PerilNotCovered},
    /// {LossInFuture}, {LossOutsideCover}, {NoticeTooLate}, {ClaimsExhausted}.
    /// @param cause What was lost by what, and when.
    /// @param claimed Loss claimed, token units.
    /// @param paid Paid on this loss under the claim it supersedes, token units.
    /// @param reopened It supersedes a closed claim: the window for notice does not count.
    function openClaim(uint256 policyId, Cause calldata cause, uint64 claimed, uint64 paid, bool reopened)
        external
        returns (ClaimOpening memory opening);

    /// @notice Pays a claim, or nothing, and sets its reserve anew. Only the desk.
    /// @dev Reverts: {DeskRequired}, {CoverageLimitExceeded}, {SumInsuredExceeded}, and what the treasury reverts with.
    /// @return delivered Whether tokens have arrived; else they are held for the payee, or there was nothing to pay.
    function payClaim(Cause calldata cause, ClaimPayment calldata payment) external returns (bool delivered);

    /// @notice What the desk has to know to go on with a claim, and what is still payable for two losses: the indemnity
    /// within the claim's, the coverage's and the policy's limits, less what was paid on the claim.
    /// @dev Rules S11 and S12. The claim's own reserve does not stand in its way. Does not check that there is such a
    /// policy: without one nothing is payable. Reverts: {CoverageUnknown}.
    function claimTerms(ClaimQuery calldata query) external view returns (ClaimTerms memory);

    /// @notice The insurer's AccessManager.
    function authority() external view returns (address);

    /// @notice The product's terms as its code carries them; `IPolicyRules.termsOf` gives them field by field.
    function termsWords() external view returns (uint256[] memory);

    /// @notice The hash that binds clauses, document and parameters.
    function termsHash() external view returns (bytes32);

    /// @notice A policy. All zero if there is none.
    function policy(uint256 policyId) external view returns (IndemnityPolicy memory);

    /// @notice Policies from a number on, at most `limit`.
    function policiesFrom(uint256 from, uint256 limit) external view returns (IndemnityPolicy[] memory page);

    /// @notice How many policies were ever bound; they are numbered from 1.
    function policyCount() external view returns (uint256);

    /// @notice Who is paid under a policy.
    function payeeOf(uint256 policyId) external view returns (address);

    /// @notice Paid and reserved under each coverage, and how many claims there were.
    function coverageUse(uint256 policyId) external view returns (uint256[4] memory used, uint32 claims);

    /// @notice What the policy has locked in the treasury, its open claims' reserves not counted.
    function exposureOf(uint256 policyId) external view returns (uint256);

    /// @notice Whether an application was bound.
    function isApplicationUsed(uint256 applicationId) external view returns (bool);

    /// @notice Whether sale is suspended.
    function salesSuspended() external view returns (bool);

    /// @notice EIP-712 domain separator for quotes, acceptances, orders and reports.
    function domainSeparator() external view returns (bytes32);
}
