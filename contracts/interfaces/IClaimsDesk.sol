// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Claim,
    ClaimOrder,
    ClaimOutcome,
    ClaimState,
    Decision,
    InstalmentPlan,
    LossReport,
    Notice
} from "../types/ClaimTypes.sol";
import {IAdjusterAuthority} from "./IAdjusterAuthority.sol";
import {IDisputeCourt} from "./IDisputeCourt.sol";
import {IDisputePanel} from "./IDisputePanel.sol";
import {IIncidentRegistry} from "./IIncidentRegistry.sol";
import {IProductFactory} from "./IProductFactory.sol";
import {IReportRules} from "./IReportRules.sol";

/// @notice The life of an indemnity claim: notice, report, decision, dispute, end. One desk serves every insurer; who
/// may do what for a claim is asked of the AccessManager behind the claim's product.
/// @dev The machine (a quorum's report) pays or refers; only people deny, and only with a reason and a clause. Amounts
/// are token units. A claim's id names its product, policy and ordinal (`ClaimIds`).
interface IClaimsDesk is IDisputeCourt, IReportRules {
    /// @notice A loss was notified. `evidenceRoot` commits to the evidence.
    event ClaimNoticed(
        uint256 indexed claimId,
        address indexed claimant,
        uint8 coverage,
        uint8 peril,
        uint40 occurredAt,
        uint64 claimed,
        uint64 reserve,
        bytes32 evidenceRoot,
        address notifiedBy
    );
    /// @notice New evidence opened a claim that supersedes a final one; {ClaimNoticed} comes with it.
    event ClaimReopened(uint256 indexed claimId, uint256 indexed superseded, uint64 paidBefore);
    /// @notice The insurer has seen the claim.
    event ClaimAcknowledged(uint256 indexed claimId, address indexed adjuster);
    /// @notice A quorum reported on the claim.
    /// @dev `report` is the call's arguments, ABI-encoded: (LossReport, bytes[]), so that the signatures stay in the log.
    event LossReported(uint256 indexed claimId, bytes32 indexed digest, bytes report);
    /// @notice The machine left something to a person. `reasons`: bit 0 risk tier, 1 amount, 2 fraud score, 3 confidence,
    /// 4 an exclusion, 5 no incident named, 6 an incident claimed before, 7 nothing to pay, 8 paid only in part.
    event ClaimReferred(uint256 indexed claimId, uint256 reasons, uint64 reserve);
    /// @notice The reserve was estimated anew.
    event ClaimReestimated(uint256 indexed claimId, address indexed adjuster, uint64 from, uint64 to);
    /// @notice A person decided. `granted` is the indemnity of this decision, `disputable` what was not granted.
    /// @dev `decision` is the call's arguments, ABI-encoded: (Decision, address, bytes). What is paid stands in the
    /// treasury's `ClaimPaid`.
    event ClaimDecided(
        uint256 indexed claimId,
        address indexed adjuster,
        ClaimOutcome outcome,
        uint64 granted,
        uint64 disputable,
        bytes decision
    );
    /// @notice The claimant went to the panel, after a decision or after silence.
    event ClaimDisputed(
        uint256 indexed claimId, uint256 indexed disputeId, uint64 disputed, uint64 deposit, bool escalated
    );
    /// @notice The panel decided. `granted` is at most what was disputed.
    event ClaimAwarded(uint256 indexed claimId, uint64 granted, uint16 reasonCode, bytes32 clause);
    /// @notice The claim is final.
    event ClaimClosed(uint256 indexed claimId, ClaimOutcome outcome, uint64 paid);
    /// @notice The claimant wants to be paid through this institution; 0: straight.
    event InstitutionChosen(uint256 indexed claimId, uint32 institution);

