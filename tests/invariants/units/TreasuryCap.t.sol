// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ITreasury} from "../../../contracts/interfaces/ITreasury.sol";
import {TestStablecoin} from "../../../contracts/mocks/TestStablecoin.sol";
import {ClaimPayment} from "../../../contracts/types/IndemnityTypes.sol";
import {HeldPayout} from "../../../contracts/types/TreasuryTypes.sol";
import {TreasuryTest} from "./TreasuryTest.sol";

/// @notice The day's cap, held payouts, and pauses.
contract TreasuryCapTest is TreasuryTest {
    bytes32 private constant REDIRECT_TYPEHASH =
        keccak256("Redirect(address payee,address to,uint256 nonce,uint256 deadline)");
    uint256 private constant NEXT_DAY = (START / 1 days + 1) * 1 days;

    function test_setPayoutCap__by_the_administrator__set_and_told() public {
        vm.expectEmit(address(treasury));
        emit ITreasury.PayoutCapChanged(50e6);
        treasury.setPayoutCap(50e6);

        (uint256 cap, uint256 left) = treasury.payoutCap();
        assertEq(cap, 50e6);
        assertEq(left, 50e6);
    }

    function test_payoutCap__none__everything_may_leave() public {
        _sell(0, 100e6);
        treasury.payBatch(_payouts(90e6, 0), 90e6);

        (uint256 cap, uint256 left) = treasury.payoutCap();
        assertEq(cap, 0);
        assertEq(left, type(uint64).max);
    }

    function test_payBatch__over_the_cap__what_fits_is_paid_and_the_rest_held() public {
        treasury.setPayoutCap(60e6);
        _sell(0, 100e6);

        treasury.payBatch(_payouts(60e6, 30e6), 90e6);

        assertEq(token.balanceOf(PAYEE), 60e6);
        assertEq(treasury.heldPayoutOf(OTHER), 30e6);
        (, uint256 left) = treasury.payoutCap();
        assertEq(left, 0);
        _assertBooks(CAPITAL - 60e6, 10e6, 0, 0, 30e6);
    }

    function test_payClaim__several_in_a_day__all_count_against_the_cap() public {
        treasury.setPayoutCap(60e6);
        _sell(9e6, 100e6);

        assertTrue(treasury.payClaim(_payment(0, 0, 25e6, 0)));
        treasury.returnPremium(1, OTHER, 5e6, 0);
        assertFalse(treasury.payClaim(_payment(0, 0, 30e6 + 1, 0)));
        assertTrue(treasury.payClaim(_payment(0, 0, 30e6, 0)));

        (, uint256 left) = treasury.payoutCap();
        assertEq(left, 0);
    }

    function test_payClaim__on_the_next_day__the_whole_cap_again() public {
        treasury.setPayoutCap(60e6);
        _sell(0, 200e6);
        treasury.payClaim(_payment(0, 0, 60e6, 0));

        vm.warp(NEXT_DAY - 1);
        (, uint256 left) = treasury.payoutCap();
        assertEq(left, 0);
        vm.warp(NEXT_DAY);
        (, left) = treasury.payoutCap();
        assertEq(left, 60e6);
        assertTrue(treasury.payClaim(_payment(0, 0, 45e6, 0)));
        (, left) = treasury.payoutCap();
        assertEq(left, 15e6);
    }

    function test_setPayoutCap__below_what_was_paid_today__nothing_left() public {
        treasury.setPayoutCap(60e6);
        _sell(0, 100e6);
        treasury.payClaim(_payment(0, 0, 50e6, 0));

        treasury.setPayoutCap(40e6);

        (, uint256 left) = treasury.payoutCap();
        assertEq(left, 0);
    }

    function test_pushHeldPayout__cap_has_room__paid_and_counted() public {
        _hold(70e6);
        treasury.setPayoutCap(50e6);

        vm.expectEmit(address(treasury));
        emit ITreasury.HeldPayoutPaid(PAYEE, PAYEE, 50e6);
        assertEq(treasury.pushHeldPayout(PAYEE), 50e6);

        assertEq(token.balanceOf(PAYEE), 50e6);
        assertEq(treasury.heldPayoutOf(PAYEE), 20e6);
        _assertBooks(CAPITAL - 50e6, 0, 0, 0, 20e6);
        _expect(ITreasury.PayoutCapReached.selector, 50e6, NEXT_DAY);
        treasury.pushHeldPayout(PAYEE);
        vm.warp(NEXT_DAY);
        assertEq(treasury.pushHeldPayout(PAYEE), 20e6);
        (, uint256 left) = treasury.payoutCap();
        assertEq(left, 30e6);
    }

    function test_pushHeldPayout__held_for_thirty_days__passes_the_cap() public {
        _hold(70e6);
        treasury.setPayoutCap(50e6);
        vm.warp(START + 30 days - 1);
        assertEq(treasury.pushHeldPayout(PAYEE), 50e6);
        _expect(ITreasury.PayoutCapReached.selector, 50e6, START + 30 days);
        treasury.pushHeldPayout(PAYEE);

        vm.warp(START + 30 days);

        assertEq(treasury.pushHeldPayout(PAYEE), 20e6);
        assertEq(treasury.heldPayoutOf(PAYEE), 0);
    }

    function test_pushHeldPayout__paid_and_held_anew__waits_from_then() public {
        _hold(5e6);
        vm.warp(START + 20 days);
        treasury.pushHeldPayout(PAYEE);
        _hold(6e6);
        treasury.setPayoutCap(1e6);
        vm.warp(START + 31 days);

        assertEq(treasury.pushHeldPayout(PAYEE), 1e6);

        vm.warp(START + 50 days);
        assertEq(treasury.pushHeldPayout(PAYEE), 5e6);
    }

    function test_pushHeldPayout__added_to_before_it_was_free__each_part_waits_for_itself() public {
        _hold(5e6);
        vm.warp(START + 20 days);
        _hold(6e6);
        treasury.setPayoutCap(1);

        vm.warp(START + 30 days);
        assertEq(treasury.pushHeldPayout(PAYEE), 5e6 + 1);
        vm.warp(START + 50 days - 1);
        assertEq(treasury.pushHeldPayout(PAYEE), 1);
        _expect(ITreasury.PayoutCapReached.selector, 1, START + 50 days);
        treasury.pushHeldPayout(PAYEE);
        vm.warp(START + 50 days);

        assertEq(treasury.pushHeldPayout(PAYEE), 6e6 - 2);
        assertEq(treasury.heldPayoutOf(PAYEE), 0);
    }

    function test_pushHeldPayout__added_to_again_and_again__only_what_is_fresh_waits_from_the_last_part() public {
        _hold(5e6);
        vm.warp(START + 10 days);
        _hold(6e6);
        vm.warp(START + 29 days);
        _hold(7e6);
        treasury.setPayoutCap(1);
        _assertHeld(0, 5e6, 13e6, START, START + 29 days);

        vm.warp(START + 30 days);
        _assertHeld(5e6, 13e6, 0, START + 29 days, 0);
        vm.warp(START + 59 days - 1);
        _assertHeld(5e6, 13e6, 0, START + 29 days, 0);
        vm.warp(START + 59 days);

        _assertHeld(18e6, 0, 0, 0, 0);
        assertEq(treasury.pushHeldPayout(PAYEE), 18e6);
    }

    function test_pushHeldPayout__held_anew_every_29_days__nothing_waits_longer_than_60() public {
        treasury.setPayoutCap(1);
        uint256 older = 0;
        for (uint256 i = 0; i < 24; ++i) {
            vm.warp(START + i * 29 days);
            _hold(5e6);
            // What came 58 days ago or earlier has left, but for what came since: today's and 29 days' worth.
            if (treasury.heldPayout(PAYEE).ripe > 0) older += treasury.pushHeldPayout(PAYEE);
            if (i >= 2) assertLe(treasury.heldPayoutOf(PAYEE), 3 * 5e6);
        }
        assertGe(older, 21 * 5e6);
        vm.warp(block.timestamp + 60 days);
        assertEq(treasury.pushHeldPayout(PAYEE), 24 * 5e6 - older);
    }

    /// @dev Whatever is added when, and whatever the cap lets out in between: 60 days after a moment, all that was held
    /// then passes the cap.
    function testFuzz_pushHeldPayout__added_to_at_any_time__free_after_60_days(uint256 seed, uint32[8] memory gaps)
        public
    {
        treasury.setPayoutCap(uint64(1 + seed % 3e6));
        uint256 at = START;
        uint256 mark = seed % gaps.length;
        (uint256 owed, uint256 deadline, uint256 paid) = (0, type(uint256).max, 0);
        for (uint256 i = 0; i < gaps.length; ++i) {
            at += gaps[i] % 31 days;
            if (at >= deadline) break;
            vm.warp(at);
            _hold(1e6 + i);
            if (i == mark) (owed, deadline) = (treasury.heldPayoutOf(PAYEE), at + 60 days);
            else if (seed >> i & 1 == 1 && i > mark) paid += _pushed();
        }
        vm.warp(deadline);
        treasury.setPayoutCap(1);
        assertGe(paid + _pushed(), owed);
    }

    /// @dev Nothing passes the cap before its own 30 days are over, whatever lay there before.
    function testFuzz_pushHeldPayout__a_unit_left_lying__opens_the_cap_for_nothing_later(uint32 first, uint32 second)
        public
    {
        _hold(1);
        vm.warp(START + first % 90 days);
        _hold(9e6);
        treasury.setPayoutCap(2);
        vm.warp(block.timestamp + second % 30 days);

        assertLe(_pushed(), 3);
        assertGe(treasury.heldPayoutOf(PAYEE), 9e6 - 2);
    }

    function test_pushHeldPayout__cap_reaches_into_what_is_fresh__the_rest_keeps_its_time() public {
        _hold(5e6);
        vm.warp(START + 20 days);
        _hold(6e6);
        treasury.setPayoutCap(7e6);

        assertEq(treasury.pushHeldPayout(PAYEE), 7e6);

        _assertHeld(0, 4e6, 0, START + 20 days, 0);
        vm.warp(START + 40 days);
        _hold(1e6);
        _assertHeld(0, 4e6, 1e6, START + 20 days, START + 40 days);
        vm.warp(START + 50 days);
        _assertHeld(4e6, 1e6, 0, START + 40 days, 0);
    }

    function test_pushHeldPayout__cap_takes_just_what_ripened__what_is_fresh_takes_its_place() public {
        _hold(5e6);
        vm.warp(START + 20 days);
        _hold(6e6);
        treasury.setPayoutCap(5e6);

        assertEq(treasury.pushHeldPayout(PAYEE), 5e6);

        _assertHeld(0, 6e6, 0, START + 20 days, 0);
    }

    function test_pushHeldPayout__cap_takes_less_than_what_ripened__both_keep_their_time() public {
        _hold(5e6);
        vm.warp(START + 20 days);
        _hold(6e6);
        treasury.setPayoutCap(2e6);

        assertEq(treasury.pushHeldPayout(PAYEE), 2e6);

        _assertHeld(0, 3e6, 6e6, START, START + 20 days);
        treasury.setPayoutCap(0);
        assertEq(treasury.pushHeldPayout(PAYEE), 9e6);
        _assertHeld(0, 0, 0, 0, 0);
    }

    function test_heldPayout__in_one_transaction_twice__ripe_together() public {
        _hold(5e6);
        _hold(6e6);
        _assertHeld(0, 5e6, 6e6, START, START);

        vm.warp(START + 30 days - 1);
        _assertHeld(0, 5e6, 6e6, START, START);
        vm.warp(START + 30 days);

        _assertHeld(11e6, 0, 0, 0, 0);
    }

    function test_heldPayout__added_to_after_it_was_free__what_was_free_stays_free() public {
        _hold(5e6);
        vm.warp(START + 30 days);
        _hold(6e6);
        _assertHeld(5e6, 6e6, 0, START + 30 days, 0);
        vm.warp(START + 90 days);
        _hold(7e6);

        _assertHeld(11e6, 7e6, 0, START + 90 days, 0);
        assertEq(treasury.heldPayoutOf(PAYEE), 18e6);
    }

    function test_pushHeldPayout__added_to_after_it_was_free__only_the_first_part_passes() public {
        _hold(5e6);
        vm.warp(START + 30 days);
        _hold(6e6);
        _hold(7e6);
        treasury.setPayoutCap(1e6);

        assertEq(treasury.pushHeldPayout(PAYEE), 6e6);
        assertEq(treasury.heldPayoutOf(PAYEE), 12e6);
        vm.warp(START + 31 days);
        assertEq(treasury.pushHeldPayout(PAYEE), 1e6);
        vm.warp(START + 60 days);
        assertEq(treasury.pushHeldPayout(PAYEE), 11e6);
    }

    function test_pushHeldPayout__nothing_held__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ITreasury.NothingHeld.selector, PAYEE));
        treasury.pushHeldPayout(PAYEE);
    }

    function test_pushHeldPayout__payee_still_blocked__stays_held() public {
        _hold(5e6);
        token.setBlocked(PAYEE, true);

        vm.expectRevert(abi.encodeWithSelector(TestStablecoin.AccountBlocked.selector, PAYEE));
        treasury.pushHeldPayout(PAYEE);

        assertEq(treasury.heldPayoutOf(PAYEE), 5e6);
    }

    function test_takeHeldPayout__by_the_payee__goes_where_they_say() public {
        _hold(5e6);

        vm.prank(PAYEE);
        assertEq(treasury.takeHeldPayout(OTHER), 5e6);

        assertEq(token.balanceOf(OTHER), 5e6);
        assertEq(treasury.totalHeldPayouts(), 0);
    }

    function test_takeHeldPayout__to_the_treasury_itself__reverts() public {
        _hold(5e6);

        vm.prank(PAYEE);
        vm.expectRevert(abi.encodeWithSelector(ITreasury.PayeeInvalid.selector, address(treasury)));
        treasury.takeHeldPayout(address(treasury));
    }

    function test_redirectHeldPayout__signed_by_the_payee__goes_there_once() public {
        (address payee, uint256 key) = makeAddrAndKey("payee");
        _holdFor(payee, 5e6);
        bytes memory signature = _redirect(payee, key, OTHER, 0, START);

        assertEq(treasury.redirectHeldPayout(payee, OTHER, START, signature), 5e6);
        assertEq(token.balanceOf(OTHER), 5e6);
        _holdFor(payee, 6e6);

        vm.expectRevert(abi.encodeWithSelector(ITreasury.RedirectSignatureInvalid.selector, payee));
        treasury.redirectHeldPayout(payee, OTHER, START, signature);
    }

    function test_redirectHeldPayout__signed_for_another_address__reverts() public {
        (address payee, uint256 key) = makeAddrAndKey("payee");
        _holdFor(payee, 5e6);
        bytes memory signature = _redirect(payee, key, OTHER, 0, START);

        vm.expectRevert(abi.encodeWithSelector(ITreasury.RedirectSignatureInvalid.selector, payee));
        treasury.redirectHeldPayout(payee, PRODUCT, START, signature);
    }

    function test_redirectHeldPayout__too_late__reverts() public {
        (address payee, uint256 key) = makeAddrAndKey("payee");
        _holdFor(payee, 5e6);
        bytes memory signature = _redirect(payee, key, OTHER, 0, START - 1);

        _expect(ITreasury.RedirectExpired.selector, START - 1, START);
        treasury.redirectHeldPayout(payee, OTHER, START - 1, signature);
    }

    function test_pause__running__nothing_new_is_sold_or_paid_and_held_money_leaves() public {
        _sell(9e6, 100e6);
        _hold(5e6);
        vm.expectEmit(address(treasury));
        emit ITreasury.Paused(START + 3 days);
        treasury.pause(3 days);

        bytes memory paused = abi.encodeWithSelector(ITreasury.TreasuryPaused.selector, START + 3 days);
        vm.warp(START + 3 days - 1);
        vm.expectRevert(paused);
        _sell(1, 1);
        vm.expectRevert(paused);
        treasury.payBatch(_payouts(1, 0), 1);
        vm.expectRevert(paused);
        treasury.payClaim(_payment(0, 0, 1, 0));
        vm.expectRevert(paused);
        treasury.returnPremium(1, PAYEE, 1, 0);
        assertEq(treasury.freeCapital(), 0);
        assertEq(treasury.maxWithdraw(address(this)), 0);
        treasury.changeReserve(5, 0, 1e6);
        assertEq(treasury.pausedSecondsSince(START), 3 days - 1);
        treasury.runOff(1e6, 1e6);
        assertEq(treasury.pushHeldPayout(PAYEE), 5e6);
    }

    function test_pause__over__everything_goes_on() public {
        _sell(0, 100e6);
        treasury.pause(3 days);

        vm.warp(START + 3 days);

        assertTrue(treasury.payClaim(_payment(0, 0, 1, 0)));
        assertEq(treasury.pausedSecondsSince(START), 3 days);
        assertEq(treasury.pausedSecondsSince(START + 1 days), 2 days);
        assertEq(treasury.pausedSecondsSince(START + 3 days), 0);
        assertEq(treasury.pausedUntil(), START + 3 days);
        assertEq(treasury.freeCapital(), CAPITAL - 100e6);
    }

    function test_pause__longest_and_too_long__bounded() public {
        _expect(ITreasury.PauseInvalid.selector, 0, 7 days);
        treasury.pause(0);
        _expect(ITreasury.PauseInvalid.selector, 7 days + 1, 7 days);
        treasury.pause(7 days + 1);

        treasury.pause(7 days);
        assertEq(treasury.pausedUntil(), START + 7 days);
    }

    function test_pause__again__only_thirty_days_after_the_last() public {
        treasury.pause(1 days);
        vm.warp(START + 31 days - 1);
        _expect(ITreasury.PauseTooSoon.selector, START + 31 days, START + 31 days - 1);
        treasury.pause(1 days);

        vm.warp(START + 31 days);
        treasury.pause(2 days);
        vm.warp(START + 40 days);

        assertEq(treasury.pausedSecondsSince(START), 3 days);
        assertEq(treasury.pausedSecondsSince(START + 12 hours), 2 days + 12 hours);
        assertEq(treasury.pausedSecondsSince(START + 1 days), 2 days);
        assertEq(treasury.pausedSecondsSince(START + 32 days), 1 days);
    }

    function test_unpause__early__counts_what_ran() public {
        treasury.pause(3 days);
        vm.warp(START + 1 days);

        vm.expectEmit(address(treasury));
        emit ITreasury.Unpaused(1 days);
        treasury.unpause();

        assertEq(treasury.pausedUntil(), START + 1 days);
        assertEq(treasury.pausedSecondsSince(0), 1 days);
        vm.expectRevert(ITreasury.NotPaused.selector);
        treasury.unpause();
        vm.warp(START + 9 days);
        assertEq(treasury.pausedSecondsSince(0), 1 days);
    }

    function test_unpause__pause_is_over__reverts() public {
        treasury.pause(3 days);
        vm.warp(START + 3 days);

        vm.expectRevert(ITreasury.NotPaused.selector);
        treasury.unpause();
    }

    function test_pausedSeconds__never_paused__none() public view {
        assertEq(treasury.pausedSecondsSince(0), 0);
        assertEq(treasury.pausedUntil(), 0);
    }

    function test_restricted__called_by_anybody__reverts() public {
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, OTHER);
        vm.startPrank(OTHER);
        vm.expectRevert(refusal);
        treasury.setPayoutCap(1);
        vm.expectRevert(refusal);
        treasury.setRequiredRatio(10_000);
        vm.expectRevert(refusal);
        treasury.pause(1);
        vm.expectRevert(refusal);
        treasury.unpause();
        vm.expectRevert(refusal);
        treasury.absorbSurplus();
        vm.expectRevert(refusal);
        treasury.registerProduct(OTHER);
        vm.expectRevert(refusal);
        treasury.deposit(1, OTHER);
        vm.expectRevert(refusal);
        treasury.mint(1, OTHER);
        vm.stopPrank();
    }

    function _pushed() private returns (uint256 amount) {
        (, uint256 left) = treasury.payoutCap();
        HeldPayout memory held = treasury.heldPayout(PAYEE);
        if (held.ripe == 0 && (left == 0 || held.ripening == 0)) return 0;
        return treasury.pushHeldPayout(PAYEE);
    }

    function _assertHeld(uint256 ripe, uint256 ripening, uint256 fresh, uint256 ripeningSince, uint256 freshSince)
        private
        view
    {
        HeldPayout memory held = treasury.heldPayout(PAYEE);
        assertEq(held.ripe, ripe, "ripe");
        assertEq(held.ripening, ripening, "ripening");
        assertEq(held.fresh, fresh, "fresh");
        assertEq(held.ripeningSince, ripeningSince, "ripening since");
        assertEq(held.freshSince, freshSince, "fresh since");
        assertEq(treasury.heldPayoutOf(PAYEE), ripe + ripening + fresh, "held");
    }

    function _holdFor(address payee, uint256 amount) private {
        _sell(0, amount);
        token.setBlocked(payee, true);
        ClaimPayment memory payment = _payment(0, 0, uint64(amount), 0);
        payment.payee = payee;
        treasury.payClaim(payment);
        token.setBlocked(payee, false);
    }

    function _redirect(address payee, uint256 key, address to, uint256 nonce, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        bytes32 words = keccak256(abi.encode(REDIRECT_TYPEHASH, payee, to, nonce, deadline));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, MessageHashUtils.toTypedDataHash(treasury.domainSeparator(), words));
        return abi.encodePacked(r, s, v);
    }
}
