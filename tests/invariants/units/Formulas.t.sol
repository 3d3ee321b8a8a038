// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {ClaimClock} from "../../../contracts/libraries/ClaimClock.sol";
import {ClaimIds} from "../../../contracts/libraries/ClaimIds.sol";
import {ClauseProof} from "../../../contracts/libraries/ClauseProof.sol";
import {CoverageUse} from "../../../contracts/libraries/CoverageUse.sol";
import {IndemnityMath} from "../../../contracts/libraries/IndemnityMath.sol";
import {PanelRule} from "../../../contracts/libraries/PanelRule.sol";
import {PayoutCurve} from "../../../contracts/libraries/PayoutCurve.sol";
import {PolicyIds} from "../../../contracts/libraries/PolicyIds.sol";
import {PremiumMath} from "../../../contracts/libraries/PremiumMath.sol";
import {RiskTiers} from "../../../contracts/libraries/RiskTiers.sol";
import {Seat} from "../../../contracts/types/DisputeTypes.sol";
import {RiskTier, TierBounds} from "../../../contracts/types/IndemnityTypes.sol";
import {LibraryDoor} from "./LibraryDoor.sol";

/// @notice Worked examples of every formula: numbers from docs/settlement.md and their nearest neighbours.
contract FormulasTest is Test {
    uint256 private constant MONDAY = 1_699_833_600; // 13 November 2023, 00:00
    uint256 private constant YEAR = 365 days;
    LibraryDoor private _door;

    function setUp() public {
        _door = new LibraryDoor();
    }

    function test_indemnity__deductible_share_limit__in_this_order_and_rounded_down() public pure {
        assertEq(IndemnityMath.indemnity(1_000, 100, 8_000, 5_000), 720);
        assertEq(IndemnityMath.indemnity(1_001, 100, 8_333, 5_000), 750); // 750.8
        assertEq(IndemnityMath.indemnity(1_000, 100, 8_000, 719), 719);
        assertEq(IndemnityMath.indemnity(100, 100, 8_000, 5_000), 0);
        assertEq(IndemnityMath.indemnity(99, 100, 8_000, 5_000), 0);
        assertEq(IndemnityMath.indemnity(101, 100, 10_000, 5_000), 1);
        assertEq(IndemnityMath.limit(999, 5_000), 499);
    }

    function test_premiumDue__rate_and_factor__rounded_up_and_at_least_the_minimum() public pure {
        // 1,000,000 × 12,345,678 ppb × 1.5 = 18,518.517
        assertEq(IndemnityMath.premiumDue(1_000_000, 12_345_678, 15_000, 1), 18_519);
        assertEq(IndemnityMath.premiumDue(1_000_000, 12_345_678, 15_000, 20_000), 20_000);
        assertEq(IndemnityMath.premiumDue(1_000_000_000, 1, 10_000, 0), 1);
        // A billion parts per billion are the whole, to the unit.
        assertEq(IndemnityMath.premiumDue(1e15, 1_000_000_000, 10_000, 0), 1e15);
        assertEq(PremiumMath.premiumDue(1e15, 1_000_000_000, 0, 0), 1e15);
        assertEq(PremiumMath.premiumDue(1_000_000, 12_345_678, 2_500, 1), 15_433); // 15,432.0975
        assertEq(PremiumMath.premiumDue(1_000_000, 12_345_678, 2_500, 15_434), 15_434);
    }

    function test_earned__along_the_period__earned_and_unearned_rounded_down() public pure {
        uint256[6] memory instants = [uint256(0), 1_000, 1_001, 1_500, 1_999, 2_000];
        uint256[6] memory earned = [uint256(0), 0, 0, 499, 998, 999];
        uint256[6] memory unearned = [uint256(999), 999, 998, 499, 0, 0];
        for (uint256 i = 0; i < 6; ++i) {
            assertEq(IndemnityMath.earned(999, 1_000, 2_000, instants[i]), earned[i]);
            assertEq(IndemnityMath.unearned(999, 1_000, 2_000, instants[i]), unearned[i]);
        }
        assertEq(IndemnityMath.earned(999, 1_000, 2_000, 9_999), 999);
        assertEq(IndemnityMath.unearned(999, 1_000, 2_000, 9_999), 0);
    }

    function test_earned__empty_period__panics() public {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x12));
        _door.earned(1, 5, 5, 5);
    }

    function test_extraPremium__higher_sum__for_the_rest_rounded_up() public pure {
        assertEq(IndemnityMath.extraPremium(1_000, 400, 500, 1_000, 2_000, 1_333), 167); // 166.75
        assertEq(IndemnityMath.extraPremium(1_000, 400, 500, 1_000, 2_000, 0), 250);
        assertEq(IndemnityMath.extraPremium(1_000, 400, 401, 1_000, 2_000, 1_000), 3); // 2.5
        assertEq(IndemnityMath.extraPremium(1_000, 400, 400, 1_000, 2_000, 1_000), 0);
        assertEq(IndemnityMath.extraPremium(1_000, 400, 399, 1_000, 2_000, 1_000), 0);
        assertEq(IndemnityMath.returnPremium(1_000, 400, 300, 1_000, 2_000, 1_333), 166);
        assertEq(IndemnityMath.returnPremium(1_000, 400, 399, 1_000, 2_000, 1_000), 2);
        assertEq(IndemnityMath.returnPremium(1_000, 400, 400, 1_000, 2_000, 1_000), 0);
        assertEq(IndemnityMath.returnPremium(1_000, 400, 401, 1_000, 2_000, 1_000), 0);
    }

    function test_interest__late__by_the_year_and_capped() public pure {
        assertEq(IndemnityMath.interest(1_000_000, 500, YEAR, 10_000), 50_000);
        assertEq(IndemnityMath.interest(1_000_000, 500, YEAR / 2 - 1, 10_000), 24_999);
        assertEq(IndemnityMath.interest(1_000_000, 500, 3 * YEAR, 1_000), 100_000);
        assertEq(IndemnityMath.interest(1_000_009, 500, 3 * YEAR, 1_000), 100_000);
        assertEq(IndemnityMath.interestLock(1_000_001, 1_000), 100_001);
        assertEq(IndemnityMath.interestLock(1_000_000, 1_000), 100_000);
    }

    function test_deadline__around_a_weekend__works_on_working_days() public pure {
        uint256 friday = MONDAY + 4 days;
        assertEq(ClaimClock.deadline(MONDAY, 0), MONDAY);
        assertEq(ClaimClock.deadline(MONDAY, 1), MONDAY + 1 days);
        assertEq(ClaimClock.deadline(MONDAY, 5), MONDAY + 5 days);
        assertEq(ClaimClock.deadline(MONDAY, 6), MONDAY + 8 days);
        assertEq(ClaimClock.deadline(MONDAY + 1, 5), MONDAY + 7 days + 1);
        assertEq(ClaimClock.deadline(friday + 12 hours, 1), MONDAY + 7 days + 12 hours);
        assertEq(ClaimClock.deadline(friday + 12 hours, 2), MONDAY + 8 days + 12 hours);
        assertEq(ClaimClock.deadline(MONDAY + 5 days, 1), MONDAY + 8 days);
        assertEq(ClaimClock.deadline(MONDAY + 6 days + 5 hours, 1), MONDAY + 8 days);
        assertEq(ClaimClock.deadline(MONDAY + 6 days + 5 hours, 0), MONDAY + 6 days + 5 hours);
        assertEq(ClaimClock.deadline(MONDAY + 2 days, 10), MONDAY + 16 days);
        assertEq(ClaimClock.deadline(0, 1), 1 days); // a Thursday
        assertEq(ClaimClock.deadline(0, 3), 5 days);
        assertEq(ClaimClock.deadline(1 days + 1, 1), 4 days + 1);
    }

    function test_lateSeconds__before_and_after__never_below_zero() public pure {
        assertEq(ClaimClock.lateSeconds(100, 99), 0);
        assertEq(ClaimClock.lateSeconds(100, 100), 0);
        assertEq(ClaimClock.lateSeconds(100, 103), 3);
    }

    function test_tierOf__around_every_bound__as_rule_R2_says() public pure {
        uint16[2][9] memory cases = [
            [uint16(5_999), 4_999],
            [uint16(6_000), 0],
            [uint16(0), 5_000],
            [uint16(8_000), 8_000],
            [uint16(8_001), 0],
            [uint16(0), 8_001],
            [uint16(5_999), 5_000],
            [uint16(6_000), 4_999],
            [uint16(10_000), 65_535]
        ];
        uint8[9] memory tiers = [0, 1, 1, 1, 2, 2, 1, 1, 2];
        TierBounds memory bounds = TierBounds(6_000, 8_000, 5_000, 8_000);
        for (uint256 i = 0; i < cases.length; ++i) {
            assertEq(uint8(RiskTiers.tierOf(cases[i][0], cases[i][1], bounds)), tiers[i]);
        }
        assertEq(uint8(RiskTier.High), 2);
    }

    function test_decide__rulings_in_any_order__middle_mean_or_the_only_one() public pure {
        _assertRuling([uint64(30), 10, 20], [uint16(1), 2, 3], 20, 3, 3);
        _assertRuling([uint64(10), 20, 30], [uint16(1), 2, 3], 20, 2, 3);
        _assertRuling([uint64(20), 30, 10], [uint16(1), 2, 3], 20, 1, 3);
        _assertRuling([uint64(20), 20, 20], [uint16(1), 2, 3], 20, 2, 3);
        _assertRuling([uint64(21), 99, 10], [uint16(1), 0, 3], 15, 3, 2);
        _assertRuling([uint64(10), 99, 21], [uint16(1), 0, 3], 15, 1, 2);
        _assertRuling([uint64(10), 11, 10], [uint16(1), 0, 3], 10, 1, 2);
        _assertRuling([uint64(99), 0, 7], [uint16(0), 0, 3], 7, 3, 1);
        _assertRuling([uint64(99), 98, 97], [uint16(0), 0, 0], 0, 0, 0);
    }

    function test_shareBps__around_every_threshold__that_of_the_highest_reached() public pure {
        (int32[] memory thresholds, uint16[] memory shares) = _curve();
        int32[7] memory values = [int32(-1), 29, 30, 59, 60, 179, 180];
        uint16[7] memory owed = [uint16(0), 0, 1_000, 1_000, 4_567, 4_567, 10_000];
        for (uint256 i = 0; i < 7; ++i) {
            assertEq(PayoutCurve.shareBps(thresholds, shares, values[i]), owed[i]);
        }
        assertEq(PayoutCurve.indemnity(999, 5_000), 499);
    }

    function test_check__curves_at_the_bounds__taken_or_refused() public {
        (int32[] memory thresholds, uint16[] memory shares) = _curve();
        _door.check(thresholds, shares);
        shares[2] = 10_001;
        _refused(thresholds, shares, 2);
        (shares[2], shares[0]) = (10_000, 0);
        _refused(thresholds, shares, 0);
        shares[0] = 4_567;
        _refused(thresholds, shares, 1);
        (shares[0], thresholds[1]) = (1_000, 30);
        _refused(thresholds, shares, 1);
        thresholds[1] = 29;
        _refused(thresholds, shares, 1);
        _door.check(new int32[](1), _one(1));
        _door.check(new int32[](1), _one(10_000));
        bytes4 size = PayoutCurve.CurveSizeInvalid.selector;
        vm.expectRevert(abi.encodeWithSelector(size, 0, 0));
        _door.check(new int32[](0), new uint16[](0));
        vm.expectRevert(abi.encodeWithSelector(size, 17, 17));
        _door.check(new int32[](17), new uint16[](17));
        vm.expectRevert(abi.encodeWithSelector(size, 2, 1));
        _door.check(new int32[](2), new uint16[](1));
    }

    function test_check__sixteen_steps__taken() public view {
        int32[] memory thresholds = new int32[](16);
        uint16[] memory shares = new uint16[](16);
        for (uint16 i = 0; i < 16; ++i) {
            (thresholds[i], shares[i]) = (int32(uint32(i)), i + 1);
        }
        _door.check(thresholds, shares);
    }

    function test_ids__policies_and_claims__give_back_what_they_name() public pure {
        bytes32 text = keccak256("flight");
        uint256 event_ = PolicyIds.eventId(text);
        assertEq(event_, uint256(text) / 2 ** 32);
        assertEq(PolicyIds.policyId(event_, 7), event_ * 2 ** 32 + 7);
        (uint256 back, uint256 ordinal) = PolicyIds.split(event_ * 2 ** 32 + 7);
        assertEq(back, event_);
        assertEq(ordinal, 7);
        uint256 id = ClaimIds.claimId(address(0xABCD), 5, 3);
        assertEq(id, 0xABCD * 2 ** 96 + 5 * 2 ** 32 + 3);
        (address product, uint256 policyId, uint256 number) = ClaimIds.split(id);
        assertEq(product, address(0xABCD));
        assertEq(policyId, 5);
        assertEq(number, 3);
    }

    function test_claimId__policy_number_above_64_bits__cannot_change_the_product() public pure {
        uint256 beyond = (uint256(0xABCD) << 64) | 5;

        assertEq(ClaimIds.claimId(address(0), beyond, 3), 5 * 2 ** 32 + 3);
        assertEq(
            ClaimIds.claimId(address(0xABCD), type(uint64).max, 3),
            0xABCD * 2 ** 96 + uint256(type(uint64).max) * 2 ** 32 + 3
        );
    }

    function test_coverageUse__four_lanes_and_claims__kept_apart() public pure {
        uint256 word = 0;
        for (uint256 i = 0; i < 4; ++i) {
            word = CoverageUse.withUsed(word, i, 100 * (i + 1));
        }
        word = CoverageUse.withClaim(CoverageUse.withClaim(word));
        word = CoverageUse.withUsed(word, 1, 7);

        assertEq(CoverageUse.used(word, 0), 100);
        assertEq(CoverageUse.used(word, 1), 7);
        assertEq(CoverageUse.used(word, 2), 300);
        assertEq(CoverageUse.used(word, 3), 400);
        assertEq(CoverageUse.total(word), 807);
        assertEq(CoverageUse.claims(word), 2);
        assertEq(CoverageUse.withClaim(0), 1 << 224);
        assertEq(CoverageUse.used(CoverageUse.withUsed(0, 3, CoverageUse.MAX_UNITS), 3), type(uint56).max);
        assertEq(CoverageUse.claims(CoverageUse.withUsed(0, 3, CoverageUse.MAX_UNITS)), 0);
    }

    function test_stands__leaf_and_inner_node__only_a_leaf_of_the_tree() public view {
        bytes32 leaf = ClauseProof.leafOf("words");
        assertEq(leaf, keccak256(abi.encode(bytes32("words"))));
        bytes32 other = keccak256("other");
        bytes32 root = leaf < other ? keccak256(abi.encode(leaf, other)) : keccak256(abi.encode(other, leaf));
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = other;

        assertTrue(_door.stands(root, leaf, proof));
        assertFalse(_door.stands(root, other, proof));
        assertFalse(_door.stands(leaf, root, proof));
        assertTrue(_door.stands(leaf, leaf, new bytes32[](0)));
    }

    function _assertRuling(
        uint64[3] memory awards,
        uint16[3] memory reasons,
        uint64 award,
        uint16 reason,
        uint8 revealed
    ) private pure {
        Seat[3] memory seats;
        for (uint256 i = 0; i < 3; ++i) {
            (seats[i].award, seats[i].reasonCode, seats[i].clause) =
            (awards[i], reasons[i], bytes32(uint256(reasons[i])));
        }
        (uint64 decided, uint16 code, bytes32 clause, uint8 count) = PanelRule.decide(seats);
        assertEq(decided, award);
        assertEq(code, reason);
        assertEq(uint256(clause), reason);
        assertEq(count, revealed);
    }

    function _refused(int32[] memory thresholds, uint16[] memory shares, uint256 step) private {
        vm.expectRevert(abi.encodeWithSelector(PayoutCurve.CurveNotAscending.selector, step));
        _door.check(thresholds, shares);
    }

    function _curve() private pure returns (int32[] memory thresholds, uint16[] memory shares) {
        (thresholds, shares) = (new int32[](3), new uint16[](3));
        (thresholds[0], thresholds[1], thresholds[2]) = (30, 60, 180);
        (shares[0], shares[1], shares[2]) = (1_000, 4_567, 10_000);
    }

    function _one(uint16 share) private pure returns (uint16[] memory shares) {
        shares = new uint16[](1);
        shares[0] = share;
    }
}
