// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "forge-std/Test.sol";

import {Treasury} from "../../contracts/Treasury.sol";
import {ClaimPayment} from "../../contracts/types/IndemnityTypes.sol";
import {Payout, PremiumDue} from "../../contracts/types/ParametricTypes.sol";
import {PlainToken} from "./PlainToken.sol";

/// @notice Money in a treasury: it is conserved, locked money stays, held money leaves once, and roles are kept.
contract TreasuryProof is Test {
    address private constant ADMINISTRATOR = address(0xAD);
    address private constant PAYEE = address(0xB1);
    address private constant PAYER = address(0xA1);
    address private constant OTHER = address(0xC2); // a product beside this one
    uint64 private constant CAPITAL = 1_000e6;

    PlainToken private _token;
    Treasury private _treasury;

    /// @dev Stands in for the AccessManager: one account may call everything, and that at once.
    function canCall(address caller, address, bytes4) external view returns (bool, uint32) {
        return (caller == ADMINISTRATOR || caller == address(this), 0);
    }

    function setUp() public {
        vm.warp(1_700_000_000);
        _token = new PlainToken();
        _treasury = new Treasury(IERC20(address(_token)), address(this), "Capital", "CAP");
        _treasury.registerProduct(address(this));
        _token.mint(address(this), type(uint128).max);
        _token.mint(PAYER, type(uint128).max);
        _token.approve(address(_treasury), type(uint256).max);
        vm.prank(PAYER);
        _token.approve(address(_treasury), type(uint256).max);
        _treasury.deposit(CAPITAL, address(this));
        _treasury.collectPremiums(_dues(50e6), 600e6);
        _treasury.changeReserve(1, 0, 200e6);
    }

    /// What comes in by a sale is booked to the unit, and capital carries all that is locked, whatever is sold.
    function check_collectPremiums_CapitalCarriesWhatIsLocked(uint64 premium, uint64 exposure) public {
        try _treasury.collectPremiums(_dues(premium), exposure) {
            assert(_treasury.heldAssets() == uint256(CAPITAL) + 50e6 + premium);
            assert(_treasury.bookedAssets() == _treasury.heldAssets());
            assert(_treasury.totalExposure() == uint256(400e6) + exposure);
            assert(_treasury.heldAssets() >= _committed());
        } catch {}
    }

    /// Money of a claim is conserved: what exposure and reserve lose has reached the payee or is held for the payee.
    function check_payClaim_ConservesMoney(uint64 before, uint64 left, uint64 indemnity, uint64 interest, bool refused)
        public
    {
        _token.setRefuses(refused);
        uint256 locked = _treasury.totalExposure() + _treasury.totalReserves();

        try _treasury.payClaim(_payment(before, left, indemnity, interest)) returns (bool delivered) {
            uint256 paid = uint256(indemnity) + interest;
            assert(locked - _treasury.totalExposure() - _treasury.totalReserves() == paid);
            assert(_token.balanceOf(PAYEE) + _treasury.heldPayoutOf(PAYEE) == paid);
            assert(_treasury.bookedAssets() + _token.balanceOf(PAYEE) == uint256(CAPITAL) + 50e6);
            assert(_treasury.bookedAssets() == _treasury.heldAssets());
            assert(delivered != refused || paid == 0);
        } catch {}
    }

    /// A product pays and reserves within what it has locked, and what the treasury owes stays covered.
    function check_payClaim_NeverBeyondWhatIsLocked(uint64 before, uint64 left, uint64 indemnity, uint64 interest)
        public
    {
        _lockForAnother();

        try _treasury.payClaim(_payment(before, left, indemnity, interest)) {
            assert(before <= 200e6);
            assert(uint256(indemnity) + interest <= 600e6);
            assert(_treasury.heldAssets() >= _committed());
        } catch {}
    }

    /// A batch pays no more than the exposure it frees, and frees no more than the product has locked.
    function check_payBatch_WithinExposure(uint64 first, uint64 second, uint64 exposure) public {
        Payout[] memory payouts = new Payout[](2);
        payouts[0] = Payout({policyId: 1, payee: PAYEE, amount: first});
        payouts[1] = Payout({policyId: 2, payee: PAYER, amount: second});

        try _treasury.payBatch(payouts, exposure) {
            assert(uint256(first) + second <= exposure && exposure <= 400e6);
            assert(_treasury.totalExposure() == 400e6 - exposure);
            assert(_treasury.heldAssets() == uint256(CAPITAL) + 50e6 - first - second);
            assert(_treasury.totalReserves() == 200e6);
        } catch {}
    }

    /// While paused nothing new is sold or paid, whoever asks for whatever.
    function check_pause_NothingNewIsPaid(uint64 amount, uint64 exposure, uint32 later) public {
        vm.prank(ADMINISTRATOR);
        _treasury.pause(5 days);
        vm.assume(later < 5 days);
        vm.warp(1_700_000_000 + uint256(later));

        try _treasury.collectPremiums(_dues(amount), exposure) {
            assert(false);
        } catch {}
        try _treasury.payBatch(new Payout[](0), exposure) {
            assert(false);
        } catch {}
        try _treasury.payClaim(_payment(0, 0, amount, 0)) {
            assert(false);
        } catch {}
        try _treasury.returnPremium(1, PAYEE, amount, 0) {
            assert(false);
        } catch {}
        assert(_token.balanceOf(PAYEE) == 0 && _treasury.freeCapital() == 0);
    }

    /// Held money can always be taken by its payee, also while paused, in full, and once.
    function check_takeHeldPayout_AlwaysAndOnce(uint64 amount, address to, uint40 pauseSeconds, bool paused) public {
        vm.assume(amount > 0 && amount <= 400e6);
        vm.assume(to != address(_treasury) && to != address(0) && to != PAYEE);
        _token.setRefuses(true);
        _treasury.payClaim(_payment(0, 0, amount, 0));
        _token.setRefuses(false);
        if (paused) {
            vm.assume(pauseSeconds > 0 && pauseSeconds <= 7 days);
            _treasury.pause(pauseSeconds);
        }
        uint256 before = _token.balanceOf(to);

        vm.prank(PAYEE);
        try _treasury.takeHeldPayout(to) returns (uint256 taken) {
            assert(taken == amount);
        } catch {
            assert(false);
        }

        assert(_token.balanceOf(to) == before + amount);
        assert(_treasury.heldPayoutOf(PAYEE) == 0 && _treasury.totalHeldPayouts() == 0);
        vm.prank(PAYEE);
        try _treasury.takeHeldPayout(to) {
            assert(false);
        } catch {}
    }

    /// Nobody but the payee moves held money anywhere else, and pushing it can only reach the payee.
    function check_pushHeldPayout_OnlyToThePayee(uint64 amount, address caller, address to) public {
        vm.assume(amount > 0 && amount <= 400e6 && caller != PAYEE);
        _token.setRefuses(true);
        _treasury.payClaim(_payment(0, 0, amount, 0));
        _token.setRefuses(false);

        vm.prank(caller);
        try _treasury.takeHeldPayout(to) {
            assert(false);
        } catch {}
        vm.prank(caller);
        try _treasury.pushHeldPayout(PAYEE) {
            assert(_token.balanceOf(PAYEE) == amount);
        } catch {
            assert(false);
        }
    }

    /// Money held for 60 days passes the day's cap whatever is added meanwhile, and none passes it before its own 30.
    function check_heldPayout_RipensWhateverIsAdded(uint64[3] memory amounts, uint32 second, uint32 third, uint32 end)
        public
    {
        uint256 start = block.timestamp;
        vm.assume(amounts[0] > 0 && amounts[0] <= 100e6 && amounts[1] <= 100e6 && amounts[2] <= 100e6);
        vm.assume(second <= third && third <= end && end <= 200 days);
        _token.setRefuses(true);
        _treasury.payClaim(_payment(0, 0, amounts[0], 0));
        vm.warp(start + second);
        _treasury.payClaim(_payment(0, 0, amounts[1], 0));
        vm.warp(start + third);
        _treasury.payClaim(_payment(0, 0, amounts[2], 0));
        vm.warp(start + end);

        uint256 ripe = _treasury.heldPayout(PAYEE).ripe;

        uint256 most = end >= 30 days ? amounts[0] : 0;
        if (end - second >= 30 days) most += amounts[1];
        if (end - third >= 30 days) most += amounts[2];
        uint256 least = end >= 60 days ? amounts[0] : 0;
        if (end - second >= 60 days) least += amounts[1];
        if (end - third >= 60 days) least += amounts[2];
        assert(ripe >= least && ripe <= most);
    }

    /// Only a registered product moves premiums, exposure, reserves and payments.
    function check_onlyProduct_NobodyElse(address caller, uint64 amount, uint64 other) public {
        vm.assume(caller != address(this));
        vm.startPrank(caller);
        try _treasury.collectPremiums(_dues(amount), other) {
            assert(false);
        } catch {}
        try _treasury.payBatch(new Payout[](0), amount) {
            assert(false);
        } catch {}
        try _treasury.changeReserve(1, amount, other) {
            assert(false);
        } catch {}
        try _treasury.payClaim(_payment(amount, other, 0, 0)) {
            assert(false);
        } catch {}
        try _treasury.runOff(amount, other) {
            assert(false);
        } catch {}
        try _treasury.returnPremium(1, PAYEE, amount, other) {
            assert(false);
        } catch {}
    }

    /// Only who the AccessManager lets through registers products, sets ratio and cap, pauses, or brings capital in.
    function check_restricted_NobodyElse(address caller, uint64 amount, uint16 ratio) public {
        vm.assume(caller != ADMINISTRATOR && caller != address(this));
        vm.startPrank(caller);
        try _treasury.registerProduct(caller) {
            assert(false);
        } catch {}
        try _treasury.setRequiredRatio(ratio) {
            assert(false);
        } catch {}
        try _treasury.setPayoutCap(amount) {
            assert(false);
        } catch {}
        try _treasury.pause(uint40(amount)) {
            assert(false);
        } catch {}
        try _treasury.absorbSurplus() {
            assert(false);
        } catch {}
        try _treasury.deposit(amount, caller) {
            assert(false);
        } catch {}
    }

    /// Capital beyond what is free never leaves, whoever asks.
    function check_withdraw_OnlyFreeCapital(uint64 assets, address caller) public {
        vm.assume(assets > CAPITAL - 600e6);

        vm.prank(caller);
        try _treasury.withdraw(assets, caller, address(this)) {
            assert(false);
        } catch {}
    }

    /// @dev What another product has locked stands in the same totals.
    function _lockForAnother() private {
        _treasury.registerProduct(OTHER);
        vm.startPrank(OTHER);
        _treasury.collectPremiums(_dues(0), 300e6);
        _treasury.changeReserve(2, 0, 100e6);
        vm.stopPrank();
    }

    function _committed() private view returns (uint256) {
        return _treasury.totalExposure() + _treasury.totalReserves() + _treasury.totalHeldPayouts()
            + _treasury.totalUnearnedPremium();
    }

    function _dues(uint64 premium) private pure returns (PremiumDue[] memory dues) {
        dues = new PremiumDue[](1);
        dues[0] = PremiumDue({payer: PAYER, premium: premium});
    }

    function _payment(uint64 before, uint64 left, uint64 indemnity, uint64 interest)
        private
        pure
        returns (ClaimPayment memory p)
    {
        (p.claimId, p.payee, p.reserveBefore, p.reserveAfter) = (1, PAYEE, before, left);
        (p.indemnity, p.interest) = (indemnity, interest);
    }
}
