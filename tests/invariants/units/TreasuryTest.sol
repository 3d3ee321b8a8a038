// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/Test.sol";

import {Treasury} from "../../../contracts/Treasury.sol";
import {ITreasury} from "../../../contracts/interfaces/ITreasury.sol";
import {TestStablecoin} from "../../../contracts/mocks/TestStablecoin.sol";
import {ClaimPayment} from "../../../contracts/types/IndemnityTypes.sol";
import {Payout, PremiumDue} from "../../../contracts/types/ParametricTypes.sol";

/// @notice A treasury with two products, one of which is this contract, and capital of 1,000.
abstract contract TreasuryTest is Test {
    uint256 internal constant CAPITAL = 1_000e6;
    uint256 internal constant START = 1_700_000_000;
    address internal constant PAYER = address(0xA1);
    address internal constant PAYEE = address(0xB1);
    address internal constant OTHER = address(0xB2);
    address internal constant PRODUCT = address(0xC1);

    AccessManager internal manager;
    TestStablecoin internal token;
    Treasury internal treasury;

    function setUp() public virtual {
        vm.warp(START);
        manager = new AccessManager(address(this));
        token = new TestStablecoin(address(this));
        treasury = new Treasury(token, address(manager), "Capital", "CAP");
        treasury.registerProduct(address(this));
        treasury.registerProduct(PRODUCT);
        token.mint(address(this), 10 * CAPITAL);
        token.approve(address(treasury), type(uint256).max);
        treasury.deposit(CAPITAL, address(this));
        token.mint(PAYER, CAPITAL);
        vm.prank(PAYER);
        token.approve(address(treasury), type(uint256).max);
    }

    /// @dev This product sells: `premium` comes in, `exposure` is locked.
    function _sell(uint256 premium, uint256 exposure) internal {
        treasury.collectPremiums(_dues(premium), exposure);
    }

    function _dues(uint256 premium) internal pure returns (PremiumDue[] memory dues) {
        dues = new PremiumDue[](1);
        dues[0] = PremiumDue({payer: PAYER, premium: premium});
    }

    function _payouts(uint256 first, uint256 second) internal pure returns (Payout[] memory payouts) {
        payouts = new Payout[](second == 0 ? 1 : 2);
        payouts[0] = Payout({policyId: 7, payee: PAYEE, amount: first});
        if (second > 0) payouts[1] = Payout({policyId: 8, payee: OTHER, amount: second});
    }

    function _payment(uint64 before, uint64 afterwards, uint64 indemnity, uint64 interest)
        internal
        pure
        returns (ClaimPayment memory)
    {
        return ClaimPayment({
            claimId: 5,
            payee: PAYEE,
            via: address(0),
            reserveBefore: before,
            reserveAfter: afterwards,
            indemnity: indemnity,
            interest: interest
        });
    }

    /// @dev Holds `amount` for the payee, whom the issuer blocks.
    function _hold(uint256 amount) internal {
        _sell(0, amount);
        token.setBlocked(PAYEE, true);
        treasury.payBatch(_payouts(amount, 0), amount);
        token.setBlocked(PAYEE, false);
    }

    /// @dev What the treasury has and owes, all at once: booked, exposure, reserves, unearned and held.
    function _assertBooks(uint256 booked, uint256 exposure, uint256 reserves, uint256 unearned, uint256 held)
        internal
        view
    {
        assertEq(treasury.bookedAssets(), booked, "booked");
        assertEq(treasury.heldAssets(), booked, "balance");
        assertEq(treasury.exposureOf(address(this)), exposure, "exposure");
        assertEq(treasury.totalExposure(), exposure, "total exposure");
        assertEq(treasury.reservesOf(address(this)), reserves, "reserves");
        assertEq(treasury.totalReserves(), reserves, "total reserves");
        assertEq(treasury.unearnedPremiumOf(address(this)), unearned, "unearned");
        assertEq(treasury.totalUnearnedPremium(), unearned, "total unearned");
        assertEq(treasury.totalHeldPayouts(), held, "held");
    }

    function _expect(bytes4 refusal, uint256 first, uint256 second) internal {
        vm.expectRevert(abi.encodeWithSelector(refusal, first, second));
    }

    function _expectThree(bytes4 refusal, address who, uint256 second, uint256 third) internal {
        vm.expectRevert(abi.encodeWithSelector(refusal, who, second, third));
    }

    function _expectUnregistered() internal {
        vm.prank(OTHER);
        vm.expectRevert(abi.encodeWithSelector(ITreasury.ProductNotRegistered.selector, OTHER));
    }
}
