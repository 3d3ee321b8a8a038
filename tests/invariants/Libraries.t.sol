// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {PayoutCurve} from "../../contracts/libraries/PayoutCurve.sol";
import {PolicyIds} from "../../contracts/libraries/PolicyIds.sol";
import {PremiumMath} from "../../contracts/libraries/PremiumMath.sol";
import {TwinHarness} from "../../contracts/mocks/TwinHarness.sol";

/// @notice What the formulas promise, for any input.
contract LibrariesTest is Test {
    TwinHarness private _open;

    function setUp() public {
        _open = new TwinHarness();
    }

    function testFuzz_shareBps__any_curve__is_that_of_the_highest_threshold_reached(uint256 seed, int32 value)
        public
        pure
    {
        (int32[] memory thresholds, uint16[] memory shares) = _curve(seed);

        uint16 share = PayoutCurve.shareBps(thresholds, shares, value);

        uint16 expected = 0;
        for (uint256 i = 0; i < thresholds.length; ++i) {
            if (thresholds[i] <= value) expected = shares[i];
        }
        assertEq(share, expected);
    }

    function testFuzz_shareBps__a_higher_value__is_never_owed_less(uint256 seed, int32 low, int32 high) public pure {
        (int32[] memory thresholds, uint16[] memory shares) = _curve(seed);
        if (low > high) (low, high) = (high, low);

        uint16 less = PayoutCurve.shareBps(thresholds, shares, low);

        assertLe(less, PayoutCurve.shareBps(thresholds, shares, high));
        assertLe(less, PayoutCurve.BPS);
    }

    function testFuzz_check__any_rising_curve__passes(uint256 seed) public view {
        (int32[] memory thresholds, uint16[] memory shares) = _curve(seed);

        _open.check(thresholds, shares);
    }

    function testFuzz_check__one_step_not_rising__refuses(uint256 seed, uint256 step) public {
        (int32[] memory thresholds, uint16[] memory shares) = _curve(seed);
        if (thresholds.length < 2) return;
        step = bound(step, 1, thresholds.length - 1);
        if (seed % 2 == 0) thresholds[step] = thresholds[step - 1];
        else shares[step] = shares[step - 1];

        vm.expectRevert(abi.encodeWithSelector(PayoutCurve.CurveNotAscending.selector, step));
        _open.check(thresholds, shares);
    }

    function testFuzz_check__sizes_differ__refuses(uint8 thresholds, uint8 shares) public {
        vm.assume(thresholds != shares || thresholds == 0 || thresholds > PayoutCurve.MAX_STEPS);

        vm.expectRevert(abi.encodeWithSelector(PayoutCurve.CurveSizeInvalid.selector, thresholds, shares));
        _open.check(new int32[](thresholds), new uint16[](shares));
    }

    function testFuzz_indemnity__any_sum__is_rounded_down_and_within_it(uint96 sumInsured, uint16 share) public pure {
        share = uint16(bound(share, 0, PayoutCurve.BPS));

        uint256 paid = PayoutCurve.indemnity(sumInsured, share);

        assertLe(paid, sumInsured);
        assertLe(paid * PayoutCurve.BPS, uint256(sumInsured) * share);
        assertGt((paid + 1) * PayoutCurve.BPS, uint256(sumInsured) * share);
    }

    function testFuzz_premiumDue__any_input__is_rounded_up_and_never_below_the_least(
        uint96 sumInsured,
        uint32 share,
        uint16 loading,
        uint96 least
    ) public pure {
        uint256 exact = uint256(sumInsured) * share * (PremiumMath.BPS + loading);

        uint256 due = PremiumMath.premiumDue(sumInsured, share, loading, least);

        assertGe(due, least);
        assertGe(due * PremiumMath.BPS * PremiumMath.PPB, exact);
        if (due > least) assertLt((due - 1) * PremiumMath.BPS * PremiumMath.PPB, exact);
    }

    function testFuzz_split__any_policy_id__gives_back_event_and_ordinal(bytes32 textHash, uint32 ordinal) public pure {
        uint256 eventId = PolicyIds.eventId(textHash);

        (uint256 event_, uint256 number) = PolicyIds.split(PolicyIds.policyId(eventId, ordinal));

        assertEq(event_, eventId);
        assertEq(number, ordinal);
    }

    /// @dev A well-formed curve of 1 to 16 steps.
    function _curve(uint256 seed) private pure returns (int32[] memory thresholds, uint16[] memory shares) {
        uint256 steps = 1 + seed % PayoutCurve.MAX_STEPS;
        (thresholds, shares) = (new int32[](steps), new uint16[](steps));
        int256 value = -int256(seed % 1_000_000);
        uint256 share = 0;
        for (uint256 i = 0; i < steps; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            value += int256(1 + seed % 1_000_000);
            share += 1 + (seed >> 128) % (PayoutCurve.BPS / steps - 1);
            (thresholds[i], shares[i]) = (int32(value), uint16(share));
        }
    }
}
