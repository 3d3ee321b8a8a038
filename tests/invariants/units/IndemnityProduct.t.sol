// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {IndemnityProduct} from "../../../contracts/IndemnityProduct.sol";
import {IIndemnityProduct} from "../../../contracts/interfaces/IIndemnityProduct.sol";
import {ISaleRules} from "../../../contracts/interfaces/ISaleRules.sol";
import {IndemnityMath} from "../../../contracts/libraries/IndemnityMath.sol";
import {Notice} from "../../../contracts/types/ClaimTypes.sol";
import {CollectionReceipt} from "../../../contracts/types/DisbursementTypes.sol";
import {
    Cancellation,
    Cause,
    ClaimPayment,
    Endorsement,
    IndemnityBinding,
    IndemnityPolicy,
    IndemnityQuote,
    IndemnityTerms,
    Measure,
    RiskAssessment,
    RiskTier,
    UnderwritingReport
} from "../../../contracts/types/IndemnityTypes.sol";
import {ClaimsHouse} from "./ClaimsHouse.sol";

/// @notice Indemnity policies from sale to closing, to the unit. 1,000 insured for 20 days at 50, interest lock 3 %.
contract IndemnityProductTest is ClaimsHouse {
    uint64 private constant PREMIUM = uint64(50 * UNIT);
    uint256 private constant LOCK = 1_030 * UNIT;
    address private constant ANYBODY = address(0xA9);
    uint256 private _start;

    function setUp() public override {
        super.setUp();
        _start = block.timestamp;
    }

    // Sale

    function test_bind__low_risk__policy_kept_money_in_and_exposure_locked() public {
        uint256 id = _bind();

        IndemnityPolicy memory p = product.policy(id);
        assertEq(id, 1);
        assertEq(p.holder, holder);
        assertEq(p.startsAt, _start);
        assertEq(p.endsAt, _start + PERIOD);
        assertEq(p.sumInsured, SUM);
        assertEq(p.premium, PREMIUM);
        assertEq(p.unearned, PREMIUM);
        assertEq(p.exclusions, 0);
        assertEq(uint8(p.tier), uint8(RiskTier.Low));
        assertFalse(p.isRenewal || p.isRenewed || p.isClosed);
        assertEq(product.policyCount(), 1);
        assertEq(product.ownerOf(id), holder);
        assertEq(product.balanceOf(holder), 1);
        assertTrue(product.locked(id));
        assertTrue(product.isApplicationUsed(1));
        assertFalse(product.isApplicationUsed(2));
        assertEq(treasury.totalExposure(), LOCK);
        assertEq(treasury.totalUnearnedPremium(), PREMIUM);
        assertEq(product.exposureOf(id), LOCK);
        assertEq(product.payeeOf(id), holder);
    }

    function test_bind__each_tier_and_measure__at_its_factor() public {
        RiskTier[5] memory tiers = [RiskTier.Low, RiskTier.Medium, RiskTier.Medium, RiskTier.Medium, RiskTier.High];
        Measure[5] memory measures = [Measure.None, Measure.Loading, Measure.Cap, Measure.Exclusion, Measure.Exclusion];
        uint64[5] memory premiums = [uint64(25e6), 32_500_000, 27_500_000, 27_500_000, 37_500_000];
        for (uint256 i = 0; i < 5; ++i) {
            RiskAssessment memory a = _assessment(tiers[i]);
            IndemnityQuote memory q = _quote(a, CAPPED_SUM, premiums[i]);
            (q.measure, q.exclusions) = (measures[i], measures[i] == Measure.Exclusion ? 6 : 0);
            uint256 id = _bindAs(a, _binding(q));
            assertEq(product.policy(id).exclusions, q.exclusions);
            assertEq(uint8(product.policy(id).tier), uint8(tiers[i]));
        }
        assertEq(product.policyCount(), 5);
        assertEq(product.policiesFrom(1, 9).length, 5);
        assertEq(product.policiesFrom(2, 2).length, 2);
        assertEq(product.policiesFrom(2, 2)[0].premium, 32_500_000);
        assertEq(product.policiesFrom(6, 9).length, 0);
        assertEq(product.policiesFrom(0, 9).length, 0);
    }

    function test_bind__tier_and_measure_do_not_fit__reverts() public {
        RiskTier[6] memory tiers =
            [RiskTier.Low, RiskTier.Low, RiskTier.Medium, RiskTier.High, RiskTier.High, RiskTier.High];
        Measure[6] memory measures =
            [Measure.Loading, Measure.Exclusion, Measure.None, Measure.None, Measure.Loading, Measure.Cap];
        for (uint256 i = 0; i < 6; ++i) {
            RiskAssessment memory a = _assessment(tiers[i]);
            IndemnityQuote memory q = _quote(a, CAPPED_SUM, 25e6);
            q.measure = measures[i];
            _bindRefused(
                a,
                _binding(q),
                abi.encodeWithSelector(
                    IIndemnityProduct.MeasureNotAllowed.selector, a.applicationId, tiers[i], measures[i]
                )
            );
        }
        RiskAssessment memory wrong = _assessment(RiskTier.Low);
        wrong.score = 6_000;
        _bindRefused(
            wrong,
            _binding(_quote(wrong, SUM, PREMIUM)),
            abi.encodeWithSelector(
                IIndemnityProduct.TierMismatch.selector, wrong.applicationId, RiskTier.Low, RiskTier.Medium
            )
        );
    }

    function test_bind__amounts_out_of_bounds__reverts() public {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        bytes4 range = ISaleRules.SumInsuredOutOfRange.selector;
        _quoteRefused(a, LEAST_SUM - 1, 5e6, abi.encodeWithSelector(range, LEAST_SUM - 1, LEAST_SUM, MOST_SUM));
        _quoteRefused(a, MOST_SUM + 1, 100e6, abi.encodeWithSelector(range, MOST_SUM + 1, LEAST_SUM, MOST_SUM));
        a.sumInsuredCap = SUM - 1;
        _quoteRefused(a, SUM, PREMIUM, abi.encodeWithSelector(range, SUM, LEAST_SUM, SUM - 1));
        a = _assessment(RiskTier.Low);
        bytes4 price = ISaleRules.PremiumNotAsPriced.selector;
        _quoteRefused(a, SUM, PREMIUM - 1, abi.encodeWithSelector(price, PREMIUM - 1, PREMIUM));
        _quoteRefused(a, SUM, PREMIUM + 1, abi.encodeWithSelector(price, PREMIUM + 1, PREMIUM));
        a.ratePpb = 1_000_000_000;
        _quoteRefused(a, SUM, SUM, abi.encodeWithSelector(ISaleRules.PremiumTooHigh.selector, SUM, SUM));
        a = _assessment(RiskTier.Medium);
        IndemnityQuote memory q = _quote(a, CAPPED_SUM + 1, 27_500_001);
        q.measure = Measure.Cap;
        _bindRefused(a, _binding(q), abi.encodeWithSelector(range, CAPPED_SUM + 1, LEAST_SUM, CAPPED_SUM));
    }

    function test_bind__exclusions_not_as_reported__reverts() public {
        bytes4 mismatch = IIndemnityProduct.ExclusionsMismatch.selector;
        RiskAssessment memory a = _assessment(RiskTier.Low);
        IndemnityQuote memory q = _quote(a, SUM, PREMIUM);
        q.exclusions = 2;
        _bindRefused(a, _binding(q), abi.encodeWithSelector(mismatch, a.applicationId, 2, 0));
        a = _assessment(RiskTier.Medium);
        q = _quote(a, CAPPED_SUM, 27_500_000);
        (q.measure, q.exclusions) = (Measure.Exclusion, 2);
        _bindRefused(a, _binding(q), abi.encodeWithSelector(mismatch, a.applicationId, 2, 6));
        (a.exclusions, q.exclusions) = (0, 0);
        _bindRefused(a, _binding(q), abi.encodeWithSelector(mismatch, a.applicationId, 0, 0));
    }

    function test_bind__parties_not_as_they_should_be__reverts() public {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        address[3] memory bad = [address(0), address(treasury), address(product)];
        for (uint256 i = 0; i < 3; ++i) {
            IndemnityQuote memory q = _quote(a, SUM, PREMIUM);
            (q.holder, q.payer) = (bad[i], bad[i]);
            _bindRefused(a, _binding(q), abi.encodeWithSelector(ISaleRules.HolderInvalid.selector, bad[i]));
            if (i == 0) continue;
            q = _quote(a, SUM, PREMIUM);
            q.beneficiary = bad[i];
            _bindRefused(a, _binding(q), abi.encodeWithSelector(IIndemnityProduct.BeneficiaryInvalid.selector, bad[i]));
        }
        IndemnityQuote memory other = _quote(a, SUM, PREMIUM);
        other.payer = ANYBODY;
        _bindRefused(a, _binding(other), abi.encodeWithSelector(IIndemnityProduct.PayerInvalid.selector, ANYBODY));
        other = _quote(a, SUM, PREMIUM);
        other.underwriter = ANYBODY;
        _bindRefused(a, _binding(other), abi.encodeWithSelector(ISaleRules.UnderwriterNotAuthorised.selector, ANYBODY));
        other = _quote(a, SUM, PREMIUM);
        IndemnityBinding memory b = _binding(other);
        b.underwriterSignature = b.acceptance;
        _bindRefused(a, b, abi.encodeWithSelector(ISaleRules.UnderwriterSignatureInvalid.selector, other.underwriter));
        b = _binding(other);
        b.acceptance = b.underwriterSignature;
        _bindRefused(a, b, abi.encodeWithSelector(ISaleRules.AcceptanceInvalid.selector, holder));
        b.acceptance = "";
        _bindRefused(a, b, abi.encodeWithSelector(ISaleRules.AcceptanceInvalid.selector, holder));
    }

    function test_bind__times_not_as_they_should_be__reverts() public {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        IndemnityQuote memory q = _quote(a, SUM, PREMIUM);
        q.validUntil = uint40(_start - 1);
        _bindRefused(a, _binding(q), abi.encodeWithSelector(ISaleRules.QuoteExpired.selector, _start - 1, _start));
        q = _quote(a, SUM, PREMIUM);
        q.startsAt = uint40(_start + 10 days + 1);
        _bindRefused(
            a,
            _binding(q),
            abi.encodeWithSelector(IIndemnityProduct.StartTooLate.selector, _start + 10 days + 1, _start + 10 days)
        );
        q.startsAt = uint40(_start + 10 days);
        uint256 id = _bindAs(a, _binding(q));
        assertEq(product.policy(id).startsAt, _start + 10 days);
        assertEq(product.policy(id).endsAt, _start + 10 days + PERIOD);
    }

    function test_bind__score_above_ninety__needs_three_of_the_committee() public {
        RiskAssessment memory a = _assessment(RiskTier.High);
        a.score = 9_001;
        IndemnityQuote memory q = _quote(a, CAPPED_SUM, 37_500_000);
        (q.measure, q.exclusions) = (Measure.Exclusion, 6);
        IndemnityBinding memory b = _binding(q);
        bytes4 small = IIndemnityProduct.CommitteeTooSmall.selector;
        _bindRefused(a, b, abi.encodeWithSelector(small, a.applicationId, 0, 3));
        _sit(b, 3);
        b.committeeSignatures = new bytes[](2);
        _bindRefused(a, b, abi.encodeWithSelector(small, a.applicationId, 2, 3));
        _sit(b, 3);
        b.committee[2] = b.committee[1];
        _bindRefused(
            a,
            b,
            abi.encodeWithSelector(IIndemnityProduct.CommitteeOrderInvalid.selector, b.committee[1], b.committee[1])
        );
        _sit(b, 3);
        address member = b.committee[2];
        b.committeeSignatures[2] = b.committeeSignatures[1];
        _bindRefused(a, b, abi.encodeWithSelector(IIndemnityProduct.CommitteeSignatureInvalid.selector, member));
        _sit(b, 3);
        b.committee[2] = address(type(uint160).max);
        _bindRefused(a, b, abi.encodeWithSelector(IIndemnityProduct.CommitteeMemberInvalid.selector, b.committee[2]));
        _sit(b, 3);
        assertEq(_bindAs(a, b), 1);
    }

    function test_bind__number_and_use_of_applications__bounded() public {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        IndemnityBinding memory b = _binding(_quote(a, SUM, PREMIUM));
        _bindAs(a, b);
        _bindRefused(a, b, abi.encodeWithSelector(ISaleRules.ApplicationUsed.selector, a.applicationId));
        UnderwritingReport memory r = _sale(a);
        bytes[] memory signatures = _quorumSigns(product.domainSeparator(), words.underwriting(r));
        vm.expectRevert(abi.encodeWithSelector(ISaleRules.BindingCountInvalid.selector, 0));
        product.bind(r, signatures, new IndemnityBinding[](0));
        vm.expectRevert(abi.encodeWithSelector(ISaleRules.BindingCountInvalid.selector, 101));
        product.bind(r, signatures, new IndemnityBinding[](101));
        b.assessment = 1;
        _bindRefused(a, b, abi.encodeWithSelector(ISaleRules.AssessmentMissing.selector, 1, 1));
        IndemnityQuote memory other = _quote(a, SUM, PREMIUM);
        other.applicationId = 99;
        _bindRefused(
            a, _binding(other), abi.encodeWithSelector(ISaleRules.ApplicationMismatch.selector, 99, a.applicationId)
        );
    }

    function test_bind__by_the_holder__needs_no_acceptance() public {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        IndemnityBinding[] memory bindings = new IndemnityBinding[](1);
        bindings[0] = _binding(_quote(a, SUM, PREMIUM));
        bindings[0].acceptance = "";
        UnderwritingReport memory r = _sale(a);
        bytes[] memory signatures = _quorumSigns(product.domainSeparator(), words.underwriting(r));
        vm.prank(holder);
        assertEq(product.bind(r, signatures, bindings)[0], 1);
    }

    function test_suspendSales__by_the_guardian__nothing_is_sold() public {
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY));
        product.suspendSales(true);
        vm.prank(chief);
        product.suspendSales(true);
        assertTrue(product.salesSuspended());
        RiskAssessment memory a = _assessment(RiskTier.Low);
        _quoteRefused(a, SUM, PREMIUM, abi.encodeWithSelector(ISaleRules.SaleSuspended.selector));
        vm.prank(chief);
        product.suspendSales(false);
        _bind();
    }

    function test_bind__premium_collected_by_an_institution__taken_from_there() public {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        address account = _institutionAccount(0);
        token.mint(account, 60 * UNIT);
        CollectionReceipt memory receipt = CollectionReceipt({
            institution: 1,
            product: address(product),
            applicationId: a.applicationId,
            holder: holder,
            token: address(token),
            amount: uint64(60 * UNIT),
            currency: "EUR",
            rate: 1,
            referenceHash: "premium",
            validUntil: uint40(_start + 1 days)
        });
        disbursement.collectPremium(receipt, _signIn(institutionKey, _railDomain(), words.collection(receipt)));
        IndemnityQuote memory q = _quote(a, SUM, PREMIUM);
        q.payer = address(disbursement);
        uint256 before = token.balanceOf(holder);
        _bindAs(a, _binding(q));

        assertEq(token.balanceOf(holder), before);
        assertEq(treasury.totalUnearnedPremium(), PREMIUM);
        assertEq(disbursement.earmarkOf(address(product), a.applicationId).amount, 10 * UNIT);
        assertEq(token.allowance(address(product), address(treasury)), 0);
    }

    function test_bind__with_a_beneficiary__who_is_paid() public {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        IndemnityQuote memory q = _quote(a, SUM, PREMIUM);
        q.beneficiary = ANYBODY;
        uint256 id = _bindAs(a, _binding(q));
        assertEq(product.payeeOf(id), ANYBODY);
        _decide(_notify(id, uint64(100 * UNIT)), uint64(100 * UNIT));
        assertEq(token.balanceOf(ANYBODY), 88_200_000);
    }

    function test_bind__renewal__goes_on_without_waiting_and_once() public {
        uint256 old = _bind();
        vm.warp(_start + PERIOD - 5 days);
        uint40 endsAt = product.policy(old).endsAt;
        RiskAssessment memory a = _assessment(RiskTier.Low);
        IndemnityQuote memory q = _quote(a, SUM, PREMIUM);
        (q.renews, q.startsAt) = (uint64(old), endsAt + 1);
        bytes4 invalid = IIndemnityProduct.RenewalInvalid.selector;
        _bindRefused(a, _binding(q), abi.encodeWithSelector(invalid, old, endsAt + 1, endsAt));
        q.startsAt = endsAt;
        uint256 id = _bindAs(a, _binding(q));
        assertTrue(product.policy(id).isRenewal);
        assertTrue(product.policy(old).isRenewed);
        a = _assessment(RiskTier.Low);
        q.applicationId = a.applicationId;
        _bindRefused(a, _binding(q), abi.encodeWithSelector(invalid, old, endsAt, endsAt));
    }

    // Changes

    function test_endorse__higher_sum__extra_premium_and_more_locked() public {
        uint256 id = _bind();
        vm.warp(_start + 5 days);
        Endorsement memory o = _endorsement(id, 1_200e6, 7_500_000); // 50 × 20 % × 15/20
        uint256 before = token.balanceOf(holder);
        _endorse(o);

        IndemnityPolicy memory p = product.policy(id);
        assertEq(p.sumInsured, 1_200e6);
        assertEq(p.premium, 60e6);
        assertEq(p.unearned, 57_500_000);
        assertEq(p.sequence, 1);
        assertEq(before - token.balanceOf(holder), 7_500_000);
        assertEq(product.exposureOf(id), 1_236e6);
        assertEq(treasury.totalExposure(), 1_236e6);
        assertEq(treasury.totalUnearnedPremium(), 57_500_000);
    }

    function test_endorse__lower_sum__premium_back_and_the_lock_stays_for_earlier_losses() public {
        uint256 id = _bind();
        vm.warp(_start + 5 days);
        uint256 before = token.balanceOf(holder);
        _endorse(_endorsement(id, 500e6, 18_750_000)); // 50 × 50 % × 15/20

        assertEq(token.balanceOf(holder) - before, 18_750_000);
        assertEq(product.policy(id).premium, 25e6);
        assertEq(product.policy(id).unearned, 31_250_000);
        assertEq(product.exposureOf(id), LOCK);
        Notice memory n = _notice(id, uint64(900 * UNIT));
        n.occurredAt = uint40(_start);
        vm.prank(holder);
        uint256 claimId = desk.notify(n);
        assertEq(desk.claim(claimId).reserve, 600 * UNIT); // of the 1,000 insured then
        vm.warp(_start + 5 days + 1); // a loss of the second of the change is settled on the terms before
        assertEq(desk.claim(_notify(id, uint64(900 * UNIT))).reserve, 0); // of the 500 insured now, 600 are in use
    }

    function test_endorse__same_sum_other_beneficiary__nothing_is_paid() public {
        uint256 id = _bind();
        Endorsement memory o = _endorsement(id, SUM, 0);
        o.beneficiary = ANYBODY;
        _endorse(o);
        assertEq(product.payeeOf(id), ANYBODY);
        o = _endorsement(id, SUM, 0);
        _endorse(o);
        assertEq(product.payeeOf(id), holder);
        assertEq(product.policy(id).sequence, 2);
    }

    function test_endorse__not_as_it_should_be__reverts() public {
        uint256 id = _bind();
        Endorsement memory o = _endorsement(id, SUM, 0);
        o.sequence = 1;
        _endorseRefused(o, abi.encodeWithSelector(IIndemnityProduct.SequenceMismatch.selector, id, 1, 0));
        o = _endorsement(id, SUM, 0);
        o.validUntil = uint40(_start - 1);
        _endorseRefused(o, abi.encodeWithSelector(IIndemnityProduct.OrderPastValidity.selector, id, _start - 1, _start));
        bytes4 time = IIndemnityProduct.EffectiveTimeInvalid.selector;
        o = _endorsement(id, SUM, 0);
        o.effectiveAt = uint40(_start - 1);
        _endorseRefused(o, abi.encodeWithSelector(time, id, _start - 1, _start, _start + PERIOD));
        o.effectiveAt = uint40(_start + PERIOD);
        _endorseRefused(o, abi.encodeWithSelector(time, id, _start + PERIOD, _start, _start + PERIOD));
        o = _endorsement(id, LEAST_SUM - 1, 0);
        _endorseRefused(
            o, abi.encodeWithSelector(ISaleRules.SumInsuredOutOfRange.selector, LEAST_SUM - 1, LEAST_SUM, MOST_SUM)
        );
        o = _endorsement(id, MOST_SUM + 1, 0);
        _endorseRefused(
            o, abi.encodeWithSelector(ISaleRules.SumInsuredOutOfRange.selector, MOST_SUM + 1, LEAST_SUM, MOST_SUM)
        );
        o = _endorsement(id, SUM, 1);
        _endorseRefused(o, abi.encodeWithSelector(IIndemnityProduct.PremiumChangeMismatch.selector, id, 1, 0));
        o = _endorsement(id, SUM, 0);
        o.beneficiary = address(treasury);
        _endorseRefused(o, abi.encodeWithSelector(IIndemnityProduct.BeneficiaryInvalid.selector, treasury));
        o = _endorsement(9, SUM, 0);
        _endorseRefused(o, abi.encodeWithSelector(IIndemnityProduct.PolicyUnknown.selector, 9));
        vm.warp(_start + PERIOD);
        o = _endorsement(id, SUM, 0);
        _endorseRefused(
            o, abi.encodeWithSelector(IIndemnityProduct.PolicyEnded.selector, id, _start + PERIOD, _start + PERIOD)
        );
    }

    function test_endorse__not_signed_by_both__reverts() public {
        uint256 id = _bind();
        Endorsement memory o = _endorsement(id, SUM, 0);
        bytes memory byHolder = _signIn(HOLDER_KEY, product.domainSeparator(), words.endorsement(o));
        bytes memory byUnderwriter =
            _signIn(insurers[0].underwriterKey, product.domainSeparator(), words.endorsement(o));
        vm.expectRevert(abi.encodeWithSelector(ISaleRules.UnderwriterSignatureInvalid.selector, o.underwriter));
        product.endorse(o, byHolder, byHolder);
        vm.expectRevert(abi.encodeWithSelector(ISaleRules.AcceptanceInvalid.selector, holder));
        product.endorse(o, byUnderwriter, byUnderwriter);
    }

    function test_endorse__more_risk_than_low__needs_a_report() public {
        RiskAssessment memory a = _assessment(RiskTier.Medium);
        IndemnityQuote memory q = _quote(a, CAPPED_SUM, 27_500_000);
        (q.measure, q.exclusions) = (Measure.Exclusion, 6);
        uint256 id = _bindAs(a, _binding(q));
        bytes memory refusal =
            abi.encodeWithSelector(IIndemnityProduct.EndorsementNeedsReport.selector, id, RiskTier.Medium);
        Endorsement memory o = _endorsement(id, CAPPED_SUM, 0);
        o.exclusions = 4;
        _endorseRefused(o, refusal);
        o = _endorsement(id, CAPPED_SUM + 1e6, 55_000);
        o.exclusions = 6;
        _endorseRefused(o, refusal);
        o = _endorsement(id, CAPPED_SUM, 0);
        o.exclusions = 7;
        _endorse(o);
    }

    function test_endorse__below_what_is_in_use__reverts() public {
        uint256 id = _bind();
        _notify(id, uint64(500 * UNIT)); // reserve 448.20
        Endorsement memory o = _endorsement(id, 448_199_999, 0);
        _endorseRefused(
            o, abi.encodeWithSelector(IIndemnityProduct.SumInsuredInUse.selector, id, 448_199_999, 448_200_000)
        );
    }

    function test_endorse__more_in_use_than_the_present_sum__only_lower_reverts() public {
        uint256 id = _bind();
        uint256 claimId = _notify(id, uint64(700 * UNIT));
        vm.prank(adjuster);
        desk.reestimate(claimId, uint64(450 * UNIT));
        _endorse(_priced(id, uint64(500 * UNIT)));
        vm.prank(adjuster);
        desk.reestimate(claimId, uint64(600 * UNIT)); // the loss is settled on the sum before

        _endorseRefused(
            _priced(id, uint64(500 * UNIT - 1)),
            abi.encodeWithSelector(IIndemnityProduct.SumInsuredInUse.selector, id, 500 * UNIT - 1, 600 * UNIT)
        );
        _endorse(_priced(id, uint64(500 * UNIT)));
        _endorse(_priced(id, uint64(550 * UNIT)));
        assertEq(product.policy(id).sumInsured, 550 * UNIT);
    }

    function test_endorse__sixteen_times__and_no_more() public {
        uint256 id = _bind();
        for (uint256 i = 0; i < 16; ++i) {
            _endorse(_endorsement(id, SUM, 0));
        }
        _endorseRefused(
            _endorsement(id, SUM, 0), abi.encodeWithSelector(IIndemnityProduct.EndorsementsExhausted.selector, id)
        );
    }

    // Ends

    function test_cancel__without_claims__unearned_premium_goes_back() public {
        uint256 id = _bind();
        vm.warp(_start + 5 days);
        uint256 before = token.balanceOf(holder);
        Cancellation memory o = _cancellation(id);
        vm.prank(holder);
        assertEq(product.cancel(o, ""), 37_500_000);

        assertEq(token.balanceOf(holder) - before, 37_500_000);
        assertEq(product.policy(id).endsAt, _start + 5 days);
        assertEq(product.policy(id).unearned, 0);
        assertEq(treasury.totalUnearnedPremium(), 0);
        assertEq(treasury.totalAssets(), CAPITAL + 12_500_000);
    }

    function test_cancel__with_a_claim__nothing_goes_back() public {
        uint256 id = _bind();
        _notify(id, uint64(20 * UNIT));
        Cancellation memory o = _cancellation(id);
        vm.prank(holder);
        assertEq(product.cancel(o, ""), 0);
        assertEq(treasury.totalUnearnedPremium(), 0);
    }

    function test_cancel__before_it_starts__all_goes_back() public {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        IndemnityQuote memory q = _quote(a, SUM, PREMIUM);
        q.startsAt = uint40(_start + 2 days);
        uint256 id = _bindAs(a, _binding(q));
        Cancellation memory o = _cancellation(id);
        vm.prank(holder);
        assertEq(product.cancel(o, ""), PREMIUM);
        assertEq(product.policy(id).endsAt, _start + 2 days);
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        assertEq(product.earnPremiums(ids), 0);
    }

    function test_cancel__by_signature__and_by_nobody_else() public {
        uint256 id = _bind();
        Cancellation memory o = _cancellation(id);
        vm.expectRevert(abi.encodeWithSelector(ISaleRules.AcceptanceInvalid.selector, holder));
        product.cancel(o, "");
        bytes memory signature = _signIn(HOLDER_KEY, product.domainSeparator(), words.cancellation(o));
        product.cancel(o, signature);
        assertEq(product.policy(id).endsAt, _start);
    }

    function test_earnPremiums__along_the_period__told_to_the_treasury() public {
        uint256 id = _bind();
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        vm.warp(_start + 5 days + 1);
        assertEq(product.earnPremiums(ids), 12_500_028); // 28.9 units a second, rounded down
        assertEq(treasury.totalUnearnedPremium(), PREMIUM - 12_500_028);
        assertEq(product.earnPremiums(ids), 0);
        vm.warp(_start + PERIOD);
        assertEq(product.earnPremiums(ids), PREMIUM - 12_500_028);
        ids[0] = 9;
        vm.expectRevert(abi.encodeWithSelector(IIndemnityProduct.PolicyUnknown.selector, 9));
        product.earnPremiums(ids);
    }

    function test_closePolicies__notice_window_over__everything_freed() public {
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (_bind(), _bind());
        uint256 opensAt = _start + PERIOD + NOTICE_WINDOW;
        vm.warp(opensAt);
        vm.expectRevert(abi.encodeWithSelector(IIndemnityProduct.PolicyStillOpen.selector, 1, opensAt));
        product.closePolicies(ids);
        vm.warp(opensAt + 1);
        product.closePolicies(ids);

        assertEq(treasury.totalExposure(), 0);
        assertEq(treasury.totalUnearnedPremium(), 0);
        assertEq(treasury.totalAssets(), CAPITAL + 2 * PREMIUM);
        assertTrue(product.policy(1).isClosed);
        assertEq(product.exposureOf(1), 0);
        vm.expectRevert(abi.encodeWithSelector(IIndemnityProduct.PolicyAlreadyClosed.selector, 1));
        product.closePolicies(ids);
    }

    function test_closePolicies__a_claim_is_open__waits_for_it() public {
        uint256[] memory ids = new uint256[](1);
        ids[0] = _bind();
        vm.warp(_start + PERIOD - 1);
        uint256 claimId = _notify(ids[0], uint64(100 * UNIT));
        vm.warp(_start + PERIOD + NOTICE_WINDOW + 1);
        vm.expectRevert(abi.encodeWithSelector(IIndemnityProduct.ClaimNotFinal.selector, claimId));
        product.closePolicies(ids);
        _decide(claimId, uint64(100 * UNIT));
        vm.warp(block.timestamp + REOPEN_WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IIndemnityProduct.ClaimNotFinal.selector, claimId));
        product.closePolicies(ids);
        vm.warp(block.timestamp + 1);
        product.closePolicies(ids);
        assertEq(treasury.totalExposure(), 0);
    }

    function test_onlyDesk__called_by_anybody__reverts() public {
        uint256 id = _bind();
        Cause memory cause = Cause(0, 0, uint40(_start));
        ClaimPayment memory payment;
        vm.startPrank(ANYBODY);
        bytes memory refusal = abi.encodeWithSelector(IIndemnityProduct.DeskRequired.selector, ANYBODY);
        vm.expectRevert(refusal);
        product.openClaim(id, cause, 1, 0, false);
        vm.expectRevert(refusal);
        product.payClaim(cause, payment);
        vm.stopPrank();
    }

    function test_payClaim__more_than_coverage_or_sum_bear__reverts() public {
        uint256 id = _bind();
        Notice memory n = _notice(id, uint64(150 * UNIT));
        (n.coverage, n.peril) = (1, 2);
        vm.prank(holder);
        uint256 ofContents = desk.notify(n);
        uint256 ofTheRest = _notify(id, uint64(600 * UNIT));
        ClaimPayment memory payment;
        (payment.claimId, payment.reserveBefore) = (ofContents, desk.claim(ofContents).reserve);
        payment.reserveAfter = uint64(300 * UNIT + 1);
        vm.startPrank(address(desk));
        vm.expectRevert(
            abi.encodeWithSelector(IIndemnityProduct.CoverageLimitExceeded.selector, id, 1, 300 * UNIT + 1, 300 * UNIT)
        );
        product.payClaim(Cause(1, 2, n.occurredAt), payment);

        uint64 others = payment.reserveBefore;
        (payment.claimId, payment.reserveBefore) = (ofTheRest, desk.claim(ofTheRest).reserve);
        payment.reserveAfter = uint64(SUM + 1 - others);
        vm.expectRevert(abi.encodeWithSelector(IIndemnityProduct.SumInsuredExceeded.selector, id, SUM + 1, SUM));
        product.payClaim(Cause(0, 0, n.occurredAt), payment);
        vm.stopPrank();
    }

    function test_openClaim__a_hundred_and_twenty_eight__and_no_more() public {
        uint256 id = _bind();
        for (uint256 i = 0; i < 128; ++i) {
            _notify(id, 1);
        }
        Notice memory n = _notice(id, 1);
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IIndemnityProduct.ClaimsExhausted.selector, id));
        desk.notify(n);
    }

    function test_openClaim__policy_closed__reverts() public {
        uint256[] memory ids = new uint256[](1);
        ids[0] = _bind();
        vm.warp(_start + PERIOD + NOTICE_WINDOW + 1);
        product.closePolicies(ids);
        Cause memory cause = Cause(0, 0, uint40(_start));
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IIndemnityProduct.PolicyAlreadyClosed.selector, ids[0]));
        product.openClaim(ids[0], cause, 1, 0, true);
    }

    function test_payeeOf__no_such_policy__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IIndemnityProduct.PolicyUnknown.selector, 9));
        product.payeeOf(9);
    }

    function test_cancel__before_a_change_takes_effect__each_premium_for_its_time() public {
        uint256 id = _bind();
        Endorsement memory change = _endorsement(id, 1_200e6, 7_500_000);
        change.effectiveAt = uint40(_start + 5 days);
        _endorse(change);
        Cancellation memory o = _cancellation(id);
        vm.prank(holder);
        assertEq(product.cancel(o, ""), 57_500_000); // 50 × 5/20 + 60 × 15/20
    }

    function test_cancel__after_a_change_took_effect__only_the_present_premium_counts() public {
        uint256 id = _bind();
        vm.warp(_start + 5 days);
        _endorse(_endorsement(id, 1_200e6, 7_500_000));
        vm.warp(_start + 10 days);
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        assertEq(product.earnPremiums(ids), 27_500_000); // 57.50 were paid
        Cancellation memory o = _cancellation(id);
        vm.prank(holder);
        assertEq(product.cancel(o, ""), 30_000_000); // 60 × 10/20
    }

    function test_bind__terms_that_take_no_high_risk__refuse_it() public {
        IndemnityTerms memory t = product.rules().termsOf(address(product));
        t.tiers.highAccepted = false;
        vm.prank(chief);
        product = IndemnityProduct(factory.createIndemnityProduct(t));
        RiskAssessment memory a = _assessment(RiskTier.High);
        IndemnityQuote memory q = _quote(a, CAPPED_SUM, 37_500_000);
        (q.measure, q.exclusions) = (Measure.Exclusion, 6);
        bytes4 refused = IIndemnityProduct.RiskRefused.selector;
        _bindRefused(a, _binding(q), abi.encodeWithSelector(refused, a.applicationId, a.score, a.lossRatioBps));
    }

    function test_terms__as_created__unpacked() public view {
        IndemnityTerms memory t = product.rules().termsOf(address(product));
        assertEq(t.treasury, address(treasury));
        assertEq(t.claims.secondSignatureAbove, TWO_SIGN_ABOVE);
        assertEq(t.coverages.length, 2);
        assertTrue(product.termsHash() != insurers[1].product.termsHash());
        assertEq(t.waitingSeconds[1], 1 days);
        assertEq(product.authority(), address(insurers[0].manager));
        assertTrue(factory.isProduct(address(product)));
    }

    function _quoteRefused(RiskAssessment memory a, uint64 sum, uint64 premium, bytes memory refusal) private {
        _bindRefused(a, _binding(_quote(a, sum, premium)), refusal);
    }

    function _sit(IndemnityBinding memory b, uint256 count) private view {
        (bytes32 offer,) = words.quote(b.quote);
        (b.committee, b.committeeSignatures) = (new address[](count), new bytes[](count));
        for (uint256 i = 0; i < count; ++i) {
            b.committee[i] = vm.addr(insurers[0].committeeKeys[i]);
            b.committeeSignatures[i] = _signIn(insurers[0].committeeKeys[i], product.domainSeparator(), offer);
        }
    }

    function _endorsement(uint256 id, uint64 sum, uint64 change) private view returns (Endorsement memory) {
        return Endorsement({
            policyId: id,
            sequence: product.policy(id).sequence,
            sumInsured: sum,
            premiumChange: change,
            exclusions: 0,
            beneficiary: address(0),
            underwriter: vm.addr(insurers[0].underwriterKey),
            effectiveAt: uint40(block.timestamp),
            validUntil: uint40(block.timestamp)
        });
    }

    /// @dev At the price the terms ask for.
    function _priced(uint256 id, uint64 sum) private view returns (Endorsement memory) {
        IndemnityPolicy memory p = product.policy(id);
        (uint256 start, uint256 end) = (p.startsAt, p.endsAt);
        uint256 change = sum < p.sumInsured
            ? IndemnityMath.returnPremium(p.premium, p.sumInsured, sum, start, end, block.timestamp)
            : IndemnityMath.extraPremium(p.premium, p.sumInsured, sum, start, end, block.timestamp);
        return _endorsement(id, sum, uint64(change));
    }

    function _endorse(Endorsement memory o) private {
        bytes32 struct_ = words.endorsement(o);
        bytes32 domain = product.domainSeparator();
        bytes memory byUnderwriter = _signIn(insurers[0].underwriterKey, domain, struct_);
        product.endorse(o, byUnderwriter, _signIn(HOLDER_KEY, domain, struct_));
    }

    function _endorseRefused(Endorsement memory o, bytes memory refusal) private {
        bytes32 struct_ = words.endorsement(o);
        bytes32 domain = product.domainSeparator();
        bytes memory byUnderwriter = _signIn(insurers[0].underwriterKey, domain, struct_);
        bytes memory acceptance = _signIn(HOLDER_KEY, domain, struct_);
        vm.expectRevert(refusal);
        product.endorse(o, byUnderwriter, acceptance);
    }

    function _cancellation(uint256 id) private view returns (Cancellation memory) {
        return Cancellation({policyId: id, sequence: product.policy(id).sequence, validUntil: uint40(block.timestamp)});
    }
}
