// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ITreasury} from "./interfaces/ITreasury.sol";
import {Payout} from "./types/ParametricTypes.sol";
import {HeldPayout} from "./types/TreasuryTypes.sol";

/// @title TreasuryBooks
/// @notice What a treasury owns and owes, and how money leaves it: at once, or held for its payee.
/// @dev Every amount is below 2^64, so sums of a few of them cannot overflow 256 bits.
abstract contract TreasuryBooks {
    using SafeERC20 for IERC20;

    struct ProductAccount {
        bool registered; // slot 0: byte  0
        uint64 exposure; // slot 0: bytes 1-8   token units
        uint64 reserves; // slot 0: bytes 9-16  token units
        uint64 unearned; // slot 0: bytes 17-24 token units
    }

    struct Totals {
        uint64 exposure; // slot 0: bytes 0-7   token units
        uint64 reserves; // slot 0: bytes 8-15  token units
        uint64 held; // slot 0: bytes 16-23 token units
        uint64 unearned; // slot 0: bytes 24-31 token units
    }

    struct Cash {
        uint64 booked; // slot 0: bytes 0-7   token units
        uint64 payoutCap; // slot 0: bytes 8-15  token units a day; 0: none
        uint64 paidToday; // slot 0: bytes 16-23 token units
        uint16 day; // slot 0: bytes 24-25 of `paidToday`, days since 1970
        uint16 requiredRatioBps; // slot 0: bytes 26-27
        uint32 pausedUntil; // slot 0: bytes 28-31 unix seconds (until 2106)
    }

    struct Pause {
        uint40 startedAt; // slot 0: bytes 0-4   unix seconds
        uint40 endsAt; // slot 0: bytes 5-9   unix seconds
    }

    uint256 internal constant BPS = 10_000;
    uint256 internal constant MAX_PAUSE_SECONDS = 7 days;
    uint256 internal constant PAUSE_INTERVAL_SECONDS = 30 days;
    /// @dev Money held this long passes the day's cap.
    uint256 internal constant MAX_HELD_BY_CAP_SECONDS = 30 days;
    /// @dev More than any honest token's transfer needs. With less left, a refusal could be the caller's doing.
    uint256 internal constant TRANSFER_GAS = 150_000;

    Totals internal _totals;
    Cash internal _cash;
    Pause[] internal _pauses;
    mapping(address product => ProductAccount) internal _products;
    mapping(address payee => HeldPayout) internal _heldPayouts;

    function _requireRunning() internal view {
        uint256 until = _cash.pausedUntil;
        if (block.timestamp < until) revert ITreasury.TreasuryPaused(until);
    }

    /// @dev Books tokens that came in, against what was asked.
    function _book(IERC20 token, uint256 before, uint256 expected) internal returns (uint256 booked) {
        uint256 received = Math.saturatingSub(token.balanceOf(address(this)), before);
        if (received < expected) revert ITreasury.TransferShort(expected, received);
        booked = _cash.booked + expected;
        _cash.booked = SafeCast.toUint64(booked);
    }

    /// @dev Balance before money comes in. A token that took some away is refused.
    function _balanceBefore(IERC20 token) internal view returns (uint256 held) {
        uint256 booked = _cash.booked;
        held = token.balanceOf(address(this));
        if (held < booked) revert ITreasury.AssetsMissing(booked, held);
    }

    /// @dev Moves a claim's reserve in the books, and takes `paid` out of them.
    function _changeReserve(uint256 from, uint256 to, uint256 paid) internal returns (uint256 reserves) {
        ProductAccount storage account = _products[msg.sender];
        (uint256 exposure, uint256 reserved) = (account.exposure, account.reserves);
        if (from > reserved) revert ITreasury.ReserveTooSmall(msg.sender, from, reserved);
        if (exposure + from < to + paid) revert ITreasury.ExposureTooSmall(msg.sender, to + paid, exposure + from);
        reserves = reserved - from + to;
        (account.exposure, account.reserves) =
        (SafeCast.toUint64(exposure + from - to - paid), SafeCast.toUint64(reserves));
        Totals storage totals = _totals;
        (exposure, reserved) = (totals.exposure, totals.reserves);
        (totals.exposure, totals.reserves) =
        (SafeCast.toUint64(exposure + from - to - paid), SafeCast.toUint64(reserved - from + to));
    }

    /// @dev Locks exposure for a product, and keeps the premium for it as unearned. Returns the product's exposure.
    function _lock(uint256 exposure, uint256 premiums) internal returns (uint256 locked) {
        ProductAccount storage account = _products[msg.sender];
        locked = account.exposure + exposure;
        (account.exposure, account.unearned) =
        (SafeCast.toUint64(locked), SafeCast.toUint64(account.unearned + premiums));
        Totals storage totals = _totals;
        (totals.exposure, totals.unearned) =
        (SafeCast.toUint64(totals.exposure + exposure), SafeCast.toUint64(totals.unearned + premiums));
    }

    /// @dev Releases exposure and earns premium in a product's books and in the totals.
    function _release(uint256 exposure, uint256 earned) internal returns (uint256 exposureLeft, uint256 unearnedLeft) {
        ProductAccount storage account = _products[msg.sender];
        (exposureLeft, unearnedLeft) = (account.exposure, account.unearned);
        if (exposure > exposureLeft) revert ITreasury.ExposureTooSmall(msg.sender, exposure, exposureLeft);
        if (earned > unearnedLeft) revert ITreasury.PremiumTooSmall(msg.sender, earned, unearnedLeft);
        unchecked {
            // Both are at most the product's, whose sums are the totals.
            (exposureLeft, unearnedLeft) = (exposureLeft - exposure, unearnedLeft - earned);
            (account.exposure, account.unearned) = (uint64(exposureLeft), uint64(unearnedLeft));
            Totals storage totals = _totals;
            (uint256 all, uint256 allUnearned) = (totals.exposure, totals.unearned);
            (totals.exposure, totals.unearned) = (uint64(all - exposure), uint64(allUnearned - earned));
        }
    }

    /// @dev How much the day's cap still lets out.
    function _leftToday() internal view returns (uint256) {
        uint256 cap = _cash.payoutCap;
        if (cap == 0) return type(uint64).max;
        if (_cash.day != _today()) return cap;
        return Math.saturatingSub(cap, _cash.paidToday);
    }

    /// @dev Takes `paid` off the books, and counts it against the day's cap.
    function _takeOff(uint256 paid) internal {
        Cash storage cash = _cash;
        cash.booked = SafeCast.toUint64(cash.booked - paid);
        if (cash.payoutCap == 0) return;
        uint16 today = _today();
        uint256 paidBefore = cash.day == today ? cash.paidToday : 0;
        (cash.day, cash.paidToday) = (today, SafeCast.toUint64(paidBefore + paid));
    }

    /// @dev Keeps an amount for a payee. The total of what is held is the caller's to write.
    function _hold(uint256 policyId, address payee, uint256 amount) internal {
        HeldPayout memory held = _heldNow(payee);
        // What waits is not added to: else a unit left lying would pass any later sum by the cap, and regular additions
        // would put all of it off for ever. From 2106 on the time is cut short, and held money is ripe at once.
        if (held.ripening == 0) {
            (held.ripening, held.ripeningSince) = (SafeCast.toUint64(amount), uint32(block.timestamp));
        } else {
            (held.fresh, held.freshSince) = (SafeCast.toUint64(held.fresh + amount), uint32(block.timestamp));
        }
        _heldPayouts[payee] = held;
        emit ITreasury.PayoutHeld(msg.sender, policyId, payee, amount);
    }

    /// @dev Tries every transfer; one that is refused is held for its payee and stops nobody else's.
    function _payEach(Payout[] calldata payouts, uint256 budget) internal returns (uint256 paid, uint256 held) {
        IERC20 token = _token();
        for (uint256 i = 0; i < payouts.length; ++i) {
            if (gasleft() < TRANSFER_GAS) revert ITreasury.GasTooLow(gasleft(), TRANSFER_GAS);
            Payout calldata payout = payouts[i];
            uint256 amount = payout.amount;
            if (amount <= budget - paid && token.trySafeTransfer(payout.payee, amount)) {
                unchecked {
                    paid += amount; // at most the budget
                }
                continue;
            }
            held += amount;
            _hold(payout.policyId, payout.payee, amount);
        }
    }

    /// @dev One payment, with all its books: at once if token and cap let it, else held for the payee.
    /// @param via Where the tokens go instead of to the payee; zero: to the payee.
    function _payOne(uint256 policyId, address payee, address via, uint256 amount) internal returns (bool paid) {
        _requireRunning();
        if (gasleft() < TRANSFER_GAS) revert ITreasury.GasTooLow(gasleft(), TRANSFER_GAS);
        paid = amount <= _leftToday() && _token().trySafeTransfer(via == address(0) ? payee : via, amount);
        if (paid) {
            _takeOff(amount);
        } else {
            _totals.held += uint64(amount);
            _hold(policyId, payee, amount);
        }
    }

    /// @dev Pays what is held, as far as the day's cap allows: what is ripe, then what has waited longest.
    function _payHeld(address payee, address to) internal returns (uint256 amount) {
        // Check
        HeldPayout memory held = _heldNow(payee);
        uint256 unripe = uint256(held.ripening) + held.fresh;
        if (held.ripe + unripe == 0) revert ITreasury.NothingHeld(payee);
        if (to == address(this)) revert ITreasury.PayeeInvalid(to);
        uint256 capped = Math.min(unripe, _leftToday());
        amount = held.ripe + capped;
        if (amount == 0) {
            uint256 ripeAt = held.ripeningSince + MAX_HELD_BY_CAP_SECONDS;
            uint256 opensAt = Math.min((block.timestamp / 1 days + 1) * 1 days, ripeAt);
            revert ITreasury.PayoutCapReached(_cash.payoutCap, opensAt);
        }
        // Effect
        held.ripe = 0;
        if (capped == unripe) {
            delete held;
        } else if (capped < held.ripening) {
            held.ripening -= uint64(capped);
        } else {
            held.fresh -= uint64(capped - held.ripening);
            _moveUp(held);
        }
        _heldPayouts[payee] = held;
        _totals.held -= uint64(amount);
        _takeOff(amount);
        emit ITreasury.HeldPayoutPaid(payee, to, amount);
        // Interaction
        _token().safeTransfer(to, amount);
    }

    /// @dev How long pauses lasted between `from` and now. Pauses lie 30 days apart, so there are few to look at.
    function _pausedSecondsSince(uint256 from) internal view returns (uint256 paused) {
        for (uint256 i = _pauses.length; i > 0; --i) {
            Pause memory pause = _pauses[i - 1];
            uint256 until = Math.min(block.timestamp, pause.endsAt);
            if (until <= from) return paused;
            paused += until - Math.max(pause.startedAt, from);
        }
    }

    /// @dev What is held for a payee, as of now. Two turns at most: nothing follows what was fresh.
    function _heldNow(address payee) internal view returns (HeldPayout memory held) {
        held = _heldPayouts[payee];
        while (held.ripening > 0 && block.timestamp >= held.ripeningSince + MAX_HELD_BY_CAP_SECONDS) {
            held.ripe += held.ripening;
            _moveUp(held);
        }
    }

    /// @dev What the capital must leave alone.
    function _committed() internal view returns (uint256) {
        Totals storage totals = _totals;
        uint256 required = Math.ceilDiv(uint256(totals.exposure) * _cash.requiredRatioBps, BPS);
        return required + totals.reserves + totals.held + totals.unearned;
    }

    function _token() internal view virtual returns (IERC20);

    /// @dev What was fresh takes the place of what ripened, with its own time.
    function _moveUp(HeldPayout memory held) private pure {
        (held.ripening, held.ripeningSince) = (held.fresh, held.freshSince);
        (held.fresh, held.freshSince) = (0, 0);
    }

    function _today() private view returns (uint16) {
        return SafeCast.toUint16(block.timestamp / 1 days);
    }
}
