// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Binding,
    EventReport,
    InsuredEvent,
    Outcome,
    ParametricTerms,
    Policy,
    Quote,
    RiskReport
} from "../types/ParametricTypes.sol";
import {ILockedPolicyToken} from "./ILockedPolicyToken.sol";
import {IReportRules} from "./IReportRules.sol";
import {ISaleRules} from "./ISaleRules.sol";

/// @notice A product that pays on a measured value: sells policies, takes reports, settles in batches.
/// @dev A policy is a locked ERC-721. Settlement goes through an event's policies in the order they were bound,
/// so none is paid twice and none is passed over.
interface IParametricProduct is IReportRules, ISaleRules, ILockedPolicyToken {
    /// @notice A quorum assessed applications; policies bound on it follow in the same transaction.
    event RisksReported(bytes32 indexed digest, RiskReport report, bytes[] signatures);
    /// @notice A policy is in force.
    event PolicyBound(
        uint256 indexed policyId,
        address indexed holder,
        uint256 indexed applicationId,
        Quote quote,
        bytes underwriterSignature,
        bytes acceptance
    );
    /// @notice A quorum reported how events ended.
    event EventsReported(bytes32 indexed digest, EventReport report, bytes[] signatures);
    /// @notice The outcome of an event is final.
    event EventClosed(uint256 indexed eventId, Outcome outcome, int32 value, uint16 shareBps);
    /// @notice A policy was settled for an amount above zero.
    event PolicySettled(uint256 indexed policyId, address indexed payee, uint256 amount);
    /// @notice Policies number `from` to `to` - 1 of an event are settled.
    event PoliciesSettled(uint256 indexed eventId, uint256 from, uint256 to, uint256 exposure, uint256 paid);

    // Reports
    /// @notice The report was made before the event could have happened.
    error EventNotDue(uint256 eventId, uint40 occursAt, uint40 observedAt);
    /// @notice Nothing is insured on this event.
    error EventUnknown(uint256 eventId);
    /// @notice The event's outcome is final: a report counts once.
    error EventAlreadyClosed(uint256 eventId, Outcome outcome);
    /// @notice A report says measured, cancelled or diverted, and a value only if measured.
    error MeasurementInvalid(uint256 eventId, Outcome outcome, int32 value);
    /// @notice The event has no outcome yet.
    error EventStillOpen(uint256 eventId);
    /// @notice The quorum may still report until this time.
    error ReportWindowOpen(uint256 eventId, uint256 closesAt, uint256 now_);
    /// @notice All policies of these events are settled.
    error NothingToSettle();

    // Bind
    /// @notice Quote and assessment speak of different events.
    error EventMismatch(uint256 quoted, uint256 assessed);
    /// @notice Quote, assessment and earlier policies must agree when the event occurs.
    error OccursAtMismatch(uint40 quoted, uint40 known);
    /// @notice The event's text is empty or longer than 128 bytes.
    error InsuredEventTextInvalid(uint256 length);
    /// @notice The event lies outside the product's period.
    error EventOutsidePeriod(uint40 occursAt, uint40 periodStart, uint40 periodEnd);
    /// @notice Sale for this event is open from `opensAt` to `closesAt` only.
    error SaleClosed(uint40 occursAt, uint256 opensAt, uint256 closesAt);
    /// @notice The product insures no more than `most` on one event.
    error EventExposureTooLarge(uint256 eventId, uint256 exposure, uint256 most);

    /// @notice Binds policies on one risk report: checks price and limits, takes the premiums, locks exposure.
    /// @dev Anyone may send it: parties are bound by their signatures. All or nothing. Cover starts here, because
    /// the premium arrives here.
    /// Reverts: {ReportForOtherChain}, {ReportForOtherContract}, {ReportExpired}, {ReportFromFuture},
    /// {ReportSizeInvalid}, every error under "Bind", those of `IOracleQuorum.requireQuorum` and of
    /// `ITreasury.collectPremiums`.
    /// @return policyIds In the order of `bindings`.
    function bind(RiskReport calldata report, bytes[] calldata signatures, Binding[] calldata bindings)
        external
        returns (uint256[] memory policyIds);

    /// @notice Takes a quorum's report of how events ended. Anyone may hand it in.
    /// @dev Reverts: {ReportForOtherChain}, {ReportForOtherContract}, {ReportExpired}, {ReportFromFuture},
    /// {ReportSizeInvalid}, {EventUnknown}, {EventAlreadyClosed}, {EventNotDue}, {MeasurementInvalid}, and those of
    /// `IOracleQuorum.requireQuorum`.
    function reportEvents(EventReport calldata report, bytes[] calldata signatures) external;

    /// @notice Settles policies of closed events, oldest first, until `maxPolicies` have been paid for.
    /// @dev Anyone may call: the money can only go to the holders. Policies that are owed nothing cost no turn. At
    /// most 480 are paid for at once, whatever `maxPolicies` says: as many fit under 2^24 gas.
    /// Reverts: {EventStillOpen}, {NothingToSettle}, and those of `ITreasury.payBatch`.
    /// @return settled How many policies were settled.
    function settle(uint256[] calldata eventIds, uint256 maxPolicies) external returns (uint256 settled);

    /// @notice {reportEvents} and {settle} in one transaction.
    function reportAndSettle(EventReport calldata report, bytes[] calldata signatures, uint256 maxPolicies)
        external
        returns (uint256 settled);

    /// @notice Closes an event no quorum reported in time: {settle} then returns the premiums. Anyone may call.
    /// @dev Reverts: {EventUnknown}, {EventAlreadyClosed}, {ReportWindowOpen}.
    function closeUnreported(uint256 eventId) external;

    /// @notice Suspends or resumes sale. Only a guardian of the insurer, without a delay. Never touches policies in
    /// force.
    /// @dev Reverts: `AccessManagedUnauthorized`.
    function suspendSales(bool suspended) external;

    /// @notice The insurer's AccessManager: always the treasury's.
    function authority() external view returns (address);

    /// @notice The product's terms.
    function terms() external view returns (ParametricTerms memory);

    /// @notice The hash that binds clauses, document and parameters.
    function termsHash() external view returns (bytes32);

    /// @notice A policy. All zero if there is none. Settled policies stay readable.
    function policy(uint256 policyId) external view returns (Policy memory);

    /// @notice Whether a policy is settled.
    function isSettled(uint256 policyId) external view returns (bool);

    /// @notice An insured event.
    function insuredEvent(uint256 eventId) external view returns (InsuredEvent memory);

    /// @notice Whether an application was bound.
    function isApplicationUsed(uint256 applicationId) external view returns (bool);

    /// @notice Whether sale is suspended.
    function salesSuspended() external view returns (bool);

    /// @notice EIP-712 domain separator for quotes, acceptances and reports.
    function domainSeparator() external view returns (bytes32);
}
