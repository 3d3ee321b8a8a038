// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {Disbursement} from "../../contracts/Disbursement.sol";
import {InstitutionTerms, PayoutOrder, PayoutReceipt, PayoutState} from "../../contracts/types/DisbursementTypes.sol";
import {PlainToken} from "./PlainToken.sol";

/// @notice A payout through an institution: one leg, once, and only on the institution's own word.
contract DisbursementProof is Test {
    address private constant ACCOUNT = address(0xACC);
    address private constant PAYEE = address(0xB1);
    address private constant OTHER = address(0xB2);
    uint64 private constant AMOUNT = 70e6;
    uint256 private constant START = 1_700_000_000;

    Disbursement private _rails;
    PlainToken private _token;

    /// @dev Stands in for the AccessManager.
    function canCall(address caller, address, bytes4) external view returns (bool, uint32) {
        return (caller == address(this), 0);
    }

    /// @dev Stands in for the institution's key (ERC-1271): only these bytes are its signature.
    function isValidSignature(bytes32, bytes calldata signature) external pure returns (bytes4) {
        return keccak256(signature) == keccak256("signed") ? bytes4(0x1626ba7e) : bytes4(0);
    }

    function setUp() public {
        vm.warp(START);
        _token = new PlainToken();
        _rails = new Disbursement(address(this));
        _rails.registerInstitution(InstitutionTerms(address(this), ACCOUNT, 500e6, 800e6, 1 days));
        _rails.acceptToken(1, address(_token), true);
        _token.mint(address(_rails), AMOUNT);
        _rails.openPayout(PayoutOrder(77, PAYEE, 1, address(_token), AMOUNT));
        // Somebody else's payout: what must not pay the first one twice.
        _token.mint(address(_rails), AMOUNT);
        _rails.openPayout(PayoutOrder(78, OTHER, 1, address(_token), AMOUNT));
    }

    /// Never on both legs: receipt and taking, in either order and at any time, move the amount once.
    function check_payout_NeverOnBothLegs(uint32 later, bool takenFirst) public {
        vm.warp(START + uint256(later));
        if (takenFirst) {
            _take(PAYEE);
            _confirm(_receipt(AMOUNT), "signed");
        } else {
            _confirm(_receipt(AMOUNT), "signed");
            _take(PAYEE);
        }
        _take(PAYEE);
        _confirm(_receipt(AMOUNT), "signed");

        assert(_token.balanceOf(ACCOUNT) + _token.balanceOf(PAYEE) == AMOUNT);
        assert(_token.balanceOf(address(_rails)) == AMOUNT && _rails.bookedOf(address(_token)) == AMOUNT);
    }

    /// Before a receipt is due nobody takes the tokens; afterwards only the payee does.
    function check_takePayout_OnlyThePayeeAndOnlyWhenFree(address caller, uint32 later) public {
        vm.warp(START + uint256(later));

        vm.prank(caller);
        try _rails.takePayout(1, caller) {
            assert(caller == PAYEE && later > 1 days);
        } catch {}
    }

    /// Tokens reach an institution only on a receipt it signed, for this payee, token and amount.
    function check_confirmPayout_OnlyOnASignedMatchingReceipt(PayoutReceipt memory receipt, bool signed) public {
        vm.assume(receipt.instructionId == 1);

        if (_confirm(receipt, signed ? bytes("signed") : bytes("forged"))) {
            assert(signed);
            assert(receipt.payee == PAYEE && receipt.token == address(_token) && receipt.amount == AMOUNT);
            assert(_token.balanceOf(ACCOUNT) == AMOUNT);
        }
    }

    function _take(address to) private {
        vm.prank(PAYEE);
        try _rails.takePayout(1, to) {} catch {}
    }

    function _confirm(PayoutReceipt memory receipt, bytes memory signature) private returns (bool) {
        try _rails.confirmPayout(receipt, signature) {
            return true;
        } catch {
            return false;
        }
    }

    function _receipt(uint64 amount) private view returns (PayoutReceipt memory) {
        return PayoutReceipt({
            instructionId: 1,
            payee: PAYEE,
            token: address(_token),
            amount: amount,
            currency: "EUR",
            rate: 920_000,
            referenceHash: "reference"
        });
    }
}
