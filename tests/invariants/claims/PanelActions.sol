// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimOutcome, ClaimState} from "../../../contracts/types/ClaimTypes.sol";
import {Arbitrator, DisputeState, Ruling, Seat} from "../../../contracts/types/DisputeTypes.sol";
import {ClaimActions} from "./ClaimActions.sol";

/// @notice Disputes: panels are drawn, rule or stay silent, and somebody ends it.
abstract contract PanelActions is ClaimActions {
    /// @dev A dispute; its id is its place, from 1.
    struct Quarrel {
        uint256 claim; // index of the claim
        uint256 disputed;
        uint256 deposit;
        uint256 panels; // drawn
        uint256 committed;
        uint256[] awards; // revealed by the panel that sits
        bool sits;
        bool decided;
        bool delivered;
        uint256 award;
        uint256 drawnAt;
    }

    Quarrel[] internal quarrels;
    mapping(address account => uint256) internal heldDeposits;

    function quarrelCount() external view returns (uint256) {
        return quarrels.length;
    }

    function quarrelAt(uint256 index) external view returns (Quarrel memory) {
        return quarrels[index];
    }

    function heldDepositOf(address account) external view returns (uint256) {
        return heldDeposits[account];
    }

    /// @notice A panel is drawn, and up to three of it commit and reveal.
    function sit(uint256 seed, uint8 commits, uint8 reveals) external recorded {
        uint256 index = _findQuarrel(seed, false);
        if (index == quarrels.length) return;
        Quarrel storage q = quarrels[index];
        if (!q.sits && !_draw(index, q)) return;
        if (q.committed > 0 || block.timestamp >= q.drawnAt + 1 hours) return;
        (commits, reveals) = (commits % 8 == 0 ? 0 : 1 + commits % 3, reveals % 4);
        Seat[3] memory seats = panel.seats(index + 1, uint8(q.panels));
        Ruling[3] memory rulings;
        for (uint256 k = 0; k < commits; ++k) {
            rulings[k] = _ruling(q, uint256(keccak256(abi.encode(seed, k))));
            bytes32 commitment = panel.commitmentOf(index + 1, seats[k].arbitrator, rulings[k]);
            vm.prank(seats[k].arbitrator);
            panel.commit(index + 1, commitment);
        }
        q.committed = commits;
        if (commits < 3) vm.warp(q.drawnAt + 1 hours);
        for (uint256 k = 0; k < commits && k < reveals; ++k) {
            vm.prank(seats[k].arbitrator);
            panel.reveal(index + 1, rulings[k]);
            q.awards.push(rulings[k].award);
        }
    }

    /// @notice Somebody ends a dispute, or a silent panel's sitting.
    function conclude(uint256 seed) external recorded {
        uint256 index = _findQuarrel(seed, true);
        if (index == quarrels.length) return;
        Quarrel storage q = quarrels[index];
        if (q.awards.length < 3 && block.timestamp < q.drawnAt + 2 hours) vm.warp(q.drawnAt + 2 hours);
        _on(_insurerOf(cases[q.claim]));
        panel.conclude(index + 1);
        if (q.awards.length == 0 && q.panels == 1) {
            (q.sits, q.committed) = (false, 0);
        } else {
            (q.decided, q.sits, q.award) = (true, false, _awardOf(q));
            _enterDeposit(q);
            _enterAward(q);
            // What the desk said before it could not pay was never said, but it is in the log.
            if (!q.delivered) vm.getRecordedLogs();
        }
        _fillBench();
    }

    /// @notice What the desk could not take while its insurer was paused, or other claims had the limits.
    function deliver(uint256 seed) external recorded {
        for (uint256 k = 0; k < quarrels.length; ++k) {
            uint256 index = (seed % quarrels.length + k) % quarrels.length;
            Quarrel storage q = quarrels[index];
            if (!q.decided || q.delivered || !_canTake(q)) continue;
            _on(_insurerOf(cases[q.claim]));
            panel.conclude(index + 1);
            _enterAward(q);
            return;
        }
    }

    /// @notice A held deposit leaves: pushed by anyone to its owner, or taken by the owner.
    function takeHeldDeposit(uint256 seed, bool pushed) external recorded {
        for (uint256 k = 0; k < PEOPLE; ++k) {
            address person = personAt((seed % PEOPLE + k) % PEOPLE);
            uint256 amount = heldDeposits[person];
            if (amount == 0 || (pushed && blocked[person])) continue;
            address to = pushed ? person : address(0xCAFE);
            if (!pushed) vm.prank(person);
            if (pushed) panel.pushHeldDeposit(token, person);
            else panel.takeHeldDeposit(token, to);
            _flow(address(panel), to, amount);
            delete heldDeposits[person];
            return;
        }
    }

    /// @notice One leaves the bench, and another comes.
    function changeBench(uint256 seed) external recorded {
        Arbitrator[] memory bench = panel.bench();
        Arbitrator memory a = bench[seed % bench.length];
        if (a.removedBlock != 0) return;
        _admitArbitrator(a.consumerAdvocate);
        panel.removeArbitrator(a.account);
        vm.roll(block.number + 270);
    }

    function _enterDispute(Case storage c, uint256 disputed, uint256 deposit) internal override {
        Quarrel memory q;
        (q.claim, q.disputed, q.deposit) = (caseOf[c.id] - 1, disputed, deposit);
        quarrels.push(q);
        _agree(c.dispute, quarrels.length);
    }

    function _draw(uint256 index, Quarrel storage q) private returns (bool drawn) {
        vm.roll(block.number + 5);
        drawn = panel.draw(index + 1);
        if (!drawn) {
            // The hash was gone: the next one is fixed.
            vm.roll(block.number + 5);
            drawn = panel.draw(index + 1);
        }
        if (!drawn) return false;
        (q.sits, q.drawnAt) = (true, block.timestamp);
        ++q.panels;
    }

    function _ruling(Quarrel storage q, uint256 seed) private view returns (Ruling memory r) {
        uint256 clause = (seed >> 8) % CLAUSES;
        r.award = seed % 4 == 0 ? 0 : uint64((seed >> 16) % (q.disputed + 1));
        (r.reasonCode, r.clauseWords, r.proof) = (uint16(1 + (seed >> 32) % 800), clauseWords[clause], _proof(clause));
        r.salt = bytes32(seed);
    }

    /// @dev The middle of three, the mean of two, the only one; all for a claimant the panel has nothing to say to.
    function _awardOf(Quarrel storage q) private view returns (uint256) {
        uint256[] storage a = q.awards;
        if (a.length == 0) return q.disputed;
        if (a.length == 1) return a[0];
        if (a.length == 2) return (a[0] + a[1]) / 2;
        uint256 least = _min(a[0], _min(a[1], a[2]));
        uint256 most = a[0] > a[1] ? a[0] : a[1];
        most = a[2] > most ? a[2] : most;
        return a[0] + a[1] + a[2] - least - most;
    }

    function _enterDeposit(Quarrel storage q) private {
        if (q.deposit == 0) return;
        Case storage c = cases[q.claim];
        address to = q.award > 0 ? personAt(c.claimant) : _treasuryOf(_insurerOf(c));
        if (blocked[to]) heldDeposits[to] += q.deposit;
        else _flow(address(panel), to, q.deposit);
    }

    /// @dev What the desk grants of the award once it takes it.
    function _grantOf(Quarrel storage q) private view returns (uint256) {
        Case storage c = cases[q.claim];
        return _min(q.award, _worthApart(c, true) - _promised(c));
    }

    /// @dev Whether the desk can take the award: its insurer may pay, and no other claim has reserved what it needs.
    function _canTake(Quarrel storage q) private view returns (bool) {
        Case storage c = cases[q.claim];
        (uint256 granted, uint256 promised) = (_grantOf(q), _promised(c));
        if (granted > _payable(c, c.claimed) - promised) return false;
        return granted + promised == 0 || !_isPaused(_insurerOf(c));
    }

    function _enterAward(Quarrel storage q) private {
        if (!_canTake(q)) return;
        Case storage c = cases[q.claim];
        (uint256 granted, uint256 promised) = (_grantOf(q), _promised(c));
        q.delivered = true;
        c.outcome = granted > 0 ? ClaimOutcome.Awarded : ClaimOutcome.Upheld;
        uint256 late = c.escalated ? _lateness(c) : block.timestamp - c.clockFrom + c.lateSeconds;
        uint256 interest = _interest(granted, late);
        (c.each, c.left) = (0, 0);
        _enterPayment(c, ClaimState.Closed, granted + promised, interest, 0);
    }

    /// @dev Silence strikes arbitrators off; the registrar sees to it that there are enough.
    function _fillBench() private {
        Arbitrator[] memory bench = panel.bench();
        (uint256 advocates, uint256 others) = (0, 0);
        for (uint256 k = 0; k < bench.length; ++k) {
            if (bench[k].removedBlock != 0) continue;
            if (bench[k].consumerAdvocate) ++advocates;
            else ++others;
        }
        for (; advocates < 2; ++advocates) {
            _admitArbitrator(true);
        }
        for (; others < 4; ++others) {
            _admitArbitrator(false);
        }
    }

    /// @dev A dispute somebody has to rule on, or one that can be ended.
    function _findQuarrel(uint256 seed, bool ended) private view returns (uint256) {
        uint256 count = quarrels.length;
        for (uint256 k = 0; k < count; ++k) {
            Quarrel storage q = quarrels[(seed % count + k) % count];
            if (!q.decided && (ended ? q.sits : !q.sits || q.committed == 0)) return (seed % count + k) % count;
        }
        return count;
    }
}
