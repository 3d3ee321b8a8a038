// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITreasury} from "../../../contracts/interfaces/ITreasury.sol";
import {ClaimPayment} from "../../../contracts/types/IndemnityTypes.sol";
import {TreasuryTest} from "./TreasuryTest.sol";

/// @notice How money comes in by sale and goes out by payouts, to the unit.
contract TreasuryPayoutsTest is TreasuryTest {
    function test_registerProduct__a_second_time__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ITreasury.ProductAlreadyRegistered.selector, PRODUCT));
        treasury.registerProduct(PRODUCT);

        assertTrue(treasury.isProduct(PRODUCT));
        assertFalse(treasury.isProduct(OTHER));
    }

    function test_onlyProduct__called_by_anybody__reverts() public {
        _expectUnregistered();
        treasury.collectPremiums(_dues(1), 1);
        _expectUnregistered();
        treasury.payBatch(_payouts(1, 0), 1);
        _expectUnregistered();
        treasury.changeReserve(1, 0, 0);
        _expectUnregistered();
        treasury.payClaim(_payment(0, 0, 1, 0));
        _expectUnregistered();
        treasury.runOff(1, 1);
        _expectUnregistered();
        treasury.returnPremium(1, PAYEE, 1, 0);
    }

    function test_collectPremiums__two_sales__booked_locked_and_unearned() public {
        _sell(10e6, 300e6);
        vm.expectEmit(address(treasury));
        emit ITreasury.ExposureLocked(address(this), 200e6, 500e6, 5e6);
        _sell(5e6, 200e6);

        _assertBooks(CAPITAL + 15e6, 500e6, 0, 15e6, 0);
        assertEq(treasury.freeCapital(), CAPITAL - 500e6);
        assertEq(treasury.totalAssets(), CAPITAL);
    }

    function test_collectPremiums__exactly_what_capital_carries__locked() public {
        _sell(10e6, CAPITAL);

        assertEq(treasury.freeCapital(), 0);
    }

    function test_collectPremiums__one_unit_more_than_capital_carries__reverts() public {
        _expect(ITreasury.CapitalTooSmall.selector, CAPITAL + 10e6 + 1, CAPITAL + 10e6);
        _sell(10e6, CAPITAL + 1);
    }

    function test_collectPremiums__a_higher_ratio__more_has_to_stay_rounded_up() public {
        treasury.setRequiredRatio(15_001);
        _sell(0, 3);

        assertEq(treasury.freeCapital(), CAPITAL - 5); // 3 × 1.5001 = 4.5003
    }

    function test_collectPremiums__of_two_products__kept_apart() public {
        _sell(1e6, 100e6);
        vm.prank(PRODUCT);
        treasury.collectPremiums(_dues(2e6), 50e6);

        assertEq(treasury.exposureOf(PRODUCT), 50e6);
        assertEq(treasury.unearnedPremiumOf(PRODUCT), 2e6);
        assertEq(treasury.totalExposure(), 150e6);
        assertEq(treasury.totalUnearnedPremium(), 3e6);
        assertEq(treasury.exposureOf(address(this)), 100e6);
    }

    function test_payBatch__two_payees__paid_and_premium_earned_in_proportion() public {
        _sell(7e6, 400e6);

        vm.expectEmit(address(treasury));
        emit ITreasury.ExposureReleased(address(this), 100e6, 300e6, 90e6, 0);
        vm.expectEmit(address(treasury));
        emit ITreasury.PremiumEarned(address(this), 1_750_000, 5_250_000);
        treasury.payBatch(_payouts(60e6, 30e6), 100e6);

        assertEq(token.balanceOf(PAYEE), 60e6);
        assertEq(token.balanceOf(OTHER), 30e6);
        _assertBooks(CAPITAL + 7e6 - 90e6, 300e6, 0, 5_250_000, 0);
    }

    function test_payBatch__all_that_is_locked__paid() public {
        _sell(0, 90e6);
        treasury.payBatch(_payouts(60e6, 30e6), 90e6);

        _assertBooks(CAPITAL - 90e6, 0, 0, 0, 0);
    }

    function test_payBatch__nothing_locked_and_nothing_owed__earns_nothing() public {
        treasury.payBatch(_payouts(0, 0), 0);

        _assertBooks(CAPITAL, 0, 0, 0, 0);
    }

    function test_payBatch__more_owed_than_released__reverts() public {
        _sell(0, 100e6);

        _expectThree(ITreasury.ExposureTooSmall.selector, address(this), 90e6, 89e6);
        treasury.payBatch(_payouts(60e6, 30e6), 89e6);
    }

    function test_payBatch__more_released_than_locked__reverts() public {
        _sell(1e6, 100e6);

        _expectThree(ITreasury.ExposureTooSmall.selector, address(this), 100e6 + 1, 100e6);
        treasury.payBatch(_payouts(60e6, 30e6), 100e6 + 1);
    }

    function test_payBatch__one_payee_blocked__held_for_that_payee_only() public {
        _sell(0, 100e6);
        token.setBlocked(PAYEE, true);

        vm.expectEmit(address(treasury));
        emit ITreasury.PayoutHeld(address(this), 7, PAYEE, 60e6);
        vm.expectEmit(address(treasury));
        emit ITreasury.ExposureReleased(address(this), 90e6, 10e6, 30e6, 60e6);
        treasury.payBatch(_payouts(60e6, 30e6), 90e6);

        assertEq(token.balanceOf(OTHER), 30e6);
        assertEq(treasury.heldPayoutOf(PAYEE), 60e6);
        assertEq(treasury.heldPayoutOf(OTHER), 0);
        _assertBooks(CAPITAL - 30e6, 10e6, 0, 0, 60e6);
        assertEq(treasury.totalAssets(), CAPITAL - 90e6);
    }

    function test_payBatch__held_a_second_time__added_up() public {
        _hold(5e6);
        _hold(6e6);

        assertEq(treasury.heldPayoutOf(PAYEE), 11e6);
        assertEq(treasury.totalHeldPayouts(), 11e6);
    }

    function test_payBatch__too_little_gas_for_a_transfer__reverts() public {
        _sell(0, 100e6);

        (bool success, bytes memory answer) =
            address(treasury).call{gas: 160_000}(abi.encodeCall(treasury.payBatch, (_payouts(60e6, 30e6), 90e6)));

        assertFalse(success);
        assertEq(bytes4(answer), ITreasury.GasTooLow.selector);
        assertEq(token.balanceOf(PAYEE), 0);
    }

    function test_payBatch__just_enough_gas_for_transfers__paid() public {
        _sell(0, 100e6);

        (bool success,) =
            address(treasury).call{gas: 400_000}(abi.encodeCall(treasury.payBatch, (_payouts(60e6, 30e6), 90e6)));

        assertTrue(success);
        assertEq(treasury.totalHeldPayouts(), 0);
    }

    function test_changeReserve__notice_estimate_and_release__moves_exposure_and_back() public {
        _sell(0, 100e6);

        vm.expectEmit(address(treasury));
        emit ITreasury.ReserveChanged(address(this), 5, 0, 40e6, 40e6);
        treasury.changeReserve(5, 0, 40e6);
        _assertBooks(CAPITAL, 60e6, 40e6, 0, 0);
        treasury.changeReserve(5, 40e6, 100e6);
        _assertBooks(CAPITAL, 0, 100e6, 0, 0);
        treasury.changeReserve(5, 100e6, 0);

        _assertBooks(CAPITAL, 100e6, 0, 0, 0);
    }

    function test_changeReserve__of_two_products__kept_apart() public {
        _sell(0, 100e6);
        treasury.changeReserve(5, 0, 40e6);
        vm.startPrank(PRODUCT);
        treasury.collectPremiums(_dues(0), 70e6);
        treasury.changeReserve(6, 0, 30e6);
        vm.stopPrank();

        assertEq(treasury.reservesOf(PRODUCT), 30e6);
        assertEq(treasury.totalReserves(), 70e6);
        assertEq(treasury.totalExposure(), 100e6);
        assertEq(treasury.freeCapital(), CAPITAL - 170e6);
        assertEq(treasury.totalAssets(), CAPITAL - 70e6);
    }

    function test_changeReserve__more_than_is_reserved__reverts() public {
        _sell(0, 100e6);
        treasury.changeReserve(5, 0, 40e6);

        _expectThree(ITreasury.ReserveTooSmall.selector, address(this), 40e6 + 1, 40e6);
        treasury.changeReserve(5, 40e6 + 1, 0);
    }

    function test_changeReserve__more_than_is_locked__reverts() public {
        _sell(0, 100e6);
        treasury.changeReserve(5, 0, 40e6);

        _expectThree(ITreasury.ExposureTooSmall.selector, address(this), 100e6 + 1, 100e6);
        treasury.changeReserve(5, 40e6, 100e6 + 1);
    }

    function test_payClaim__out_of_its_reserve__paid_and_booked() public {
        _sell(9e6, 100e6);
        treasury.changeReserve(5, 0, 40e6);

        vm.expectEmit(address(treasury));
        emit ITreasury.ClaimPaid(address(this), 5, PAYEE, 30e6, 2e6, 40e6, 6e6);
        assertTrue(treasury.payClaim(_payment(40e6, 6e6, 30e6, 2e6)));

        assertEq(token.balanceOf(PAYEE), 32e6);
        _assertBooks(CAPITAL + 9e6 - 32e6, 100e6 - 38e6, 6e6, 9e6, 0);
    }

    function test_payClaim__reserve_and_all_exposure__paid() public {
        _sell(0, 100e6);
        treasury.changeReserve(5, 0, 40e6);

        assertTrue(treasury.payClaim(_payment(40e6, 0, 100e6, 0)));

        _assertBooks(CAPITAL - 100e6, 0, 0, 0, 0);
    }

    function test_payClaim__more_than_reserve_and_exposure__reverts() public {
        _sell(0, 100e6);
        treasury.changeReserve(5, 0, 40e6);

        _expectThree(ITreasury.ExposureTooSmall.selector, address(this), 100e6 + 1, 100e6);
        treasury.payClaim(_payment(40e6, 1e6, 99e6, 1));
        _expectThree(ITreasury.ReserveTooSmall.selector, address(this), 41e6, 40e6);
        treasury.payClaim(_payment(41e6, 0, 1e6, 0));
    }

    function test_payClaim__payee_blocked__held_and_says_so() public {
        _sell(0, 100e6);
        token.setBlocked(PAYEE, true);

        vm.expectEmit(address(treasury));
        emit ITreasury.PayoutHeld(address(this), 5, PAYEE, 33e6);
        assertFalse(treasury.payClaim(_payment(0, 0, 30e6, 3e6)));
        assertFalse(treasury.payClaim(_payment(0, 0, 4e6, 0)));

        assertEq(treasury.heldPayoutOf(PAYEE), 37e6);
        _assertBooks(CAPITAL, 63e6, 0, 0, 37e6);
    }

    function test_payClaim__by_way_of_an_institution__goes_there() public {
        _sell(0, 100e6);
        ClaimPayment memory payment = _payment(0, 0, 30e6, 0);
        payment.via = OTHER;

        assertTrue(treasury.payClaim(payment));

        assertEq(token.balanceOf(OTHER), 30e6);
        assertEq(token.balanceOf(PAYEE), 0);
    }

    function test_payClaim__too_little_gas_for_a_transfer__reverts() public {
        _sell(0, 100e6);

        (bool success, bytes memory answer) =
            address(treasury).call{gas: 151_000}(abi.encodeCall(treasury.payClaim, (_payment(0, 0, 1e6, 0))));

        assertFalse(success);
        assertEq(bytes4(answer), ITreasury.GasTooLow.selector);
    }

    function test_payClaim__institution_blocked__held_for_the_payee() public {
        _sell(0, 100e6);
        token.setBlocked(OTHER, true);
        ClaimPayment memory payment = _payment(0, 0, 30e6, 0);
        payment.via = OTHER;

        assertFalse(treasury.payClaim(payment));

        assertEq(treasury.heldPayoutOf(PAYEE), 30e6);
        assertEq(treasury.heldPayoutOf(OTHER), 0);
    }

    function test_runOff__exposure_and_premium__released_and_earned() public {
        _sell(9e6, 100e6);

        vm.expectEmit(address(treasury));
        emit ITreasury.ExposureReleased(address(this), 60e6, 40e6, 0, 0);
        vm.expectEmit(address(treasury));
        emit ITreasury.PremiumEarned(address(this), 4e6, 5e6);
        treasury.runOff(60e6, 4e6);

        _assertBooks(CAPITAL + 9e6, 40e6, 0, 5e6, 0);
        assertEq(treasury.totalAssets(), CAPITAL + 4e6);
    }

    function test_runOff__all_of_both__nothing_left() public {
        _sell(9e6, 100e6);
        treasury.runOff(100e6, 9e6);

        _assertBooks(CAPITAL + 9e6, 0, 0, 0, 0);
    }

    function test_runOff__one_of_both__tells_only_that() public {
        _sell(9e6, 100e6);

        vm.recordLogs();
        treasury.runOff(1, 0);
        assertEq(vm.getRecordedLogs().length, 1);
        treasury.runOff(0, 1);
        assertEq(vm.getRecordedLogs().length, 1);
        treasury.runOff(0, 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_runOff__more_than_there_is__reverts() public {
        _sell(9e6, 100e6);

        _expectThree(ITreasury.ExposureTooSmall.selector, address(this), 100e6 + 1, 100e6);
        treasury.runOff(100e6 + 1, 0);
        _expectThree(ITreasury.PremiumTooSmall.selector, address(this), 9e6 + 1, 9e6);
        treasury.runOff(0, 9e6 + 1);
    }

    function test_returnPremium__part_earned__rest_goes_back() public {
        _sell(9e6, 100e6);

        vm.expectEmit(address(treasury));
        emit ITreasury.PremiumReturned(address(this), 3, PAYEE, 6e6);
        vm.expectEmit(address(treasury));
        emit ITreasury.PremiumEarned(address(this), 2e6, 1e6);
        treasury.returnPremium(3, PAYEE, 6e6, 2e6);

        assertEq(token.balanceOf(PAYEE), 6e6);
        _assertBooks(CAPITAL + 3e6, 100e6, 0, 1e6, 0);
    }

    function test_returnPremium__more_than_is_unearned__reverts() public {
        _sell(9e6, 100e6);

        _expectThree(ITreasury.PremiumTooSmall.selector, address(this), 9e6 + 1, 9e6);
        treasury.returnPremium(3, PAYEE, 6e6, 3e6 + 1);
    }

    function test_returnPremium__payee_blocked__held() public {
        _sell(9e6, 100e6);
        token.setBlocked(PAYEE, true);

        treasury.returnPremium(3, PAYEE, 6e6, 0);

        _assertBooks(CAPITAL + 9e6, 100e6, 0, 3e6, 6e6);
    }
}
