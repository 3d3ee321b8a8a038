// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ClaimDisputes} from "./ClaimDisputes.sol";
import {ClaimNotices} from "./ClaimNotices.sol";
import {ReportRules} from "./ReportRules.sol";
import {IClaimsDesk} from "./interfaces/IClaimsDesk.sol";
import {IDisputePanel} from "./interfaces/IDisputePanel.sol";
import {IIncidentRegistry} from "./interfaces/IIncidentRegistry.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {IProductFactory} from "./interfaces/IProductFactory.sol";
import {TermsCode} from "./libraries/TermsCode.sol";
import {TypedClaims} from "./libraries/TypedClaims.sol";
import {
    Claim,
    ClaimAction,
    ClaimOrder,
    ClaimOutcome,
    ClaimState,
    Decision,
    DecisionCase,
    InstalmentPlan,
    LossReport,
    Notice
} from "./types/ClaimTypes.sol";
import {ClaimRules} from "./types/IndemnityTypes.sol";

/// @title ClaimsDesk
/// @notice The life of every indemnity claim.
/// @dev Has no owner and no role of its own. The machine's path ({reportLoss}) ends in a payment or with a person; the
/// only ways to a denial are {decide}, which asks for reason and clause, and the panel.
contract ClaimsDesk is ClaimNotices, ClaimDisputes, ReportRules, EIP712, Nonces, Multicall {
    /// @inheritdoc IClaimsDesk
    IIncidentRegistry public immutable incidents;

    constructor(IProductFactory factory_, IIncidentRegistry incidents_, IDisputePanel panel_)
        ClaimDisputes(factory_, panel_)
        EIP712("Quittance", "1")
    {
        incidents = incidents_;
    }

    /// @inheritdoc IClaimsDesk
    function notifyFor(Notice calldata notice, address signer, uint40 deadline, bytes calldata signature)
        external
        nonReentrant
        returns (uint256 claimId)
    {
        bytes32 struct_ = TypedClaims.hash(notice, signer, _useNonce(signer), deadline);
        _requireSigned(signer, struct_, deadline, signature);
        return _notify(notice, signer);
    }

    /// @inheritdoc IClaimsDesk
    function acknowledge(uint256 claimId) external {
        File memory f = _open(claimId, ClaimState.Noticed, ClaimState.Noticed, 0);
        _requireAdjuster(f);
        _enter(f, ClaimState.Acknowledged);
        emit ClaimAcknowledged(claimId, msg.sender);
    }

    /// @inheritdoc IClaimsDesk
    function reportLoss(LossReport calldata r, bytes[] calldata signatures)
        external
        nonReentrant
        returns (uint64 indemnity)
    {
        // Check
        File memory f = _open(r.claimId, ClaimState.Noticed, ClaimState.Acknowledged, r.loss);
        _checkReport(r.chainId, r.desk, r.observedAt, r.validUntil, 1);
        _requireKnown(f);
        if (r.observedAt < f.claim.clockFrom) {
            revert ReportBeforeNotice(r.claimId, r.observedAt, f.claim.clockFrom);
        }
        bytes32 digest = _hashTypedDataV4(TypedClaims.hash(r));
        IOracleQuorum(f.terms.quorum).requireQuorum(digest, r.signerEpoch, f.terms.minSignatures, signatures);
        emit LossReported(r.claimId, digest, msg.data[4:]);
        // Effect
        (uint64 full, uint64 worth) = (f.terms.full, f.terms.worth);
        uint256 reasons = _referralReasons(f, r, worth);
        if (reasons == 0) {
            indemnity = worth;
            if (worth < _worthApart(f, false)) reasons = 1 << 8;
        }
        uint64 left = full - indemnity;
        if (reasons != 0) emit ClaimReferred(r.claimId, reasons, left);
        else f.claim.outcome = ClaimOutcome.Paid;
        // Interaction
        ClaimState next = reasons == 0 ? ClaimState.Closed : ClaimState.Referred;
        _pay(f, next, indemnity, _interest(f, indemnity, _lateness(f)), left);
    }

    /// @inheritdoc IClaimsDesk
    function reestimate(uint256 claimId, uint64 reserve) external nonReentrant {
        File memory f = _open(claimId, ClaimState.Noticed, ClaimState.Referred, 0);
        _requireAdjuster(f);
        if (reserve > f.terms.full) revert ReserveAboveWorth(claimId, reserve, f.terms.full);
        emit ClaimReestimated(claimId, msg.sender, f.claim.reserve, reserve);
        _pay(f, f.claim.state, 0, 0, reserve);
    }

    /// @inheritdoc IClaimsDesk
    function decide(Decision calldata d, address, bytes calldata) external nonReentrant returns (uint64 granted) {
        // Check
        File memory f = _open(d.claimId, ClaimState.Noticed, ClaimState.Referred, d.loss);
        uint64 full = _worthApart(f, false);
        granted = f.terms.worth;
        adjusters.authorise(_case(f, granted, full), msg.data[4:]);
        // Effect
        f.claim.outcome = _outcomeOf(granted, full, f.claim.paid);
        uint256 late = _lateness(f);
        (f.claim.reasonCode, f.claim.lateSeconds) = (d.reasonCode, SafeCast.toUint32(late));
        uint64 first = d.instalments > 1 ? _planInstalments(f, d, granted) : granted;
        emit ClaimDecided(d.claimId, msg.sender, f.claim.outcome, granted, full - granted, msg.data[4:]);
        // Interaction
        ClaimState next = full > first ? ClaimState.Decided : ClaimState.Closed;
        _pay(f, next, first, _interest(f, granted, late), f.terms.full - first);
    }

    /// @inheritdoc IClaimsDesk
    function payInstalment(uint256 claimId) external nonReentrant returns (uint64 indemnity) {
        return _payInstalments(_open(claimId, ClaimState.Decided, ClaimState.Disputed, 0), false);
    }

    /// @inheritdoc IClaimsDesk
    function takeInstalments(uint256 claimId) external nonReentrant returns (uint64 indemnity) {
        return _takeInstalments(claimId, msg.sender);
    }

    /// @inheritdoc IClaimsDesk
    function withdraw(uint256 claimId) external nonReentrant {
        _withdraw(claimId, msg.sender);
    }

    /// @inheritdoc IClaimsDesk
    function chooseInstitution(uint256 claimId, uint32 institution) external nonReentrant {
        _chooseInstitution(claimId, msg.sender, institution);
    }

    /// @inheritdoc IClaimsDesk
    function orderFor(ClaimOrder calldata o, bytes calldata signature) external nonReentrant returns (uint256 result) {
        address claimant = _claims[o.claimId].claimant;
        _useCheckedNonce(claimant, o.nonce);
        _requireSigned(claimant, TypedClaims.hash(o), o.deadline, signature);
        if (o.action == ClaimAction.Escalate) return _escalate(o.claimId, claimant);
        if (o.action == ClaimAction.Dispute) return _dispute(o.claimId, claimant);
        if (o.action == ClaimAction.Reopen) return _reopen(o.claimId, claimant, o.amount, o.evidenceRoot);
        if (o.action == ClaimAction.TakeInstalments) return _takeInstalments(o.claimId, claimant);
        if (o.action == ClaimAction.Withdraw) _withdraw(o.claimId, claimant);
        else _chooseInstitution(o.claimId, claimant, o.institution);
    }

    /// @inheritdoc IClaimsDesk
    function close(uint256 claimId) external nonReentrant {
        File memory f = _open(claimId, ClaimState.Decided, ClaimState.Decided, 0);
        uint256 closesAt = _windowEnd(f, _rules(f).disputeWindowSeconds);
        if (f.claim.flags & IN_INSTALMENTS != 0) closesAt = Math.max(closesAt, _plans[claimId].nextDue);
        bool running = f.claim.flags & IN_INSTALMENTS != 0;
        if (running || block.timestamp <= closesAt) revert WindowOpen(claimId, closesAt, block.timestamp);
        _pay(f, ClaimState.Closed, 0, 0, 0);
    }

    /// @inheritdoc IClaimsDesk
    function claim(uint256 claimId) external view returns (Claim memory) {
        return _claims[claimId];
    }

    /// @inheritdoc IClaimsDesk
    function isFinal(uint256 claimId) external view returns (bool) {
        Claim memory c = _claims[claimId];
        if (c.state != ClaimState.Closed) return false;
        if (_byPanel(c.outcome) || _supersededBy[claimId] != 0) return true;
        if (c.flags >> REOPENED_AT == MAX_REOPENINGS) return true;
        File memory f = _open(claimId, ClaimState.Closed, ClaimState.Closed, 0);
        return block.timestamp > _windowEnd(f, _rules(f).reopenWindowSeconds);
    }

    /// @inheritdoc IClaimsDesk
    function supersededBy(uint256 claimId) external view returns (uint256) {
        return _supersededBy[claimId];
    }

    /// @inheritdoc IClaimsDesk
    function instalments(uint256 claimId) external view returns (InstalmentPlan memory) {
        return _plans[claimId];
    }

    /// @inheritdoc IClaimsDesk
    function institutionOf(uint256 claimId) external view returns (uint32) {
        return _institutions[claimId];
    }

    /// @inheritdoc IClaimsDesk
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _withdraw(uint256 claimId, address claimant) private {
        File memory f = _openAs(claimId, claimant, ClaimState.Noticed, ClaimState.Referred);
        f.claim.outcome = ClaimOutcome.Withdrawn;
        _pay(f, ClaimState.Closed, 0, 0, 0);
    }

    function _takeInstalments(uint256 claimId, address claimant) private returns (uint64 indemnity) {
        return _payInstalments(_openAs(claimId, claimant, ClaimState.Decided, ClaimState.Disputed), true);
    }

    /// @param all At once, instead of one that is due.
    function _payInstalments(File memory f, bool all) private returns (uint64 indemnity) {
        // Check
        InstalmentPlan memory plan = _plans[f.claimId];
        if (plan.left == 0) revert NoInstalments(f.claimId);
        if (!all && block.timestamp < plan.nextDue) revert InstalmentNotDue(f.claimId, plan.nextDue, block.timestamp);
        // Effect
        uint8 count = all ? plan.left : 1;
        indemnity = plan.each * count;
        (plan.left, plan.nextDue) = (plan.left - count, plan.nextDue + plan.intervalSeconds);
        _plans[f.claimId] = plan;
        if (plan.left == 0) f.claim.flags &= ~IN_INSTALMENTS;
        // Interaction
        bool ended = f.claim.state == ClaimState.Decided && indemnity == _worthApart(f, false);
        _pay(f, ended ? ClaimState.Closed : f.claim.state, indemnity, 0, f.claim.reserve - indemnity);
    }

    function _chooseInstitution(uint256 claimId, address claimant, uint32 institution) private {
        File memory f = _openAs(claimId, claimant, ClaimState.Noticed, ClaimState.Disputed);
        _requireKnown(f);
        _institutions[claimId] = institution;
        f.claim.flags = institution == 0 ? f.claim.flags & ~BY_INSTITUTION : f.claim.flags | BY_INSTITUTION;
        _enter(f, f.claim.state);
        emit InstitutionChosen(claimId, institution);
    }

    /// @dev Splits what is granted into instalments. Returns the first, which takes the odd units.
    function _planInstalments(File memory f, Decision calldata d, uint64 granted) private returns (uint64 first) {
        uint64 each = granted / d.instalments;
        uint8 left = d.instalments - 1;
        _plans[d.claimId] = InstalmentPlan({
            each: each,
            nextDue: SafeCast.toUint40(block.timestamp + d.intervalSeconds),
            intervalSeconds: d.intervalSeconds,
            left: left
        });
        f.claim.flags |= IN_INSTALMENTS;
        return granted - each * left;
    }

    function _requireSigned(address signer, bytes32 struct_, uint40 deadline, bytes calldata signature) private view {
        if (block.timestamp > deadline) revert ClaimOrderExpired(deadline, block.timestamp);
        if (!_signed(signer, _hashTypedDataV4(struct_), signature)) revert ClaimSignatureInvalid(signer);
    }

    function _requireAdjuster(File memory f) private view {
        adjusters.requireAdjuster(f.claimId, f.terms.treasury, msg.sender);
    }

    function _case(File memory f, uint64 granted, uint64 full) private view returns (DecisionCase memory) {
        return DecisionCase({
            domain: _domainSeparatorV4(),
            adjuster: msg.sender,
            claimant: f.claim.claimant,
            holder: f.terms.holder,
            treasury: f.terms.treasury,
            quorum: f.terms.quorum,
            clauseRoot: f.terms.clauseRoot,
            claimed: f.claim.claimed,
            granted: granted,
            full: full,
            worth: uint256(full) + f.claim.paid,
            secondSignatureAbove: TermsCode.secondSignatureAbove(f.terms.rules)
        });
    }

    /// @dev Why the machine may not pay, as bits; see {ClaimReferred}. Registers the incidents.
    function _referralReasons(File memory f, LossReport calldata r, uint64 worth) private returns (uint256 reasons) {
        ClaimRules memory rules = _rules(f);
        if (f.terms.tier > rules.autoTier) reasons |= 1;
        if (uint256(worth) + f.claim.paid > rules.autoLimit) reasons |= 1 << 1;
        if (r.fraudScore > rules.maxFraudScore) reasons |= 1 << 2;
        if (r.confidenceBps < rules.minConfidenceBps) reasons |= 1 << 3;
        if (r.exclusions & f.terms.exclusions != 0) reasons |= 1 << 4;
        if (r.nullifiers.length == 0) reasons |= 1 << 5;
        // A register that no longer takes the desk's word may know the incident: that is for a person too.
        else if (!incidents.isDesk(address(this)) || incidents.register(r.nullifiers, r.claimId)) reasons |= 1 << 6;
        if (worth == 0) reasons |= 1 << 7;
    }

    /// @param paid Before this decision, by the machine.
    function _outcomeOf(uint64 granted, uint64 full, uint64 paid) private pure returns (ClaimOutcome) {
        if (granted == full && granted + paid > 0) return ClaimOutcome.Paid;
        return granted + paid > 0 ? ClaimOutcome.PartPaid : ClaimOutcome.Denied;
    }
}
