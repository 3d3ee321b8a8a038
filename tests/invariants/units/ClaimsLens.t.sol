// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimsLens} from "../../../contracts/ClaimsLens.sol";
import {IClaimsDesk} from "../../../contracts/interfaces/IClaimsDesk.sol";
import {Liabilities, NextStep, StepKind, StepOwner, TreasuryStanding} from "../../../contracts/types/LensTypes.sol";
import {ClaimDeadlines, ClaimState, Decision} from "../../../contracts/types/ClaimTypes.sol";
import {ClaimsHouse} from "./ClaimsHouse.sol";

/// @notice What readers see of a claim: whose turn it is, until when, and for how much.
contract ClaimsLensTest is ClaimsHouse {
    uint64 private constant CLAIMED = uint64(200 * UNIT);
    ClaimsLens private _lens;
    uint256 private _policy;
    uint256 private _start;

    function setUp() public override {
        super.setUp();
        _lens = new ClaimsLens();
        _policy = _bind();
        _start = block.timestamp; // Wednesday, 00:00
    }

    function test_nextStep__before_a_decision__insurer_s_then_claimant_s() public {
        uint256 id = _notify(_policy, CLAIMED);
        _assertStep(id, StepOwner.Insurer, StepKind.Acknowledge, _start + 1 days);
        vm.warp(_start + 1 days + 1);
        _assertStep(id, StepOwner.Claimant, StepKind.Escalate, _start + 1 days);
        vm.warp(_start);
        vm.prank(adjuster);
        desk.acknowledge(id);
        _assertStep(id, StepOwner.Insurer, StepKind.Decide, _start + 2 days);
        vm.warp(_start + 2 days + 1);
        _assertStep(id, StepOwner.Claimant, StepKind.Escalate, _start + 2 days);
        (uint64 disputed, uint64 deposit) = _lens.depositFor(desk, id);
        assertEq(disputed, 178_200_000);
        assertEq(deposit, 0);
    }

    function test_nextStep__nothing_to_escalate_for__insurer_still_decides() public {
        uint256 id = _notify(_policy, uint64(2 * UNIT));
        vm.warp(_start + 5 days);
        _assertStep(id, StepOwner.Insurer, StepKind.Decide, _start + 2 days);
    }

    function test_nextStep__after_a_decision__dispute_instalments_close() public {
        uint256 id = _notify(_policy, CLAIMED);
        Decision memory d = _decision(id, uint64(100 * UNIT));
        (d.instalments, d.intervalSeconds) = (2, 1 days);
        vm.prank(adjuster);
        desk.decide(d, address(0), "");
        _assertStep(id, StepOwner.Claimant, StepKind.Dispute, _start + DISPUTE_WINDOW);
        (uint64 disputed, uint64 deposit) = _lens.depositFor(desk, id);
        assertEq(disputed, 90_000_000);
        assertEq(deposit, 9_000_000);
        assertEq(_lens.deadlines(desk, id).instalment, _start + 1 days);
        vm.warp(_start + 1 days);
        _assertStep(id, StepOwner.Anyone, StepKind.PayInstalment, _start + 1 days);
        desk.payInstalment(id);
        _assertStep(id, StepOwner.Claimant, StepKind.Dispute, _start + DISPUTE_WINDOW);
        vm.warp(_start + DISPUTE_WINDOW + 1);
        _assertStep(id, StepOwner.Anyone, StepKind.Close, _start + DISPUTE_WINDOW + 1);
        desk.close(id);
        uint256 reopen = block.timestamp + REOPEN_WINDOW;
        _assertStep(id, StepOwner.Claimant, StepKind.Reopen, reopen);
        (disputed, deposit) = _lens.depositFor(desk, id);
        assertEq(disputed + deposit, 0);
        vm.warp(reopen + 1);
        _assertStep(id, StepOwner.Nobody, StepKind.None, 0);
    }

    function test_nextStep__disputed__the_panel_s() public {
        uint256 id = _notify(_policy, CLAIMED);
        _decide(id, 0);
        vm.prank(holder);
        desk.dispute(id);
        _assertStep(id, StepOwner.Panel, StepKind.Rule, 0);
        vm.prank(address(panel));
        desk.award(id, 0, 7, 0);
        _assertStep(id, StepOwner.Nobody, StepKind.None, 0);
    }

    /// @dev One claim is estimated at nothing, and two others reserve the whole sum insured.
    function _crowdedOut() private returns (uint256 id) {
        id = _notify(_policy, uint64(700 * UNIT));
        vm.prank(adjuster);
        desk.reestimate(id, 0);
        _notify(_policy, uint64(700 * UNIT));
        _notify(_policy, uint64(700 * UNIT));
    }

    function test_depositFor__limits_reserved_for_others__what_the_desk_asks() public {
        uint256 id = _crowdedOut();
        vm.warp(_start + 5 days);
        _assertStep(id, StepOwner.Claimant, StepKind.Escalate, _start + 1 days);
        (uint64 disputed, uint64 deposit) = _lens.depositFor(desk, id);
        assertEq(disputed, 600 * UNIT);
        assertEq(deposit, 0);
        _decide(id, 0);
        _assertStep(id, StepOwner.Claimant, StepKind.Dispute, block.timestamp + DISPUTE_WINDOW);
        (disputed, deposit) = _lens.depositFor(desk, id);
        assertEq(deposit, 20 * UNIT);

        vm.startPrank(holder);
        token.approve(address(panel), deposit);
        uint256 disputeId = desk.dispute(id);
        vm.stopPrank();

        assertEq(panel.dispute(disputeId).disputed, disputed);
        assertEq(panel.dispute(disputeId).deposit, deposit);
    }

    function test_nextStep__award_not_delivered__anyone_s() public {
        uint256 id = _crowdedOut();
        _decide(id, 0);
        uint256 disputeId = _dispute(id);
        _draw(disputeId);
        (, uint40 revealUntil) = panel.windows(disputeId);
        _assertStep(id, StepOwner.Panel, StepKind.Rule, revealUntil);
        vm.warp(revealUntil);
        panel.conclude(disputeId); // nobody ruled
        _assertStep(id, StepOwner.Panel, StepKind.Rule, 0);
        _ruleByPanel(disputeId, uint64(600 * UNIT));

        _assertWaits(disputeId, uint64(600 * UNIT), 0);
        _assertStep(id, StepOwner.Anyone, StepKind.Deliver, 0);
        vm.warp(block.timestamp + 365 days + 1);
        panel.conclude(disputeId);
        _assertStep(id, StepOwner.Nobody, StepKind.None, 0);
    }

    function test_deadlines__as_the_desk_counts_them__pauses_included() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.prank(chief);
        treasury.pause(6 hours);
        vm.warp(_start + 6 hours);
        ClaimDeadlines memory until = _lens.deadlines(desk, id);
        assertEq(until.acknowledge, _start + 1 days + 6 hours);
        assertEq(until.decide, _start + 2 days + 6 hours);
        assertEq(until.dispute + until.reopen + until.instalment, 0);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ClaimNotInState.selector, 5, ClaimState.None));
        _lens.deadlines(desk, 5);
    }

    function test_claimsOf__pages__from_zero_on() public {
        uint256 first = _notify(_policy, CLAIMED);
        uint256 second = _notify(_policy, CLAIMED);
        assertEq(_lens.claimsOf(desk, address(product), _policy, 0, 9).length, 2);
        assertEq(_lens.claimsOf(desk, address(product), _policy, 0, 1)[0].claimId, first);
        assertEq(_lens.claimsOf(desk, address(product), _policy, 1, 9)[0].claimId, second);
        assertEq(_lens.claimsOf(desk, address(product), _policy, 2, 9).length, 0);
    }

    function test_treasuryStanding__and_liabilities__as_the_treasury_tells() public {
        _notify(_policy, CLAIMED);
        TreasuryStanding memory s = _lens.treasuryStanding(treasury);
        assertEq(s.held, CAPITAL + 50 * UNIT);
        assertEq(s.reserves, 178_200_000);
        assertEq(s.exposure, 1_030 * UNIT - 178_200_000);
        assertEq(s.unearned, 50 * UNIT);
        Liabilities memory l = _lens.liabilities(treasury, address(product));
        assertTrue(l.registered);
        assertEq(l.reserves, 178_200_000);
    }

    function _assertStep(uint256 id, StepOwner owner, StepKind kind, uint256 instant) private view {
        NextStep memory step = _lens.nextStep(desk, id);
        assertEq(uint8(step.owner), uint8(owner), "owner");
        assertEq(uint8(step.kind), uint8(kind), "kind");
        assertEq(step.instant, instant, "instant");
    }
}
