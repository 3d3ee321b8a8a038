// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimsDesk} from "../../../contracts/ClaimsDesk.sol";
import {
    ClaimAction,
    ClaimOrder,
    ClaimOutcome,
    ClaimState,
    Decision,
    LossReport
} from "../../../contracts/types/ClaimTypes.sol";
import {RiskTier} from "../../../contracts/types/IndemnityTypes.sol";
import {NoticeActions} from "./NoticeActions.sol";

/// @notice Claims after their notice, to their end, by hand, by signature and in one transaction with others.
abstract contract ClaimActions is NoticeActions {
    bytes internal usedReport; // calldata of a loss report that went through
    bytes internal usedOrder; // calldata of a signed order that went through
    mapping(uint256 insurer => mapping(uint256 adjuster => mapping(uint256 day => uint256))) private _granted;
    uint256 private _incidents;

    function acknowledge(uint256 seed) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Noticed);
        if (index == cases.length) return;
        Case storage c = cases[index];
        _on(_insurerOf(c));
        vm.prank(_adjuster(c, seed % 2));
        desk.acknowledge(c.id);
        c.state = ClaimState.Acknowledged;
    }

    function reestimate(uint256 seed, uint64 reserve) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Referred);
        if (index == cases.length) return;
        Case storage c = cases[index];
        _on(_insurerOf(c));
        reserve = uint64(bound(reserve, 0, _payable(c, c.claimed)));
        vm.prank(_adjuster(c, seed % 2));
        desk.reestimate(c.id, reserve);
        _enterPayment(c, c.state, 0, 0, reserve);
    }

    /// @notice The quorum reports: the machine pays, or leaves it to a person.
    function reportLoss(uint256 seed, uint64 loss) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Acknowledged);
        if (index == cases.length) return;
        Case storage c = cases[index];
        _on(_insurerOf(c));
        LossReport memory r = _lossReport(c, seed, loss);
        (uint256 pays, uint256 reasons) = _machineWould(c, r);
        if (pays > 0 && _isPaused(_insurerOf(c))) return;
        _agree(_sendReport(r), pays);
        _enterIncidents(r);
        uint256 full = _payable(c, c.claimed);
        if (reasons == 0) c.outcome = ClaimOutcome.Paid;
        ClaimState next = reasons == 0 ? ClaimState.Closed : ClaimState.Referred;
        _enterPayment(c, next, pays, _interest(pays, _lateness(c)), full - pays);
    }

    /// @notice A person grants all, part or nothing.
    function decide(uint256 seed, uint64 loss, uint8 instalments) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Referred);
        if (index == cases.length) return;
        Case storage c = cases[index];
        uint256 insurer = _insurerOf(c);
        _on(insurer);
        Decision memory d = _decision(c, seed, loss);
        uint256 full = _payable(c, c.claimed);
        uint256 granted = d.loss < c.claimed ? _payable(c, d.loss) : full;
        if (!_mayGrant(insurer, seed % 2, granted) || (granted > 0 && _isPaused(insurer))) return;
        if (instalments % 4 > 1 && granted >= 10) {
            (d.instalments, d.intervalSeconds) = (instalments % 4, uint32(1 days));
        }
        _agree(_sendDecision(c, d, seed % 2, _worthApart(c, false)), granted);
        _granted[insurer][seed % 2][block.timestamp / 1 days] += granted;
        _enterDecision(c, d, granted, full);
    }

    /// @notice The claimant wants all instalments now.
    function takeInstalments(uint256 seed, bool signed) external recorded {
        uint256 index = _findInstalment(seed);
        if (index == cases.length || _isPaused(_insurerOf(cases[index]))) return;
        Case storage c = cases[index];
        uint256 all = _promised(c);
        _on(_insurerOf(c));
        if (signed) _agree(_orderSigned(c, ClaimAction.TakeInstalments, 0, 0), all);
        else _agree(abi.decode(_callAs(c, abi.encodeCall(desk.takeInstalments, (c.id))), (uint256)), all);
        bool ended = _worthApart(c, false) == all && c.state == ClaimState.Decided;
        (c.left, c.nextDue) = (0, c.nextDue + c.interval);
        _enterPayment(c, ended ? ClaimState.Closed : c.state, all, 0, c.reserve - all);
    }

    function payInstalment(uint256 seed, bool later) external recorded {
        uint256 index = _findInstalment(seed);
        if (index == cases.length) return;
        Case storage c = cases[index];
        if (later && block.timestamp < c.nextDue) vm.warp(c.nextDue);
        if (block.timestamp < c.nextDue || _isPaused(_insurerOf(c))) return;
        _on(_insurerOf(c));
        _agree(desk.payInstalment(c.id), c.each);
        bool ended = _worthApart(c, false) == c.each && c.state == ClaimState.Decided;
        (c.left, c.nextDue) = (c.left - 1, c.nextDue + c.interval);
        _enterPayment(c, ended ? ClaimState.Closed : c.state, c.each, 0, c.reserve - c.each);
    }

    /// @notice The claimant's time to dispute is over.
    function close(uint256 seed, bool later) external recorded {
        uint256 index = _findCase(seed, ClaimState.Decided, ClaimState.Decided);
        if (index == cases.length || cases[index].left > 0) return;
        Case storage c = cases[index];
        uint256 opensAt = _windowEnd(c, DISPUTE_WINDOW) + 1;
        if (later && block.timestamp < opensAt && !_isPaused(_insurerOf(c))) vm.warp(opensAt);
        if (block.timestamp < opensAt) return;
        _on(_insurerOf(c));
        desk.close(c.id);
        _enterPayment(c, ClaimState.Closed, 0, 0, 0);
    }

    function withdrawClaim(uint256 seed, bool signed) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Referred);
        if (index == cases.length || seed % 3 > 0) return;
        Case storage c = cases[index];
        _on(_insurerOf(c));
        if (signed) _orderSigned(c, ClaimAction.Withdraw, 0, 0);
        else _callAs(c, abi.encodeCall(desk.withdraw, (c.id)));
        c.outcome = ClaimOutcome.Withdrawn;
        _enterPayment(c, ClaimState.Closed, 0, 0, 0);
    }

    /// @notice The insurer was silent too long.
    function escalate(uint256 seed, bool signed, bool later) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Referred);
        if (index == cases.length) return;
        Case storage c = cases[index];
        uint256 by = _decideBy(c);
        if (c.state == ClaimState.Noticed) by = _min(by, _daysEnd(c, 1));
        if (later && block.timestamp <= by && !_isPaused(_insurerOf(c))) vm.warp(by + 1 + seed % 9 days);
        uint256 disputed = _worthApart(c, false);
        if (block.timestamp <= by || disputed == 0) return;
        _on(_insurerOf(c));
        if (signed) c.dispute = _orderSigned(c, ClaimAction.Escalate, 0, 0);
        else c.dispute = abi.decode(_callAs(c, abi.encodeCall(desk.escalate, (c.id))), (uint256));
        c.escalated = true;
        _enterPayment(c, ClaimState.Disputed, 0, 0, _payable(c, c.claimed));
        _enterDispute(c, disputed, 0);
    }

    function dispute(uint256 seed, bool signed) external recorded {
        uint256 index = _findCase(seed, ClaimState.Decided, ClaimState.Decided);
        if (index == cases.length) return;
        Case storage c = cases[index];
        uint256 disputed = _worthApart(c, false) - _promised(c);
        if (block.timestamp > _windowEnd(c, DISPUTE_WINDOW) || disputed == 0 || blocked[personAt(c.claimant)]) return;
        _on(_insurerOf(c));
        uint256 deposit = _min(disputed / 10, 20 * UNIT);
        _issue(personAt(c.claimant), deposit);
        if (signed) c.dispute = _orderSigned(c, ClaimAction.Dispute, 0, 0);
        else c.dispute = abi.decode(_callAs(c, abi.encodeCall(desk.dispute, (c.id))), (uint256));
        _flow(personAt(c.claimant), address(panel), deposit);
        _enterPayment(c, ClaimState.Disputed, 0, 0, _payable(c, c.claimed));
        _enterDispute(c, disputed, deposit);
    }

    /// @notice New evidence opens a new claim.
    function reopen(uint256 seed, uint64 claimed, bool signed) external recorded {
        uint256 index = _findReopenable(seed);
        if (index == cases.length) return;
        Case memory n = cases[index];
        _on(deals[n.deal].insurer);
        n.claimed = bound(claimed, 1, 2 * MOST_SUM);
        uint256 successor = 0;
        Case storage c = cases[index];
        if (signed) {
            successor = _orderSigned(c, ClaimAction.Reopen, uint64(n.claimed), 0);
        } else {
            successor = abi.decode(_callAs(c, abi.encodeCall(desk.reopen, (c.id, uint64(n.claimed), "new"))), (uint256));
        }
        c.successor = successor;
        (n.institution, n.escalated, n.each, n.left, n.nextDue) = (0, false, 0, 0, 0);
        (n.interval, n.dispute, n.successor, n.outcome) = (0, 0, 0, ClaimOutcome.Open);
        (n.lateSeconds, n.reopenings) = (0, n.reopenings + 1);
        _agree(cases[_enterCase(n)].id, successor);
    }

    function chooseInstitution(uint256 seed, uint256 institution, bool signed) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Disputed);
        if (index == cases.length) return;
        Case storage c = cases[index];
        _on(_insurerOf(c));
        institution = institution % 8 == 7 ? 0 : 1 + institution % 2;
        if (signed) _orderSigned(c, ClaimAction.ChooseInstitution, 0, uint32(institution));
        else _callAs(c, abi.encodeCall(desk.chooseInstitution, (c.id, uint32(institution))));
        c.institution = institution;
    }

    // Parts

    function _enterDispute(Case storage c, uint256 disputed, uint256 deposit) internal virtual;

    function _adjuster(Case storage c, uint256 which) internal view returns (address) {
        return vm.addr(insurers[_insurerOf(c)].adjusterKeys[which]);
    }

    function _callAs(Case storage c, bytes memory data) private returns (bytes memory answer) {
        vm.prank(personAt(c.claimant));
        bool done;
        (done, answer) = address(desk).call(data);
        if (!done) ++differed;
    }

    function _orderSigned(Case storage c, ClaimAction action, uint64 amount, uint32 institution)
        private
        returns (uint256)
    {
        ClaimOrder memory o = ClaimOrder({
            claimId: c.id,
            action: action,
            amount: amount,
            evidenceRoot: "new",
            institution: institution,
            nonce: desk.nonces(personAt(c.claimant)),
            deadline: uint40(block.timestamp + 90 days)
        });
        bytes memory signature = _signIn(_personKey(c.claimant), desk.domainSeparator(), words.order(o));
        usedOrder = abi.encodeCall(desk.orderFor, (o, signature));
        return desk.orderFor(o, signature);
    }

    function _sendReport(LossReport memory r) private returns (uint256) {
        bytes[] memory signatures = _quorumSigns(desk.domainSeparator(), words.loss(r));
        usedReport = abi.encodeCall(ClaimsDesk.reportLoss, (r, signatures));
        return desk.reportLoss(r, signatures);
    }

    function _sendDecision(Case storage c, Decision memory d, uint256 first, uint256 full) private returns (uint256) {
        (address second, bytes memory signature) = _second(c, d, first, full);
        vm.prank(_adjuster(c, first));
        return desk.decide(d, second, signature);
    }

    function _lossReport(Case storage c, uint256 seed, uint64 loss) internal returns (LossReport memory r) {
        (r.chainId, r.desk, r.signerEpoch, r.claimId) = (block.chainid, address(desk), 1, c.id);
        (r.observedAt, r.validUntil) = (uint40(block.timestamp), uint40(block.timestamp + 90 days));
        r.loss = (seed >> 8) % 3 == 0 ? uint64(bound(loss, 0, 2 * c.claimed)) : uint64(c.claimed);
        r.fraudScore = (seed >> 16) % 8 == 0 ? 5_001 : 5_000;
        r.confidenceBps = (seed >> 24) % 8 == 0 ? 5_999 : 6_000;
        r.exclusions = (seed >> 32) % 4 == 0 ? uint32((seed >> 40) % 16) : 0;
        (r.evidenceRoot, r.modelHash) = (bytes32(seed), "model");
        r.nullifiers = new bytes32[]((seed >> 48) % 8 == 0 ? 0 : 1 + (seed >> 56) % 2);
        for (uint256 k = 0; k < r.nullifiers.length; ++k) {
            bool again = _incidents > 0 && (seed >> (64 + 8 * k)) % 5 == 0;
            uint256 incident = again ? (seed >> 96) % _incidents : _incidents++;
            r.nullifiers[k] = keccak256(abi.encode("incident", incident));
        }
    }

    /// @dev What the machine may pay, and why not; the reasons' order does not matter here.
    function _machineWould(Case storage c, LossReport memory r) private view returns (uint256 pays, uint256 reasons) {
        Deal storage d = deals[c.deal];
        uint256 full = _payable(c, c.claimed);
        pays = r.loss < c.claimed ? _payable(c, r.loss) : full;
        bool known = r.nullifiers.length == 0;
        for (uint256 k = 0; k < r.nullifiers.length; ++k) {
            uint256 first = firstClaim[r.nullifiers[k]];
            known = known || (first != 0 && first != c.id);
        }
        bool person = d.tier == RiskTier.High || pays + c.paid > AUTO_LIMIT || r.fraudScore > 5_000
            || r.confidenceBps < 6_000 || r.exclusions & d.exclusions != 0 || known || pays == 0;
        if (person) return (0, 1);
        return (pays, pays < _worthApart(c, false) ? 1 : 0);
    }

    function _enterIncidents(LossReport memory r) private {
        for (uint256 k = 0; k < r.nullifiers.length; ++k) {
            if (firstClaim[r.nullifiers[k]] == 0) firstClaim[r.nullifiers[k]] = r.claimId;
            if (incidents.firstClaimOf(r.nullifiers[k]) != firstClaim[r.nullifiers[k]]) ++differed;
        }
    }

    function _decision(Case storage c, uint256 seed, uint64 loss) internal view returns (Decision memory d) {
        uint256 clause = (seed >> 8) % CLAUSES;
        (d.claimId, d.reasonCode, d.clause, d.proof) =
        (c.id, uint16(1 + (seed >> 16) % 800), clauseWords[clause], _proof(clause));
        (d.letterHash, d.validUntil) = ("letter", uint40(block.timestamp));
        uint256 kind = (seed >> 32) % 4;
        if (kind == 0) d.loss = uint64(c.claimed);
        else if (kind < 3) d.loss = uint64(bound(loss, 0, c.claimed));
    }

    function _mayGrant(uint256 insurer, uint256 adjuster, uint256 granted) private view returns (bool) {
        uint256 today = _granted[insurer][adjuster][block.timestamp / 1 days];
        return granted == 0 || (granted <= MOST_A_DECISION && today + granted <= MOST_A_DAY);
    }

    /// @dev The other adjuster signs when the claim is worth that much.
    function _second(Case storage c, Decision memory d, uint256 first, uint256 full)
        internal
        view
        returns (address, bytes memory)
    {
        return _signedToo(c, d, _adjuster(c, first), 1 - first, full);
    }

    /// @dev The second signature, where one is needed, under what `first` decides.
    function _signedToo(Case storage c, Decision memory d, address first, uint256 second, uint256 full)
        internal
        view
        returns (address, bytes memory)
    {
        if (full + c.paid <= TWO_SIGN_ABOVE) return (address(0), "");
        uint256 key = insurers[_insurerOf(c)].adjusterKeys[second];
        return (vm.addr(key), _signIn(key, desk.domainSeparator(), words.decision(d, first)));
    }

    function _enterDecision(Case storage c, Decision memory d, uint256 granted, uint256 full) private {
        (uint256 pays, uint256 apart) = (granted, _worthApart(c, false));
        if (d.instalments > 1) {
            (c.each, c.left) = (granted / d.instalments, d.instalments - 1);
            (c.nextDue, c.interval) = (block.timestamp + 1 days, 1 days);
            pays = granted - c.each * c.left;
        }
        if (granted + c.paid == 0) c.outcome = ClaimOutcome.Denied;
        else c.outcome = granted == apart ? ClaimOutcome.Paid : ClaimOutcome.PartPaid;
        c.lateSeconds = _lateness(c);
        uint256 interest = _interest(granted, c.lateSeconds);
        _enterPayment(c, apart > pays ? ClaimState.Decided : ClaimState.Closed, pays, interest, full - pays);
    }

    function _findInstalment(uint256 seed) private view returns (uint256) {
        uint256 count = cases.length;
        for (uint256 i = 0; i < count; ++i) {
            if (cases[(seed % count + i) % count].left > 0) return (seed % count + i) % count;
        }
        return count;
    }

    function _findReopenable(uint256 seed) private view returns (uint256) {
        uint256 count = cases.length;
        for (uint256 i = 0; i < count; ++i) {
            Case storage c = cases[(seed % count + i) % count];
            if (c.state == ClaimState.Closed && !_isFinal(c) && !deals[c.deal].closed && deals[c.deal].claims < 120) {
                return (seed % count + i) % count;
            }
        }
        return count;
    }
}
