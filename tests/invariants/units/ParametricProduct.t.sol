// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {ParametricProduct} from "../../../contracts/ParametricProduct.sol";
import {ILockedPolicyToken} from "../../../contracts/interfaces/ILockedPolicyToken.sol";
import {IParametricProduct} from "../../../contracts/interfaces/IParametricProduct.sol";
import {IReportRules} from "../../../contracts/interfaces/IReportRules.sol";
import {ISaleRules} from "../../../contracts/interfaces/ISaleRules.sol";
import {TypedReports} from "../../../contracts/libraries/TypedReports.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallet.sol";
import {
    Assessment,
    Binding,
    EventReport,
    InsuredEvent,
    Outcome,
    ParametricTerms,
    Policy,
    Quote,
    RiskReport
} from "../../../contracts/types/ParametricTypes.sol";
import {Roles} from "../../../contracts/types/Roles.sol";
import {House} from "../House.sol";

/// @notice Parametric policies from sale to payment, to the unit. 100 insured, expected share 10 %, loading 25 %: 12.50.
contract ParametricProductTest is House {
    uint32 private constant SHARE_PPB = 100_000_000;
    uint96 private constant SUM = uint96(100 * UNIT);
    uint96 private constant PREMIUM = 12_500_000;
    uint256 private constant HOLDER_KEY = 0x401D;
    address private constant ANYBODY = address(0xA9);
    address private _holder = vm.addr(HOLDER_KEY);
    uint40 private _occursAt;
    uint256 private _applications = 0x1000;
    uint256 private _start;

    function setUp() public {
        _build();
        _start = block.timestamp;
        _occursAt = uint40(_start + 1 days);
        token.mint(address(this), CAPITAL);
        token.approve(address(treasury), CAPITAL);
        treasury.deposit(CAPITAL, address(this));
        token.mint(_holder, 10_000 * UNIT);
        vm.prank(_holder);
        token.approve(address(treasury), type(uint256).max);
    }

    // Sale

    function test_bind__one_policy__kept_paid_and_locked() public {
        uint256 id = _bind("a");

        assertEq(id, (uint256(keccak256("a")) >> 32) << 32);
        Policy memory p = products[0].policy(id);
        assertEq(p.holder, _holder);
        assertEq(p.sumInsured, SUM);
        assertEq(p.premium, PREMIUM);
        assertEq(treasury.exposureOf(address(products[0])), SUM);
        assertEq(treasury.totalUnearnedPremium(), PREMIUM);
        InsuredEvent memory e = products[0].insuredEvent(id >> 32);
        assertEq(e.policies, 1);
        assertEq(e.settled, 0);
        assertEq(e.exposure, SUM);
        assertEq(e.occursAt, _occursAt);
        assertTrue(products[0].isApplicationUsed(_applications));
        assertFalse(products[0].isApplicationUsed(_applications + 1));
        assertFalse(products[0].isSettled(id));
        assertEq(_bind("a"), id + 1);
        assertEq(products[0].insuredEvent(id >> 32).policies, 2);
        assertEq(products[0].policy(id + 9).holder, address(0));
    }

    function test_bind__subject_does_not_match__reverts() public {
        (Assessment memory a, Quote memory q) = _offer("a");
        q.insuredEvent = "";
        _refused(a, q, abi.encodeWithSelector(IParametricProduct.InsuredEventTextInvalid.selector, 0));
        q.insuredEvent = string(new bytes(129));
        _refused(a, q, abi.encodeWithSelector(IParametricProduct.InsuredEventTextInvalid.selector, 129));
        (a, q) = _offer("a");
        q.applicationId = 1;
        _refused(a, q, abi.encodeWithSelector(ISaleRules.ApplicationMismatch.selector, 1, a.applicationId));
        (a, q) = _offer("a");
        q.insuredEvent = "b";
        _refused(a, q, abi.encodeWithSelector(IParametricProduct.EventMismatch.selector, _event("b"), _event("a")));
        (a, q) = _offer("a");
        q.occursAt += 1;
        _refused(a, q, abi.encodeWithSelector(IParametricProduct.OccursAtMismatch.selector, _occursAt + 1, _occursAt));
        _bind("a");
        (a, q) = _offer("a");
        (a.occursAt, q.occursAt) = (_occursAt + 1, _occursAt + 1);
        _refused(a, q, abi.encodeWithSelector(IParametricProduct.OccursAtMismatch.selector, _occursAt + 1, _occursAt));
        (a, q) = _offer(string(new bytes(128)));
        _bindAs(a, q);
    }

    function test_bind__out_of_time__reverts() public {
        (Assessment memory a, Quote memory q) = _offer("a");
        q.validUntil = uint40(_start - 1);
        _refused(a, q, abi.encodeWithSelector(ISaleRules.QuoteExpired.selector, _start - 1, _start));
        (a, q) = _offer("a");
        (a.occursAt, q.occursAt) = (uint40(_start - 1 hours - 1), uint40(_start - 1 hours - 1));
        ParametricTerms memory t = products[0].terms();
        _refused(
            a,
            q,
            abi.encodeWithSelector(
                IParametricProduct.EventOutsidePeriod.selector, q.occursAt, t.periodStart, t.periodEnd
            )
        );
        uint256[2] memory times = [_start + 60 days + 1, _start + 1 hours - 1];
        for (uint256 i = 0; i < 2; ++i) {
            (a.occursAt, q.occursAt) = (uint40(times[i]), uint40(times[i]));
            _refused(
                a,
                q,
                abi.encodeWithSelector(
                    IParametricProduct.SaleClosed.selector, times[i], times[i] - 60 days, times[i] - 1 hours
                )
            );
        }
        (a.occursAt, q.occursAt) = (uint40(_start + 60 days), uint40(_start + 60 days));
        _bindAs(a, q);
        (a, q) = _offer("b");
        (a.occursAt, q.occursAt) = (uint40(_start + 1 hours), uint40(_start + 1 hours));
        _bindAs(a, q);
    }

    function test_bind__amounts_out_of_bounds__reverts() public {
        (Assessment memory a, Quote memory q) = _offer("a");
        bytes4 range = ISaleRules.SumInsuredOutOfRange.selector;
        q.sumInsured = uint96(2 * UNIT - 1);
        _refused(a, q, abi.encodeWithSelector(range, 2 * UNIT - 1, 2 * UNIT, MOST_INSURED));
        q.sumInsured = MOST_INSURED + 1;
        _refused(a, q, abi.encodeWithSelector(range, MOST_INSURED + 1, 2 * UNIT, MOST_INSURED));
        a.sumInsuredCap = MOST_INSURED + 2;
        _refused(a, q, abi.encodeWithSelector(range, MOST_INSURED + 1, 2 * UNIT, MOST_INSURED));
        (a.sumInsuredCap, q.sumInsured) = (SUM, SUM + 1);
        _refused(a, q, abi.encodeWithSelector(range, SUM + 1, 2 * UNIT, SUM));
        (a, q) = _offer("a");
        q.premium = PREMIUM - 1;
        _refused(a, q, abi.encodeWithSelector(ISaleRules.PremiumNotAsPriced.selector, PREMIUM - 1, PREMIUM));
        (a, q) = _offer("a");
        (a.expectedSharePpb, q.premium) = (800_000_000, SUM);
        _refused(a, q, abi.encodeWithSelector(ISaleRules.PremiumTooHigh.selector, SUM, SUM));
    }

    function test_bind__event_is_full__reverts() public {
        for (uint256 i = 0; i < 10; ++i) {
            (Assessment memory a, Quote memory q) = _offer("a");
            (q.sumInsured, q.premium) = (MOST_INSURED, 10 * PREMIUM);
            _bindAs(a, q);
        }
        (Assessment memory last, Quote memory offer) = _offer("a");
        _refused(
            last,
            offer,
            abi.encodeWithSelector(
                IParametricProduct.EventExposureTooLarge.selector, _event("a"), MOST_ON_EVENT + SUM, MOST_ON_EVENT
            )
        );
    }

    function test_bind__parties_not_as_they_should_be__reverts() public {
        address[3] memory bad = [address(0), address(treasury), address(products[0])];
        for (uint256 i = 0; i < 3; ++i) {
            (Assessment memory a, Quote memory q) = _offer("a");
            q.holder = bad[i];
            _refused(a, q, abi.encodeWithSelector(ISaleRules.HolderInvalid.selector, bad[i]));
        }
        (Assessment memory b, Quote memory r) = _offer("a");
        r.underwriter = ANYBODY;
        _refused(b, r, abi.encodeWithSelector(ISaleRules.UnderwriterNotAuthorised.selector, ANYBODY));
        (b, r) = _offer("a");
        Binding memory binding = _binding(r);
        binding.underwriterSignature = binding.acceptance;
        _refusedBinding(
            b, binding, abi.encodeWithSelector(ISaleRules.UnderwriterSignatureInvalid.selector, underwriter)
        );
        binding = _binding(r);
        binding.acceptance = binding.underwriterSignature;
        _refusedBinding(b, binding, abi.encodeWithSelector(ISaleRules.AcceptanceInvalid.selector, _holder));
    }

    function test_bind__holder_is_a_contract__signs_by_ERC1271() public {
        ContractWallet wallet = new ContractWallet(_holder);
        token.mint(address(wallet), PREMIUM);
        vm.prank(_holder);
        wallet.execute(address(token), abi.encodeCall(token.approve, (address(treasury), PREMIUM)));
        (Assessment memory a, Quote memory q) = _offer("a");
        q.holder = address(wallet);
        assertEq(products[0].policy(_bindAs(a, q)).holder, address(wallet));
    }

    function test_bind__by_the_holder_with_a_permit__needs_neither_acceptance_nor_allowance() public {
        vm.startPrank(_holder);
        token.approve(address(treasury), 0);
        vm.stopPrank();
        (Assessment memory a, Quote memory q) = _offer("a");
        Binding[] memory bindings = new Binding[](1);
        bindings[0] = _binding(q);
        (bindings[0].acceptance, bindings[0].permit) = ("", _permit(HOLDER_KEY, 0, PREMIUM));
        RiskReport memory r = _report(a);
        bytes[] memory signatures = _quorumSigns(products[0], hasher.riskReportHash(r));
        vm.startPrank(_holder);
        products[0].bind(r, signatures, bindings);
        vm.stopPrank();
        assertEq(treasury.totalUnearnedPremium(), PREMIUM);
    }

    function test_bind__number_of_bindings_and_applications__bounded() public {
        (Assessment memory a, Quote memory q) = _offer("a");
        RiskReport memory r = _report(a);
        bytes[] memory signatures = _quorumSigns(products[0], hasher.riskReportHash(r));
        vm.expectRevert(abi.encodeWithSelector(ISaleRules.BindingCountInvalid.selector, 0));
        products[0].bind(r, signatures, new Binding[](0));
        vm.expectRevert(abi.encodeWithSelector(ISaleRules.BindingCountInvalid.selector, 101));
        products[0].bind(r, signatures, new Binding[](101));
        Binding memory b = _binding(q);
        b.assessment = 1;
        _refusedBinding(a, b, abi.encodeWithSelector(ISaleRules.AssessmentMissing.selector, 1, 1));
        _bindAs(a, q);
        _refused(a, q, abi.encodeWithSelector(ISaleRules.ApplicationUsed.selector, a.applicationId));
        vm.expectRevert(abi.encodeWithSelector(IReportRules.ReportSizeInvalid.selector, 0));
        products[0].reportEvents(_eventReport(products[0], 0), new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(IReportRules.ReportSizeInvalid.selector, 401));
        products[0].reportEvents(_eventReport(products[0], 401), new bytes[](0));
    }

    function test_suspendSales__by_the_guardian__nothing_is_sold() public {
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY));
        products[0].suspendSales(true);
        manager.grantRole(Roles.GUARDIAN, address(this), 0);
        products[0].suspendSales(true);
        assertTrue(products[0].salesSuspended());
        (Assessment memory a, Quote memory q) = _offer("a");
        _refused(a, q, abi.encodeWithSelector(ISaleRules.SaleSuspended.selector));
        products[0].suspendSales(false);
        _bind("a");
    }

    // Reports and settlement

    function test_reportAndSettle__each_outcome__pays_its_share_to_the_unit() public {
        Outcome[7] memory outcomes = [
            Outcome.Measured,
            Outcome.Measured,
            Outcome.Measured,
            Outcome.Measured,
            Outcome.Measured,
            Outcome.Cancelled,
            Outcome.Diverted
        ];
        int32[7] memory values = [int32(29), 30, 60, 179, 180, 0, 0];
        uint256[7] memory paid = [uint256(0), 10_000_000, 45_670_000, 45_670_000, 100_000_000, 80_000_000, 33_330_000];
        for (uint256 i = 0; i < 7; ++i) {
            string memory text = vm.toString(i);
            uint256 id = _bind(text);
            uint256 before = token.balanceOf(_holder);
            vm.warp(_occursAt);
            assertEq(_reportAndSettle(text, outcomes[i], values[i], 9), 1);
            vm.warp(_start);
            assertEq(token.balanceOf(_holder) - before, paid[i]);
            assertTrue(products[0].isSettled(id));
            assertEq(treasury.totalExposure(), 0);
            assertEq(products[0].insuredEvent(id >> 32).exposure, 0);
        }
        assertEq(treasury.totalUnearnedPremium(), 0);
    }

    function test_settle__in_parts__every_policy_once() public {
        uint256 id = _bind("a");
        _bind("a");
        _bind("a");
        vm.warp(_occursAt);
        uint256 before = token.balanceOf(_holder);
        assertEq(_reportAndSettle("a", Outcome.Measured, 180, 2), 2);
        assertTrue(products[0].isSettled(id + 1));
        assertFalse(products[0].isSettled(id + 2));
        assertEq(products[0].insuredEvent(id >> 32).exposure, SUM);
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (id >> 32, id >> 32);
        assertEq(products[0].settle(ids, 9), 1);
        assertEq(token.balanceOf(_holder) - before, 3 * SUM);
        vm.expectRevert(IParametricProduct.NothingToSettle.selector);
        products[0].settle(ids, 9);
    }

    function test_settle__two_events_one_owes_nothing__both_done() public {
        _bind("a");
        _bind("b");
        vm.warp(_occursAt);
        EventReport memory r = _eventReport(products[0], 2);
        (r.measurements[0].eventId, r.measurements[1].eventId) = (_event("a"), _event("b"));
        (r.measurements[0].outcome, r.measurements[1].outcome) = (Outcome.Measured, Outcome.Measured);
        (r.measurements[0].value, r.measurements[1].value) = (0, 180);
        bytes[] memory signatures = _quorumSigns(products[0], hasher.eventReportHash(r));
        products[0].reportEvents(r, signatures);
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (_event("a"), _event("b"));
        uint256 before = token.balanceOf(_holder);
        assertEq(products[0].settle(ids, 9), 2);
        assertEq(token.balanceOf(_holder) - before, SUM);
    }

    function test_settle__a_share_of_next_to_nothing__settled_and_nothing_paid() public {
        ParametricTerms memory t = _terms("small");
        (t.minSumInsured, t.minPremium) = (2, 1);
        products[0] = ParametricProduct(factory.createParametricProduct(t));
        (Assessment memory a, Quote memory q) = _offer("a");
        (q.sumInsured, q.premium) = (2, 1);
        uint256 id = _bindAs(a, q);
        uint256 before = token.balanceOf(_holder);
        vm.warp(_occursAt);
        assertEq(_reportAndSettle("a", Outcome.Measured, 30, 9), 1);
        assertEq(token.balanceOf(_holder), before);
        assertTrue(products[0].isSettled(id));
        assertEq(treasury.totalExposure(), 0);
    }

    function test_settle__still_open__reverts() public {
        _bind("a");
        uint256[] memory ids = new uint256[](1);
        ids[0] = _event("a");
        vm.expectRevert(abi.encodeWithSelector(IParametricProduct.EventStillOpen.selector, ids[0]));
        products[0].settle(ids, 9);
    }

    function test_reportEvents__not_as_it_should_be__reverts() public {
        _bind("a");
        uint256 id = _event("a");
        vm.warp(_occursAt - 1);
        _reportRefused(
            "a",
            Outcome.Measured,
            30,
            abi.encodeWithSelector(IParametricProduct.EventNotDue.selector, id, _occursAt, _occursAt - 1)
        );
        vm.warp(_occursAt);
        bytes4 invalid = IParametricProduct.MeasurementInvalid.selector;
        _reportRefused("a", Outcome.Open, 0, abi.encodeWithSelector(invalid, id, Outcome.Open, 0));
        _reportRefused("a", Outcome.NotReported, 0, abi.encodeWithSelector(invalid, id, Outcome.NotReported, 0));
        _reportRefused("a", Outcome.Cancelled, 1, abi.encodeWithSelector(invalid, id, Outcome.Cancelled, 1));
        _reportRefused(
            "b", Outcome.Measured, 30, abi.encodeWithSelector(IParametricProduct.EventUnknown.selector, _event("b"))
        );
        _reportAndSettle("a", Outcome.Measured, 30, 9);
        bytes memory again =
            abi.encodeWithSelector(IParametricProduct.EventAlreadyClosed.selector, id, Outcome.Measured);
        _reportRefused("a", Outcome.Measured, 180, again);
        vm.warp(_start);
        (Assessment memory a, Quote memory q) = _offer("a");
        _refused(a, q, again);
        assertEq(products[0].insuredEvent(id).value, 30);
        assertEq(products[0].insuredEvent(id).shareBps, 1_000);
    }

    function test_closeUnreported__window_over__premium_goes_back() public {
        uint256 id = _bind("a");
        uint256 closesAt = uint256(_occursAt) + REPORT_WINDOW;
        vm.warp(closesAt);
        vm.expectRevert(
            abi.encodeWithSelector(IParametricProduct.ReportWindowOpen.selector, id >> 32, closesAt, closesAt)
        );
        products[0].closeUnreported(id >> 32);
        vm.warp(closesAt + 1);
        products[0].closeUnreported(id >> 32);
        uint256[] memory ids = new uint256[](1);
        ids[0] = id >> 32;
        uint256 before = token.balanceOf(_holder);
        products[0].settle(ids, 1);
        assertEq(token.balanceOf(_holder) - before, PREMIUM);
        assertTrue(products[0].insuredEvent(id >> 32).outcome == Outcome.NotReported);
    }

    // The token

    function test_token__a_policy__never_changes_hands() public {
        uint256 id = _bind("a");
        assertTrue(products[0].locked(id));
        assertEq(products[0].ownerOf(id), _holder);
        assertEq(products[0].name(), "Quittance Policy");
        assertEq(products[0].symbol(), "QPOL");
        assertTrue(products[0].supportsInterface(0xb45a3c0e));
        assertTrue(products[0].supportsInterface(0x80ac58cd));
        assertFalse(products[0].supportsInterface(0xffffffff));
        vm.startPrank(_holder);
        vm.expectRevert(ILockedPolicyToken.ApprovalDisabled.selector);
        products[0].approve(ANYBODY, id);
        vm.expectRevert(ILockedPolicyToken.ApprovalDisabled.selector);
        products[0].setApprovalForAll(ANYBODY, true);
        bytes memory refusal = abi.encodeWithSelector(ILockedPolicyToken.PolicyLocked.selector, id);
        vm.expectRevert(refusal);
        products[0].transferFrom(_holder, ANYBODY, id);
        vm.expectRevert(refusal);
        products[0].safeTransferFrom(_holder, ANYBODY, id, "");
        vm.stopPrank();
    }

    function test_views__terms_and_authority__the_treasury_s() public {
        assertEq(products[0].authority(), address(manager));
        assertEq(products[0].termsHash(), TypedReports.termsHash(products[0].terms()));
        assertTrue(products[0].termsHash() != products[1].termsHash());
    }

    function _event(string memory text) private pure returns (uint256) {
        return uint256(keccak256(bytes(text))) >> 32;
    }

    function _offer(string memory text) private returns (Assessment memory a, Quote memory q) {
        (a.applicationId, a.eventId, a.occursAt) = (++_applications, _event(text), _occursAt);
        (a.expectedSharePpb, a.sumInsuredCap, a.commitment) = (SHARE_PPB, MOST_INSURED, "commitment");
        (q.applicationId, q.holder, q.underwriter) = (a.applicationId, _holder, underwriter);
        (q.insuredEvent, q.occursAt, q.sumInsured) = (text, _occursAt, SUM);
        (q.premium, q.validUntil) = (PREMIUM, uint40(block.timestamp));
    }

    function _binding(Quote memory q) private view returns (Binding memory b) {
        b.quote = q;
        (b.underwriterSignature, b.acceptance) = _partiesSign(products[0], q, HOLDER_KEY);
    }

    function _report(Assessment memory a) private view returns (RiskReport memory r) {
        r = _riskReport(products[0], 1);
        r.assessments[0] = a;
    }

    function _bind(string memory text) private returns (uint256) {
        (Assessment memory a, Quote memory q) = _offer(text);
        return _bindAs(a, q);
    }

    function _bindAs(Assessment memory a, Quote memory q) private returns (uint256) {
        Binding[] memory bindings = new Binding[](1);
        bindings[0] = _binding(q);
        RiskReport memory r = _report(a);
        return products[0].bind(r, _quorumSigns(products[0], hasher.riskReportHash(r)), bindings)[0];
    }

    function _refused(Assessment memory a, Quote memory q, bytes memory refusal) private {
        _refusedBinding(a, _binding(q), refusal);
    }

    function _refusedBinding(Assessment memory a, Binding memory b, bytes memory refusal) private {
        Binding[] memory bindings = new Binding[](1);
        bindings[0] = b;
        RiskReport memory r = _report(a);
        bytes[] memory signatures = _quorumSigns(products[0], hasher.riskReportHash(r));
        vm.expectRevert(refusal);
        products[0].bind(r, signatures, bindings);
    }

    function _measured(string memory text, Outcome outcome, int32 value) private view returns (EventReport memory r) {
        r = _eventReport(products[0], 1);
        (r.measurements[0].eventId, r.measurements[0].outcome) = (_event(text), outcome);
        r.measurements[0].value = value;
    }

    function _reportAndSettle(string memory text, Outcome outcome, int32 value, uint256 most)
        private
        returns (uint256)
    {
        EventReport memory r = _measured(text, outcome, value);
        bytes[] memory signatures = _quorumSigns(products[0], hasher.eventReportHash(r));
        return products[0].reportAndSettle(r, signatures, most);
    }

    function _reportRefused(string memory text, Outcome outcome, int32 value, bytes memory refusal) private {
        EventReport memory r = _measured(text, outcome, value);
        bytes[] memory signatures = _quorumSigns(products[0], hasher.eventReportHash(r));
        vm.expectRevert(refusal);
        products[0].reportEvents(r, signatures);
    }
}
