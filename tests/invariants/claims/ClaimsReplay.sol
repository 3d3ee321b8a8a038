// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {IClaimsDesk} from "../../../contracts/interfaces/IClaimsDesk.sol";
import {IDisbursement} from "../../../contracts/interfaces/IDisbursement.sol";
import {IIndemnityProduct} from "../../../contracts/interfaces/IIndemnityProduct.sol";
import {ClaimClock} from "../../../contracts/libraries/ClaimClock.sol";
import {ClaimIds} from "../../../contracts/libraries/ClaimIds.sol";
import {Claim, ClaimOutcome, ClaimState, Decision, InstalmentPlan} from "../../../contracts/types/ClaimTypes.sol";
import {PayoutInstruction, PayoutState} from "../../../contracts/types/DisbursementTypes.sol";
import {
    Endorsement,
    IndemnityBinding,
    IndemnityPolicy,
    RiskTier,
    UnderwritingReport
} from "../../../contracts/types/IndemnityTypes.sol";
import {TreasuryReplay} from "./TreasuryReplay.sol";

/// @notice Policies, claims, reserves, payouts, rebuilt from events alone, and who said what before money moved.
contract ClaimsReplay is TreasuryReplay {
    /// @dev What a claim's events of one transaction have in common, and what a decision rested on.
    struct Said {
        uint256 report; // number of the transaction
        uint256 decision;
        uint256 award;
        uint256 referral;
        uint256 instalments; // promised, not yet paid
        uint256 granted; // indemnity by reports, decisions, awards
    }

    /// @dev A decision, as its event tells it.
    struct Word {
        uint256 claimId;
        address adjuster; // zero: the panel
        ClaimOutcome outcome;
        uint64 granted;
        uint64 disputable;
        uint16 reasonCode;
        bytes32 clause;
        bytes32[] proof;
    }

    address private immutable _desk;
    address private immutable _disbursement;
    mapping(address product => address treasury) private _treasuryOf;
    mapping(address treasury => bool) private _isTreasury;
    uint256 private _transaction;
    mapping(uint256 claimId => Claim) private _claims;
    mapping(uint256 claimId => Said) private _said;
    mapping(uint256 claimId => InstalmentPlan) private _plans;
    mapping(uint256 claimId => uint32) public institutionOf;
    mapping(uint256 claimId => uint256) public supersededBy;
    mapping(uint256 claimId => uint256) public supersedes;
    mapping(address product => mapping(uint256 policyId => IndemnityPolicy)) private _policies;
    mapping(address product => mapping(uint256 policyId => address)) public beneficiaryOf;
    mapping(address product => mapping(uint256 policyId => uint256[4])) private _used;
    mapping(address product => uint256) public policyCount;
    mapping(uint256 instructionId => PayoutInstruction) private _payouts;
    mapping(uint256 instructionId => uint256) public timesLeft; // how often an instruction's tokens left
    uint64[] private _renewals; // policies the next ones go on from
    uint256[] private _touched; // claims of the last transaction
    uint256[] public touchedPayouts;
    Word[] private _decisions; // of the last transaction
    uint256 public unfounded; // payments nobody's word was behind
    uint256 public deniedByMachine;
    uint256 public misestimated; // estimates the desk told otherwise than the treasury
    uint256 private _estimate; // what it told, token units
    uint256 private _estimated; // claim the last transaction estimated

    constructor(address desk, address disbursement, address[2] memory products, address[2] memory treasuries) {
        (_desk, _disbursement) = (desk, disbursement);
        for (uint256 i = 0; i < 2; ++i) {
            (_treasuryOf[products[i]], _isTreasury[treasuries[i]]) = (treasuries[i], true);
        }
    }

    /// @notice Takes the events of one action.
    function take(Vm.Log[] calldata logs) external {
        ++_transaction;
        delete _touched;
        delete touchedPayouts;
        delete _decisions;
        for (uint256 i = 0; i < logs.length; ++i) {
            address emitter = logs[i].emitter;
            if (_isTreasury[emitter]) _takeTreasury(emitter, logs[i].topics, logs[i].data);
            else if (emitter == _desk) _takeDesk(logs[i].topics, logs[i].data);
            else if (emitter == _disbursement) _takeRail(logs[i].topics, logs[i].data);
            else if (_treasuryOf[emitter] != address(0)) _takeProduct(emitter, logs[i].topics, logs[i].data);
        }
        // The desk speaks before the treasury does, so both are compared at the end.
        if (_estimated != 0 && claimReserve[_estimated] != _estimate) ++misestimated;
        _estimated = 0;
    }

    function claim(uint256 claimId) external view returns (Claim memory) {
        return _claims[claimId];
    }

    function said(uint256 claimId) external view returns (Said memory) {
        return _said[claimId];
    }

    function plan(uint256 claimId) external view returns (InstalmentPlan memory) {
        return _plans[claimId];
    }

    function policy(address product, uint256 policyId) external view returns (IndemnityPolicy memory) {
        return _policies[product][policyId];
    }

    function used(address product, uint256 policyId) external view returns (uint256[4] memory) {
        return _used[product][policyId];
    }

    function payout(uint256 instructionId) external view returns (PayoutInstruction memory) {
        return _payouts[instructionId];
    }

    /// @notice Claims of the last action; one may be there twice.
    function touched() external view returns (uint256[] memory) {
        return _touched;
    }

    function touchedPayoutCount() external view returns (uint256) {
        return touchedPayouts.length;
    }

    function decisions() external view returns (Word[] memory) {
        return _decisions;
    }

    // The desk

    function _takeDesk(bytes32[] calldata topics, bytes calldata data) private {
        bytes32 kind = topics[0];
        if (topics.length < 2) return;
        uint256 id = uint256(topics[1]);
        Claim storage c = _claims[id];
        if (kind == IClaimsDesk.ClaimNoticed.selector) _takeNotice(id, _address(topics[2]), data);
        else if (kind == IClaimsDesk.ClaimReopened.selector) _takeReopened(id, uint256(topics[2]), data);
        else if (kind == IClaimsDesk.ClaimAcknowledged.selector) c.state = ClaimState.Acknowledged;
        else if (kind == IClaimsDesk.LossReported.selector) _said[id].report = _transaction;
        else if (kind == IClaimsDesk.ClaimReferred.selector) _takeReferred(id, data);
        else if (kind == IClaimsDesk.ClaimReestimated.selector) _takeReestimated(id, data);
        else if (kind == IClaimsDesk.ClaimDecided.selector) _takeDecided(id, _address(topics[2]), data);
        else if (kind == IClaimsDesk.ClaimDisputed.selector) _takeDisputed(id, data);
        else if (kind == IClaimsDesk.ClaimAwarded.selector) _takeAwarded(id, data);
        else if (kind == IClaimsDesk.ClaimClosed.selector) _takeClosed(id, data);
        else if (kind == IClaimsDesk.InstitutionChosen.selector) _takeChosen(id, abi.decode(data, (uint32)));
        else return;
        _touched.push(id);
    }

    function _takeReestimated(uint256 id, bytes calldata data) private {
        (, _claims[id].reserve) = abi.decode(data, (uint64, uint64));
        (_estimated, _estimate) = (id, _claims[id].reserve);
    }

    function _takeNotice(uint256 id, address claimant, bytes calldata data) private {
        Claim storage c = _claims[id];
        (uint8 coverage, uint8 peril, uint40 occurredAt, uint64 claimed, uint64 reserve,,) =
            abi.decode(data, (uint8, uint8, uint40, uint64, uint64, bytes32, address));
        (c.claimant, c.state, c.cause) = (claimant, ClaimState.Noticed, (coverage << 5) | peril);
        c.clockFrom = uint40(block.timestamp);
        (c.occurredAt, c.claimed, c.reserve) = (occurredAt, claimed, reserve);
        // The treasury told of the reserve before the desk could say which coverage it is for.
        (address product, uint256 policyId,) = ClaimIds.split(id);
        _used[product][policyId][coverage] += reserve;
    }

    function _takeReopened(uint256 id, uint256 superseded, bytes calldata data) private {
        _claims[id].paid = abi.decode(data, (uint64));
        _claims[id].flags = ((_claims[superseded].flags >> 4) + 1) << 4;
        (supersedes[id], supersededBy[superseded]) = (superseded, id);
        _touched.push(superseded);
    }

    function _takeReferred(uint256 id, bytes calldata data) private {
        Claim storage c = _claims[id];
        (, uint64 reserve) = abi.decode(data, (uint256, uint64));
        (c.state, c.reserve) = (ClaimState.Referred, reserve);
        _said[id].referral = _transaction;
    }

    function _takeDecided(uint256 id, address adjuster, bytes calldata data) private {
        Claim storage c = _claims[id];
        Word memory w;
        Decision memory d;
        bytes memory call;
        (w.outcome, w.granted, w.disputable, call) = abi.decode(data, (ClaimOutcome, uint64, uint64, bytes));
        (d,,) = abi.decode(call, (Decision, address, bytes));
        (w.claimId, w.adjuster, w.reasonCode) = (id, adjuster, d.reasonCode);
        (w.clause, w.proof) = (keccak256(abi.encode(d.clause)), d.proof);
        _decisions.push(w);
        (c.outcome, c.reasonCode, c.lateSeconds) = (w.outcome, d.reasonCode, _lateness(id, c));
        uint64 first = w.granted;
        if (d.instalments > 1) {
            uint64 each = w.granted / d.instalments;
            first -= each * (d.instalments - 1);
            _plans[id] =
                InstalmentPlan(each, uint40(block.timestamp) + d.intervalSeconds, d.intervalSeconds, d.instalments - 1);
            c.flags |= 2;
        }
        _said[id].instalments = w.granted - first;
        _said[id].granted += w.granted;
        _said[id].decision = _transaction;
        (c.state, c.clockFrom) = (ClaimState.Decided, uint40(block.timestamp));
    }

    /// @dev Seconds the decision is late: two working days for low risks, four for others.
    function _lateness(uint256 id, Claim storage c) private view returns (uint32) {
        (address product, uint256 policyId,) = ClaimIds.split(id);
        bool low = _policies[product][policyId].tier == RiskTier.Low;
        uint256 by = ClaimClock.deadline(c.clockFrom, low ? 2 : 4) + pausedSince(_treasuryOf[product], c.clockFrom);
        return uint32(block.timestamp > by ? block.timestamp - by : 0);
    }

    function _onClaimPaid(uint256 id, uint256 indemnity, uint256 reserve) internal override {
        Claim storage c = _claims[id];
        (c.paid, c.reserve) = (c.paid + uint64(indemnity), uint64(reserve));
        _touched.push(id);
        Said storage s = _said[id];
        if (s.report == _transaction) s.granted += indemnity;
        bool founded = s.report == _transaction || s.decision == _transaction || s.award == _transaction;
        if (founded) return;
        // An instalment.
        InstalmentPlan storage p = _plans[id];
        bool all = indemnity == uint256(p.each) * p.left;
        if (p.left == 0 || (indemnity != p.each && !all) || s.instalments < indemnity) {
            ++unfounded;
            return;
        }
        s.instalments -= indemnity;
        (p.left, p.nextDue) = (all ? 0 : p.left - 1, p.nextDue + p.intervalSeconds);
        if (p.left == 0) c.flags &= ~uint8(2);
    }

    function _takeDisputed(uint256 id, bytes calldata data) private {
        Claim storage c = _claims[id];
        (,, bool escalated) = abi.decode(data, (uint64, uint64, bool));
        c.state = ClaimState.Disputed; // what is reserved for it, the treasury has told
        if (escalated) c.flags |= 4;
    }

    function _takeAwarded(uint256 id, bytes calldata data) private {
        Claim storage c = _claims[id];
        Word memory w;
        (w.granted, w.reasonCode, w.clause) = abi.decode(data, (uint64, uint16, bytes32));
        (w.claimId, w.disputable) = (id, 0);
        _decisions.push(w);
        (c.reasonCode, c.flags) = (w.reasonCode, c.flags & ~uint8(2));
        _said[id].granted += w.granted;
        (_said[id].award, _said[id].instalments) = (_transaction, 0);
        delete _plans[id];
    }

    function _takeClosed(uint256 id, bytes calldata data) private {
        Claim storage c = _claims[id];
        (c.outcome,) = abi.decode(data, (ClaimOutcome, uint64));
        (c.state, c.reserve, c.clockFrom) = (ClaimState.Closed, 0, uint40(block.timestamp));
        if (c.outcome == ClaimOutcome.Denied && _said[id].decision == 0) ++deniedByMachine;
    }

    function _takeChosen(uint256 id, uint32 institution) private {
        Claim storage c = _claims[id];
        c.flags = institution == 0 ? c.flags & ~uint8(1) : c.flags | 1;
        institutionOf[id] = institution;
    }

    // The treasury's word on claims

    function _onReserve(uint256 claimId, uint256 from, uint256 to) internal override {
        Claim storage c = _claims[claimId];
        if (c.state == ClaimState.None) return;
        (address product, uint256 policyId,) = ClaimIds.split(claimId);
        c.reserve = uint64(claimReserve[claimId]);
        uint256[4] storage lanes = _used[product][policyId];
        lanes[c.cause >> 5] = lanes[c.cause >> 5] + to - from;
    }

    // Products

    function _takeProduct(address product, bytes32[] calldata topics, bytes calldata data) private {
        bytes32 kind = topics[0];
        if (kind == IIndemnityProduct.ApplicationsAssessed.selector) {
            _takeAssessed(abi.decode(data, (bytes)));
            return;
        }
        if (topics.length < 2) return;
        IndemnityPolicy storage p = _policies[product][uint256(topics[1])];
        if (kind == IIndemnityProduct.IndemnityPolicyBound.selector) {
            _takeBound(product, uint256(topics[1]), data);
        } else if (kind == IIndemnityProduct.PolicyEndorsed.selector) {
            _takeEndorsed(product, p, data);
        } else if (kind == IIndemnityProduct.PolicyCancelled.selector) {
            (p.endsAt, p.unearned) = (uint40(uint256(bytes32(data[:32]))), 0);
        } else if (kind == IIndemnityProduct.PolicyClosed.selector) {
            (p.isClosed, p.unearned) = (true, 0);
        } else if (kind == IIndemnityProduct.PolicyPremiumEarned.selector) {
            p.unearned = abi.decode(data, (uint64));
        }
    }

    function _takeAssessed(bytes memory sale) private {
        (,, IndemnityBinding[] memory bindings) = abi.decode(sale, (UnderwritingReport, bytes[], IndemnityBinding[]));
        delete _renewals;
        for (uint256 i = bindings.length; i > 0; --i) {
            _renewals.push(bindings[i - 1].quote.renews);
        }
    }

    function _takeBound(address product, uint256 policyId, bytes calldata data) private {
        (IndemnityPolicy memory p, address beneficiary) = abi.decode(data, (IndemnityPolicy, address));
        (_policies[product][policyId], beneficiaryOf[product][policyId]) = (p, beneficiary);
        policyCount[product] = policyId;
        uint64 old = _renewals[_renewals.length - 1];
        _renewals.pop();
        if (old != 0) _policies[product][old].isRenewed = true;
    }

    function _takeEndorsed(address product, IndemnityPolicy storage p, bytes calldata data) private {
        (Endorsement memory o, uint64 premium,,) = abi.decode(data, (Endorsement, uint64, bytes, bytes));
        p.unearned = o.sumInsured >= p.sumInsured ? p.unearned + o.premiumChange : p.unearned - o.premiumChange;
        (p.premium, p.sumInsured, p.exclusions) = (premium, o.sumInsured, o.exclusions);
        (p.sequence, p.hasBeneficiary) = (uint8(o.sequence + 1), o.beneficiary != address(0));
        beneficiaryOf[product][o.policyId] = o.beneficiary;
    }

    // Institutions

    function _takeRail(bytes32[] calldata topics, bytes calldata data) private {
        bytes32 kind = topics[0];
        if (topics.length < 2) return;
        uint256 id = uint256(topics[1]);
        PayoutInstruction storage p = _payouts[id];
        if (kind == IDisbursement.PayoutOpened.selector) {
            (p.claimId, p.institution, p.state) = (uint256(topics[2]), uint32(uint256(topics[3])), PayoutState.Waiting);
            (p.payee, p.token, p.amount, p.receiptDue) = abi.decode(data, (address, address, uint64, uint40));
        } else if (kind == IDisbursement.PayoutConfirmed.selector) {
            p.state = PayoutState.Confirmed;
            ++timesLeft[id];
        } else if (kind == IDisbursement.PayoutTaken.selector) {
            p.state = PayoutState.Taken;
            ++timesLeft[id];
        } else if (kind == IDisbursement.PayoutRerouted.selector) {
            p.state = PayoutState.Rerouted;
        } else if (kind == IDisbursement.PayoutRefused.selector) {
            p.state = PayoutState.Refused;
        } else {
            return;
        }
        touchedPayouts.push(id);
    }
}