    /// @notice The claim is not in a state for this.
    error ClaimNotInState(uint256 claimId, ClaimState state);
    /// @notice Only the policy's holder, or who is paid under it, gives notice.
    error ClaimantInvalid(uint256 policyId, address caller);
    /// @notice Only the claimant.
    error ClaimantRequired(uint256 claimId, address caller);
    /// @notice The signer did not sign this.
    error ClaimSignatureInvalid(address signer);
    /// @notice The signature's time is past.
    error ClaimOrderExpired(uint256 deadline, uint256 now_);
    /// @notice A claim is for something.
    error ClaimedNothing();
    /// @notice The network's factory did not make this product.
    error ProductUnknown(address product);
    /// @notice The report was made before the claim was notified.
    error ReportBeforeNotice(uint256 claimId, uint40 observedAt, uint40 noticedAt);
    /// @notice A claim's reserve is at most what can be paid on it.
    error ReserveAboveWorth(uint256 claimId, uint64 reserve, uint64 most);
    /// @notice What other claims have reserved leaves less than was awarded. Free once they are decided.
    error LimitsInUse(uint256 claimId, uint64 awarded, uint64 payable_);
    /// @notice 2 to 60 instalments, 1 to 31 days apart, of at least one unit each.
    error InstalmentsInvalid(uint256 claimId, uint8 instalments, uint32 intervalSeconds);
    /// @notice No instalment is due yet.
    error InstalmentNotDue(uint256 claimId, uint256 nextDue, uint256 now_);
    /// @notice No instalments are to come.
    error NoInstalments(uint256 claimId);
    /// @notice The insurer still has time.
    error DeadlineNotPassed(uint256 claimId, uint256 deadline, uint256 now_);
    /// @notice There is nothing left to dispute.
    error NothingDisputed(uint256 claimId);
    /// @notice The time for it is over.
    error WindowClosed(uint256 claimId, uint256 closedAt, uint256 now_);
    /// @notice The claimant still has time to dispute, or instalments are to come.
    error WindowOpen(uint256 claimId, uint256 closesAt, uint256 now_);
    /// @notice The claim was superseded already.
    error ClaimSuperseded(uint256 claimId, uint256 by);
    /// @notice The panel's word is final.
    error PanelDecisionFinal(uint256 claimId);
    /// @notice A loss is reopened at most so often.
    error ReopeningsExhausted(uint256 claimId, uint256 most);
    /// @notice Only the panel awards.
    error PanelRequired(address caller);

    /// @notice Gives notice of a loss. The policy's holder, or who is paid under it.
    /// @dev Locks a reserve. Does not check that the network knows the product: what touches incidents, panel or
    /// institutions does. Reverts: {ClaimedNothing}, {ClaimantInvalid}, and what the product reverts with.
    function notify(Notice calldata notice) external returns (uint256 claimId);

    /// @notice Gives notice by signature (EIP-712 `LossNotice`, ERC-1271 too). Anyone may hand it in.
    /// @dev Uses the signer's nonce. Reverts: {ClaimOrderExpired}, {ClaimSignatureInvalid}, else as {notify}.
    /// @param deadline Unix seconds.
    function notifyFor(Notice calldata notice, address signer, uint40 deadline, bytes calldata signature)
        external
        returns (uint256 claimId);

    /// @notice Says that the insurer has seen the claim. An adjuster.
    /// @dev Reverts: {ClaimNotInState}, {AdjusterRequired}.
    function acknowledge(uint256 claimId) external;

    /// @notice Hands in what a quorum says of a claim. Anyone may call. Pays at once what tier, amount, fraud score,
    /// confidence, exclusions and incidents let the machine pay, and refers the rest to a person. Never denies.
    /// @dev Reverts: {ClaimNotInState} unless noticed or acknowledged, every error of {IReportRules},
    /// {ReportBeforeNotice}, {ProductUnknown}, and what quorum, product and treasury revert with.
    /// @return indemnity Paid at once.
    function reportLoss(LossReport calldata report, bytes[] calldata signatures) external returns (uint64 indemnity);

    /// @notice Estimates a claim's reserve anew. An adjuster.
    /// @dev Changes nothing about what the claim is worth, nor what others can dispute. Reverts: {ClaimNotInState},
    /// {AdjusterRequired}, {ReserveAboveWorth}, and what the product reverts with.
    function reestimate(uint256 claimId, uint64 reserve) external;

    /// @notice Grants all, part or nothing of a claim. An adjuster. What is granted is paid in this transaction (or its
    /// first instalment); what is not can be disputed.
    /// @dev Every decision has a reason and a clause proven against the terms. Reverts: {ClaimNotInState},
    /// {AdjusterRequired}, {OwnClaim}, {ReasonMissing}, {ClauseNotProven}, {LossAboveClaimed}, {DecisionExpired},
    /// {MachineCannotDeny}, {SecondSignatureRequired}, {SecondSignatureInvalid}, {AuthorityExceeded},
    /// {DailyAuthorityExceeded} (all of `IAdjusterAuthority`), {InstalmentsInvalid}, and what product and treasury
    /// revert with.
    /// @param second Another adjuster who signed (EIP-712 `Decision`); zero: none.
    function decide(Decision calldata decision, address second, bytes calldata secondSignature)
        external
        returns (uint64 granted);

