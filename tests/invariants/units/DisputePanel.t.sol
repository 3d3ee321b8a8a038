// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "forge-std/Test.sol";

import {DisputePanel} from "../../../contracts/DisputePanel.sol";
import {IDisputePanel} from "../../../contracts/interfaces/IDisputePanel.sol";
import {FeeToken} from "../../../contracts/mocks/FeeToken.sol";
import {RecordingCourt} from "../../../contracts/mocks/RecordingCourt.sol";
import {TestStablecoin} from "../../../contracts/mocks/TestStablecoin.sol";
import {
    Arbitrator,
    Dispute,
    DisputeRequest,
    DisputeState,
    Ruling,
    Seat
} from "../../../contracts/types/DisputeTypes.sol";

/// @notice A dispute from its opening to its delivered award, and the bench its panels are drawn from.
contract DisputePanelTest is Test {
    uint40 private constant START = 1_700_000_000;
    uint64 private constant DISPUTED = 200e6;
    uint64 private constant DEPOSIT = 20e6;
    uint256 private constant CLAIM = 77;
    address private constant CLAIMANT = address(0xA1);
    address private constant INSURER = address(0xB1);
    address private constant ANYBODY = address(0xA9);
    address private constant ADVOCATE = address(0xD1);
    bytes32 private constant WORDS = keccak256("clause");
    bytes32 private constant SIBLING = keccak256("sibling");

    AccessManager private _manager;
    DisputePanel private _panel;
    RecordingCourt private _court;
    TestStablecoin private _token;
    bytes32 private _root;

    function setUp() public {
        vm.warp(START);
        vm.roll(1_000);
        _manager = new AccessManager(address(this));
        _panel = new DisputePanel(address(_manager), 5 days, 3 days, 2 days, 1_000);
        _court = new RecordingCourt(_panel);
        _manager.setTargetFunctionRole(address(_panel), _selectors(DisputePanel.openDispute.selector), 10);
        _manager.grantRole(10, address(_court), 0);
        _token = new TestStablecoin(address(this));
        _token.mint(CLAIMANT, 100e6);
        vm.prank(CLAIMANT);
        _token.approve(address(_panel), type(uint256).max);
        (bytes32 leaf, bytes32 other) = (_leaf(WORDS), SIBLING);
        _root = leaf < other ? keccak256(abi.encode(leaf, other)) : keccak256(abi.encode(other, leaf));
        _admit(0);
    }

    // Constructor and opening

    function test_constructor__windows_and_cap__within_bounds() public {
        uint40[3][6] memory bad = [
            [uint40(1 hours - 1), 1 days, 1 days],
            [uint40(30 days + 1), 1 days, 1 days],
            [uint40(1 days), 1 hours - 1, 1 days],
            [uint40(1 days), 30 days + 1, 1 days],
            [uint40(1 days), 1 days, 1 hours - 1],
            [uint40(1 days), 1 days, 30 days + 1]
        ];
        uint40[6] memory named = [bad[0][0], bad[1][0], bad[2][1], bad[3][1], bad[4][2], bad[5][2]];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IDisputePanel.PanelWindowInvalid.selector, named[i], 1 hours, 30 days)
            );
            new DisputePanel(address(_manager), bad[i][0], bad[i][1], bad[i][2], 0);
        }
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.DepositCapInvalid.selector, 10_001));
        new DisputePanel(address(_manager), 1 hours, 30 days, 1 hours, 10_001);
        DisputePanel widest = new DisputePanel(address(_manager), 30 days, 1 hours, 30 days, 10_000);
        assertEq(widest.depositCap(DISPUTED), DISPUTED);
        assertEq(_panel.depositCap(DISPUTED + 9), DEPOSIT);
    }

    function test_openDispute__complete__kept_and_deposit_taken() public {
        vm.expectEmit(address(_panel));
        emit IDisputePanel.DisputeOpened(
            1, CLAIM, CLAIMANT, address(_court), address(_token), DISPUTED, DEPOSIT, INSURER, _root, 1_004
        );
        assertEq(_open(), 1);

        Dispute memory d = _panel.dispute(1);
        assertEq(d.claimId, CLAIM);
        assertEq(d.court, address(_court));
        assertEq(d.disputed, DISPUTED);
        assertTrue(d.state == DisputeState.Opened);
        assertEq(d.claimant, CLAIMANT);
        assertEq(d.deposit, DEPOSIT);
        assertEq(address(d.token), address(_token));
        assertEq(d.waitingSince, START);
        assertEq(d.depositTo, INSURER);
        assertEq(d.benchBlock, 1_000);
        assertEq(d.hashBlock, 1_004);
        assertEq(d.clauseRoot, _root);
        assertEq(_token.balanceOf(address(_panel)), DEPOSIT);
        assertEq(_panel.disputeOf(address(_court), CLAIM), 1);
        assertEq(_panel.disputeCount(), 1);
    }

    function test_openDispute__without_deposit__nobody_pays() public {
        DisputeRequest memory r = _request();
        (r.deposit, r.depositTo) = (0, address(0));

        assertEq(_court.open(r), 1);
        assertEq(_token.balanceOf(CLAIMANT), 100e6);
    }

    function test_openDispute__something_missing__reverts() public {
        DisputeRequest[6] memory bad = [_request(), _request(), _request(), _request(), _request(), _request()];
        bad[0].claimId = 0;
        bad[1].claimant = address(0);
        bad[2].token = IERC20(address(0));
        (bad[3].disputed, bad[3].deposit) = (0, 0);
        bad[4].clauseRoot = 0;
        bad[5].depositTo = address(0);
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDisputePanel.DisputeIncomplete.selector, bad[i].claimId));
            _court.open(bad[i]);
        }
    }

    function test_openDispute__twice_or_too_high_a_deposit__reverts() public {
        DisputeRequest memory r = _request();
        r.deposit = DEPOSIT + 1;
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.DepositTooHigh.selector, CLAIM, DEPOSIT + 1, DEPOSIT));
        _court.open(r);
        _open();
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.ClaimDisputedAlready.selector, CLAIM, 1));
        _open();
    }

    function test_openDispute__by_others__reverts() public {
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY));
        _panel.openDispute(_request());
        _manager.grantRole(10, ANYBODY, 0);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.CourtHasNoCode.selector, ANYBODY));
        _panel.openDispute(_request());
    }

    function test_openDispute__token_with_a_fee__reverts() public {
        FeeToken fee = new FeeToken();
        fee.mint(CLAIMANT, DEPOSIT);
        vm.prank(CLAIMANT);
        fee.approve(address(_panel), DEPOSIT);
        DisputeRequest memory r = _request();
        r.token = fee;

        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputePanel.DepositReceivedDiffers.selector, CLAIM, DEPOSIT - DEPOSIT / 100, DEPOSIT
            )
        );
        _court.open(r);
    }

    // Courts

    function test_enrolCourt__by_the_registrar__heard_after_its_role_is_gone() public {
        address registrar = _appointRegistrar();
        assertFalse(_panel.isCourt(address(_court)));
        vm.expectEmit(address(_panel));
        emit IDisputePanel.CourtEnrolled(address(_court));
        vm.prank(registrar);
        _panel.enrolCourt(address(_court));
        vm.recordLogs();
        vm.prank(registrar);
        _panel.enrolCourt(address(_court)); // again: nothing new
        assertEq(vm.getRecordedLogs().length, 0);

        _manager.revokeRole(10, address(_court));
        assertTrue(_panel.isCourt(address(_court)));
        assertEq(_open(), 1);
    }

    function test_enrolCourt__by_anybody_else__reverts_and_the_court_ends_with_its_role() public {
        _appointRegistrar();
        address[3] memory others = [address(_court), ANYBODY, address(this)]; // with its role; no role; administrator
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, others[i]));
            _panel.enrolCourt(address(_court));
        }

        assertFalse(_panel.isCourt(address(_court)));
        _manager.revokeRole(10, address(_court));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, _court));
        _open();
    }

    function test_enrolCourt__of_one_without_the_role__reverts() public {
        vm.prank(_appointRegistrar());
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.CourtNotAdmitted.selector, ANYBODY));
        _panel.enrolCourt(ANYBODY);
        assertFalse(_panel.isCourt(ANYBODY));
    }

    function test_disputes__pages__from_one_on() public {
        _open();
        DisputeRequest memory r = _request();
        (r.claimId, r.deposit) = (CLAIM + 1, 0);
        _court.open(r);

        assertEq(_panel.disputes(0, 9).length, 2);
        assertEq(_panel.disputes(1, 1).length, 1);
        assertEq(_panel.disputes(2, 9)[0].claimId, CLAIM + 1);
        assertEq(_panel.disputes(3, 9).length, 0);
        assertEq(_panel.disputes(1, 500).length, 2);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.DisputePageTooLong.selector, 501, 500));
        _panel.disputes(1, 501);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.DisputeUnknown.selector, 3));
        _panel.dispute(3);
    }

    // Drawing

    function test_draw__by_a_later_block__one_advocate_and_two_others() public {
        _open();
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.DrawTooEarly.selector, 1, 1_004));
        _panel.draw(1);
        vm.roll(1_004);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.DrawTooEarly.selector, 1, 1_004));
        _panel.draw(1);
        _draw();

        Seat[3] memory seats = _panel.seats(1, 1);
        assertEq(seats[0].arbitrator, ADVOCATE);
        assertTrue(seats[1].arbitrator != seats[2].arbitrator);
        assertTrue(_isOther(seats[1].arbitrator) && _isOther(seats[2].arbitrator));
        Dispute memory d = _panel.dispute(1);
        assertTrue(d.state == DisputeState.Sitting);
        assertEq(d.drawnAt, START);
        (uint40 commitUntil, uint40 revealUntil) = _panel.windows(1);
        assertEq(commitUntil, START + 5 days);
        assertEq(revealUntil, START + 8 days);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.DrawNotAwaited.selector, 1));
        _panel.draw(1);
    }

    function test_draw__the_hash_is_gone__fixed_anew() public {
        _open();
        vm.roll(1_004 + 257);

        vm.expectEmit(address(_panel));
        emit IDisputePanel.DrawPostponed(1, 1_265);
        assertFalse(_panel.draw(1));

        Dispute memory d = _panel.dispute(1);
        assertEq(d.benchBlock, 1_261);
        assertEq(d.hashBlock, 1_265);
        vm.roll(1_266);
        assertTrue(_panel.draw(1));
    }

    function test_draw__claimant_is_an_arbitrator__is_never_drawn() public {
        DisputeRequest memory r = _request();
        (r.claimant, r.deposit) = (address(0xE1), 0);
        _court.open(r);
        _draw();

        Seat[3] memory seats = _panel.seats(1, 1);
        assertTrue(seats[1].arbitrator != address(0xE1) && seats[2].arbitrator != address(0xE1));
    }

    function test_draw__too_few_on_the_bench__postponed_and_in_the_end_decided_without() public {
        DisputeRequest memory r = _request();
        r.claimant = ADVOCATE;
        r.deposit = 0;
        _court.open(r);
        vm.roll(1_005);
        assertFalse(_panel.draw(1));
        bytes memory refusal = abi.encodeWithSelector(IDisputePanel.PanelNotDrawn.selector, 1, START + 2 days);
        vm.warp(START + 2 days - 1);
        vm.expectRevert(refusal);
        _panel.conclude(1);
        vm.warp(START + 2 days);
        _panel.conclude(1);

        _assertAward(DISPUTED, 900, 0, 1);
    }

    function test_conclude__a_panel_could_be_drawn__reverts_however_late() public {
        _open();
        vm.warp(START + 9 days);

        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.PanelNotDrawn.selector, 1, START + 2 days));
        _panel.conclude(1);
    }

    // Ruling

    function test_commit__not_as_it_should_be__reverts() public {
        _open();
        vm.prank(ADVOCATE);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.PanelNotSitting.selector, 1));
        _panel.commit(1, "ruling");
        _draw();
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.NotOnPanel.selector, 1, address(this)));
        _panel.commit(1, "ruling");
        vm.startPrank(ADVOCATE);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.CommitmentMissing.selector, 1));
        _panel.commit(1, 0);
        _panel.commit(1, "ruling");
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.RulingCommittedAlready.selector, 1, ADVOCATE));
        _panel.commit(1, "another");
        vm.stopPrank();
        assertEq(_panel.dispute(1).committed, 1);
        assertEq(_panel.seats(1, 1)[0].commitment, "ruling");
    }

    function test_commit__window_over__reverts() public {
        _open();
        _draw();
        address second = _panel.seats(1, 1)[1].arbitrator;
        vm.warp(START + 5 days - 1);
        vm.prank(second);
        _panel.commit(1, "ruling");
        vm.warp(START + 5 days);

        vm.prank(ADVOCATE);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.CommitClosed.selector, 1, START + 5 days));
        _panel.commit(1, "ruling");
    }

    function test_reveal__not_as_it_should_be__reverts() public {
        _open();
        _draw();
        Ruling memory ruling = _ruling(50e6);
        _commit(0, ruling);
        _expectReveal(ruling, abi.encodeWithSelector(IDisputePanel.RevealTooEarly.selector, 1, START + 5 days));
        vm.warp(START + 5 days);
        ruling.award = 51e6;
        bytes32 shown = _panel.commitmentOf(1, ADVOCATE, ruling);
        bytes32 kept = _panel.commitmentOf(1, ADVOCATE, _ruling(50e6));
        _expectReveal(ruling, abi.encodeWithSelector(IDisputePanel.RulingDiffers.selector, 1, shown, kept));
        vm.prank(ADVOCATE);
        _panel.reveal(1, _ruling(50e6));
        bytes memory again = abi.encodeWithSelector(IDisputePanel.RulingRevealedAlready.selector, 1, ADVOCATE);
        _expectReveal(_ruling(50e6), again);
        vm.warp(START + 8 days);
        _expectReveal(ruling, abi.encodeWithSelector(IDisputePanel.RevealClosed.selector, 1, START + 8 days));
    }

    function test_reveal__not_a_ruling__reverts() public {
        Ruling[4] memory bad = [_ruling(DISPUTED + 1), _ruling(1), _ruling(1), _ruling(1)];
        (bad[1].reasonCode, bad[2].reasonCode) = (0, 900);
        bad[3].clauseWords = keccak256("no clause");
        bytes[4] memory refusals = [
            abi.encodeWithSelector(IDisputePanel.AwardTooHigh.selector, 1, DISPUTED + 1, DISPUTED),
            abi.encodeWithSelector(IDisputePanel.ReasonInvalid.selector, 1, 0),
            abi.encodeWithSelector(IDisputePanel.ReasonInvalid.selector, 1, 900),
            abi.encodeWithSelector(IDisputePanel.ClauseNotInTerms.selector, 1, _leaf(keccak256("no clause")), _root)
        ];
        _open();
        _draw();
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < bad.length; ++i) {
            _commit(0, bad[i]);
            vm.warp(START + 5 days);
            _expectReveal(bad[i], refusals[i]);
            vm.revertToState(snapshot);
        }
    }

    function test_conclude__three_rulings__the_middle_one_at_once() public {
        _open();
        _draw();
        _commit(0, _ruling(DISPUTED));
        _commit(1, _ruling(10e6));
        _commit(2, _ruling(60e6));
        _reveal(0, DISPUTED);
        _reveal(1, 10e6);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.PanelStillSitting.selector, 1, START + 8 days));
        _panel.conclude(1);
        _reveal(2, 60e6);
        vm.expectEmit(address(_panel));
        emit IDisputePanel.DisputeDecided(1, CLAIM, 60e6, 7, _leaf(WORDS), 3);
        _panel.conclude(1);

        _assertAward(60e6, 7, _leaf(WORDS), 1);
        assertEq(_token.balanceOf(CLAIMANT), 100e6);
        assertTrue(_panel.dispute(1).state == DisputeState.Delivered);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.DisputeDelivered.selector, 1));
        _panel.conclude(1);
        assertEq(_strikesOf(ADVOCATE), 0);
    }

    function test_conclude__two_rulings__half_their_sum_rounded_down() public {
        _open();
        _draw();
        _commit(0, _ruling(21));
        _commit(1, _ruling(10));
        vm.warp(START + 5 days);
        _reveal(0, 21);
        _reveal(1, 10);
        vm.warp(START + 8 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.PanelStillSitting.selector, 1, START + 8 days));
        _panel.conclude(1);
        vm.warp(START + 8 days);
        address silent = _panel.seats(1, 1)[2].arbitrator;
        vm.expectEmit(address(_panel));
        emit IDisputePanel.ArbitratorSilent(1, silent, 1);
        _panel.conclude(1);

        _assertAward(15, 7, _leaf(WORDS), 1);
        assertEq(_strikesOf(silent), 1);
    }

    function test_conclude__one_ruling_of_a_single_unit__deposit_goes_back_to_the_claimant() public {
        _open();
        _draw();
        _commit(1, _ruling(1));
        vm.warp(START + 5 days);
        _reveal(1, 1);
        vm.warp(START + 8 days);
        vm.expectEmit(address(_panel));
        emit IDisputePanel.DepositPaid(1, CLAIMANT, DEPOSIT);
        _panel.conclude(1);

        _assertAward(1, 7, _leaf(WORDS), 1);
        assertEq(_token.balanceOf(INSURER), 0);
    }

    function test_conclude__one_ruling_of_nothing__deposit_goes_to_the_other_side() public {
        _open();
        _draw();
        _commit(1, _ruling(0));
        vm.warp(START + 5 days);
        _reveal(1, 0);
        vm.warp(START + 8 days);
        vm.expectEmit(address(_panel));
        emit IDisputePanel.DepositPaid(1, INSURER, DEPOSIT);
        _panel.conclude(1);

        _assertAward(0, 7, _leaf(WORDS), 1);
        assertEq(_token.balanceOf(INSURER), DEPOSIT);
        assertEq(_token.balanceOf(CLAIMANT), 80e6);
    }

    function test_conclude__nobody_reveals__a_second_panel_of_others_and_then_all_for_the_claimant() public {
        _admit(0x100);
        _open();
        _draw();
        Seat[3] memory first = _panel.seats(1, 1);
        vm.warp(START + 8 days);
        vm.expectEmit(address(_panel));
        emit IDisputePanel.PanelSilent(1, uint40(block.number) + 4);
        _panel.conclude(1);

        assertTrue(_panel.dispute(1).state == DisputeState.OpenedAgain);
        assertEq(_panel.dispute(1).waitingSince, START + 8 days);
        (uint40 commitUntil, uint40 revealUntil) = _panel.windows(1);
        assertEq(commitUntil + revealUntil, 0);
        _draw();
        Seat[3] memory second = _panel.seats(1, 2);
        for (uint256 i = 0; i < 9; ++i) {
            assertTrue(first[i / 3].arbitrator != second[i % 3].arbitrator);
        }
        assertTrue(_panel.dispute(1).state == DisputeState.SittingAgain);
        (, revealUntil) = _panel.windows(1);
        assertEq(revealUntil, START + 16 days);
        vm.warp(START + 16 days);
        _panel.conclude(1);
        _assertAward(DISPUTED, 900, 0, 1);
        assertEq(_token.balanceOf(CLAIMANT), 100e6);
    }

    function test_conclude__second_panel_rules__its_ruling_counts() public {
        _open();
        _draw();
        vm.warp(START + 8 days);
        _panel.conclude(1);
        _draw();
        Seat[3] memory seats = _panel.seats(1, 2);
        Ruling memory ruling = _ruling(33e6);
        bytes32 commitment = _panel.commitmentOf(1, seats[1].arbitrator, ruling);
        vm.prank(seats[1].arbitrator);
        _panel.commit(1, commitment);
        vm.warp(START + 13 days);
        vm.prank(seats[1].arbitrator);
        _panel.reveal(1, ruling);
        vm.warp(START + 16 days);
        _panel.conclude(1);

        _assertAward(33e6, 7, _leaf(WORDS), 1);
        assertEq(_strikesOf(seats[1].arbitrator), 0); // did not sit before, and has ruled
        assertEq(_strikesOf(seats[2].arbitrator), 2);
        assertEq(_strikesOf(ADVOCATE), 2);
    }

    function test_conclude__court_refuses__decided_and_delivered_later() public {
        _open();
        _draw();
        _commit(1, _ruling(5e6));
        vm.warp(START + 5 days);
        _reveal(1, 5e6);
        vm.warp(START + 8 days);
        _court.setClosed(true);
        vm.expectEmit(address(_panel));
        emit IDisputePanel.AwardUndelivered(1, CLAIM);
        _panel.conclude(1);
        assertTrue(_panel.dispute(1).state == DisputeState.Decided);
        vm.expectRevert(abi.encodeWithSelector(RecordingCourt.CourtClosed.selector, CLAIM));
        _panel.conclude(1);
        _court.setClosed(false);
        vm.expectEmit(address(_panel));
        emit IDisputePanel.AwardDelivered(1, CLAIM);
        _panel.conclude(1);

        _assertAward(5e6, 7, _leaf(WORDS), 1);
        assertEq(_token.balanceOf(CLAIMANT), 100e6);
        assertTrue(_panel.dispute(1).state == DisputeState.Delivered);
    }

    /// @dev The claimant has won something, and the token pays them nothing.
    function _sitForABlockedClaimant() private {
        _open();
        _draw();
        _commit(1, _ruling(5e6));
        vm.warp(START + 5 days);
        _reveal(1, 5e6);
        vm.warp(START + 8 days);
        _token.setBlocked(CLAIMANT, true);
    }

    function test_conclude__deposit_refused_by_the_token__held_and_taken_later() public {
        _sitForABlockedClaimant();
        vm.expectEmit(address(_panel));
        emit IDisputePanel.DepositHeld(1, CLAIMANT, DEPOSIT);
        _panel.conclude(1);
        assertEq(_panel.heldDeposit(CLAIMANT, _token), DEPOSIT);

        vm.startPrank(CLAIMANT);
        vm.expectRevert(IDisputePanel.DepositRecipientMissing.selector);
        _panel.takeHeldDeposit(_token, address(0));
        vm.expectEmit(address(_panel));
        emit IDisputePanel.HeldDepositTaken(CLAIMANT, address(_token), ANYBODY, DEPOSIT);
        _panel.takeHeldDeposit(_token, ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.NoDepositHeld.selector, CLAIMANT, _token));
        _panel.takeHeldDeposit(_token, ANYBODY);
        vm.stopPrank();
        assertEq(_token.balanceOf(ANYBODY), DEPOSIT);
    }

    function test_pushHeldDeposit__by_anybody__goes_to_its_owner_alone() public {
        _sitForABlockedClaimant();
        _panel.conclude(1);

        vm.startPrank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(TestStablecoin.AccountBlocked.selector, CLAIMANT));
        _panel.pushHeldDeposit(_token, CLAIMANT);
        assertEq(_panel.heldDeposit(CLAIMANT, _token), DEPOSIT);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.NoDepositHeld.selector, ANYBODY, _token));
        _panel.pushHeldDeposit(_token, ANYBODY);
        vm.stopPrank();
        _token.setBlocked(CLAIMANT, false);
        uint256 before = _token.balanceOf(CLAIMANT);
        vm.expectEmit(address(_panel));
        emit IDisputePanel.HeldDepositTaken(CLAIMANT, address(_token), CLAIMANT, DEPOSIT);
        vm.prank(ANYBODY);
        _panel.pushHeldDeposit(_token, CLAIMANT);

        assertEq(_token.balanceOf(CLAIMANT), before + DEPOSIT);
        assertEq(_token.balanceOf(ANYBODY), 0);
        assertEq(_panel.heldDeposit(CLAIMANT, _token), 0);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.NoDepositHeld.selector, CLAIMANT, _token));
        _panel.pushHeldDeposit(_token, CLAIMANT);
    }

    function test_conclude__court_comes_back_in__is_stopped() public {
        _open();
        _draw();
        vm.warp(START + 8 days);
        _panel.conclude(1);
        _draw();
        vm.warp(START + 16 days);
        _court.setConcludesAgain(1);

        vm.expectEmit(address(_panel));
        emit IDisputePanel.AwardUndelivered(1, CLAIM);
        _panel.conclude(1);
    }

    // Bench

    function test_admitArbitrator__not_as_it_should_be__reverts() public {
        vm.expectRevert(IDisputePanel.ArbitratorMissing.selector);
        _panel.admitArbitrator(address(0), true);
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.ArbitratorOnBench.selector, ADVOCATE));
        _panel.admitArbitrator(ADVOCATE, true);
        vm.startPrank(ANYBODY);
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY);
        vm.expectRevert(refusal);
        _panel.admitArbitrator(ANYBODY, true);
        vm.expectRevert(refusal);
        _panel.removeArbitrator(ADVOCATE);
        vm.stopPrank();
    }

    function test_removeArbitrator__the_last_of_their_kind__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.BenchTooSmall.selector, ADVOCATE, 0, 3));
        _panel.removeArbitrator(ADVOCATE);
        vm.expectEmit(address(_panel));
        emit IDisputePanel.ArbitratorRemoved(address(0xE1), false);
        _panel.removeArbitrator(address(0xE1));
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.BenchTooSmall.selector, address(0xE2), 1, 1));
        _panel.removeArbitrator(address(0xE2));
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.ArbitratorNotOnBench.selector, address(0xE1)));
        _panel.removeArbitrator(address(0xE1));
    }

    function test_draw__removed_after_the_opening__still_drawn_and_admitted_after_not() public {
        _open();
        vm.roll(1_001);
        _admit(0x100);
        _panel.removeArbitrator(ADVOCATE);
        _draw();

        assertEq(_panel.seats(1, 1)[0].arbitrator, ADVOCATE);
        assertTrue(_isOther(_panel.seats(1, 1)[1].arbitrator));
        vm.warp(START + 8 days);
        vm.expectEmit(address(_panel));
        emit IDisputePanel.ArbitratorSilent(1, ADVOCATE, 0);
        _panel.conclude(1);
    }

    function test_admitArbitrator__places_of_those_who_left__used_again_once_no_draw_asks_for_them() public {
        _panel.removeArbitrator(address(0xE1));
        vm.roll(1_000 + 259);
        _panel.admitArbitrator(address(0xF1), false);
        assertEq(_panel.bench().length, 5);
        vm.roll(1_000 + 260);
        _panel.admitArbitrator(address(0xF2), true);

        Arbitrator[] memory bench = _panel.bench();
        assertEq(bench.length, 5);
        assertEq(bench[1].account, address(0xF2));
        assertTrue(bench[1].consumerAdvocate);
        assertEq(bench[1].admittedBlock, 1_260);
        assertEq(bench[1].removedBlock, 0);
    }

    function test_admitArbitrator__bench_full__reverts() public {
        for (uint160 i = 4; i < 96; ++i) {
            _panel.admitArbitrator(address(0x1_0000 + i), false);
        }

        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.BenchFull.selector, 96));
        _panel.admitArbitrator(ANYBODY, false);
    }

    function test_draw__many_draws__everybody_is_drawn_now_and_then() public {
        uint256[3] memory drawn;
        for (uint256 i = 0; i < 24; ++i) {
            DisputeRequest memory r = _request();
            (r.claimId, r.deposit) = (i + 1, 0);
            uint256 id = _court.open(r);
            vm.roll(block.number + 5);
            _panel.draw(id);
            for (uint256 k = 1; k < 3; ++k) {
                ++drawn[uint160(_panel.seats(id, 1)[k].arbitrator) - 0xE1];
            }
        }
        assertGt(drawn[0], 5);
        assertGt(drawn[1], 5);
        assertGt(drawn[2], 5);
        assertEq(drawn[0] + drawn[1] + drawn[2], 48);
    }

    function _appointRegistrar() private returns (address registrar) {
        registrar = address(0x4E6);
        _manager.setTargetFunctionRole(address(_panel), _selectors(DisputePanel.enrolCourt.selector), 11);
        _manager.grantRole(11, registrar, 0);
    }

    function _admit(uint160 from) private {
        _panel.admitArbitrator(address(uint160(ADVOCATE) + from), true);
        for (uint160 i = 1; i < 4; ++i) {
            _panel.admitArbitrator(address(0xE0 + from + i), false);
        }
    }

    function _open() private returns (uint256) {
        return _court.open(_request());
    }

    function _request() private view returns (DisputeRequest memory) {
        return DisputeRequest({
            claimId: CLAIM,
            claimant: CLAIMANT,
            token: _token,
            disputed: DISPUTED,
            deposit: DEPOSIT,
            depositTo: INSURER,
            clauseRoot: _root
        });
    }

    function _draw() private {
        vm.roll(_panel.dispute(1).hashBlock + 1);
        assertTrue(_panel.draw(1));
    }

    function _ruling(uint64 award) private pure returns (Ruling memory ruling) {
        (ruling.award, ruling.reasonCode, ruling.clauseWords, ruling.salt) = (award, 7, WORDS, "salt");
        ruling.proof = new bytes32[](1);
        ruling.proof[0] = SIBLING;
    }

    function _commit(uint256 seat, Ruling memory ruling) private {
        address arbitrator = _panel.seats(1, 1)[seat].arbitrator;
        bytes32 words = keccak256(
            abi.encode(1, arbitrator, ruling.award, ruling.reasonCode, _leaf(ruling.clauseWords), ruling.salt)
        );
        vm.prank(arbitrator);
        _panel.commit(1, words);
    }

    function _reveal(uint256 seat, uint64 award) private {
        vm.prank(_panel.seats(1, 1)[seat].arbitrator);
        _panel.reveal(1, _ruling(award));
    }

    function _expectReveal(Ruling memory ruling, bytes memory refusal) private {
        vm.prank(ADVOCATE);
        vm.expectRevert(refusal);
        _panel.reveal(1, ruling);
    }

    function _assertAward(uint64 amount, uint16 reasonCode, bytes32 clause, uint256 times) private view {
        RecordingCourt.Award memory award = _court.awardOf(CLAIM);
        assertEq(award.amount, amount);
        assertEq(award.reasonCode, reasonCode);
        assertEq(award.clause, clause);
        assertEq(award.times, times);
    }

    function _strikesOf(address arbitrator) private view returns (uint256) {
        Arbitrator[] memory bench = _panel.bench();
        for (uint256 i = 0; i < bench.length; ++i) {
            if (bench[i].account == arbitrator) return bench[i].strikes;
        }
        revert("not on the bench");
    }

    function _isOther(address arbitrator) private pure returns (bool) {
        return arbitrator > address(0xE0) && arbitrator < address(0xE4);
    }

    function _leaf(bytes32 words) private pure returns (bytes32) {
        return keccak256(abi.encode(words));
    }

    function _selectors(bytes4 selector) private pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](1);
        selectors[0] = selector;
    }
}
