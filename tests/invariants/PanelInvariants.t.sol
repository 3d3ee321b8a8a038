// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "forge-std/Test.sol";

import {DisputePanel} from "../../contracts/DisputePanel.sol";
import {RecordingCourt} from "../../contracts/mocks/RecordingCourt.sol";
import {Dispute, DisputeState, Seat} from "../../contracts/types/DisputeTypes.sol";
import {PanelHandler} from "./PanelHandler.sol";

/// @notice What must never happen to a dispute, whatever is called in whatever order. Words: docs/invariants.md.
contract PanelInvariantsTest is Test {
    uint16 private constant SILENT = 900;
    PanelHandler private _handler;
    DisputePanel private _panel;
    RecordingCourt private _court;

    function setUp() public {
        _handler = new PanelHandler();
        (_panel, _court) = (_handler.panel(), _handler.court());
        targetContract(address(_handler));
        excludeSender(address(_handler));
    }

    /// What the last call touched is checked after it, everything at the end of a history.
    function invariant_AllHold() public view {
        _checkD1();
        if (_handler.touched() != 0) _checkDispute(_handler.touched());
        assertEq(_handler.acceptedWrongly(), 0, "D6: accepted what had to be refused");
    }

    /// D7: whatever happened, every dispute can be brought to its end by calls that are open to anyone.
    function afterInvariant() public {
        for (uint256 id = 1; id <= _handler.disputeCount(); ++id) {
            _checkDispute(id);
        }
        _court.setClosed(false);
        for (uint256 id = 1; id <= _handler.disputeCount(); ++id) {
            for (uint256 step = 0; step < 8 && _panel.dispute(id).state != DisputeState.Delivered; ++step) {
                _push(id);
            }
            assertTrue(_panel.dispute(id).state == DisputeState.Delivered, "D7: a dispute has no end");
            assertEq(_court.awardOf(_panel.dispute(id).claimId).times, 1, "D7: not delivered once");
        }
    }

    function _checkDispute(uint256 id) private view {
        Dispute memory d = _panel.dispute(id);
        _checkD2(id, d);
        _checkD3(id, d);
        _checkD4(d);
        _checkD5(id, d);
    }

    /// D1: the panel has every deposit of what is undecided, and every deposit it holds, to the unit.
    function _checkD1() private view {
        IERC20 token = IERC20(address(_handler.token()));
        uint256 held = 0;
        address[] memory accounts = _handler.accounts();
        for (uint256 i = 0; i < accounts.length; ++i) {
            assertEq(_panel.heldDeposit(accounts[i], token), _handler.heldDue(accounts[i]), "D1: held != due");
            held += _handler.heldDue(accounts[i]);
        }
        assertEq(token.balanceOf(address(_panel)), _handler.depositsIn() + held, "D1: there != deposits + held");
    }

    /// D2: states only move up, and what was decided stays decided.
    function _checkD2(uint256 id, Dispute memory d) private view {
        PanelHandler.Book memory book = _handler.book(id);
        assertTrue(d.state >= book.highest, "D2: a state went down");
        if (!book.decided) return;
        bool same = d.award == book.award && d.reasonCode == book.reasonCode && d.clause == book.clause;
        assertTrue(same, "D2: a decision changed");
    }

    /// D3: at most what is disputed, within what was ruled; all of it when nobody ruled.
    function _checkD3(uint256 id, Dispute memory d) private view {
        if (d.state < DisputeState.Decided) return;
        uint64[] memory shown = _handler.book(id).shown;
        if (shown.length == 0) {
            assertEq(d.award, d.disputed, "D3: silence did not award all");
            assertEq(d.reasonCode, SILENT, "D3: silence has another reason");
            return;
        }
        (uint64 low, uint64 high) = (type(uint64).max, 0);
        for (uint256 i = 0; i < shown.length; ++i) {
            if (shown[i] < low) low = shown[i];
            if (shown[i] > high) high = shown[i];
        }
        assertTrue(low <= d.award && d.award <= high, "D3: award outside the rulings");
        assertTrue(d.award <= d.disputed && d.reasonCode != SILENT && d.clause != 0, "D3: award without ground");
    }

    /// D4: the court is told once, when the dispute is delivered, and exactly what was decided.
    function _checkD4(Dispute memory d) private view {
        RecordingCourt.Award memory told = _court.awardOf(d.claimId);
        assertEq(told.times, d.state == DisputeState.Delivered ? 1 : 0, "D4: told another number of times");
        if (told.times == 0) return;
        assertEq(told.amount, d.award, "D4: told another award");
        assertEq(told.reasonCode, d.reasonCode, "D4: told another reason");
        assertEq(told.clause, d.clause, "D4: told another clause");
    }

    /// D5: three different people sit, the first an advocate, none of them the claimant.
    function _checkD5(uint256 id, Dispute memory d) private view {
        for (uint8 number = 1; number <= 2; ++number) {
            Seat[3] memory seats = _panel.seats(id, number);
            (address a, address b, address c) = (seats[0].arbitrator, seats[1].arbitrator, seats[2].arbitrator);
            if (a == address(0)) continue;
            assertTrue(a != b && b != c && a != c && b != address(0) && c != address(0), "D5: seats");
            assertTrue(a != d.claimant && b != d.claimant && c != d.claimant, "D5: the claimant sits");
            uint256 first = uint160(a) - uint160(_handler.arbitratorAt(0));
            assertTrue(first < 3, "D5: no advocate");
            assertTrue(uint160(b) - uint160(_handler.arbitratorAt(0)) >= 3, "D5: an advocate in another seat");
            assertTrue(uint160(c) - uint160(_handler.arbitratorAt(0)) >= 3, "D5: an advocate in another seat");
        }
    }

    /// One step towards the end, as anybody could take it.
    function _push(uint256 id) private {
        Dispute memory d = _panel.dispute(id);
        bool waiting = d.state == DisputeState.Opened || d.state == DisputeState.OpenedAgain;
        if (waiting) {
            vm.roll((block.number > d.hashBlock ? block.number : d.hashBlock) + 1);
            if (_panel.draw(id)) return;
            vm.roll(block.number + 5);
            if (_panel.draw(id)) return;
            vm.warp(block.timestamp + 8 days);
        } else {
            (, uint40 until) = _panel.windows(id);
            if (until > block.timestamp) vm.warp(until);
        }
        try _panel.conclude(id) {} catch {}
    }
}
