// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Test} from "forge-std/Test.sol";

import {Disbursement} from "../../../contracts/Disbursement.sol";
import {IDisbursement} from "../../../contracts/interfaces/IDisbursement.sol";
import {CallingToken} from "../../../contracts/mocks/CallingToken.sol";
import {FeeToken} from "../../../contracts/mocks/FeeToken.sol";
import {TestStablecoin} from "../../../contracts/mocks/TestStablecoin.sol";
import {
    CollectionReceipt,
    DayUse,
    Earmark,
    Institution,
    InstitutionTerms,
    PayoutInstruction,
    PayoutOrder,
    PayoutReceipt,
    PayoutState
} from "../../../contracts/types/DisbursementTypes.sol";

/// @notice Payouts and premiums through institutions, step by step and to the unit.
contract DisbursementTest is Test {
    uint40 private constant START = 1_700_000_000;
    uint64 private constant PER_PAYOUT = 500e6;
    uint64 private constant PER_DAY = 800e6;
    uint32 private constant RECEIPT_SECONDS = 2 days;
    address private constant ACCOUNT = address(0xACC);
    address private constant OTHER_ACCOUNT = address(0xACD);
    address private constant PRODUCT = address(0xC1);
    address private constant ANYBODY = address(0xA9);

    AccessManager private _manager;
    Disbursement private _rails;
    TestStablecoin private _token;
    address private _signer;
    uint256 private _signerKey;
    address private _payee;
    uint256 private _payeeKey;

    function setUp() public {
        vm.warp(START);
        (_signer, _signerKey) = makeAddrAndKey("signer");
        (_payee, _payeeKey) = makeAddrAndKey("payee");
        _manager = new AccessManager(address(this));
        _rails = new Disbursement(address(_manager));
        _token = new TestStablecoin(address(this));
        _register(_signer, ACCOUNT);
        _register(_signer, OTHER_ACCOUNT);
        _rails.acceptToken(1, address(_token), true);
        _rails.acceptToken(2, address(_token), true);
        _token.mint(_payee, 1_000e6);
        _token.mint(ACCOUNT, 1_000e6);
        vm.prank(_payee);
        _token.approve(address(_rails), type(uint256).max);
        vm.prank(ACCOUNT);
        _token.approve(address(_rails), type(uint256).max);
    }

    // Institutions

    function test_registerInstitution__two__numbered_from_one() public view {
        assertEq(_rails.institutionCount(), 2);
        Institution memory kept = _rails.institutionAt(1);
        assertEq(kept.signer, _signer);
        assertEq(kept.account, ACCOUNT);
        assertEq(kept.perPayoutLimit, PER_PAYOUT);
        assertEq(kept.perDayLimit, PER_DAY);
        assertEq(kept.receiptSeconds, RECEIPT_SECONDS);
        assertFalse(kept.suspended);
        assertEq(_rails.institutionAt(2).account, OTHER_ACCOUNT);
    }

    function test_registerInstitution__bad_keys__reverts() public {
        address[2][3] memory bad = [[address(0), ACCOUNT], [_signer, address(0)], [_signer, address(_rails)]];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionKeysInvalid.selector, bad[i][0], bad[i][1]));
            _register(bad[i][0], bad[i][1]);
        }
    }

    function test_changeLimits__out_of_bounds__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionLimitsInvalid.selector, 0, 5));
        _rails.changeLimits(1, 0, 5, 1 hours);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionLimitsInvalid.selector, 6, 5));
        _rails.changeLimits(1, 6, 5, 1 hours);
        vm.expectRevert(_secondsInvalid(1 hours - 1));
        _rails.changeLimits(1, 5, 5, 1 hours - 1);
        vm.expectRevert(_secondsInvalid(14 days + 1));
        _rails.changeLimits(1, 5, 5, 14 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionUnknown.selector, 3));
        _rails.changeLimits(3, 5, 5, 1 hours);
    }

    function test_changeLimits__at_the_bounds__kept() public {
        _rails.changeLimits(1, 5, 5, 1 hours);
        assertEq(_rails.institutionAt(1).receiptSeconds, 1 hours);
        vm.expectEmit(address(_rails));
        emit IDisbursement.InstitutionLimitsChanged(1, 4, 6, 14 days);
        _rails.changeLimits(1, 4, 6, 14 days);

        Institution memory kept = _rails.institutionAt(1);
        assertEq(kept.perPayoutLimit, 4);
        assertEq(kept.perDayLimit, 6);
        assertEq(kept.receiptSeconds, 14 days);
    }

    function test_rotateKeys__new_keys__kept() public {
        _rails.rotateKeys(1, address(1), address(2));

        assertEq(_rails.institutionAt(1).signer, address(1));
        assertEq(_rails.institutionAt(1).account, address(2));
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionKeysInvalid.selector, address(0), address(2)));
        _rails.rotateKeys(1, address(0), address(2));
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionUnknown.selector, 3));
        _rails.rotateKeys(3, address(1), address(2));
    }

    function test_acceptToken__no_contract__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionTokenInvalid.selector, ANYBODY));
        _rails.acceptToken(1, ANYBODY, true);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionUnknown.selector, 3));
        _rails.acceptToken(3, address(_token), true);
        assertTrue(_rails.isTokenAccepted(1, address(_token)));
        _rails.acceptToken(1, address(_token), false);
        assertFalse(_rails.isTokenAccepted(1, address(_token)));
    }

    function test_suspendInstitution__suspended__takes_nothing_on_until_resumed() public {
        _rails.suspendInstitution(1);
        bytes memory refusal = abi.encodeWithSelector(IDisbursement.InstitutionIsSuspended.selector, 1);
        assertFalse(_rails.accepts(1, address(_token), 1));
        vm.expectRevert(refusal);
        _rails.suspendInstitution(1);
        vm.expectRevert(refusal);
        _rails.openPayout(_order(1, 1));

        _rails.resumeInstitution(1);
        assertTrue(_rails.accepts(1, address(_token), 1));
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionNotSuspended.selector, 1));
        _rails.resumeInstitution(1);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionUnknown.selector, 3));
        _rails.resumeInstitution(3);
    }

    function test_accepts__limits_token_and_day__as_asked() public {
        assertTrue(_rails.accepts(1, address(_token), PER_PAYOUT));
        assertFalse(_rails.accepts(1, address(_token), PER_PAYOUT + 1));
        assertFalse(_rails.accepts(1, address(_token), 0));
        assertFalse(_rails.accepts(1, ANYBODY, 1));
        _open(1, 400e6);
        assertTrue(_rails.accepts(1, address(_token), 400e6));
        assertFalse(_rails.accepts(1, address(_token), 400e6 + 1));
        vm.warp((START / 1 days + 1) * 1 days);
        assertTrue(_rails.accepts(1, address(_token), 400e6 + 1));
    }

    function test_restricted__called_by_anybody__reverts() public {
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY);
        vm.startPrank(ANYBODY);
        vm.expectRevert(refusal);
        _rails.registerInstitution(InstitutionTerms(_signer, ACCOUNT, 1, 1, 1 hours));
        vm.expectRevert(refusal);
        _rails.rotateKeys(1, ANYBODY, ANYBODY);
        vm.expectRevert(refusal);
        _rails.changeLimits(1, 1, 1, 1 hours);
        vm.expectRevert(refusal);
        _rails.acceptToken(1, address(_token), true);
        vm.expectRevert(refusal);
        _rails.suspendInstitution(1);
        vm.expectRevert(refusal);
        _rails.resumeInstitution(1);
        vm.expectRevert(refusal);
        _rails.openPayout(_order(1, 1));
        vm.stopPrank();
    }

    function test_institutionsFrom__pages__from_one_on() public view {
        assertEq(_rails.institutionsFrom(0, 9).length, 2);
        assertEq(_rails.institutionsFrom(1, 1).length, 1);
        assertEq(_rails.institutionsFrom(1, 1)[0].account, ACCOUNT);
        assertEq(_rails.institutionsFrom(2, 9)[0].account, OTHER_ACCOUNT);
        assertEq(_rails.institutionsFrom(2, 9).length, 1);
        assertEq(_rails.institutionsFrom(3, 9).length, 0);
        assertEq(_rails.institutionsFrom(9, 9).length, 0);
    }

    // Opening

    function test_openPayout__tokens_there__waits_for_its_receipt() public {
        _token.mint(address(_rails), 70e6);
        vm.expectEmit(address(_rails));
        emit IDisbursement.PayoutOpened(1, 77, 1, _payee, address(_token), 70e6, START + RECEIPT_SECONDS);
        assertEq(_rails.openPayout(_order(1, 70e6)), 1);

        PayoutInstruction memory kept = _rails.instructionAt(1);
        assertEq(kept.payee, _payee);
        assertEq(kept.amount, 70e6);
        assertEq(kept.institution, 1);
        assertEq(kept.token, address(_token));
        assertEq(kept.receiptDue, START + RECEIPT_SECONDS);
        assertTrue(kept.state == PayoutState.Waiting);
        assertEq(kept.claimId, 77);
        assertEq(_rails.bookedOf(address(_token)), 70e6);
    }

    function test_openPayout__tokens_promised_to_others__reverts() public {
        _open(1, 70e6);
        _token.mint(address(_rails), 10e6 - 1);

        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PayoutUnfunded.selector, _token, 80e6, 80e6 - 1));
        _rails.openPayout(_order(1, 10e6));
    }

    function test_openPayout__nobody_to_pay__reverts() public {
        PayoutOrder memory order = _order(1, 1);
        address[2] memory bad = [address(0), address(_rails)];
        for (uint256 i = 0; i < 2; ++i) {
            order.payee = bad[i];
            vm.expectRevert(abi.encodeWithSelector(IDisbursement.RecipientInvalid.selector, bad[i]));
            _rails.openPayout(order);
        }
    }

    function test_openPayout__beyond_its_limits__reverts() public {
        vm.expectRevert(IDisbursement.AmountZero.selector);
        _rails.openPayout(_order(1, 0));
        vm.expectRevert(
            abi.encodeWithSelector(IDisbursement.PayoutLimitExceeded.selector, 1, PER_PAYOUT + 1, PER_PAYOUT)
        );
        _rails.openPayout(_order(1, PER_PAYOUT + 1));
        _open(1, PER_PAYOUT);
        _open(1, 300e6);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.DayLimitExceeded.selector, 1, PER_DAY + 1, PER_DAY));
        _rails.openPayout(_order(1, 1));
        _rails.acceptToken(1, address(_token), false);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.TokenNotAccepted.selector, 1, _token));
        _rails.openPayout(_order(1, 1));
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionUnknown.selector, 3));
        _rails.openPayout(_order(3, 1));
    }

    function test_fundPayout__own_tokens__pulled_and_counted_apart() public {
        vm.prank(_payee);
        assertEq(_rails.fundPayout(1, address(_token), 90e6), 1);

        assertEq(_token.balanceOf(address(_rails)), 90e6);
        assertEq(_rails.bookedOf(address(_token)), 90e6);
        assertEq(_rails.instructionAt(1).claimId, 0);
        DayUse memory use = _rails.useToday(1);
        assertEq(use.opened, 90e6);
        assertEq(use.funded, 90e6);
        assertEq(use.collected, 0);
        assertEq(use.day, START / 1 days);
    }

    function test_fundPayout__twice__both_are_booked() public {
        vm.startPrank(_payee);
        _rails.fundPayout(1, address(_token), 90e6);
        _rails.fundPayout(1, address(_token), 30e6);
        vm.stopPrank();

        assertEq(_rails.bookedOf(address(_token)), 120e6);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PayoutUnfunded.selector, _token, 120e6 + 1, 120e6));
        _rails.openPayout(_order(1, 1));
    }

    function test_fundPayout__more_than_half_a_day__reverts() public {
        vm.startPrank(_payee);
        _rails.fundPayout(1, address(_token), 400e6);
        vm.expectRevert(
            abi.encodeWithSelector(IDisbursement.DayLimitExceeded.selector, 1, PER_DAY / 2 + 1, PER_DAY / 2)
        );
        _rails.fundPayout(1, address(_token), 1);
        vm.stopPrank();
        _open(1, 400e6);
    }

    function test_fundPayout__token_with_a_fee__reverts() public {
        FeeToken fee = new FeeToken();
        _rails.acceptToken(1, address(fee), true);
        fee.mint(_payee, 100e6);
        vm.startPrank(_payee);
        fee.approve(address(_rails), 100e6);

        vm.expectRevert(abi.encodeWithSelector(IDisbursement.TokensShort.selector, fee, 100e6, 99e6));
        _rails.fundPayout(1, address(fee), 100e6);
        vm.stopPrank();
    }

    // Receipts

    function test_confirmPayout__signed__institution_has_the_tokens_and_nobody_twice() public {
        _open(1, 70e6);
        bytes memory signature = _signReceipt(_receipt(1, 70e6), _signerKey);

        vm.expectEmit(address(_rails));
        emit IDisbursement.PayoutConfirmed(1, 1, "reference", 70e6, "EUR", 920_000, false, signature);
        _rails.confirmPayout(_receipt(1, 70e6), signature);

        assertEq(_token.balanceOf(ACCOUNT), 1_070e6);
        assertEq(_rails.bookedOf(address(_token)), 0);
        assertTrue(_rails.isReferenceUsed(1, "reference"));
        assertFalse(_rails.isReferenceUsed(2, "reference"));
        vm.expectRevert(_notInState(1, PayoutState.Confirmed));
        _rails.confirmPayout(_receipt(1, 70e6), signature);
        vm.warp(START + RECEIPT_SECONDS + 1);
        vm.prank(_payee);
        vm.expectRevert(_notInState(1, PayoutState.Confirmed));
        _rails.takePayout(1, _payee);
    }

    function test_confirmPayout__in_the_last_second__is_in_time() public {
        _open(1, 70e6);
        vm.warp(START + RECEIPT_SECONDS);
        bytes memory signature = _signReceipt(_receipt(1, 70e6), _signerKey);

        vm.expectEmit(address(_rails));
        emit IDisbursement.PayoutConfirmed(1, 1, "reference", 70e6, "EUR", 920_000, false, signature);
        _rails.confirmPayout(_receipt(1, 70e6), signature);
    }

    function test_confirmPayout__late_and_nobody_took_it__counts_as_late() public {
        _open(1, 70e6);
        vm.warp(START + RECEIPT_SECONDS + 1);
        bytes memory signature = _signReceipt(_receipt(1, 70e6), _signerKey);

        vm.expectEmit(address(_rails));
        emit IDisbursement.PayoutConfirmed(1, 1, "reference", 70e6, "EUR", 920_000, true, signature);
        _rails.confirmPayout(_receipt(1, 70e6), signature);
    }

    function test_confirmPayout__other_words_than_the_instruction__reverts() public {
        _open(1, 70e6);
        bytes memory refusal = abi.encodeWithSelector(IDisbursement.ReceiptMismatch.selector, 1, _payee, _token, 70e6);
        PayoutReceipt memory wrong = _receipt(1, 70e6 - 1);
        vm.expectRevert(refusal);
        _rails.confirmPayout(wrong, "");
        wrong = _receipt(1, 70e6);
        wrong.payee = ANYBODY;
        vm.expectRevert(refusal);
        _rails.confirmPayout(wrong, "");
        wrong = _receipt(1, 70e6);
        wrong.token = ANYBODY;
        vm.expectRevert(refusal);
        _rails.confirmPayout(wrong, "");
    }

    function test_confirmPayout__signed_by_another__reverts() public {
        _open(1, 70e6);
        bytes memory signature = _signReceipt(_receipt(1, 70e6), _payeeKey);

        vm.expectRevert(abi.encodeWithSelector(IDisbursement.ReceiptSignatureInvalid.selector, 1, _signer));
        _rails.confirmPayout(_receipt(1, 70e6), signature);
        _rails.suspendInstitution(1);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionIsSuspended.selector, 1));
        _rails.confirmPayout(_receipt(1, 70e6), signature);
    }

    function test_confirmPayout__incomplete_or_used_words__reverts() public {
        _open(1, 70e6);
        _open(1, 70e6);
        PayoutReceipt memory receipt = _receipt(1, 70e6);
        bytes3[4] memory bad = [bytes3("EU"), bytes3("eUR"), bytes3("E[R"), bytes3("EU@")];
        for (uint256 i = 0; i < bad.length; ++i) {
            receipt.currency = bad[i];
            _confirmRefused(receipt, abi.encodeWithSelector(IDisbursement.CurrencyInvalid.selector, bad[i]));
        }
        receipt = _receipt(1, 70e6);
        receipt.rate = 0;
        bytes4 incomplete = IDisbursement.ReceiptIncomplete.selector;
        _confirmRefused(receipt, abi.encodeWithSelector(incomplete, 0, bytes32("reference")));
        (receipt.rate, receipt.referenceHash) = (1, 0);
        _confirmRefused(receipt, abi.encodeWithSelector(incomplete, 1, 0));
        (receipt.currency, receipt.referenceHash) = ("AZA", "reference");
        _rails.confirmPayout(receipt, _signReceipt(receipt, _signerKey));
        receipt.instructionId = 2;
        _confirmRefused(receipt, abi.encodeWithSelector(IDisbursement.ReferenceUsed.selector, 1, bytes32("reference")));
    }

    function test_refusePayout__by_signer_or_account__payee_is_free_at_once() public {
        _open(1, 70e6);
        _open(1, 30e6);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionRequired.selector, 1, ANYBODY));
        _rails.refusePayout(1, 4);
        vm.startPrank(_signer);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.RefusalReasonMissing.selector, 1));
        _rails.refusePayout(1, 0);
        vm.expectEmit(address(_rails));
        emit IDisbursement.PayoutRefused(1, 1, 4);
        _rails.refusePayout(1, 4);
        vm.expectRevert(_notInState(1, PayoutState.Refused));
        _rails.refusePayout(1, 4);
        vm.stopPrank();
        vm.prank(ACCOUNT);
        _rails.refusePayout(2, 5);

        vm.prank(_payee);
        _rails.takePayout(1, _payee);

        assertEq(_token.balanceOf(_payee), 1_070e6);
        bytes memory signature = _signReceipt(_receipt(2, 30e6), _signerKey);
        vm.expectRevert(_notInState(2, PayoutState.Refused));
        _rails.confirmPayout(_receipt(2, 30e6), signature);
    }

    // Taking and rerouting

    function test_takePayout__before_the_receipt_is_due__reverts() public {
        _open(1, 70e6);
        vm.warp(START + RECEIPT_SECONDS);

        vm.prank(_payee);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PayoutNotFree.selector, 1, START + RECEIPT_SECONDS));
        _rails.takePayout(1, _payee);
    }

    function test_takePayout__no_receipt_in_time__taken_once() public {
        _open(1, 70e6);
        _open(1, 30e6);
        vm.warp(START + RECEIPT_SECONDS + 1);

        vm.startPrank(_payee);
        vm.expectEmit(address(_rails));
        emit IDisbursement.PayoutTaken(1, _payee, ANYBODY, 70e6);
        _rails.takePayout(1, ANYBODY);
        vm.expectRevert(_notInState(1, PayoutState.Taken));
        _rails.takePayout(1, ANYBODY);
        vm.stopPrank();

        assertEq(_token.balanceOf(ANYBODY), 70e6);
        assertEq(_rails.bookedOf(address(_token)), 30e6);
        bytes memory signature = _signReceipt(_receipt(1, 70e6), _signerKey);
        vm.expectRevert(_notInState(1, PayoutState.Taken));
        _rails.confirmPayout(_receipt(1, 70e6), signature);
    }

    function test_takePayout__by_somebody_else_or_to_nobody__reverts() public {
        _open(1, 70e6);
        vm.warp(START + RECEIPT_SECONDS + 1);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PayeeRequired.selector, 1, ANYBODY));
        _rails.takePayout(1, ANYBODY);
        vm.startPrank(_payee);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.RecipientInvalid.selector, address(0)));
        _rails.takePayout(1, address(0));
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.RecipientInvalid.selector, address(_rails)));
        _rails.takePayout(1, address(_rails));
        vm.expectRevert(_notInState(9, PayoutState.None));
        _rails.takePayout(9, _payee);
        vm.stopPrank();
    }

    function test_takePayoutFor__signed_by_the_payee__taken() public {
        _open(1, 70e6);
        uint40 now_ = START + RECEIPT_SECONDS + 1;
        vm.warp(now_);
        bytes memory signature = _signTake(1, ANYBODY, now_, _payeeKey);

        vm.expectEmit(address(_rails));
        emit IDisbursement.OrderUsed(1, now_, signature);
        _rails.takePayoutFor(1, ANYBODY, now_, signature);

        assertEq(_token.balanceOf(ANYBODY), 70e6);
        vm.expectRevert(_notInState(1, PayoutState.Taken));
        _rails.takePayoutFor(1, ANYBODY, now_, signature);
    }

    function test_takePayoutFor__too_late_or_not_the_payee__reverts() public {
        _open(1, 70e6);
        uint40 now_ = START + RECEIPT_SECONDS + 1;
        vm.warp(now_);
        bytes memory late = _signTake(1, ANYBODY, now_ - 1, _payeeKey);
        bytes memory foreign = _signTake(1, ANYBODY, now_, _signerKey);

        vm.expectRevert(abi.encodeWithSelector(IDisbursement.OrderExpired.selector, 1, now_ - 1));
        _rails.takePayoutFor(1, ANYBODY, now_ - 1, late);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.OrderSignatureInvalid.selector, 1, _payee));
        _rails.takePayoutFor(1, ANYBODY, now_, foreign);
    }

    function test_reroutePayout__to_another_institution__goes_on_there() public {
        _open(1, 70e6);
        vm.startPrank(_payee);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PayoutNotFree.selector, 1, START + RECEIPT_SECONDS));
        _rails.reroutePayout(1, 2);
        vm.warp(START + RECEIPT_SECONDS + 1);
        vm.expectEmit(address(_rails));
        emit IDisbursement.PayoutRerouted(1, 2, 2);
        assertEq(_rails.reroutePayout(1, 2), 2);
        vm.expectRevert(_notInState(1, PayoutState.Rerouted));
        _rails.reroutePayout(1, 2);
        vm.stopPrank();

        PayoutInstruction memory kept = _rails.instructionAt(2);
        assertEq(kept.institution, 2);
        assertEq(kept.amount, 70e6);
        assertEq(kept.payee, _payee);
        assertEq(kept.claimId, 77);
        assertEq(_rails.bookedOf(address(_token)), 70e6);
        assertEq(_rails.useToday(2).funded, 0);
        bytes memory signature = _signReceipt(_receipt(2, 70e6), _signerKey);
        _rails.confirmPayout(_receipt(2, 70e6), signature);
        assertEq(_token.balanceOf(OTHER_ACCOUNT), 70e6);
    }

    function test_reroutePayout__of_own_tokens__counts_as_such() public {
        vm.prank(_payee);
        _rails.fundPayout(1, address(_token), 70e6);
        vm.prank(_signer);
        _rails.refusePayout(1, 1);

        vm.prank(_payee);
        _rails.reroutePayout(1, 2);

        assertEq(_rails.useToday(2).funded, 70e6);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PayeeRequired.selector, 2, ANYBODY));
        _rails.reroutePayout(2, 1);
    }

    function test_reroutePayoutFor__signed_by_the_payee__goes_on_there() public {
        _open(1, 70e6);
        uint40 now_ = START + RECEIPT_SECONDS + 1;
        vm.warp(now_);
        bytes memory foreign = _signReroute(1, 2, now_, _signerKey);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.OrderSignatureInvalid.selector, 1, _payee));
        _rails.reroutePayoutFor(1, 2, now_, foreign);

        assertEq(_rails.reroutePayoutFor(1, 2, now_, _signReroute(1, 2, now_, _payeeKey)), 2);
    }

    function test_instructionsFrom__pages__from_one_on() public {
        _open(1, 1);
        _open(1, 2);
        _open(1, 3);

        assertEq(_rails.instructionCount(), 3);
        assertEq(_rails.instructionsFrom(0, 9).length, 3);
        assertEq(_rails.instructionsFrom(2, 9).length, 2);
        assertEq(_rails.instructionsFrom(2, 9)[0].amount, 2);
        assertEq(_rails.instructionsFrom(2, 1).length, 1);
        assertEq(_rails.instructionsFrom(3, 9)[0].amount, 3);
        assertEq(_rails.instructionsFrom(4, 9).length, 0);
        assertEq(_rails.instructionsFrom(5, 9).length, 0);
    }

    // Premiums

    function test_collectPremium__signed__earmarked() public {
        CollectionReceipt memory receipt = _collection(20e6, START + 1 days);
        bytes memory signature = _signCollection(receipt, _signerKey);
        vm.expectEmit(address(_rails));
        emit IDisbursement.PremiumCollected(PRODUCT, 5, 1, receipt, signature);
        _rails.collectPremium(receipt, signature);

        Earmark memory kept = _rails.earmarkOf(PRODUCT, 5);
        assertEq(kept.token, address(_token));
        assertEq(kept.amount, 20e6);
        assertEq(kept.institution, 1);
        assertEq(kept.holder, _payee);
        assertEq(kept.validUntil, START + 1 days);
        assertFalse(kept.released);
        assertEq(_token.balanceOf(ACCOUNT), 980e6);
        assertEq(_rails.bookedOf(address(_token)), 20e6);
        assertEq(_rails.useToday(1).collected, 20e6);
        assertEq(_rails.useToday(1).opened, 0);
        assertTrue(_rails.isReferenceUsed(1, "premium"));
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PremiumAlreadyCollected.selector, PRODUCT, 5));
        _rails.collectPremium(receipt, signature);
    }

    function test_collectPremium__two_applications__both_are_booked() public {
        _collect(20e6, START + 1 days);
        CollectionReceipt memory receipt = _collection(30e6, START + 1 days);
        (receipt.applicationId, receipt.referenceHash) = (6, "another");
        _rails.collectPremium(receipt, _signCollection(receipt, _signerKey));

        assertEq(_rails.bookedOf(address(_token)), 50e6);
    }

    function test_collectPremium__out_of_time__reverts() public {
        uint40[2] memory bad = [START - 1, START + 30 days + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IDisbursement.CollectionTimeInvalid.selector, bad[i], START, START + 30 days)
            );
            _rails.collectPremium(_collection(1, bad[i]), "");
        }
        _collect(1, START);
        assertEq(_rails.earmarkOf(PRODUCT, 5).validUntil, START);
    }

    function test_collectPremium__longest_time__kept() public {
        _collect(1, START + 30 days);

        assertEq(_rails.earmarkOf(PRODUCT, 5).validUntil, START + 30 days);
    }

    function test_collectPremium__nobody_to_insure_or_not_signed__reverts() public {
        CollectionReceipt memory receipt = _collection(1, START);
        receipt.product = address(0);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.RecipientInvalid.selector, address(0)));
        _rails.collectPremium(receipt, "");
        receipt = _collection(1, START);
        receipt.holder = address(_rails);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.RecipientInvalid.selector, address(_rails)));
        _rails.collectPremium(receipt, "");
        receipt = _collection(1, START);
        bytes memory foreign = _signCollection(receipt, _payeeKey);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.ReceiptSignatureInvalid.selector, 1, _signer));
        _rails.collectPremium(receipt, foreign);
    }

    function test_collectPremium__beyond_a_day__reverts() public {
        _collect(PER_PAYOUT, START);
        CollectionReceipt memory receipt = _collection(300e6 + 1, START);
        (receipt.applicationId, receipt.referenceHash) = (6, "another");
        bytes memory signature = _signCollection(receipt, _signerKey);

        vm.expectRevert(abi.encodeWithSelector(IDisbursement.DayLimitExceeded.selector, 1, PER_DAY + 1, PER_DAY));
        _rails.collectPremium(receipt, signature);
    }

    function test_releasePremium__to_its_product__and_the_rest_goes_back() public {
        _collect(20e6, START + 1 days);
        vm.warp(START + 1 days);

        vm.expectEmit(address(_rails));
        emit IDisbursement.PremiumReleased(PRODUCT, 5, 15e6, 5e6);
        vm.prank(PRODUCT);
        _rails.releasePremium(5, _payee, address(_token), 15e6);

        assertEq(_token.balanceOf(PRODUCT), 15e6);
        assertEq(_rails.bookedOf(address(_token)), 5e6);
        vm.prank(PRODUCT);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PremiumNotCollected.selector, PRODUCT, 5));
        _rails.releasePremium(5, _payee, address(_token), 5e6);
        vm.expectEmit(address(_rails));
        emit IDisbursement.CollectionReturned(PRODUCT, 5, 1, 5e6);
        _rails.returnCollection(PRODUCT, 5);
        assertEq(_token.balanceOf(ACCOUNT), 985e6);
        assertEq(_rails.bookedOf(address(_token)), 0);
    }

    function test_releasePremium__all_of_it__nothing_is_left() public {
        _collect(20e6, START + 1 days);

        vm.prank(PRODUCT);
        _rails.releasePremium(5, _payee, address(_token), 20e6);

        assertEq(_rails.earmarkOf(PRODUCT, 5).institution, 0);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PremiumNotCollected.selector, PRODUCT, 5));
        _rails.returnCollection(PRODUCT, 5);
    }

    function test_releasePremium__not_as_collected__reverts() public {
        _collect(20e6, START + 1 days);
        vm.startPrank(PRODUCT);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PremiumNotCollected.selector, PRODUCT, 6));
        _rails.releasePremium(6, _payee, address(_token), 1);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PremiumHolderWrong.selector, PRODUCT, 5, _payee));
        _rails.releasePremium(5, ANYBODY, address(_token), 1);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PremiumTokenWrong.selector, PRODUCT, 5, _token));
        _rails.releasePremium(5, _payee, ANYBODY, 1);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.CollectionTooSmall.selector, PRODUCT, 5, 20e6 + 1, 20e6));
        _rails.releasePremium(5, _payee, address(_token), 20e6 + 1);
        vm.warp(START + 1 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PremiumExpired.selector, PRODUCT, 5, START + 1 days));
        _rails.releasePremium(5, _payee, address(_token), 1);
        vm.stopPrank();
    }

    function test_returnCollection__after_its_time__goes_back_to_the_institution() public {
        _collect(20e6, START + 1 days);
        vm.warp(START + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.PremiumStillValid.selector, PRODUCT, 5, START + 1 days));
        _rails.returnCollection(PRODUCT, 5);

        vm.warp(START + 1 days + 1);
        _rails.returnCollection(PRODUCT, 5);

        assertEq(_token.balanceOf(ACCOUNT), 1_000e6);
        assertEq(_rails.earmarkOf(PRODUCT, 5).institution, 0);
    }

    function test_returnCollection__institution_suspended__waits() public {
        _collect(20e6, START);
        vm.warp(START + 1);
        _rails.suspendInstitution(1);

        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionIsSuspended.selector, 1));
        _rails.returnCollection(PRODUCT, 5);
    }

    // Several at once

    /// @dev Two payouts that wait, and a receipt for each by its own transfer.
    function _twoReceipts() private returns (bytes[] memory calls) {
        calls = new bytes[](2);
        for (uint64 i = 0; i < 2; ++i) {
            _open(1, 100e6 + i);
            PayoutReceipt memory receipt = _receipt(i + 1, 100e6 + i);
            receipt.referenceHash = keccak256(abi.encode(i));
            calls[i] = abi.encodeCall(_rails.confirmPayout, (receipt, _signReceipt(receipt, _signerKey)));
        }
    }

    function test_multicall__two_receipts__both_confirmed_in_one_transaction() public {
        bytes[] memory calls = _twoReceipts();
        uint256 before = _token.balanceOf(ACCOUNT);
        vm.prank(ANYBODY);
        _rails.multicall(calls);

        assertEq(uint8(_rails.instructionAt(1).state), uint8(PayoutState.Confirmed));
        assertEq(uint8(_rails.instructionAt(2).state), uint8(PayoutState.Confirmed));
        assertEq(_token.balanceOf(ACCOUNT) - before, 200e6 + 1);
        assertEq(_rails.bookedOf(address(_token)), 0);
    }

    function test_multicall__one_receipt_twice__reverts_and_confirms_nothing() public {
        bytes[] memory calls = _twoReceipts();
        calls[1] = calls[0];
        vm.expectRevert(_notInState(1, PayoutState.Confirmed));
        _rails.multicall(calls);

        assertEq(uint8(_rails.instructionAt(1).state), uint8(PayoutState.Waiting));
    }

    function test_multicall__what_the_caller_may_not__reverts() public {
        _open(1, 100e6);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(_rails.refusePayout, (1, 7));
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IDisbursement.InstitutionRequired.selector, 1, ANYBODY));
        _rails.multicall(calls);
        calls[0] = abi.encodeCall(_rails.suspendInstitution, (1));
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY));
        _rails.multicall(calls);
    }

    function test_nonReentrant__a_token_that_calls_back__is_stopped() public {
        CallingToken calling = new CallingToken();
        _rails.acceptToken(1, address(calling), true);
        calling.mint(_payee, 100e6);
        vm.prank(_payee);
        calling.approve(address(_rails), 100e6);
        bytes[4] memory calls = [
            abi.encodeCall(_rails.fundPayout, (1, address(calling), 1)),
            abi.encodeCall(_rails.takePayout, (1, _payee)),
            abi.encodeCall(_rails.returnCollection, (PRODUCT, 5)),
            abi.encodeCall(_rails.reroutePayout, (1, 2))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            calling.prepareCall(address(_rails), calls[i]);
            vm.prank(_payee);
            vm.expectRevert(bytes4(keccak256("ReentrancyGuardReentrantCall()")));
            _rails.fundPayout(1, address(calling), 1);
        }
    }

    function _register(address signer, address account) private {
        _rails.registerInstitution(InstitutionTerms(signer, account, PER_PAYOUT, PER_DAY, RECEIPT_SECONDS));
    }

    function _order(uint32 institution, uint64 amount) private view returns (PayoutOrder memory) {
        return
            PayoutOrder({claimId: 77, payee: _payee, institution: institution, token: address(_token), amount: amount});
    }

    function _open(uint32 institution, uint64 amount) private {
        _token.mint(address(_rails), amount);
        _rails.openPayout(_order(institution, amount));
    }

    function _receipt(uint256 id, uint64 amount) private view returns (PayoutReceipt memory) {
        return PayoutReceipt({
            instructionId: id,
            payee: _payee,
            token: address(_token),
            amount: amount,
            currency: "EUR",
            rate: 920_000,
            referenceHash: "reference"
        });
    }

    function _collection(uint64 amount, uint40 validUntil) private view returns (CollectionReceipt memory) {
        return CollectionReceipt({
            institution: 1,
            product: PRODUCT,
            applicationId: 5,
            holder: _payee,
            token: address(_token),
            amount: amount,
            currency: "EUR",
            rate: 920_000,
            referenceHash: "premium",
            validUntil: validUntil
        });
    }

    function _collect(uint64 amount, uint40 validUntil) private {
        CollectionReceipt memory receipt = _collection(amount, validUntil);
        _rails.collectPremium(receipt, _signCollection(receipt, _signerKey));
    }

    function _confirmRefused(PayoutReceipt memory receipt, bytes memory refusal) private {
        bytes memory signature = _signReceipt(receipt, _signerKey);
        vm.expectRevert(refusal);
        _rails.confirmPayout(receipt, signature);
    }

    function _notInState(uint256 id, PayoutState state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDisbursement.PayoutNotInState.selector, id, state);
    }

    function _secondsInvalid(uint32 given) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDisbursement.ReceiptSecondsInvalid.selector, given, 1 hours, 14 days);
    }

    /// @dev The typed words are written out again here, so that a wrong hash in the contracts is noticed.
    function _signReceipt(PayoutReceipt memory r, uint256 key) private view returns (bytes memory) {
        bytes32 typehash = keccak256(
            "PayoutReceipt(uint256 instructionId,address payee,address token,uint64 amount,bytes3 currency,uint64 rate,bytes32 referenceHash)"
        );
        return _sign(key, keccak256(abi.encode(typehash, r)));
    }

    function _signCollection(CollectionReceipt memory r, uint256 key) private view returns (bytes memory) {
        bytes32 typehash = keccak256(
            "CollectionReceipt(uint32 institution,address product,uint256 applicationId,address holder,address token,uint64 amount,bytes3 currency,uint64 rate,bytes32 referenceHash,uint40 validUntil)"
        );
        return _sign(key, keccak256(abi.encode(typehash, r)));
    }

    function _signTake(uint256 id, address to, uint40 deadline, uint256 key) private view returns (bytes memory) {
        bytes32 typehash = keccak256("TakeOrder(uint256 instructionId,address to,uint40 deadline)");
        return _sign(key, keccak256(abi.encode(typehash, id, to, deadline)));
    }

    function _signReroute(uint256 id, uint32 institution, uint40 deadline, uint256 key)
        private
        view
        returns (bytes memory)
    {
        bytes32 typehash = keccak256("RerouteOrder(uint256 instructionId,uint32 institution,uint40 deadline)");
        return _sign(key, keccak256(abi.encode(typehash, id, institution, deadline)));
    }

    function _sign(uint256 key, bytes32 words) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Quittance"),
                keccak256("1"),
                block.chainid,
                address(_rails)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, MessageHashUtils.toTypedDataHash(domain, words));
        return abi.encodePacked(r, s, v);
    }
}