    /// @notice Pays the next instalment. Anyone may call once it is due.
    /// @dev Reverts: {NoInstalments}, {InstalmentNotDue}, and what product and treasury revert with.
    function payInstalment(uint256 claimId) external returns (uint64 indemnity);

    /// @notice Pays all instalments that are to come, at once. The claimant, at any time: they are for the claimant's good.
    /// @dev Reverts: {ClaimantRequired}, {ClaimNotInState}, {NoInstalments}, and what product and treasury revert with.
    function takeInstalments(uint256 claimId) external returns (uint64 indemnity);

    /// @notice Takes a claim back before it is decided. The claimant.
    /// @dev What the machine paid stays paid. Reverts: {ClaimantRequired}, {ClaimNotInState}.
    function withdraw(uint256 claimId) external;

    /// @notice Brings a claim before the panel because the insurer neither acknowledged nor decided in time. The
    /// claimant. Costs no deposit.
    /// @dev Reverts: {ClaimantRequired}, {ClaimNotInState}, {DeadlineNotPassed}, {NothingDisputed}, {ProductUnknown}.
    function escalate(uint256 claimId) external returns (uint256 disputeId);

    /// @notice Brings what was not granted before the panel. The claimant, inside the window.
    /// @dev Takes a deposit by allowance to the panel; see `ClaimsLens.depositFor`. Reverts: {ClaimantRequired},
    /// {ClaimNotInState}, {WindowClosed}, {NothingDisputed}, {ProductUnknown}, and what the panel reverts with.
    function dispute(uint256 claimId) external returns (uint256 disputeId);

    /// @notice Opens a new claim on new evidence for a final one. The claimant, inside the window.
    /// @dev Reverts: {ClaimantRequired}, {ClaimNotInState}, {PanelDecisionFinal}, {ClaimSuperseded},
    /// {ReopeningsExhausted}, {WindowClosed}, {ClaimedNothing}, and what the product reverts with. At most three times.
    /// @param claimed Whole loss, what was paid on it included.
    function reopen(uint256 claimId, uint64 claimed, bytes32 evidenceRoot) external returns (uint256 successor);

    /// @notice Says through which institution the claimant wants to be paid; 0: straight. The claimant.
    /// @dev Reverts: {ClaimantRequired}, {ClaimNotInState}, {ProductUnknown}.
    function chooseInstitution(uint256 claimId, uint32 institution) external;

    /// @notice Does one of the five above at the claimant's signed order (EIP-712 `ClaimOrder`, ERC-1271 too). Anyone
    /// may hand it in.
    /// @dev Reverts: {ClaimOrderExpired}, {ClaimSignatureInvalid}, `InvalidAccountNonce`, else as the action does.
    function orderFor(ClaimOrder calldata order, bytes calldata signature) external returns (uint256 result);

    /// @notice Closes a decided claim whose time for dispute is over, and frees its reserve. Anyone may call.
    /// @dev Reverts: {ClaimNotInState}, {WindowOpen}.
    function close(uint256 claimId) external;

    /// @notice A claim; state `None` if there is none.
    function claim(uint256 claimId) external view returns (Claim memory);

    /// @notice Whether nothing can happen to the claim any more.
    function isFinal(uint256 claimId) external view returns (bool);

    /// @notice Claim that supersedes this one; 0: none.
    function supersededBy(uint256 claimId) external view returns (uint256);

    /// @notice Instalments still to come.
    function instalments(uint256 claimId) external view returns (InstalmentPlan memory);

    /// @notice Institution the claimant wants to be paid through; 0: straight.
    function institutionOf(uint256 claimId) external view returns (uint32);

    /// @notice How often a loss can be reopened. Without an end to it, a claimant could keep a policy's capital locked
    /// by one reopening after the other.
    function MAX_REOPENINGS() external view returns (uint8);

    /// @notice Whose products the desk serves.
    function factory() external view returns (IProductFactory);

    /// @notice Where it is known which losses were claimed before.
    function incidents() external view returns (IIncidentRegistry);

    /// @notice Who decides disputes.
    function panel() external view returns (IDisputePanel);

    /// @notice What adjusters may decide.
    function adjusters() external view returns (IAdjusterAuthority);

    /// @notice EIP-712 domain separator for reports, notices, orders and second signatures.
    function domainSeparator() external view returns (bytes32);
}
