// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Treasury} from "../../../contracts/Treasury.sol";
import {ITreasury} from "../../../contracts/interfaces/ITreasury.sol";
import {CallingToken} from "../../../contracts/mocks/CallingToken.sol";
import {FeeToken} from "../../../contracts/mocks/FeeToken.sol";
import {RebasingToken} from "../../../contracts/mocks/RebasingToken.sol";
import {TreasuryTest} from "./TreasuryTest.sol";

/// @notice Capital in and out, and the tokens a treasury refuses.
contract TreasuryCapitalTest is TreasuryTest {
    function test_deposit__more_capital__shares_at_the_same_price() public {
        uint256 shares = treasury.deposit(500e6, OTHER);

        assertEq(shares, 500e12);
        assertEq(treasury.balanceOf(OTHER), 500e12);
        assertEq(treasury.decimals(), 12);
        _assertBooks(CAPITAL + 500e6, 0, 0, 0, 0);
    }

    function test_mint__shares__takes_what_they_cost() public {
        assertEq(treasury.mint(500e12, OTHER), 500e6);

        _assertBooks(CAPITAL + 500e6, 0, 0, 0, 0);
    }

    function test_withdraw__all_that_is_free__leaves() public {
        _sell(0, 400e6);
        assertEq(treasury.maxWithdraw(address(this)), 600e6);

        treasury.withdraw(600e6, OTHER, address(this));

        assertEq(token.balanceOf(OTHER), 600e6);
        _assertBooks(400e6, 400e6, 0, 0, 0);
    }

    function test_withdraw__one_unit_more_than_is_free__reverts() public {
        _sell(0, 400e6);

        vm.expectRevert(
            abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxWithdraw.selector, address(this), 600e6 + 1, 600e6)
        );
        treasury.withdraw(600e6 + 1, OTHER, address(this));
    }

    function test_redeem__all_that_is_free__leaves() public {
        _sell(0, 400e6);
        uint256 shares = treasury.maxRedeem(address(this));
        assertEq(shares, 600e12);

        assertEq(treasury.redeem(shares, OTHER, address(this)), 600e6);

        _assertBooks(400e6, 400e6, 0, 0, 0);
    }

    function test_redeem__more_than_is_free__reverts() public {
        _sell(0, 400e6);

        vm.expectRevert(
            abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, address(this), 600e12 + 1, 600e12)
        );
        treasury.redeem(600e12 + 1, OTHER, address(this));
    }

    function test_maxWithdraw__somebody_with_few_shares__their_own() public {
        treasury.deposit(5e6, OTHER);

        assertEq(treasury.maxWithdraw(OTHER), 5e6);
        assertEq(treasury.maxRedeem(OTHER), 5e12);
    }

    function testFuzz_redeem__after_a_deposit_at_any_price__no_profit(uint40 assets, uint32 surplus, uint40 reserved)
        public
    {
        if (surplus > 0) {
            token.mint(address(treasury), surplus);
            treasury.absorbSurplus();
        }
        reserved = uint40(bound(reserved, 0, 300e6));
        _sell(0, reserved);
        treasury.changeReserve(5, 0, reserved);
        token.mint(address(this), assets);

        uint256 shares = treasury.deposit(assets, OTHER);
        vm.prank(OTHER);
        uint256 back = treasury.redeem(shares, OTHER, OTHER);

        assertLe(back, assets);
        assertLe(assets - back, 2);
    }

    function test_setRequiredRatio__below_the_whole__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ITreasury.RequiredRatioInvalid.selector, 9_999));
        treasury.setRequiredRatio(9_999);

        vm.expectEmit(address(treasury));
        emit ITreasury.RequiredRatioChanged(10_000);
        treasury.setRequiredRatio(10_000);
        assertEq(treasury.requiredRatioBps(), 10_000);
    }

    function test_setRequiredRatio__of_two__twice_the_exposure_stays() public {
        _sell(0, 400e6);
        treasury.setRequiredRatio(20_000);

        assertEq(treasury.freeCapital(), 200e6);
        treasury.setRequiredRatio(30_000);
        assertEq(treasury.freeCapital(), 0);
    }

    function test_absorbSurplus__tokens_sent_unasked__become_capital() public {
        token.mint(address(treasury), 3e6);
        assertEq(treasury.totalAssets(), CAPITAL);
        assertEq(treasury.freeCapital(), CAPITAL);

        vm.expectEmit(address(treasury));
        emit ITreasury.SurplusAbsorbed(3e6);
        assertEq(treasury.absorbSurplus(), 3e6);

        _assertBooks(CAPITAL + 3e6, 0, 0, 0, 0);
        vm.expectRevert(ITreasury.NoSurplus.selector);
        treasury.absorbSurplus();
    }

    function test_donation__before_a_deposit__moves_no_price() public {
        token.mint(address(treasury), 5_000e6);

        assertEq(treasury.deposit(500e6, OTHER), 500e12);
    }

    function test_freeCapital__tokens_seized__counts_what_is_there() public {
        vm.prank(address(treasury));
        token.transfer(OTHER, 100e6);

        assertEq(treasury.freeCapital(), 900e6);
        assertEq(treasury.bookedAssets(), CAPITAL);
        _expect(ITreasury.AssetsMissing.selector, CAPITAL, 900e6);
        treasury.deposit(1e6, OTHER);
        _expect(ITreasury.AssetsMissing.selector, CAPITAL, 900e6);
        _sell(1e6, 1e6);
    }

    function test_totalAssets__reserved_unearned_and_held__not_the_capital_s() public {
        _hold(7e6);
        _sell(9e6, 100e6);
        treasury.changeReserve(5, 0, 40e6);

        assertEq(treasury.totalAssets(), CAPITAL + 9e6 - 40e6 - 9e6 - 7e6);
        assertEq(treasury.freeCapital(), CAPITAL + 9e6 - 60e6 - 40e6 - 9e6 - 7e6);
    }

    function test_deposit__token_with_a_fee__reverts() public {
        FeeToken fee = new FeeToken();
        Treasury other = new Treasury(fee, address(manager), "Capital", "CAP");
        fee.mint(address(this), CAPITAL);
        fee.approve(address(other), CAPITAL);

        _expect(ITreasury.TransferShort.selector, 100e6, 99e6);
        other.deposit(100e6, address(this));
    }

    function test_collectPremiums__token_with_a_fee__reverts() public {
        FeeToken fee = new FeeToken();
        Treasury other = new Treasury(fee, address(manager), "Capital", "CAP");
        other.registerProduct(address(this));
        fee.mint(PAYER, CAPITAL);
        vm.prank(PAYER);
        fee.approve(address(other), CAPITAL);

        _expect(ITreasury.TransferShort.selector, 100e6, 99e6);
        other.collectPremiums(_dues(100e6), 0);
    }

    function test_deposit__token_that_shrank__reverts() public {
        RebasingToken rebasing = new RebasingToken();
        Treasury other = new Treasury(rebasing, address(manager), "Capital", "CAP");
        rebasing.mint(address(this), CAPITAL);
        rebasing.approve(address(other), CAPITAL);
        other.deposit(100e6, address(this));
        rebasing.rebase(0.5e18);

        _expect(ITreasury.AssetsMissing.selector, 100e6, 50e6);
        other.deposit(10e6, address(this));
    }

    /// @dev A treasury in a token that calls whom it is told to, while it moves.
    function _callingTreasury() private returns (CallingToken calling, Treasury other) {
        calling = new CallingToken();
        other = new Treasury(calling, address(manager), "Capital", "CAP");
        other.registerProduct(address(this));
        calling.mint(PAYER, CAPITAL);
        vm.prank(PAYER);
        calling.approve(address(other), CAPITAL);
    }

    function test_nonReentrant__a_token_that_calls_back__is_stopped() public {
        (CallingToken calling, Treasury other) = _callingTreasury();
        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(other.pushHeldPayout, (PAYEE));
        calls[1] = abi.encodeCall(other.takeHeldPayout, (PAYEE));
        calls[2] = abi.encodeCall(other.redirectHeldPayout, (PAYEE, OTHER, START, ""));
        calls[3] = abi.encodeWithSignature("withdraw(uint256,address,address)", 0, PAYEE, PAYEE);

        for (uint256 i = 0; i < calls.length; ++i) {
            calling.prepareCall(address(other), calls[i]);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            other.collectPremiums(_dues(1e6), 0);
        }
    }

    /// @dev The token's own contract is the treasurer: the worst of all.
    function test_absorbSurplus__while_a_premium_comes_in__is_stopped_and_books_nothing_twice() public {
        (CallingToken calling, Treasury other) = _callingTreasury();
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = other.absorbSurplus.selector;
        manager.setTargetFunctionRole(address(other), selectors, 3);
        manager.grantRole(3, address(calling), 0);
        calling.prepareCall(address(other), abi.encodeCall(other.absorbSurplus, ()));

        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        other.collectPremiums(_dues(1e6), 0);

        calling.prepareCall(address(0), "");
        other.collectPremiums(_dues(1e6), 0);
        assertEq(other.bookedAssets(), 1e6);
        assertEq(other.heldAssets(), 1e6);
    }

    function test_constructor__a_new_treasury__has_what_it_was_given() public view {
        assertEq(address(IERC20(treasury.asset())), address(token));
        assertEq(treasury.name(), "Capital");
        assertEq(treasury.symbol(), "CAP");
        assertEq(treasury.authority(), address(manager));
        assertEq(treasury.requiredRatioBps(), 10_000);
    }
}
