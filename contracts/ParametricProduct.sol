// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {LockedPolicyToken} from "./LockedPolicyToken.sol";
import {SaleRules} from "./SaleRules.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {IParametricProduct} from "./interfaces/IParametricProduct.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {PayoutCurve} from "./libraries/PayoutCurve.sol";
import {PolicyIds} from "./libraries/PolicyIds.sol";
import {PremiumMath} from "./libraries/PremiumMath.sol";
import {TypedReports} from "./libraries/TypedReports.sol";
import {
    Assessment,
    Binding,
    EventReport,
    InsuredEvent,
    Measurement,
    Outcome,
    ParametricTerms,
    Payout,
    Permit,
    Policy,
    PremiumDue,
    Quote,
    RiskReport,
    StoredPolicy
} from "./types/ParametricTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title ParametricProduct
/// @notice Terms and policies that pay on a measured value.
/// @dev Runs as a clone whose code carries its terms: nothing in them can change. An event's policies are numbered
/// as they are bound; `settled` is how many of them, from the first, are done, so a policy is settled exactly once.
contract ParametricProduct is IParametricProduct, LockedPolicyToken, SaleRules, EIP712, ReentrancyGuardTransient {
    /// @dev One batch being settled: what to pay, and what exposure that frees.
    struct Batch {
        ParametricTerms terms;
        Payout[] payouts; // first `count` are filled
        uint256 count;
        uint256 settled;
        uint256 exposure;
    }

    uint256 public constant MAX_BINDINGS = 100;
    uint256 public constant MAX_SETTLE = 480;

    bool private _salesSuspended;
    mapping(uint256 word => uint256 bits) private _usedApplications;
    mapping(uint256 eventId => InsuredEvent) private _events;
    mapping(uint256 policyId => StoredPolicy) private _policies;

    constructor() EIP712("Quittance", "1") {}

    /// @inheritdoc IParametricProduct
    function bind(RiskReport calldata report, bytes[] calldata signatures, Binding[] memory bindings)
        external
        nonReentrant
        returns (uint256[] memory policyIds)
    {
        // Check
        if (_salesSuspended) revert SaleSuspended();
        if (bindings.length == 0 || bindings.length > MAX_BINDINGS) revert BindingCountInvalid(bindings.length);
        Sale memory sale = _newSale();
        _checkReport(report.chainId, report.product, report.observedAt, report.validUntil, report.assessments.length);
        bytes32 digest = MessageHashUtils.toTypedDataHash(sale.domain, TypedReports.hash(report));
        ParametricTerms memory t = sale.terms;
        IOracleQuorum(t.quorum).requireQuorum(digest, report.signerEpoch, t.minSignatures, signatures);
        emit RisksReported(digest, report, signatures);
        // Effect
        policyIds = new uint256[](bindings.length);
        PremiumDue[] memory dues = new PremiumDue[](bindings.length);
        Assessment[] calldata assessments = report.assessments;
        uint256 exposure = 0;
        for (uint256 i = 0; i < bindings.length; ++i) {
            Binding memory b = bindings[i];
            if (b.assessment >= assessments.length) revert AssessmentMissing(b.assessment, assessments.length);
            policyIds[i] = _bindOne(sale, assessments[b.assessment], b);
            (PremiumDue memory due, Quote memory q) = (dues[i], b.quote);
            (due.payer, due.premium) = (q.holder, q.premium);
            exposure += q.sumInsured;
        }
        // Interaction
        _permitEach(t.treasury, bindings);
        ITreasury(t.treasury).collectPremiums(dues, exposure);
    }

    /// @inheritdoc IParametricProduct
    function reportEvents(EventReport calldata report, bytes[] calldata signatures) external {
        _takeReport(terms(), report, signatures);
    }

    /// @inheritdoc IParametricProduct
    function settle(uint256[] calldata eventIds, uint256 maxPolicies) external nonReentrant returns (uint256 settled) {
        return _settle(terms(), eventIds, maxPolicies);
    }

    /// @inheritdoc IParametricProduct
    function reportAndSettle(EventReport calldata report, bytes[] calldata signatures, uint256 maxPolicies)
        external
        nonReentrant
        returns (uint256 settled)
    {
        ParametricTerms memory t = terms();
        _takeReport(t, report, signatures);
        uint256[] memory eventIds = new uint256[](report.measurements.length);
        for (uint256 i = 0; i < eventIds.length; ++i) {
            eventIds[i] = report.measurements[i].eventId;
        }
        return _settle(t, eventIds, maxPolicies);
    }

    /// @inheritdoc IParametricProduct
    function closeUnreported(uint256 eventId) external {
        // Check
        InsuredEvent storage e = _openEvent(eventId);
        uint256 closesAt = uint256(e.occursAt) + terms().reportWindowSeconds;
        if (block.timestamp <= closesAt) revert ReportWindowOpen(eventId, closesAt, block.timestamp);
        // Effect
        e.outcome = Outcome.NotReported;
        emit EventClosed(eventId, Outcome.NotReported, 0, 0);
    }

    /// @inheritdoc IParametricProduct
    function suspendSales(bool suspended) external {
        // Check
        (bool isGuardian, uint32 delay) = IAccessManager(authority()).hasRole(Roles.GUARDIAN, msg.sender);
        if (!isGuardian || delay != 0) revert IAccessManaged.AccessManagedUnauthorized(msg.sender);
        // Effect
        _salesSuspended = suspended;
        emit SalesSuspended(suspended);
    }

    /// @inheritdoc IParametricProduct
    function termsHash() external view returns (bytes32) {
        return TypedReports.termsHash(terms());
    }

    /// @inheritdoc IParametricProduct
    function policy(uint256 policyId) external view returns (Policy memory) {
        StoredPolicy memory p = _policies[policyId];
        if (p.holder == address(0)) return Policy({holder: address(0), sumInsured: 0, premium: 0});
        uint96 premium = uint96(_premiumOf(terms(), p));
        return Policy({holder: p.holder, sumInsured: p.sumInsured, premium: premium});
    }

    /// @inheritdoc IParametricProduct
    function isSettled(uint256 policyId) external view returns (bool) {
        (uint256 eventId, uint256 ordinal) = PolicyIds.split(policyId);
        return ordinal < _events[eventId].settled;
    }

    /// @inheritdoc IParametricProduct
    function insuredEvent(uint256 eventId) external view returns (InsuredEvent memory) {
        return _events[eventId];
    }

    /// @inheritdoc IParametricProduct
    function isApplicationUsed(uint256 applicationId) external view returns (bool) {
        return _usedApplications[applicationId >> 8] & (1 << (applicationId & 0xff)) != 0;
    }

    /// @inheritdoc IParametricProduct
    function salesSuspended() external view returns (bool) {
        return _salesSuspended;
    }

    /// @inheritdoc IParametricProduct
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IParametricProduct
    function terms() public view returns (ParametricTerms memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (ParametricTerms));
    }

    /// @inheritdoc IParametricProduct
    function authority() public view returns (address) {
        return IAccessManaged(terms().treasury).authority();
    }

    /// @inheritdoc ERC721
    function _ownerOf(uint256 policyId) internal view override returns (address) {
        return _policies[policyId].holder;
    }

    function _bindOne(Sale memory sale, Assessment memory assessed, Binding memory b)
        private
        returns (uint256 policyId)
    {
        Quote memory q = b.quote;
        // Check
        bytes32 textHash = keccak256(bytes(q.insuredEvent));
        uint256 eventId = PolicyIds.eventId(textHash);
        _checkSubject(q, assessed, eventId);
        _checkTimes(sale.terms, q);
        _checkAmounts(sale.terms, assessed, q);
        _checkParties(sale, b, textHash);
        // Effect
        _useApplication(q.applicationId);
        policyId = PolicyIds.policyId(eventId, _expose(eventId, q, sale.terms.maxEventExposure));
        _policies[policyId] = StoredPolicy({
            holder: q.holder, sumInsured: uint64(q.sumInsured), expectedSharePpb: assessed.expectedSharePpb
        });
        _announce(q.holder, policyId);
        emit PolicyBound(policyId, q.holder, q.applicationId, q, b.underwriterSignature, b.acceptance);
    }

    /// @dev Marks an application. A batch's applications share all but the lowest byte, so they share one slot.
    function _useApplication(uint256 applicationId) private {
        (uint256 used, uint256 bit) = (_usedApplications[applicationId >> 8], 1 << (applicationId & 0xff));
        if (used & bit != 0) revert ApplicationUsed(applicationId);
        _usedApplications[applicationId >> 8] = used | bit;
    }

    /// @dev Puts one more policy on an event. Returns its ordinal there.
    function _expose(uint256 eventId, Quote memory q, uint256 most) private returns (uint32 ordinal) {
        // Check
        InsuredEvent storage e = _events[eventId];
        (Outcome outcome, uint40 occursAt, uint256 exposure) = (e.outcome, e.occursAt, e.exposure);
        ordinal = e.policies;
        if (outcome != Outcome.Open) revert EventAlreadyClosed(eventId, outcome);
        if (ordinal > 0 && occursAt != q.occursAt) revert OccursAtMismatch(q.occursAt, occursAt);
        exposure += q.sumInsured;
        if (exposure > most) revert EventExposureTooLarge(eventId, exposure, most);
        // Effect
        (e.policies, e.exposure, e.occursAt) = (ordinal + 1, uint96(exposure), q.occursAt);
    }

    function _takeReport(ParametricTerms memory t, EventReport calldata report, bytes[] calldata signatures) private {
        // Check
        _checkReport(report.chainId, report.product, report.observedAt, report.validUntil, report.measurements.length);
        bytes32 digest = _hashTypedDataV4(TypedReports.hash(report));
        IOracleQuorum(t.quorum).requireQuorum(digest, report.signerEpoch, t.minSignatures, signatures);
        // Effect
        emit EventsReported(digest, report, signatures);
        for (uint256 i = 0; i < report.measurements.length; ++i) {
            _closeEvent(t, report.measurements[i], report.observedAt);
        }
    }

    function _closeEvent(ParametricTerms memory t, Measurement calldata m, uint40 observedAt) private {
        // Check
        InsuredEvent storage e = _openEvent(m.eventId);
        if (observedAt < e.occursAt) revert EventNotDue(m.eventId, e.occursAt, observedAt);
        bool measured = m.outcome == Outcome.Measured;
        bool named = measured || m.outcome == Outcome.Cancelled || m.outcome == Outcome.Diverted;
        if (!named || (!measured && m.value != 0)) revert MeasurementInvalid(m.eventId, m.outcome, m.value);
        // Effect
        uint16 share = t.divertedShareBps;
        if (measured) share = PayoutCurve.shareBps(t.thresholds, t.sharesBps, m.value);
        else if (m.outcome == Outcome.Cancelled) share = t.cancelledShareBps;
        (e.outcome, e.value, e.shareBps) = (m.outcome, m.value, share);
        emit EventClosed(m.eventId, m.outcome, m.value, share);
    }

    function _settle(ParametricTerms memory t, uint256[] memory eventIds, uint256 maxPolicies)
        private
        returns (uint256)
    {
        Batch memory batch;
        batch.terms = t;
        batch.payouts = new Payout[](Math.min(Math.min(maxPolicies, MAX_SETTLE), _countUnsettled(eventIds)));
        // Effect
        for (uint256 i = 0; i < eventIds.length; ++i) {
            _settleEvent(eventIds[i], batch);
        }
        if (batch.settled == 0) revert NothingToSettle();
        // Interaction
        ITreasury(t.treasury).payBatch(_filled(batch), batch.exposure);
        return batch.settled;
    }

    function _settleEvent(uint256 eventId, Batch memory batch) private {
        // Check
        InsuredEvent memory e = _events[eventId];
        if (e.outcome == Outcome.Open) revert EventStillOpen(eventId);
        uint256 from = e.settled;
        bool owed = e.outcome == Outcome.NotReported || e.shareBps > 0;
        uint256 to = owed ? Math.min(e.policies, from + (batch.payouts.length - batch.count)) : e.policies;
        if (to == from) return;
        // Effect
        (uint256 exposure, uint256 paid) = owed ? _owePolicies(eventId, e, to, batch) : (e.exposure, 0);
        (e.settled, e.exposure) = (uint32(to), uint96(e.exposure - exposure));
        _events[eventId] = e;
        batch.settled += to - from;
        batch.exposure += exposure;
        emit PoliciesSettled(eventId, from, to, exposure, paid);
    }

    /// @dev Adds what each policy from `e.settled` up to `to` is owed to the batch. Rules S2 and S4.
    function _owePolicies(uint256 eventId, InsuredEvent memory e, uint256 to, Batch memory batch)
        private
        returns (uint256 exposure, uint256 paid)
    {
        bool refund = e.outcome == Outcome.NotReported;
        for (uint256 ordinal = e.settled; ordinal < to; ++ordinal) {
            uint256 policyId = PolicyIds.policyId(eventId, ordinal);
            StoredPolicy memory p = _policies[policyId];
            uint256 amount = refund ? _premiumOf(batch.terms, p) : PayoutCurve.indemnity(p.sumInsured, e.shareBps);
            unchecked {
                // At most {MAX_SETTLE} sums of 64 bits.
                (exposure, paid) = (exposure + p.sumInsured, paid + amount);
            }
            if (amount == 0) continue;
            Payout memory payout = batch.payouts[batch.count++];
            (payout.policyId, payout.payee, payout.amount) = (policyId, p.holder, amount);
            emit PolicySettled(policyId, p.holder, amount);
        }
    }

    /// @dev A permit that fails is passed over: it may have been used already, and the premium itself tells.
    function _permitEach(address treasury, Binding[] memory bindings) private {
        IERC20Permit token = IERC20Permit(address(0));
        for (uint256 i = 0; i < bindings.length; ++i) {
            Binding memory b = bindings[i];
            Permit memory p = b.permit;
            if (p.deadline == 0) continue;
            if (address(token) == address(0)) token = IERC20Permit(IERC4626(treasury).asset());
            try token.permit(b.quote.holder, treasury, p.value, p.deadline, p.v, p.r, p.s) {} catch {}
        }
    }

    function _newSale() private view returns (Sale memory sale) {
        sale.terms = terms();
        sale.domain = _domainSeparatorV4();
        sale.authority = IAccessManager(IAccessManaged(sale.terms.treasury).authority());
    }

    /// @dev At least as many as will be paid; more when an event is named twice, is open or owes nothing.
    function _countUnsettled(uint256[] memory eventIds) private view returns (uint256 count) {
        for (uint256 i = 0; i < eventIds.length; ++i) {
            InsuredEvent storage e = _events[eventIds[i]];
            count += e.policies - e.settled;
        }
    }

    function _openEvent(uint256 eventId) private view returns (InsuredEvent storage e) {
        e = _events[eventId];
        if (e.policies == 0) revert EventUnknown(eventId);
        if (e.outcome != Outcome.Open) revert EventAlreadyClosed(eventId, e.outcome);
    }

    function _premiumOf(ParametricTerms memory t, StoredPolicy memory p) private pure returns (uint256) {
        return PremiumMath.premiumDue(p.sumInsured, p.expectedSharePpb, t.loadingBps, t.minPremium);
    }

    /// @dev The batch's payouts without the places that were not needed.
    function _filled(Batch memory batch) private pure returns (Payout[] memory payouts) {
        payouts = batch.payouts;
        if (batch.count == payouts.length) return payouts;
        payouts = new Payout[](batch.count);
        for (uint256 i = 0; i < payouts.length; ++i) {
            payouts[i] = batch.payouts[i];
        }
    }
}
