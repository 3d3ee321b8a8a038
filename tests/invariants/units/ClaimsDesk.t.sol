// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

import {AdjusterAuthority} from "../../../contracts/AdjusterAuthority.sol";
import {IAdjusterAuthority} from "../../../contracts/interfaces/IAdjusterAuthority.sol";
import {IClaimsDesk} from "../../../contracts/interfaces/IClaimsDesk.sol";
import {IIndemnityProduct} from "../../../contracts/interfaces/IIndemnityProduct.sol";
import {IOracleQuorum} from "../../../contracts/interfaces/IOracleQuorum.sol";
import {IReportRules} from "../../../contracts/interfaces/IReportRules.sol";
import {
    Claim,
    ClaimAction,
    ClaimOrder,
    ClaimOutcome,
    ClaimState,
    Decision,
    DecisionCase,
    InstalmentPlan,
    LossReport,
    Notice
} from "../../../contracts/types/ClaimTypes.sol";
import {PayoutState} from "../../../contracts/types/DisbursementTypes.sol";
import {Ruling} from "../../../contracts/types/DisputeTypes.sol";
import {IndemnityQuote, RiskAssessment, RiskTier} from "../../../contracts/types/IndemnityTypes.sol";
import {Roles} from "../../../contracts/types/Roles.sol";
import {ClaimsHouse} from "./ClaimsHouse.sol";

