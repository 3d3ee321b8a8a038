// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAdjusterAuthority} from "../../../contracts/interfaces/IAdjusterAuthority.sol";
import {IClaimsDesk} from "../../../contracts/interfaces/IClaimsDesk.sol";
import {IDisputePanel} from "../../../contracts/interfaces/IDisputePanel.sol";
import {IIndemnityProduct} from "../../../contracts/interfaces/IIndemnityProduct.sol";
import {
    ClaimAction,
    ClaimOrder,
    ClaimOutcome,
    ClaimState,
    Decision,
    LossReport,
    Notice
} from "../../../contracts/types/ClaimTypes.sol";
import {DisputeState} from "../../../contracts/types/DisputeTypes.sol";
import {
    Cause,
    ClaimOpening,
    Endorsement,
    IndemnityPolicy,
    RiskAssessment,
    RiskTier
} from "../../../contracts/types/IndemnityTypes.sol";
import {Roles} from "../../../contracts/types/Roles.sol";
import {ClaimsHouse} from "./ClaimsHouse.sol";

/// @notice A product of one's own that lets anybody claim anything.
contract AgreeableProduct {
    function openClaim(uint256, Cause calldata, uint64, uint64, bool) external view returns (ClaimOpening memory) {
        return ClaimOpening({ordinal: 0, payee: tx.origin, reserve: 1});
    }

    function policy(uint256) external view returns (IndemnityPolicy memory p) {
        p.holder = msg.sender;
    }
}

