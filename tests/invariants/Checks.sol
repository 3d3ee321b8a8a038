// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {ParametricProduct} from "../../contracts/ParametricProduct.sol";
import {Treasury} from "../../contracts/Treasury.sol";
import {Handler} from "./Handler.sol";
import {LogReplay} from "./LogReplay.sol";

/// @notice What must never happen, as far as parametric products go. Numbers and planted bugs: docs/invariants.md.
abstract contract Checks is Test {
    Handler private _handler;
    LogReplay private _replay;
    Treasury private _treasury;

    function setUp() public {
        vm.recordLogs();
        _handler = new Handler();
        (_replay, _treasury) = (_handler.replay(), _handler.theTreasury());
        _replay.take(vm.getRecordedLogs());
        targetContract(address(_handler));
    }

    /// I1: what the treasury has covers what it holds for payees, and premiums not earned.
    function _checkI1() internal view {
        uint256 owed = _handler.heldDue() + _handler.unearnedOf(0) + _handler.unearnedOf(1);
        assertGe(_handler.theToken().balanceOf(address(_treasury)), owed, "I1: assets < held payouts");
        assertGe(_treasury.heldAssets(), _treasury.totalHeldPayouts(), "I1: assets < held payouts as told");
    }

    /// I2: money in is money paid and money there. The books are the handler's, never the treasury's.
    function _checkI2() internal view {
        assertEq(_treasury.heldAssets(), _handler.assetsDue(), "I2: in != out + there");
        assertEq(_treasury.totalHeldPayouts(), _handler.heldDue(), "I2: held payouts");
        uint256 unearned = _handler.unearnedOf(0) + _handler.unearnedOf(1);
        assertEq(_treasury.totalUnearnedPremium(), unearned, "I2: unearned premium");
        assertEq(_handler.refusedWrongly(), 0, "I2: a sale the capital carries was refused, or the reverse");
    }

    /// I3: no policy is paid more than its sum insured.
    function _checkI3() internal view {
        LogReplay.Place[] memory policies = _replay.settledPlaces(_replay.touchedSettled());
        for (uint256 i = 0; i < policies.length; ++i) {
            (address product, uint256 id) = (policies[i].product, policies[i].id);
            assertLe(_replay.paidTo(product, id), _replay.policy(product, id).sumInsured, "I3: paid > sum insured");
        }
    }

    /// I5: no policy is settled or paid twice.
    function _checkI5() internal view {
        LogReplay.Place[] memory policies = _replay.settledPlaces(_replay.touchedSettled());
        for (uint256 i = 0; i < policies.length; ++i) {
            (address product, uint256 id) = (policies[i].product, policies[i].id);
            assertLe(_replay.timesPaid(product, id), 1, "I5: paid twice");
            assertLe(_replay.timesSettled(product, id), 1, "I5: settled twice");
        }
    }

    /// I7: events alone rebuild the state. What the last transaction touched is compared each time, the rest at the end.
    function _checkI7() internal view {
        _compareTreasury();
        _compareEvents(_replay.touchedEvents());
        _comparePolicies(_replay.touchedPolicies());
    }

    /// I8: capital never leaves below exposure × required ratio + held payouts.
    function _checkI8() internal view {
        assertGe(_treasury.heldAssets(), _handler.requiredWith(0), "I8: assets < required");
        assertEq(_handler.withdrawnWrongly(), 0, "I8: locked capital was withdrawn");
        assertEq(_treasury.exposureOf(address(_handler.productAt(0))), _handler.exposureOf(0), "I8: exposure of one");
        assertEq(_treasury.exposureOf(address(_handler.productAt(1))), _handler.exposureOf(1), "I8: exposure of two");
    }

    /// I12: whoever can be paid is paid, to the unit, whatever happens to others; the rest is held for its payee.
    function _checkI12() internal view {
        for (uint256 i = 0; i < _handler.holderCount(); ++i) {
            address holder = _handler.holderAt(i);
            assertEq(_handler.theToken().balanceOf(holder), _handler.walletOf(i), "I12: not paid as owed");
            assertEq(_treasury.heldPayoutOf(holder), _handler.heldFor(i), "I12: not held as owed");
        }
    }

    /// I13: no report and no application counts twice, elsewhere, out of time, or without its quorum.
    function _checkI13() internal view {
        assertEq(_handler.acceptedWrongly(), 0, "I13: accepted what had to be refused");
    }

    /// @dev What no single transaction touched, and whether policies are settled as told.
    function _checkAtTheEnd() internal view {
        _compareEvents(0);
        _comparePolicies(0);
        LogReplay.Place[] memory policies = _replay.policyPlaces(0);
        for (uint256 i = 0; i < policies.length; ++i) {
            (address product, uint256 id) = (policies[i].product, policies[i].id);
            bool settled = ParametricProduct(product).isSettled(id);
            assertEq(settled, _replay.timesSettled(product, id) == 1, "I7: settled as told");
        }
    }

    function _compareTreasury() private view {
        assertEq(_treasury.heldAssets(), _replay.assets(), "I7: assets");
        assertEq(_treasury.bookedAssets(), _replay.assets(), "I7: booked assets");
        assertEq(_treasury.totalExposure(), _replay.totalExposure(), "I7: exposure");
        assertEq(_treasury.totalHeldPayouts(), _replay.totalHeld(), "I7: held payouts");
        assertEq(_treasury.requiredRatioBps(), _replay.ratioBps(), "I7: required ratio");
        for (uint256 i = 0; i < _handler.holderCount(); ++i) {
            address holder = _handler.holderAt(i);
            assertEq(_treasury.heldPayoutOf(holder), _replay.heldOf(holder), "I7: held for a payee");
        }
        for (uint256 i = 0; i < 2; ++i) {
            address product = address(_handler.productAt(i));
            assertEq(_treasury.exposureOf(product), _replay.exposureOf(product), "I7: exposure of a product");
            assertEq(_treasury.unearnedPremiumOf(product), _replay.unearnedOf(product), "I7: unearned premium");
        }
    }

    function _compareEvents(uint256 from) private view {
        LogReplay.Place[] memory events = _replay.eventPlaces(from);
        for (uint256 i = 0; i < events.length; ++i) {
            bytes memory kept = abi.encode(ParametricProduct(events[i].product).insuredEvent(events[i].id));
            assertEq(kept, abi.encode(_replay.insuredEvent(events[i].product, events[i].id)), "I7: event");
        }
    }

    function _comparePolicies(uint256 from) private view {
        LogReplay.Place[] memory policies = _replay.policyPlaces(from);
        for (uint256 i = 0; i < policies.length; ++i) {
            ParametricProduct product = ParametricProduct(policies[i].product);
            bytes memory kept = abi.encode(product.policy(policies[i].id));
            assertEq(kept, abi.encode(_replay.policy(address(product), policies[i].id)), "I7: policy");
            assertTrue(product.isApplicationUsed(_replay.applications(from + i)), "I7: application");
        }
    }
}
