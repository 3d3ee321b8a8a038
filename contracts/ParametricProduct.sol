// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {LockedPolicyToken} from "./LockedPolicyToken.sol";
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
    RiskReport
} from "./types/ParametricTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title ParametricProduct
/// @notice Terms and policies that pay on a measured value.
/// @dev Runs as a clone whose code carries its terms: nothing in them can change. An event's policies are numbered
/// as they are bound; `settled` is how many of them, from the first, are done, so a policy is settled exactly once.
contract ParametricProduct is IParametricProduct, LockedPolicyToken, EIP712, AccessManaged, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;

    /// @dev One batch being settled: what to pay, and what exposure that frees.
    struct Batch {
        Payout[] payouts; // first `count` are filled
        uint256 count;
        uint256 settled;
        uint256 exposure;
    }

    uint256 public constant MAX_BINDINGS = 128;
    uint256 public constant MAX_REPORT_SIZE = 400;
    uint256 public constant MAX_SETTLE = 600;
    uint256 public constant MAX_EVENT_TEXT_BYTES = 128;

    bool private _salesSuspended;
    BitMaps.BitMap private _usedApplications;
    mapping(uint256 eventId => InsuredEvent) private _events;
    mapping(uint256 policyId => Policy) private _policies;

    constructor() EIP712("Quittance", "1") AccessManaged(address(0)) {}

    /// @inheritdoc IParametricProduct
    function bind(RiskReport calldata report, bytes[] calldata signatures, Binding[] calldata bindings)
        external
        nonReentrant
        returns (uint256[] memory policyIds)
    {
        // Check
        if (_salesSuspended) revert SaleSuspended();
        if (bindings.length == 0 || bindings.length > MAX_BINDINGS) revert BindingCountInvalid(bindings.length);
        ParametricTerms memory t = terms();
        _checkReport(report.chainId, report.product, report.observedAt, report.validUntil, report.assessments.length);
        bytes32 digest = _hashTypedDataV4(TypedReports.hash(report));
        IOracleQuorum(t.quorum).requireQuorum(digest, report.signerEpoch, t.minSignatures, signatures);
        emit RisksReported(digest, report, signatures);
        // Effect
        policyIds = new uint256[](bindings.length);
        PremiumDue[] memory dues = new PremiumDue[](bindings.length);
        uint256 exposure = 0;
        for (uint256 i = 0; i < bindings.length; ++i) {
            Binding calldata b = bindings[i];
            if (b.assessment >= report.assessments.length) {
                revert AssessmentMissing(b.assessment, report.assessments.length);
            }
            policyIds[i] = _bindOne(t, report.assessments[b.assessment], b);
            dues[i] = PremiumDue({payer: b.quote.holder, premium: b.quote.premium});
            exposure += b.quote.sumInsured;
        }
        // Interaction
        _permitEach(t.treasury, bindings);
        ITreasury(t.treasury).collectPremiums(dues, exposure);
    }

    /// @inheritdoc IParametricProduct
    function reportEvents(EventReport calldata report, bytes[] calldata signatures) external {
        _takeReport(report, signatures);
    }

    /// @inheritdoc IParametricProduct
    function settle(uint256[] calldata eventIds, uint256 maxPolicies) external nonReentrant returns (uint256 settled) {
        Batch memory batch = _newBatch(maxPolicies);
        for (uint256 i = 0; i < eventIds.length; ++i) {
            _settleEvent(eventIds[i], batch);
        }
        return _payBatch(batch);
    }

    /// @inheritdoc IParametricProduct
    function reportAndSettle(EventReport calldata report, bytes[] calldata signatures, uint256 maxPolicies)
        external
        nonReentrant
        returns (uint256 settled)
    {
        _takeReport(report, signatures);
        Batch memory batch = _newBatch(maxPolicies);
        for (uint256 i = 0; i < report.measurements.length; ++i) {
            _settleEvent(report.measurements[i].eventId, batch);
        }
        return _payBatch(batch);
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
    function suspendSales(bool suspended) external restricted {
        _salesSuspended = suspended;
        emit SalesSuspended(suspended);
    }

    /// @inheritdoc AccessManaged
    /// @dev Always refused: {authority} is the treasury's, whatever is set here.
    function setAuthority(address) public view override {
        revert AuthorityFollowsTreasury(terms().treasury);
    }

    /// @inheritdoc IParametricProduct
    function termsHash() external view returns (bytes32) {
        return TypedReports.termsHash(terms());
    }

    /// @inheritdoc IParametricProduct
    function policy(uint256 policyId) external view returns (Policy memory) {
        return _policies[policyId];
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
        return _usedApplications.get(applicationId);
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

    /// @inheritdoc AccessManaged
    function authority() public view override returns (address) {
        return IAccessManaged(terms().treasury).authority();
    }

    /// @inheritdoc ERC721
    function _ownerOf(uint256 policyId) internal view override returns (address) {
        return _policies[policyId].holder;
    }

    function _bindOne(ParametricTerms memory t, Assessment calldata assessed, Binding calldata b)
        private
        returns (uint256 policyId)
    {
        Quote calldata q = b.quote;
        // Check
        uint256 textLength = bytes(q.insuredEvent).length;
        if (textLength == 0 || textLength > MAX_EVENT_TEXT_BYTES) revert InsuredEventTextInvalid(textLength);
        uint256 eventId = PolicyIds.eventId(q.insuredEvent);
        _checkSubject(q, assessed, eventId);
        _checkParties(t, b);
        _checkTimes(t, q);
        _checkAmounts(t, assessed, q);
        InsuredEvent storage e = _events[eventId];
        (uint32 ordinal, uint256 exposure) = (e.policies, uint256(e.exposure) + q.sumInsured);
        if (e.outcome != Outcome.Open) revert EventAlreadyClosed(eventId, e.outcome);
        if (ordinal > 0 && e.occursAt != q.occursAt) revert OccursAtMismatch(q.occursAt, e.occursAt);
        if (exposure > t.maxEventExposure) revert EventExposureTooLarge(eventId, exposure, t.maxEventExposure);
        // Effect
        _usedApplications.set(q.applicationId);
        (e.policies, e.exposure, e.occursAt) = (ordinal + 1, uint96(exposure), q.occursAt);
        policyId = PolicyIds.policyId(eventId, ordinal);
        _policies[policyId] =
            Policy({holder: q.holder, sumInsured: q.sumInsured, premium: q.premium, boundAt: uint40(block.timestamp)});
        _announce(q.holder, policyId);
        emit PolicyBound(policyId, q.holder, q.applicationId, q, b.underwriterSignature, b.acceptance);
    }

    function _takeReport(EventReport calldata report, bytes[] calldata signatures) private {
        // Check
        ParametricTerms memory t = terms();
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

    function _settleEvent(uint256 eventId, Batch memory batch) private {
        // Check
        InsuredEvent memory e = _events[eventId];
        if (e.outcome == Outcome.Open) revert EventStillOpen(eventId);
        bool refund = e.outcome == Outcome.NotReported;
        bool owed = refund || e.shareBps > 0;
        uint256 to = owed ? Math.min(e.policies, e.settled + (batch.payouts.length - batch.count)) : e.policies;
        if (to == e.settled) return;
        // Effect
        uint256 exposure = e.exposure;
        uint256 paid = 0;
        if (owed) (exposure, paid) = _owePolicies(eventId, e, to, batch);
        (_events[eventId].settled, _events[eventId].exposure) = (uint32(to), uint96(e.exposure - exposure));
        batch.settled += to - e.settled;
        batch.exposure += exposure;
        emit PoliciesSettled(eventId, e.settled, to, exposure, paid);
    }

    /// @dev Adds what each policy from `e.settled` up to `to` is owed to the batch. Rules S2 and S4.
    function _owePolicies(uint256 eventId, InsuredEvent memory e, uint256 to, Batch memory batch)
        private
        returns (uint256 exposure, uint256 paid)
    {
        bool refund = e.outcome == Outcome.NotReported;
        for (uint256 ordinal = e.settled; ordinal < to; ++ordinal) {
            uint256 policyId = PolicyIds.policyId(eventId, ordinal);
            Policy storage p = _policies[policyId];
            (address holder, uint96 sumInsured) = (p.holder, p.sumInsured);
            uint256 amount = refund ? p.premium : PayoutCurve.indemnity(sumInsured, e.shareBps);
            exposure += sumInsured;
            paid += amount;
            batch.payouts[batch.count++] = Payout({policyId: policyId, payee: holder, amount: amount});
            emit PolicySettled(policyId, holder, amount);
        }
    }

    function _payBatch(Batch memory batch) private returns (uint256) {
        if (batch.settled == 0) revert NothingToSettle();
        Payout[] memory payouts = batch.payouts;
        if (batch.count < payouts.length) {
            payouts = new Payout[](batch.count);
            for (uint256 i = 0; i < batch.count; ++i) {
                payouts[i] = batch.payouts[i];
            }
        }
        ITreasury(terms().treasury).payBatch(payouts, batch.exposure);
        return batch.settled;
    }

    /// @dev A permit that fails is passed over: it may have been used already, and the premium itself tells.
    function _permitEach(address treasury, Binding[] calldata bindings) private {
        IERC20Permit token = IERC20Permit(IERC4626(treasury).asset());
        for (uint256 i = 0; i < bindings.length; ++i) {
            Permit calldata p = bindings[i].permit;
            if (p.deadline == 0) continue;
            try token.permit(bindings[i].quote.holder, treasury, p.value, p.deadline, p.v, p.r, p.s) {} catch {}
        }
    }

    function _newBatch(uint256 maxPolicies) private pure returns (Batch memory batch) {
        batch.payouts = new Payout[](Math.min(maxPolicies, MAX_SETTLE));
    }

    function _openEvent(uint256 eventId) private view returns (InsuredEvent storage e) {
        e = _events[eventId];
        if (e.policies == 0) revert EventUnknown(eventId);
        if (e.outcome != Outcome.Open) revert EventAlreadyClosed(eventId, e.outcome);
    }

    function _checkReport(uint256 chainId, address product, uint40 observedAt, uint40 validUntil, uint256 size)
        private
        view
    {
        if (chainId != block.chainid) revert ReportForOtherChain(chainId, block.chainid);
        if (product != address(this)) revert ReportForOtherContract(product, address(this));
        if (validUntil < block.timestamp) revert ReportExpired(validUntil, block.timestamp);
        if (observedAt > block.timestamp) revert ReportFromFuture(observedAt, block.timestamp);
        if (size == 0 || size > MAX_REPORT_SIZE) revert ReportSizeInvalid(size);
    }

    function _checkSubject(Quote calldata q, Assessment calldata assessed, uint256 eventId) private view {
        if (q.applicationId != assessed.applicationId) {
            revert ApplicationMismatch(q.applicationId, assessed.applicationId);
        }
        if (_usedApplications.get(q.applicationId)) revert ApplicationUsed(q.applicationId);
        if (eventId != assessed.eventId) revert EventMismatch(eventId, assessed.eventId);
        if (q.occursAt != assessed.occursAt) revert OccursAtMismatch(q.occursAt, assessed.occursAt);
    }

    function _checkParties(ParametricTerms memory t, Binding calldata b) private view {
        Quote calldata q = b.quote;
        bool payable_ = q.holder != address(0) && q.holder != t.treasury && q.holder != address(this);
        if (!payable_) revert HolderInvalid(q.holder);
        (bool isUnderwriter,) =
            IAccessManager(IAccessManaged(t.treasury).authority()).hasRole(Roles.UNDERWRITER, q.underwriter);
        if (!isUnderwriter) revert UnderwriterNotAuthorised(q.underwriter);
        bytes32 offer = _hashTypedDataV4(TypedReports.hash(q, TypedReports.QUOTE_TYPEHASH));
        if (!SignatureChecker.isValidSignatureNowCalldata(q.underwriter, offer, b.underwriterSignature)) {
            revert UnderwriterSignatureInvalid(q.underwriter);
        }
        if (q.holder == msg.sender && b.acceptance.length == 0) return;
        bytes32 acceptance = _hashTypedDataV4(TypedReports.hash(q, TypedReports.ACCEPTANCE_TYPEHASH));
        if (!SignatureChecker.isValidSignatureNowCalldata(q.holder, acceptance, b.acceptance)) {
            revert AcceptanceInvalid(q.holder);
        }
    }

    function _checkTimes(ParametricTerms memory t, Quote calldata q) private view {
        if (q.validUntil < block.timestamp) revert QuoteExpired(q.validUntil, block.timestamp);
        if (q.occursAt < t.periodStart || q.occursAt > t.periodEnd) {
            revert EventOutsidePeriod(q.occursAt, t.periodStart, t.periodEnd);
        }
        uint256 opensAt = Math.saturatingSub(q.occursAt, t.maxLeadSeconds);
        uint256 closesAt = Math.saturatingSub(q.occursAt, t.minLeadSeconds);
        if (block.timestamp < opensAt || block.timestamp > closesAt) revert SaleClosed(q.occursAt, opensAt, closesAt);
    }

    function _checkAmounts(ParametricTerms memory t, Assessment calldata assessed, Quote calldata q) private pure {
        uint96 most = assessed.sumInsuredCap < t.maxSumInsured ? assessed.sumInsuredCap : t.maxSumInsured;
        if (q.sumInsured < t.minSumInsured || q.sumInsured > most) {
            revert SumInsuredOutOfRange(q.sumInsured, t.minSumInsured, most);
        }
        uint256 due = PremiumMath.premiumDue(q.sumInsured, assessed.expectedSharePpb, t.loadingBps, t.minPremium);
        if (q.premium != due) revert PremiumNotAsPriced(q.premium, due);
        if (due >= q.sumInsured) revert PremiumTooHigh(due, q.sumInsured);
    }
}