/// @notice What an insurer, an underwriter or the network cannot take from a claimant by a way round. 200 claimed are worth
/// (200 - 2) x 90 % = 178.20.
contract ClaimantsRightsTest is ClaimsHouse {
    uint64 private constant CLAIMED = uint64(200 * UNIT);
    uint64 private constant WORTH = 178_200_000;

    function _bindSum(uint64 sum, uint64 cap) private returns (uint256) {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        a.sumInsuredCap = cap;
        return _bindAs(a, _binding(_quote(a, sum, sum / 20)));
    }

    function _reestimate(uint256 id, uint64 reserve) private {
        vm.prank(adjuster);
        desk.reestimate(id, reserve);
    }

    // Reserves of other claims

    function test_reestimate__above_what_the_claim_is_worth__reverts() public {
        uint256 id = _notify(_bind(), CLAIMED);
        vm.prank(adjuster);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ReserveAboveWorth.selector, id, WORTH + 1, WORTH));
        desk.reestimate(id, WORTH + 1);
        _reestimate(id, 0);
        _reestimate(id, WORTH);
        _assertState(id, ClaimState.Noticed, WORTH, 0);
    }

    /// @dev Two claims of 600 each on 1,000: one is estimated at nothing, so that the other reserves 600 of the limit.
    function _shuffled() private returns (uint256 small, uint256 big) {
        uint256 policyId = _bind();
        big = _notify(policyId, uint64(700 * UNIT));
        _reestimate(big, 0);
        small = _notify(policyId, uint64(700 * UNIT));
        _assertState(small, ClaimState.Noticed, uint64(600 * UNIT), 0);
    }

    function test_decide__limits_reserved_for_another__threshold_and_dispute_by_its_own_worth() public {
        (, uint256 big) = _shuffled();
        vm.prank(adjuster);
        desk.decide(_decision(big, 0), address(0), "");
        _assertState(big, ClaimState.Decided, uint64(400 * UNIT), 0);
        assertEq(uint8(_claim(big).outcome), uint8(ClaimOutcome.Denied));
        vm.prank(holder);
        uint256 disputeId = desk.dispute(big);
        assertEq(panel.dispute(disputeId).disputed, 600 * UNIT);
        _assertState(big, ClaimState.Disputed, uint64(400 * UNIT), 0);
    }

    function test_decide__worth_two_signatures_but_for_others__two_sign() public {
        uint256 policyId = _bindSum(uint64(2_000 * UNIT), MOST_SUM);
        uint256 big = _notify(policyId, uint64(1_000 * UNIT)); // 898.20, above 600
        _reestimate(big, 0);
        _notify(policyId, uint64(2_000 * UNIT)); // 1,200
        _notify(policyId, uint64(2_000 * UNIT)); // the other 800
        _decideRefused(
            _decision(big, 0),
            abi.encodeWithSelector(
                IAdjusterAuthority.SecondSignatureRequired.selector, big, 898_200_000, TWO_SIGN_ABOVE
            )
        );
    }

    function test_decide__all_that_the_limits_leave__part_paid_and_disputable() public {
        (uint256 small, uint256 big) = _shuffled();
        assertEq(_decide(big, uint64(700 * UNIT)), 400 * UNIT);
        _assertState(big, ClaimState.Decided, 0, uint64(400 * UNIT));
        assertEq(uint8(_claim(big).outcome), uint8(ClaimOutcome.PartPaid));
        _decide(small, 0);
        // What was paid counts, what was reserved does not: 600 of the first is left to the other.
        assertEq(desk.adjusters().worthApart(big, false), 200 * UNIT);
        assertEq(desk.adjusters().worthApart(small, false), 600 * UNIT);
    }

    function test_reportLoss__all_that_the_limits_leave__paid_and_referred() public {
        (, uint256 big) = _shuffled();
        assertEq(_report(_lossReport(big, uint64(700 * UNIT))), 400 * UNIT);
        _assertState(big, ClaimState.Referred, 0, uint64(400 * UNIT));
    }

    function test_decide__last_instalment_of_what_the_limits_leave__open_until_the_dispute_is_over() public {
        (, uint256 big) = _shuffled();
        Decision memory d = _decision(big, uint64(700 * UNIT));
        (d.instalments, d.intervalSeconds) = (2, 1 days);
        vm.prank(adjuster);
        desk.decide(d, address(0), "");
        vm.warp(block.timestamp + 1 days);
        desk.payInstalment(big);
        _assertState(big, ClaimState.Decided, 0, uint64(400 * UNIT));
        vm.prank(holder);
        desk.dispute(big);
    }

    function _award(uint256 id, uint64 amount) private {
        vm.prank(address(panel));
        desk.award(id, amount, 7, "clause");
    }

    function test_award__limits_reserved_for_another__waits_until_they_are_free() public {
        (uint256 small, uint256 big) = _shuffled();
        _decide(big, 0);
        vm.prank(holder);
        desk.dispute(big);
        bytes memory refusal =
            abi.encodeWithSelector(IClaimsDesk.LimitsInUse.selector, big, uint64(600 * UNIT), uint64(400 * UNIT));
        vm.expectRevert(refusal);
        _award(big, uint64(600 * UNIT));
        vm.prank(holder);
        desk.withdraw(small);
        _award(big, uint64(600 * UNIT));
        _assertState(big, ClaimState.Closed, 0, uint64(600 * UNIT));
    }

    function test_award__what_it_needs_was_paid_to_another__rest_only() public {
        (uint256 small, uint256 big) = _shuffled();
        _decide(big, 0);
        vm.prank(holder);
        desk.dispute(big);
        vm.prank(adjuster);
        desk.decide(_decision(small, uint64(700 * UNIT)), address(0), "");
        _award(big, uint64(600 * UNIT));
        _assertState(big, ClaimState.Closed, 0, uint64(400 * UNIT));
    }

    function test_award__both_before_the_panel__the_earlier_claim_takes_what_is_left_and_none_waits_for_ever() public {
        (uint256 small, uint256 big) = _shuffled();
        _decide(big, 0);
        _decide(small, 0);
        vm.startPrank(holder);
        desk.dispute(big);
        desk.dispute(small);
        vm.stopPrank();
        _award(small, uint64(600 * UNIT)); // has it all reserved: waits for nobody
        _award(big, uint64(600 * UNIT));
        _assertState(small, ClaimState.Closed, 0, uint64(600 * UNIT));
        _assertState(big, ClaimState.Closed, 0, uint64(400 * UNIT));
    }

    /// @dev Three claims of up to 600 each on 1,000: the first is estimated at nothing, so that the later two reserve it
    /// all; everything is denied and disputed.
    function _allDisputed() private returns (uint256[3] memory ids, uint256[3] memory disputes) {
        uint256 policyId = _bind();
        for (uint256 i = 0; i < 3; ++i) {
            ids[i] = _notify(policyId, uint64(700 * UNIT));
            if (i == 0) _reestimate(ids[i], 0);
        }
        for (uint256 i = 0; i < 3; ++i) {
            _decide(ids[i], 0);
            disputes[i] = _dispute(ids[i]);
        }
        _assertState(ids[0], ClaimState.Disputed, 0, 0);
        _assertState(ids[1], ClaimState.Disputed, uint64(600 * UNIT), 0);
        _assertState(ids[2], ClaimState.Disputed, uint64(400 * UNIT), 0);
    }

    function test_award__later_claims_before_the_panel_and_granted_nothing__waited_for_and_then_paid_in_full() public {
        (uint256[3] memory ids, uint256[3] memory disputes) = _allDisputed();
        _ruleByPanel(disputes[0], uint64(600 * UNIT));
        _assertWaits(disputes[0], uint64(600 * UNIT), 0);
        _ruleByPanel(disputes[2], 0);
        _assertWaits(disputes[0], uint64(600 * UNIT), uint64(400 * UNIT));
        _ruleByPanel(disputes[1], 0);
        panel.conclude(disputes[0]);

        _assertState(ids[0], ClaimState.Closed, 0, uint64(600 * UNIT));
        assertEq(uint8(_claim(ids[0]).outcome), uint8(ClaimOutcome.Awarded));
        _assertState(ids[1], ClaimState.Closed, 0, 0);
        _assertState(ids[2], ClaimState.Closed, 0, 0);
    }

    /// @dev An honest estimate of 100, and deadlines nobody kept: all three go to the panel undecided.
    function test_award__later_claims_escalated_and_granted_nothing__waited_for_and_then_paid_in_full() public {
        uint256 policyId = _bind();
        uint256 first = _notify(policyId, uint64(700 * UNIT));
        _reestimate(first, uint64(100 * UNIT));
        uint256 second = _notify(policyId, uint64(700 * UNIT));
        uint256 third = _notify(policyId, uint64(700 * UNIT));
        vm.warp(block.timestamp + 30 days);
        vm.startPrank(holder);
        uint256 disputeId = desk.escalate(first);
        uint256[2] memory others = [desk.escalate(second), desk.escalate(third)];
        vm.stopPrank();
        _ruleByPanel(disputeId, uint64(600 * UNIT));
        _assertWaits(disputeId, uint64(600 * UNIT), uint64(100 * UNIT));
        _ruleByPanel(others[0], 0);
        _ruleByPanel(others[1], 0);
        panel.conclude(disputeId);

        _assertState(first, ClaimState.Closed, 0, uint64(600 * UNIT));
    }

    /// @dev Two claims of 600 each on 1,000, both granted something by their panels while the treasury was paused.
    function _bothGranted(uint64 earlier, uint64 later)
        private
        returns (uint256[2] memory ids, uint256[2] memory ruled)
    {
        (ids[1], ids[0]) = _shuffled();
        for (uint256 i = 0; i < 2; ++i) {
            _decide(ids[i], 0);
            ruled[i] = _dispute(ids[i]);
        }
        vm.prank(chief);
        treasury.pause(6 hours);
        _ruleByPanel(ruled[1], later);
        _ruleByPanel(ruled[0], earlier);
        vm.warp(block.timestamp + 6 hours);
        for (uint256 i = 0; i < 2; ++i) {
            assertEq(uint8(panel.dispute(ruled[i]).state), uint8(DisputeState.Decided));
        }
    }

    /// @dev The earlier claim waits for what the later one has reserved and was not granted.
    function _assertPaidInTurn(uint256[2] memory ids, uint256[2] memory ruled, uint64 earlier, uint64 later) private {
        _assertWaits(ruled[0], earlier, uint64(400 * UNIT));
        panel.conclude(ruled[1]);
        panel.conclude(ruled[0]);

        _assertState(ids[1], ClaimState.Closed, 0, later);
        _assertState(ids[0], ClaimState.Closed, 0, earlier);
    }

    function test_award__later_claim_granted_a_part_and_undelivered__waits_for_it_and_both_are_paid() public {
        (uint256[2] memory ids, uint256[2] memory ruled) = _bothGranted(uint64(600 * UNIT), uint64(300 * UNIT));
        _assertPaidInTurn(ids, ruled, uint64(600 * UNIT), uint64(300 * UNIT));
    }

    function test_award__later_claim_granted_more_than_leaves_enough__gets_what_that_leaves() public {
        (uint256[2] memory ids, uint256[2] memory ruled) = _bothGranted(uint64(600 * UNIT), uint64(500 * UNIT));
        _assertPaidInTurn(ids, ruled, uint64(500 * UNIT), uint64(500 * UNIT));
    }

    function test_award__later_claim_granted_all_it_reserves__waits_for_nobody() public {
        (uint256[2] memory ids, uint256[2] memory ruled) = _bothGranted(uint64(600 * UNIT), uint64(600 * UNIT));
        panel.conclude(ruled[0]);
        panel.conclude(ruled[1]);

        _assertState(ids[0], ClaimState.Closed, 0, uint64(400 * UNIT));
        _assertState(ids[1], ClaimState.Closed, 0, uint64(600 * UNIT));
    }

    function test_award__a_year_after_it_came_before_the_panel__waits_no_longer() public {
        (, uint256 big) = _shuffled();
        _decide(big, 0);
        vm.warp(block.timestamp + 3 days); // the claim's clock runs from the decision
        uint256 since = block.timestamp;
        uint256 disputeId = _dispute(big);
        _ruleByPanel(disputeId, uint64(600 * UNIT));
        vm.warp(since + 365 days);
        _assertWaits(disputeId, uint64(600 * UNIT), uint64(400 * UNIT));
        vm.warp(since + 365 days + 1);
        panel.conclude(disputeId);
        _assertState(big, ClaimState.Closed, 0, uint64(400 * UNIT));
    }

    function test_award__escalated_after_a_year_of_silence__still_waits_for_others() public {
        (uint256 small, uint256 big) = _shuffled();
        vm.warp(block.timestamp + 366 days);
        vm.prank(holder);
        uint256 disputeId = desk.escalate(big);
        _ruleByPanel(disputeId, uint64(600 * UNIT));
        _assertWaits(disputeId, uint64(600 * UNIT), uint64(400 * UNIT));
        vm.prank(holder);
        desk.withdraw(small);
        panel.conclude(disputeId);
        _assertState(big, ClaimState.Closed, 0, uint64(600 * UNIT));
    }

    function test_award__first_panel_was_silent__the_year_counts_from_the_second() public {
        (, uint256 big) = _shuffled();
        _decide(big, 0);
        uint256 disputeId = _dispute(big);
        _draw(disputeId);
        vm.warp(block.timestamp + 40 days);
        uint256 since = block.timestamp;
        panel.conclude(disputeId);
        _ruleByPanel(disputeId, uint64(600 * UNIT));
        vm.warp(since + 365 days);
        _assertWaits(disputeId, uint64(600 * UNIT), uint64(400 * UNIT));
        vm.warp(since + 365 days + 1);
        panel.conclude(disputeId);
        _assertState(big, ClaimState.Closed, 0, uint64(400 * UNIT));
    }

    function test_escalate__limits_reserved_for_another__disputes_its_own_worth() public {
        (, uint256 big) = _shuffled();
        vm.warp(block.timestamp + 30 days);
        vm.prank(holder);
        uint256 disputeId = desk.escalate(big);
        assertEq(panel.dispute(disputeId).disputed, 600 * UNIT);
    }

    // Names of claims

    function test_notify__own_product_at_a_kindred_address__leaves_the_real_claim_alone() public {
        uint256 id = _notify(_bind(), CLAIMED);
        uint160 real = uint160(address(product));
        address kindred = address(real & (real - 1)); // one bit less: what is missing, the policy's number could bring
        vm.etch(kindred, type(AgreeableProduct).runtimeCode);
        Notice memory n = _notice((uint256(real) << 64) | 1, 1);
        n.product = kindred;
        address thief = address(0x7417);

        vm.prank(thief, thief);
        uint256 own = desk.notify(n);

        assertEq(own, (uint256(uint160(kindred)) << 96) | (1 << 32));
        assertEq(_claim(id).claimant, holder);
        _assertState(id, ClaimState.Noticed, WORTH, 0);
    }

    // Instalments

    function _planned() private returns (uint256 id) {
        id = _notify(_bind(), CLAIMED);
        Decision memory d = _decision(id, CLAIMED);
        (d.instalments, d.intervalSeconds) = (60, 31 days);
        vm.prank(adjuster);
        desk.decide(d, address(0), "");
    }

    function test_takeInstalments__by_the_claimant__all_at_once() public {
        uint256 id = _planned();
        uint256 before = token.balanceOf(holder);
        bytes memory early = abi.encodeWithSelector(
            IClaimsDesk.InstalmentNotDue.selector, id, block.timestamp + 31 days, block.timestamp
        );
        vm.prank(holder);
        vm.expectRevert(early);
        desk.payInstalment(id);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.ClaimantRequired.selector, id, address(this)));
        desk.takeInstalments(id);
        vm.prank(holder);
        assertEq(desk.takeInstalments(id), WORTH - WORTH / 60);
        assertEq(token.balanceOf(holder) - before, WORTH - WORTH / 60);
        _assertState(id, ClaimState.Closed, 0, WORTH);
        assertEq(desk.instalments(id).left, 0);
    }

    function test_orderFor__instalments_by_signature__all_at_once() public {
        uint256 id = _planned();
        ClaimOrder memory o;
        (o.claimId, o.action, o.deadline) = (id, ClaimAction.TakeInstalments, uint40(block.timestamp));
        bytes memory signature = _signIn(HOLDER_KEY, desk.domainSeparator(), words.order(o));
        assertEq(desk.orderFor(o, signature), WORTH - WORTH / 60);
        _assertState(id, ClaimState.Closed, 0, WORTH);
    }

    function test_takeInstalments__while_the_rest_is_disputed__stays_disputed() public {
        uint256 id = _notify(_bind(), CLAIMED);
        Decision memory d = _decision(id, uint64(100 * UNIT));
        (d.instalments, d.intervalSeconds) = (2, 1 days);
        vm.prank(adjuster);
        desk.decide(d, address(0), "");
        vm.startPrank(holder);
        desk.dispute(id);
        desk.takeInstalments(id);
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.NoInstalments.selector, id));
        desk.takeInstalments(id);
        vm.stopPrank();
        assertEq(uint8(_claim(id).state), uint8(ClaimState.Disputed));
    }

    // A cap

    function _raise(uint256 policyId, uint64 to, uint64 change, bytes memory refusal) private {
        Endorsement memory o;
        (o.policyId, o.sumInsured, o.premiumChange) = (policyId, to, change);
        o.underwriter = vm.addr(insurers[0].underwriterKey);
        (o.effectiveAt, o.validUntil) = (uint40(block.timestamp), uint40(block.timestamp));
        bytes32 hash = words.endorsement(o);
        bytes32 domain = product.domainSeparator();
        bytes memory offer = _signIn(insurers[0].underwriterKey, domain, hash);
        bytes memory acceptance = _signIn(HOLDER_KEY, domain, hash);
        if (refusal.length > 0) vm.expectRevert(refusal);
        product.endorse(o, offer, acceptance);
    }

    function test_endorse__above_the_report_s_cap__reverts() public {
        uint64 cap = uint64(1_500 * UNIT);
        uint256 policyId = _bindSum(SUM, cap);
        bytes memory refusal =
            abi.encodeWithSelector(IIndemnityProduct.SumInsuredAboveCap.selector, policyId, cap + 1, cap);
        _raise(policyId, cap + 1, uint64(25 * UNIT) + 1, refusal);
        _raise(policyId, cap, uint64(25 * UNIT), "");
        assertEq(product.policy(policyId).sumInsured, cap);
    }

    function test_endorse__cap_above_the_terms_range__as_high_as_the_terms_allow() public {
        uint256 policyId = _bindSum(SUM, MOST_SUM + 1);
        _raise(policyId, uint64(2_000 * UNIT), uint64(50 * UNIT), "");
        assertEq(product.policy(policyId).sumInsured, 2_000 * UNIT);
    }

    // A desk the network no longer wants

    function test_reportLoss__register_refuses_the_desk__a_person_decides() public {
        uint256 id = _notify(_bind(), CLAIMED);
        incidents.admitDesk(address(desk), false);
        LossReport memory r = _lossReport(id, CLAIMED);
        vm.expectEmit(address(desk));
        emit IClaimsDesk.ClaimReferred(id, 1 << 6, WORTH);
        assertEq(_report(r), 0);
        assertEq(incidents.firstClaimOf(r.nullifiers[0]), 0);
    }

    function test_dispute__desk_without_its_role__still_heard() public {
        uint256 id = _notify(_bind(), CLAIMED);
        _decide(id, 0);
        platform.revokeRole(Roles.DESK, address(desk));
        vm.prank(holder);
        assertEq(desk.dispute(id), 1);
    }

    function test_enrolCourt__without_the_role__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputePanel.CourtNotAdmitted.selector, address(product)));
        panel.enrolCourt(address(product));
        assertFalse(panel.isCourt(address(product)));
        assertTrue(panel.isCourt(address(desk)));
    }

    function test_decide__rail_refuses_the_desk__claimant_is_paid_straight() public {
        uint256 id = _notify(_bind(), CLAIMED);
        vm.prank(holder);
        desk.chooseInstitution(id, 1);
        assertTrue(disbursement.acceptsFrom(address(desk), 1, address(token), WORTH));
        platform.revokeRole(Roles.DESK, address(desk));
        assertFalse(disbursement.acceptsFrom(address(desk), 1, address(token), WORTH));
        uint256 before = token.balanceOf(holder);
        _decide(id, CLAIMED);
        assertEq(token.balanceOf(holder) - before, WORTH);
        assertEq(disbursement.instructionCount(), 0);
    }
}