/// @notice Claims from notice to their end, to the unit. 200 claimed are worth (200 − 2) × 90 % = 178.20.
contract ClaimsDeskTest is ClaimsHouse {
    uint64 private constant CLAIMED = uint64(200 * UNIT);
    uint64 private constant WORTH = 178_200_000;
    address private constant ANYBODY = address(0xA9);
    uint256 private _policy;
    uint256 private _balance;

    function setUp() public override {
        super.setUp();
        _policy = _bind();
        _balance = token.balanceOf(holder);
    }

    // Notice

    function test_notify__inside_the_cover__reserve_locked() public {
        uint256 id = _notify(_policy, CLAIMED);

        assertEq(id, (uint256(uint160(address(product))) << 96) | (_policy << 32));
        Claim memory c = _claim(id);
        assertEq(c.claimant, holder);
        assertEq(c.claimed, CLAIMED);
        assertEq(c.clockFrom, block.timestamp);
        assertEq(c.occurredAt, block.timestamp);
        assertEq(uint8(c.outcome), uint8(ClaimOutcome.Open));
        _assertState(id, ClaimState.Noticed, WORTH, 0);
        _assertLocked(WORTH, 0);
        assertEq(product.exposureOf(_policy), 1_030 * UNIT - WORTH);
    }

    function test_notify__nothing_claimed_or_by_others__reverts() public {
        Notice memory n = _notice(_policy, 0);
        vm.prank(holder);
        vm.expectRevert(IClaimsDesk.ClaimedNothing.selector);
        desk.notify(n);
        n = _notice(_policy, 1);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ClaimantInvalid.selector, _policy, ANYBODY));
        desk.notify(n);
    }

    function test_notify__outside_cover_or_window__reverts() public {
        Notice memory n = _notice(_policy, CLAIMED);
        uint256 start = block.timestamp;
        n.occurredAt = uint40(start - 1);
        _notifyRefused(n, _outside(start - 1, start));
        n.occurredAt = uint40(start + 1);
        _notifyRefused(n, abi.encodeWithSelector(IIndemnityProduct.LossInFuture.selector, start + 1, start));
        n.occurredAt = uint40(start);
        (n.coverage, n.peril) = (2, 0);
        _notifyRefused(n, abi.encodeWithSelector(IIndemnityProduct.CoverageUnknown.selector, _policy, 2));
        (n.coverage, n.peril) = (0, 2);
        _notifyRefused(n, abi.encodeWithSelector(IIndemnityProduct.PerilNotCovered.selector, 0, 2));
        (n.coverage, n.peril) = (1, 3);
        _notifyRefused(n, abi.encodeWithSelector(IIndemnityProduct.PerilNotCovered.selector, 1, 3));
        (n.coverage, n.peril) = (0, 1); // with a waiting period of a day
        _notifyRefused(n, _outside(start, start + 1 days));
        n.peril = 0;
        n.policyId = 9;
        _notifyRefused(n, abi.encodeWithSelector(IIndemnityProduct.PolicyUnknown.selector, 9));
        n.policyId = _policy;
        vm.warp(start + 10 days + 1);
        _notifyRefused(
            n,
            abi.encodeWithSelector(
                IIndemnityProduct.NoticeTooLate.selector, start, start + 10 days, start + 10 days + 1
            )
        );
        vm.warp(start + PERIOD);
        n.occurredAt = uint40(start + PERIOD);
        _notifyRefused(n, _outside(start + PERIOD, start));
        n.occurredAt = uint40(start + PERIOD - 1);
        vm.prank(holder);
        desk.notify(n);
    }

    function test_notifyFor__signed__by_whoever_hands_it_in() public {
        Notice memory n = _notice(_policy, CLAIMED);
        uint40 now_ = uint40(block.timestamp);
        bytes memory signature = _signIn(HOLDER_KEY, desk.domainSeparator(), words.notice(n, holder, 0, now_));
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ClaimOrderExpired.selector, now_ - 1, now_));
        desk.notifyFor(n, holder, now_ - 1, signature);
        uint256 id = desk.notifyFor(n, holder, now_, signature);
        assertEq(_claim(id).claimant, holder);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ClaimSignatureInvalid.selector, holder));
        desk.notifyFor(n, holder, now_, signature);
    }

    function test_notify__all_that_is_insured_is_claimed__reserves_what_is_left() public {
        _notify(_policy, uint64(900 * UNIT)); // 600, the limit of one claim
        uint256 second = _notify(_policy, uint64(900 * UNIT));
        uint256 third = _notify(_policy, uint64(900 * UNIT));

        assertEq(_claim(second).reserve, 400 * UNIT);
        assertEq(_claim(third).reserve, 0);
        _assertLocked(1_000 * UNIT, 0);
    }

    function test_acknowledge__by_an_adjuster__once() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAdjusterAuthority.AdjusterRequired.selector, id, ANYBODY));
        desk.acknowledge(id);
        vm.startPrank(adjuster);
        desk.acknowledge(id);
        vm.expectRevert(_notInState(id, ClaimState.Acknowledged));
        desk.acknowledge(id);
        vm.stopPrank();
    }

    // The machine

    function test_reportLoss__within_the_terms__paid_and_closed_at_once() public {
        uint256 id = _notify(_policy, CLAIMED);

        vm.expectEmit(address(desk));
        emit IClaimsDesk.ClaimClosed(id, ClaimOutcome.Paid, WORTH);
        assertEq(_report(_lossReport(id, CLAIMED)), WORTH);

        assertEq(token.balanceOf(holder) - _balance, WORTH);
        _assertState(id, ClaimState.Closed, 0, WORTH);
        _assertLocked(0, WORTH);
        _reportRefused(_lossReport(id, CLAIMED), _notInState(id, ClaimState.Closed));
    }

    function test_reportLoss__less_than_claimed__paid_and_the_rest_referred() public {
        uint256 id = _notify(_policy, CLAIMED);

        vm.expectEmit(address(desk));
        emit IClaimsDesk.ClaimReferred(id, 256, WORTH - 90 * uint64(UNIT) + 1_800_000);
        assertEq(_report(_lossReport(id, uint64(100 * UNIT))), 88_200_000);

        _assertState(id, ClaimState.Referred, WORTH - 88_200_000, 88_200_000);
        _assertLocked(WORTH - 88_200_000, 88_200_000);
    }

    function test_reportLoss__each_reason_alone__referred_and_nothing_paid() public {
        LossReport[7] memory reports;
        uint256 id = _notify(_policy, CLAIMED);
        for (uint256 i = 0; i < 7; ++i) {
            reports[i] = _lossReport(id, CLAIMED);
        }
        (reports[0].fraudScore, reports[1].confidenceBps) = (5_001, 5_999);
        reports[2].nullifiers = new bytes32[](0);
        (reports[3].loss, reports[4].loss) = (uint64(2 * UNIT), 0);
        (reports[5].fraudScore, reports[6].confidenceBps) = (5_000, 6_000);
        uint256[7] memory reasons = [uint256(4), 8, 32, 128, 128, 0, 0];
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < 7; ++i) {
            if (reasons[i] != 0) {
                vm.expectEmit(address(desk));
                emit IClaimsDesk.ClaimReferred(id, reasons[i], WORTH);
            }
            assertEq(_report(reports[i]), reasons[i] == 0 ? WORTH : 0);
            _assertState(
                id,
                reasons[i] == 0 ? ClaimState.Closed : ClaimState.Referred,
                reasons[i] == 0 ? 0 : WORTH,
                reasons[i] == 0 ? WORTH : 0
            );
            vm.revertToState(snapshot);
        }
    }

    function test_reportLoss__incident_claimed_before__referred() public {
        uint256 first = _notify(_policy, uint64(20 * UNIT));
        LossReport memory r = _lossReport(first, uint64(20 * UNIT));
        _report(r);
        uint256 second = _notify(_policy, CLAIMED);
        (r.claimId, r.loss) = (second, CLAIMED);

        vm.expectEmit(address(desk));
        emit IClaimsDesk.ClaimReferred(second, 64, WORTH);
        assertEq(_report(r), 0);
    }

    function test_reportLoss__above_the_machine_s_limit__referred() public {
        uint256 id = _notify(_policy, uint64(446_444_444)); // worth 399,999,999
        uint256 other = _notify(_policy, uint64(446_444_446)); // worth 400,000,001
        vm.expectEmit(address(desk));
        emit IClaimsDesk.ClaimReferred(other, 2, 400_000_001);
        assertEq(_report(_lossReport(other, 446_444_446)), 0);
        assertEq(_report(_lossReport(id, 446_444_444)), 399_999_999);
    }

    function test_reportLoss__not_as_it_should_be__reverts() public {
        uint256 id = _notify(_policy, CLAIMED);
        uint256 now_ = block.timestamp;
        LossReport memory r = _lossReport(id, CLAIMED);
        r.chainId = 1;
        _reportRefused(r, abi.encodeWithSelector(IReportRules.ReportForOtherChain.selector, 1, block.chainid));
        r = _lossReport(id, CLAIMED);
        r.desk = ANYBODY;
        _reportRefused(r, abi.encodeWithSelector(IReportRules.ReportForOtherContract.selector, ANYBODY, desk));
        r = _lossReport(id, CLAIMED);
        r.validUntil = uint40(now_ - 1);
        _reportRefused(r, abi.encodeWithSelector(IReportRules.ReportExpired.selector, now_ - 1, now_));
        r = _lossReport(id, CLAIMED);
        r.observedAt = uint40(now_ + 1);
        _reportRefused(r, abi.encodeWithSelector(IReportRules.ReportFromFuture.selector, now_ + 1, now_));
        r = _lossReport(id, CLAIMED);
        r.observedAt = uint40(now_ - 1);
        _reportRefused(r, abi.encodeWithSelector(IClaimsDesk.ReportBeforeNotice.selector, id, now_ - 1, now_));
        r = _lossReport(id, CLAIMED);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.TooFewSignatures.selector, 0, 3));
        desk.reportLoss(r, new bytes[](0));
    }

    function test_reportLoss__late__pays_interest_and_not_for_pauses() public {
        uint256 id = _notify(_policy, CLAIMED); // Wednesday 00:00; due on Friday 00:00
        uint256 due = block.timestamp + 2 days;
        vm.warp(due);
        uint256 snapshot = vm.snapshotState();
        assertEq(_report(_lossReport(id, CLAIMED)), WORTH);
        assertEq(token.balanceOf(holder) - _balance, WORTH);
        vm.revertToState(snapshot);
        vm.warp(due + 4 days);
        uint256 interest = uint256(WORTH) * 9_000 * 4 days / (365 days * 10_000);
        _report(_lossReport(id, CLAIMED));
        assertEq(token.balanceOf(holder) - _balance, WORTH + interest);
        _assertLocked(0, WORTH + interest);
        assertEq(product.exposureOf(_policy), 1_030 * UNIT - WORTH - interest);
    }

    function test_reportLoss__very_late__interest_is_capped() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.warp(block.timestamp + 200 days);
        _report(_lossReport(id, CLAIMED));

        assertEq(token.balanceOf(holder) - _balance, WORTH + WORTH * 3 / 100);
    }

    // People

    function test_decide__all__paid_and_closed() public {
        uint256 id = _notify(_policy, CLAIMED);
        assertEq(_decide(id, CLAIMED), WORTH);

        assertEq(token.balanceOf(holder) - _balance, WORTH);
        assertEq(uint8(_claim(id).outcome), uint8(ClaimOutcome.Paid));
        assertEq(_claim(id).reasonCode, 11);
        _assertState(id, ClaimState.Closed, 0, WORTH);
    }

    function test_decide__a_part__paid_and_the_rest_stays_reserved_until_closed() public {
        uint256 id = _notify(_policy, CLAIMED);
        assertEq(_decide(id, uint64(100 * UNIT)), 88_200_000);

        assertEq(uint8(_claim(id).outcome), uint8(ClaimOutcome.PartPaid));
        _assertState(id, ClaimState.Decided, 90_000_000, 88_200_000);
        uint256 closesAt = block.timestamp + DISPUTE_WINDOW;
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.WindowOpen.selector, id, closesAt, closesAt));
        desk.close(id);
        vm.warp(closesAt + 1);
        desk.close(id);
        _assertState(id, ClaimState.Closed, 0, 88_200_000);
        _assertLocked(0, 88_200_000);
    }

    function test_decide__nothing__denied_with_reason_and_clause() public {
        uint256 id = _notify(_policy, CLAIMED);
        assertEq(_decide(id, 0), 0);

        assertEq(uint8(_claim(id).outcome), uint8(ClaimOutcome.Denied));
        _assertState(id, ClaimState.Decided, WORTH, 0);
    }

    function test_decide__after_the_machine_paid_a_part__rest_only() public {
        uint256 id = _notify(_policy, CLAIMED);
        _report(_lossReport(id, uint64(100 * UNIT)));
        assertEq(_decide(id, CLAIMED), WORTH - 88_200_000);

        assertEq(token.balanceOf(holder) - _balance, WORTH);
        assertEq(uint8(_claim(id).outcome), uint8(ClaimOutcome.Paid));
    }

    function test_decide__machine_paid_and_nothing_more__part_paid_is_no_denial_in_name() public {
        uint256 id = _notify(_policy, CLAIMED);
        _report(_lossReport(id, uint64(100 * UNIT)));
        assertEq(_decide(id, 0), 0);

        assertEq(uint8(_claim(id).outcome), uint8(ClaimOutcome.PartPaid));
    }

    function test_decide__not_as_it_should_be__reverts() public {
        uint256 id = _notify(_policy, CLAIMED);
        Decision memory d = _decision(id, CLAIMED);
        d.reasonCode = 0;
        _decideRefused(d, abi.encodeWithSelector(IAdjusterAuthority.ReasonMissing.selector, id));
        d = _decision(id, CLAIMED + 1);
        _decideRefused(
            d, abi.encodeWithSelector(IAdjusterAuthority.LossAboveClaimed.selector, id, CLAIMED + 1, CLAIMED)
        );
        d = _decision(id, CLAIMED);
        d.clause = "no clause";
        bytes32 root = _clauseRoot();
        _decideRefused(
            d, abi.encodeWithSelector(IAdjusterAuthority.ClauseNotProven.selector, id, bytes32("no clause"), root)
        );
        d = _decision(id, CLAIMED);
        d.validUntil = uint40(block.timestamp - 1);
        _decideRefused(
            d,
            abi.encodeWithSelector(
                IAdjusterAuthority.DecisionExpired.selector, id, block.timestamp - 1, block.timestamp
            )
        );
        d = _decision(id, CLAIMED);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAdjusterAuthority.AdjusterRequired.selector, id, ANYBODY));
        desk.decide(d, address(0), "");
        address machine = _machine();
        d = _decision(id, CLAIMED - 1);
        vm.prank(machine);
        vm.expectRevert(abi.encodeWithSelector(IAdjusterAuthority.MachineCannotDeny.selector, id, machine));
        desk.decide(d, address(0), "");
    }

    function test_decide__a_key_of_the_set_before_in_its_overlap__denies_nothing() public {
        uint256 id = _notify(_policy, CLAIMED);
        address machine = _machine();
        address[] memory next = new address[](4);
        for (uint160 i = 0; i < 4; ++i) {
            next[i] = address(0x1000 + i);
        }
        quorum.rotateSigners(next, 1, 1 hours);
        Decision memory d = _decision(id, 0);
        vm.prank(machine);
        vm.expectRevert(abi.encodeWithSelector(IAdjusterAuthority.MachineCannotDeny.selector, id, machine));
        desk.decide(d, address(0), "");
        vm.warp(block.timestamp + 1 hours); // the set is heard no longer: its keys are people's again
        vm.prank(machine);
        assertEq(desk.decide(d, address(0), ""), 0);
        assertEq(uint8(_claim(id).outcome), uint8(ClaimOutcome.Denied));
    }

    function test_decide__a_machine_s_key_grants_all__as_an_adjuster() public {
        uint256 id = _notify(_policy, CLAIMED);
        Decision memory d = _decision(id, CLAIMED);
        vm.prank(_machine());
        assertEq(desk.decide(d, address(0), ""), WORTH);
    }

    function test_decide__of_their_own_claim__reverts() public {
        uint256 id = _notify(_policy, CLAIMED);
        uint256 other = _notify(_bindFor(ANYBODY), CLAIMED); // paid to somebody else than the holder
        assertEq(_claim(other).claimant, ANYBODY);
        uint256 big = _notify(_bindBig(), uint64(1_000 * UNIT));
        _makeAdjuster(holder);
        _makeAdjuster(ANYBODY);

        _ownRefused(id, holder);
        _ownRefused(other, holder);
        _ownRefused(other, ANYBODY);
        Decision memory d = _decision(big, CLAIMED);
        bytes memory signature = _signIn(HOLDER_KEY, desk.domainSeparator(), words.decision(d, adjuster));
        vm.prank(adjuster);
        vm.expectRevert(_own(big, holder));
        desk.decide(d, holder, signature);
        d = _decision(id, CLAIMED);
        vm.prank(ANYBODY);
        assertEq(desk.decide(d, address(0), ""), WORTH);
    }

    function test_decide__beyond_the_adjuster_s_authority__reverts() public {
        AdjusterAuthority authority = AdjusterAuthority(address(desk.adjusters()));
        uint256 id = _notify(_policy, CLAIMED);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAdjusterAuthority.AdministratorRequired.selector, treasury, ANYBODY));
        authority.setAdjusterLimit(address(treasury), adjuster, 1, 1);
        vm.prank(chief);
        authority.setAdjusterLimit(address(treasury), adjuster, WORTH - 1, WORTH);
        _decideRefused(
            _decision(id, CLAIMED),
            abi.encodeWithSelector(IAdjusterAuthority.AuthorityExceeded.selector, adjuster, WORTH, WORTH - 1)
        );
        vm.prank(chief);
        authority.setAdjusterLimit(address(treasury), adjuster, WORTH, WORTH + 1);
        uint256 second = _notify(_policy, CLAIMED);
        _decide(id, CLAIMED);
        _decideRefused(
            _decision(second, CLAIMED),
            abi.encodeWithSelector(IAdjusterAuthority.DailyAuthorityExceeded.selector, adjuster, 2 * WORTH, WORTH + 1)
        );
        assertEq(authority.adjusterLimit(address(treasury), adjuster).usedToday, WORTH);
        vm.warp(block.timestamp + SECONDS_A_DAY);
        _decide(second, CLAIMED);
        DecisionCase memory empty;
        Decision memory d = _decision(id, 1);
        vm.expectRevert(abi.encodeWithSelector(IAdjusterAuthority.ClaimsDeskRequired.selector, address(this)));
        authority.authorise(empty, abi.encode(d, address(0), ""));
    }

    function test_decide__worth_a_second_signature__needs_another_adjuster_s() public {
        AdjusterAuthority authority = AdjusterAuthority(address(desk.adjusters()));
        vm.prank(chief);
        authority.setAdjusterLimit(address(treasury), adjuster, SUM, SUM);
        uint256 id = _notify(_bindBig(), uint64(1_000 * UNIT)); // worth 898.20
        Decision memory d = _decision(id, uint64(1_000 * UNIT));
        _decideRefused(
            d,
            abi.encodeWithSelector(IAdjusterAuthority.SecondSignatureRequired.selector, id, 898_200_000, TWO_SIGN_ABOVE)
        );
        bytes32 digest = words.decision(d, adjuster);
        uint256 otherKey = insurers[0].adjusterKeys[1];
        address other = vm.addr(otherKey);
        _secondRefused(d, adjuster, _signIn(insurers[0].adjusterKeys[0], desk.domainSeparator(), digest));
        _secondRefused(d, vm.addr(0x57A6), _signIn(0x57A6, desk.domainSeparator(), digest)); // no adjuster
        _secondRefused(d, other, _signIn(HOLDER_KEY, desk.domainSeparator(), digest));
        bytes memory signature = _signIn(otherKey, desk.domainSeparator(), digest);
        vm.prank(adjuster);
        assertEq(desk.decide(d, other, signature), 898_200_000);
    }

    function test_reestimate__by_an_adjuster__moves_the_reserve_only() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAdjusterAuthority.AdjusterRequired.selector, id, ANYBODY));
        desk.reestimate(id, 1);
        vm.startPrank(adjuster);
        desk.reestimate(id, uint64(50 * UNIT));
        _assertLocked(50 * UNIT, 0);
        desk.reestimate(id, uint64(50 * UNIT));
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ReserveAboveWorth.selector, id, WORTH + 1, WORTH));
        desk.reestimate(id, WORTH + 1);
        vm.stopPrank();

        assertEq(_decide(id, CLAIMED), WORTH);
    }

    function test_reestimate__nothing_left_of_the_sum_insured__reverts() public {
        _notify(_policy, uint64(900 * UNIT));
        _notify(_policy, uint64(900 * UNIT));
        Notice memory n = _notice(_policy, CLAIMED);
        (n.coverage, n.peril) = (1, 2);
        vm.prank(holder);
        uint256 id = desk.notify(n);
        vm.prank(adjuster);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ReserveAboveWorth.selector, id, 1, 0));
        desk.reestimate(id, 1);
    }

    function test_chooseInstitution__product_nobody_vouches_for__reverts() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.mockCall(address(factory), abi.encodeCall(factory.isProduct, (address(product))), abi.encode(false));
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ProductUnknown.selector, product));
        desk.chooseInstitution(id, 1);
    }

    // Instalments

    function test_payInstalment__three_of_them__odd_units_first() public {
        uint256 id = _notify(_policy, uint64(100_000_005)); // worth 88,200,004
        Decision memory d = _decision(id, 100_000_005);
        (d.instalments, d.intervalSeconds) = (3, 1 days);
        uint256 start = block.timestamp;
        vm.prank(adjuster);
        assertEq(desk.decide(d, address(0), ""), 88_200_004);
        assertEq(token.balanceOf(holder) - _balance, 29_400_002);
        _assertState(id, ClaimState.Decided, 58_800_002, 29_400_002);
        InstalmentPlan memory plan = desk.instalments(id);
        assertEq(plan.each, 29_400_001);
        assertEq(plan.left, 2);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.InstalmentNotDue.selector, id, start + 1 days, start));
        desk.payInstalment(id);
        vm.warp(start + 1 days);
        assertEq(desk.payInstalment(id), 29_400_001);
        vm.expectRevert(
            abi.encodeWithSelector(IClaimsDesk.WindowOpen.selector, id, start + DISPUTE_WINDOW, start + 1 days)
        );
        desk.close(id);
        vm.warp(start + 2 days);
        desk.payInstalment(id);
        assertEq(token.balanceOf(holder) - _balance, 88_200_004);
        _assertState(id, ClaimState.Closed, 0, 88_200_004);
        vm.expectRevert(_notInState(id, ClaimState.Closed));
        desk.payInstalment(id);
    }

    function test_decide__instalments_out_of_bounds__reverts() public {
        uint256 id = _notify(_policy, CLAIMED);
        Decision memory d = _decision(id, CLAIMED);
        uint32[2][3] memory bad = [[uint32(61), 1 days], [uint32(2), 1 days - 1], [uint32(2), 31 days + 1]];
        for (uint256 i = 0; i < 3; ++i) {
            (d.instalments, d.intervalSeconds) = (uint8(bad[i][0]), bad[i][1]);
            _decideRefused(d, abi.encodeWithSelector(IClaimsDesk.InstalmentsInvalid.selector, id, bad[i][0], bad[i][1]));
        }
        d = _decision(id, 0);
        (d.instalments, d.intervalSeconds) = (2, 1 days);
        _decideRefused(d, abi.encodeWithSelector(IClaimsDesk.InstalmentsInvalid.selector, id, 2, 1 days));
        (d.loss, d.instalments, d.intervalSeconds) = (CLAIMED, 60, 31 days);
        vm.prank(adjuster);
        desk.decide(d, address(0), "");
        assertEq(desk.instalments(id).left, 59);
    }

    function test_payInstalment__none_to_come__reverts() public {
        uint256 id = _notify(_policy, CLAIMED);
        _decide(id, 0);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.NoInstalments.selector, id));
        desk.payInstalment(id);
    }

    // The claimant

    function test_withdraw__by_the_claimant__reserve_freed() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ClaimantRequired.selector, id, ANYBODY));
        desk.withdraw(id);
        vm.prank(holder);
        desk.withdraw(id);

        assertEq(uint8(_claim(id).outcome), uint8(ClaimOutcome.Withdrawn));
        _assertLocked(0, 0);
        vm.prank(address(0));
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ClaimantRequired.selector, 5, address(0)));
        desk.withdraw(5);
    }

    function test_dispute__a_denial__panel_awards_with_interest() public {
        uint256 id = _notify(_policy, CLAIMED);
        _decide(id, uint64(100 * UNIT));
        (uint64 disputed, uint64 deposit) = (90_000_000, 9_000_000);
        vm.prank(holder);
        uint256 disputeId = desk.dispute(id);

        assertEq(panel.dispute(disputeId).disputed, disputed);
        assertEq(panel.dispute(disputeId).deposit, deposit);
        assertEq(panel.dispute(disputeId).depositTo, address(treasury));
        _assertState(id, ClaimState.Disputed, disputed, 88_200_000);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.PanelRequired.selector, address(this)));
        desk.award(id, 1, 1, 0);
        vm.warp(block.timestamp + 3 days);
        vm.prank(address(panel));
        desk.award(id, uint64(50 * UNIT), 7, "clause");
        uint256 interest = 50 * UNIT * 9_000 * 3 days / (365 days * 10_000);
        assertEq(token.balanceOf(holder) + deposit - _balance, 138_200_000 + interest);
        assertEq(uint8(_claim(id).outcome), uint8(ClaimOutcome.Awarded));
        assertEq(_claim(id).reasonCode, 7);
        _assertState(id, ClaimState.Closed, 0, 138_200_000);
        assertTrue(desk.isFinal(id));
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.PanelDecisionFinal.selector, id));
        desk.reopen(id, 1, "new");
    }

    function test_award__more_than_is_disputed__no_more_than_that() public {
        uint256 id = _notify(_policy, CLAIMED);
        _decide(id, 0);
        vm.prank(holder);
        desk.dispute(id);
        vm.prank(address(panel));
        desk.award(id, uint64(900 * UNIT), 900, 0);

        _assertState(id, ClaimState.Closed, 0, WORTH);
    }

    function test_award__nothing__upheld() public {
        uint256 id = _notify(_policy, CLAIMED);
        _decide(id, 0);
        vm.prank(holder);
        desk.dispute(id);
        vm.prank(address(panel));
        desk.award(id, 0, 7, 0);

        assertEq(uint8(_claim(id).outcome), uint8(ClaimOutcome.Upheld));
        _assertState(id, ClaimState.Closed, 0, 0);
        _assertLocked(0, 0);
    }

    function test_award__instalments_were_to_come__all_paid_at_once() public {
        uint256 id = _notify(_policy, CLAIMED);
        Decision memory d = _decision(id, uint64(100 * UNIT)); // 88.20 in two of 44.10
        (d.instalments, d.intervalSeconds) = (2, 1 days);
        vm.prank(adjuster);
        desk.decide(d, address(0), "");
        vm.prank(holder);
        desk.dispute(id);
        assertEq(_claim(id).reserve, 90_000_000 + 44_100_000);
        vm.prank(address(panel));
        desk.award(id, uint64(10 * UNIT), 7, 0);

        _assertState(id, ClaimState.Closed, 0, 98_200_000);
        assertEq(desk.instalments(id).left, 0);
        _assertLocked(0, 98_200_000);
    }

    function test_payInstalment__while_disputed__paid_and_stays_disputed() public {
        uint256 id = _notify(_policy, CLAIMED);
        Decision memory d = _decision(id, uint64(100 * UNIT));
        (d.instalments, d.intervalSeconds) = (2, 1 days);
        vm.prank(adjuster);
        desk.decide(d, address(0), "");
        vm.prank(holder);
        desk.dispute(id);
        vm.warp(block.timestamp + 1 days);
        desk.payInstalment(id);

        _assertState(id, ClaimState.Disputed, 90_000_000, 88_200_000);
    }

    function test_dispute__too_late_or_nothing_left__reverts() public {
        uint256 id = _notify(_policy, CLAIMED);
        _decide(id, 0);
        uint256 closedAt = block.timestamp + DISPUTE_WINDOW;
        vm.warp(closedAt + 1);
        vm.startPrank(holder);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.WindowClosed.selector, id, closedAt, closedAt + 1));
        desk.dispute(id);
        vm.warp(closedAt);
        desk.dispute(id);
        vm.stopPrank();
        uint256 paid = _notify(_policy, uint64(100 * UNIT));
        Decision memory d = _decision(paid, uint64(100 * UNIT));
        (d.instalments, d.intervalSeconds) = (2, 1 days);
        vm.prank(adjuster);
        desk.decide(d, address(0), "");
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.NothingDisputed.selector, paid));
        desk.dispute(paid);
    }

    function test_escalate__silence__after_the_first_deadline_and_without_deposit() public {
        uint256 id = _notify(_policy, CLAIMED); // Wednesday 00:00: acknowledge by Thursday, decide by Friday
        uint256 start = block.timestamp;
        vm.startPrank(holder);
        vm.warp(start + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(IClaimsDesk.DeadlineNotPassed.selector, id, start + 1 days, start + 1 days)
        );
        desk.escalate(id);
        vm.warp(start + 1 days + 1);
        uint256 disputeId = desk.escalate(id);
        vm.stopPrank();

        assertEq(panel.dispute(disputeId).disputed, WORTH);
        assertEq(panel.dispute(disputeId).deposit, 0);
        vm.warp(start + 6 days); // Tuesday: four days late
        vm.prank(address(panel));
        desk.award(id, WORTH, 900, 0);
        uint256 interest = uint256(WORTH) * 9_000 * 4 days / (365 days * 10_000);
        assertEq(token.balanceOf(holder) - _balance, WORTH + interest);
    }

    function test_escalate__acknowledged__after_the_deadline_for_deciding() public {
        uint256 id = _notify(_policy, CLAIMED);
        uint256 start = block.timestamp;
        vm.prank(adjuster);
        desk.acknowledge(id);
        vm.warp(start + 2 days);
        vm.startPrank(holder);
        vm.expectRevert(
            abi.encodeWithSelector(IClaimsDesk.DeadlineNotPassed.selector, id, start + 2 days, start + 2 days)
        );
        desk.escalate(id);
        vm.warp(start + 2 days + 1);
        desk.escalate(id);
        vm.stopPrank();
    }

    function test_escalate__while_paused__the_clock_stood_still() public {
        uint256 id = _notify(_policy, CLAIMED);
        uint256 start = block.timestamp;
        vm.prank(chief);
        treasury.pause(12 hours);
        vm.warp(start + 1 days + 12 hours);
        vm.startPrank(holder);
        vm.expectRevert(
            abi.encodeWithSelector(
                IClaimsDesk.DeadlineNotPassed.selector, id, start + 1 days + 12 hours, start + 1 days + 12 hours
            )
        );
        desk.escalate(id);
        vm.stopPrank();
    }

    function test_reopen__new_evidence__a_new_claim_that_knows_what_was_paid() public {
        uint256 id = _notify(_policy, CLAIMED);
        _decide(id, CLAIMED);
        assertFalse(desk.isFinal(id));
        vm.startPrank(holder);
        vm.expectRevert(IClaimsDesk.ClaimedNothing.selector);
        desk.reopen(id, 0, "new");
        uint256 successor = desk.reopen(id, uint64(300 * UNIT), "new");
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ClaimSuperseded.selector, id, successor));
        desk.reopen(id, uint64(300 * UNIT), "new");
        vm.stopPrank();

        assertEq(successor, id + 1);
        assertEq(desk.supersededBy(id), successor);
        assertTrue(desk.isFinal(id));
        _assertState(successor, ClaimState.Noticed, 90_000_000, WORTH); // (300 − 2) × 90 % − 178.20
        assertEq(_decide(successor, uint64(300 * UNIT)), 90_000_000);
        assertEq(token.balanceOf(holder) - _balance, 268_200_000);
        _assertLocked(0, 268_200_000);
    }

    function test_reopen__too_late_or_too_often__reverts() public {
        uint256 id = _notify(_policy, uint64(20 * UNIT));
        _decide(id, uint64(20 * UNIT));
        uint256 closedAt = block.timestamp + REOPEN_WINDOW;
        vm.warp(closedAt + 1);
        assertTrue(desk.isFinal(id));
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.WindowClosed.selector, id, closedAt, closedAt + 1));
        desk.reopen(id, 1, "new");
        vm.warp(closedAt);
        assertFalse(desk.isFinal(id));
        for (uint256 i = 0; i < desk.MAX_REOPENINGS(); ++i) {
            vm.prank(holder);
            id = desk.reopen(id, uint64((21 + i) * UNIT), "new");
            _decide(id, uint64((21 + i) * UNIT));
        }
        assertTrue(desk.isFinal(id));
        uint256 most = desk.MAX_REOPENINGS();
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ReopeningsExhausted.selector, id, most));
        desk.reopen(id, uint64(50 * UNIT), "new");
    }

    // What the day's cap or the token holds back

    function test_payInstalment__cap_of_one_unit_and_29_days_apart__all_but_the_last_two_have_arrived() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.prank(chief);
        treasury.setPayoutCap(1);
        Decision memory d = _decision(id, CLAIMED);
        (d.instalments, d.intervalSeconds) = (60, 29 days);
        vm.prank(adjuster);
        desk.decide(d, address(0), "");
        uint256 start = block.timestamp;
        for (uint256 i = 1; i < 60; ++i) {
            vm.warp(start + i * 29 days - 1);
            treasury.pushHeldPayout(holder);
            vm.warp(start + i * 29 days);
            desk.payInstalment(id);
        }

        assertGe(token.balanceOf(holder) - _balance, WORTH - 3 * (WORTH / 60));
        vm.warp(start + 60 * 29 days + 31 days);
        treasury.pushHeldPayout(holder);
        assertEq(token.balanceOf(holder) - _balance, WORTH);
    }

    function test_conclude__lost_deposit_and_blocked_treasury__anybody_pushes_it_there() public {
        uint256 id = _notify(_policy, CLAIMED);
        _decide(id, 0);
        vm.prank(holder);
        uint256 disputeId = desk.dispute(id);
        uint256 deposit = panel.dispute(disputeId).deposit;
        assertGt(deposit, 0);
        _rule(disputeId, 0);
        token.setBlocked(address(treasury), true);
        panel.conclude(disputeId);
        token.setBlocked(address(treasury), false);
        assertEq(panel.heldDeposit(address(treasury), token), deposit);

        vm.prank(ANYBODY);
        panel.pushHeldDeposit(token, address(treasury));

        assertEq(panel.heldDeposit(address(treasury), token), 0);
        assertEq(treasury.heldAssets() - treasury.bookedAssets(), deposit);
        vm.prank(chief);
        assertEq(treasury.absorbSurplus(), deposit);
    }

    // Institutions and signed orders

    function test_chooseInstitution__chosen__paid_through_it() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.prank(holder);
        desk.chooseInstitution(id, 1);
        assertEq(desk.institutionOf(id), 1);
        _decide(id, CLAIMED);

        assertEq(token.balanceOf(holder), _balance);
        assertEq(token.balanceOf(address(disbursement)), WORTH);
        assertEq(disbursement.instructionAt(1).claimId, id);
        assertEq(disbursement.instructionAt(1).amount, WORTH);
        assertEq(disbursement.instructionAt(1).payee, holder);
        assertTrue(disbursement.instructionAt(1).state == PayoutState.Waiting);
    }

    function test_chooseInstitution__one_that_does_not_take_it__paid_straight() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.startPrank(holder);
        desk.chooseInstitution(id, 9);
        vm.stopPrank();
        _decide(id, CLAIMED);
        assertEq(token.balanceOf(holder) - _balance, WORTH);
    }

    function test_chooseInstitution__interest_takes_it_over_the_limit__paid_straight() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.prank(holder);
        desk.chooseInstitution(id, 1);
        vm.warp(block.timestamp + 6 days); // due after two
        uint64 interest = uint64(uint256(WORTH) * 9_000 * 4 days / (365 days * 10_000));
        uint256 snapshot = vm.snapshotState();
        disbursement.changeLimits(1, WORTH + interest, uint64(1_600 * UNIT), RECEIPT_SECONDS);
        _report(_lossReport(id, CLAIMED));
        assertEq(disbursement.instructionAt(1).amount, WORTH + interest);
        vm.revertToState(snapshot);
        disbursement.changeLimits(1, WORTH + interest - 1, uint64(1_600 * UNIT), RECEIPT_SECONDS);
        _report(_lossReport(id, CLAIMED));
        assertEq(disbursement.instructionCount(), 0);
        assertEq(token.balanceOf(holder) - _balance, WORTH + interest);
    }

    function test_chooseInstitution__chosen_and_given_up__paid_straight() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.startPrank(holder);
        desk.chooseInstitution(id, 1);
        desk.chooseInstitution(id, 0);
        vm.stopPrank();
        _decide(id, CLAIMED);
        assertEq(token.balanceOf(holder) - _balance, WORTH);
    }

    function test_chooseInstitution__tokens_blocked_there__held_for_the_claimant() public {
        uint256 id = _notify(_policy, CLAIMED);
        vm.prank(holder);
        desk.chooseInstitution(id, 1);
        token.setBlocked(address(disbursement), true);
        _decide(id, CLAIMED);

        assertEq(treasury.heldPayoutOf(holder), WORTH);
        assertEq(disbursement.instructionCount(), 0);
    }

    function test_orderFor__each_action__as_if_the_claimant_called() public {
        uint256 first = _notify(_policy, uint64(20 * UNIT));
        uint256 second = _notify(_policy, uint64(20 * UNIT));
        uint256 third = _notify(_policy, uint64(20 * UNIT));
        _order(first, ClaimAction.ChooseInstitution, 0);
        assertEq(desk.institutionOf(first), 1);
        _order(first, ClaimAction.Withdraw, 1);
        assertEq(uint8(_claim(first).outcome), uint8(ClaimOutcome.Withdrawn));
        uint256 successor = _order(first, ClaimAction.Reopen, 2);
        assertEq(_claim(successor).claimed, 30 * UNIT);
        _decide(second, 0);
        uint256 disputeId = _order(second, ClaimAction.Dispute, 3);
        assertEq(panel.dispute(disputeId).claimId, second);
        vm.warp(block.timestamp + 5 days);
        disputeId = _order(third, ClaimAction.Escalate, 4);
        assertEq(panel.dispute(disputeId).claimId, third);
    }

    function test_orderFor__too_late_repeated_or_forged__reverts() public {
        uint256 id = _notify(_policy, CLAIMED);
        ClaimOrder memory o = _orderOf(id, ClaimAction.Withdraw, 1);
        vm.expectRevert(abi.encodeWithSelector(Nonces.InvalidAccountNonce.selector, holder, 0));
        desk.orderFor(o, "");
        o = _orderOf(id, ClaimAction.Withdraw, 0);
        o.deadline = uint40(block.timestamp - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IClaimsDesk.ClaimOrderExpired.selector, block.timestamp - 1, block.timestamp)
        );
        desk.orderFor(o, "");
        o = _orderOf(id, ClaimAction.Withdraw, 0);
        bytes memory forged = _signIn(0xBAD, desk.domainSeparator(), words.order(o));
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ClaimSignatureInvalid.selector, holder));
        desk.orderFor(o, forged);
    }

    /// @dev A policy of 2,000, of which one claim may cost 1,200.
    function _bindBig() private returns (uint256) {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        return _bindAs(a, _binding(_quote(a, uint64(2_000 * UNIT), uint64(100 * UNIT))));
    }

    /// @dev A policy of the holder's under which somebody else is paid.
    function _bindFor(address beneficiary) private returns (uint256) {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        IndemnityQuote memory q = _quote(a, SUM, uint64(50 * UNIT));
        q.beneficiary = beneficiary;
        return _bindAs(a, _binding(q));
    }

    function _makeAdjuster(address account) private {
        AdjusterAuthority authority = AdjusterAuthority(address(desk.adjusters()));
        vm.startPrank(chief);
        insurers[0].manager.grantRole(Roles.ADJUSTER, account, 0);
        authority.setAdjusterLimit(address(treasury), account, SUM, SUM);
        vm.stopPrank();
    }

    /// @dev Neither granted nor denied.
    function _ownRefused(uint256 claimId, address account) private {
        for (uint64 loss = 0; loss <= CLAIMED; loss += CLAIMED) {
            Decision memory d = _decision(claimId, loss);
            vm.prank(account);
            vm.expectRevert(_own(claimId, account));
            desk.decide(d, address(0), "");
        }
    }

    function _own(uint256 claimId, address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAdjusterAuthority.OwnClaim.selector, claimId, account);
    }

    function _notifyRefused(Notice memory n, bytes memory refusal) private {
        vm.prank(holder);
        vm.expectRevert(refusal);
        desk.notify(n);
    }

    function _secondRefused(Decision memory d, address second, bytes memory signature) private {
        vm.prank(adjuster);
        vm.expectRevert(abi.encodeWithSelector(IAdjusterAuthority.SecondSignatureInvalid.selector, d.claimId, second));
        desk.decide(d, second, signature);
    }

    function _outside(uint256 occurredAt, uint256 from) private view returns (bytes memory) {
        uint256 endsAt = product.policy(_policy).endsAt;
        return abi.encodeWithSelector(IIndemnityProduct.LossOutsideCover.selector, _policy, occurredAt, from, endsAt);
    }

    function _notInState(uint256 claimId, ClaimState state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IClaimsDesk.ClaimNotInState.selector, claimId, state);
    }

    function _orderOf(uint256 claimId, ClaimAction action, uint256 nonce) private view returns (ClaimOrder memory) {
        return ClaimOrder({
            claimId: claimId,
            action: action,
            amount: uint64(30 * UNIT),
            evidenceRoot: "new",
            institution: 1,
            nonce: nonce,
            deadline: uint40(block.timestamp)
        });
    }

    function _order(uint256 claimId, ClaimAction action, uint256 nonce) private returns (uint256) {
        ClaimOrder memory o = _orderOf(claimId, action, nonce);
        return desk.orderFor(o, _signIn(HOLDER_KEY, desk.domainSeparator(), words.order(o)));
    }

    /// @dev A panel is drawn, one of it rules, and its time runs out.
    function _rule(uint256 disputeId, uint64 award) private {
        vm.roll(block.number + 5);
        vm.setBlockhash(block.number - 1, keccak256("a hash"));
        panel.draw(disputeId);
        Ruling memory r;
        (r.award, r.reasonCode, r.clauseWords, r.proof, r.salt) = (award, 7, clauseWords[0], _proof(0), "salt");
        address arbitrator = panel.seats(disputeId, 1)[0].arbitrator;
        bytes32 commitment = panel.commitmentOf(disputeId, arbitrator, r);
        (uint40 commitUntil, uint40 revealUntil) = panel.windows(disputeId);
        vm.startPrank(arbitrator);
        panel.commit(disputeId, commitment);
        vm.warp(commitUntil);
        panel.reveal(disputeId, r);
        vm.stopPrank();
        vm.warp(revealUntil);
    }
}
