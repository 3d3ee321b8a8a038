// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Treasury} from "../../../contracts/Treasury.sol";
import {Acting} from "./Acting.sol";

/// @notice Capital comes and goes, treasuries are capped and paused, held money is taken, time passes.
abstract contract CapitalActions is Acting {
    bytes32 private constant REDIRECT_TYPEHASH =
        keccak256("Redirect(address payee,address to,uint256 nonce,uint256 deadline)");

    bytes internal usedRedirect; // calldata of a redirection that went through
    address internal usedRedirectTreasury;
    uint256 private _heads;

    function depositCapital(uint256 seed, uint256 amount, bool shares) external recorded {
        uint256 i = seed % 2;
        _on(i);
        (Treasury t, address chief) = (insurers[i].treasury, insurers[i].chief);
        amount = bound(amount, 1, 3_000 * UNIT);
        uint256 minted = t.previewDeposit(amount);
        if (shares && minted > 0) amount = t.previewMint(minted);
        _issue(chief, amount);
        vm.prank(chief);
        if (shares && minted > 0) _agree(t.mint(minted, chief), amount);
        else t.deposit(amount, chief);
        _comesIn(i, chief, amount);
    }

    function withdrawCapital(uint256 seed, uint256 amount, bool shares) external recorded {
        uint256 i = seed % 2;
        (Treasury t, address chief) = (insurers[i].treasury, insurers[i].chief);
        uint256 most = t.maxWithdraw(chief);
        if (most > _freeOf(i)) ++accepted[8];
        if (most == 0) return;
        _on(i);
        amount = amount % 4 == 0 ? most : bound(amount, 1, most);
        vm.startPrank(chief);
        if (shares) amount = t.redeem(_min(t.previewWithdraw(amount), t.maxRedeem(chief)), address(0xF00D), chief);
        else t.withdraw(amount, address(0xF00D), chief);
        vm.stopPrank();
        _capitalOut(i, address(0xF00D), amount);
        if (tills[i].booked < requiredOf(i)) ++accepted[8];
    }

    /// @notice More than is free.
    function withdrawTooMuch(uint256 seed, uint256 excess) external recorded {
        uint256 i = seed % 2;
        (Treasury t, address chief) = (insurers[i].treasury, insurers[i].chief);
        excess = _freeOf(i) + bound(excess, 1, CAPITAL);
        _on(i);
        vm.prank(chief);
        try t.withdraw(excess, address(0xF00D), chief) {
            ++accepted[8];
            _capitalOut(i, address(0xF00D), excess);
        } catch {
            vm.getRecordedLogs();
        }
    }

    function setRequiredRatio(uint256 seed, uint256 ratio) external recorded {
        uint256 i = seed % 2;
        uint256 before = tills[i].ratioBps;
        tills[i].ratioBps = bound(ratio, 10_000, 15_000);
        if (requiredOf(i) > tills[i].booked) tills[i].ratioBps = before;
        _on(i);
        vm.prank(insurers[i].chief);
        insurers[i].treasury.setRequiredRatio(uint16(tills[i].ratioBps));
    }

    function setPayoutCap(uint256 seed, uint256 cap) external recorded {
        uint256 i = seed % 2;
        tills[i].cap = seed % 3 == 0 ? 0 : bound(cap, 1, 800 * UNIT);
        _on(i);
        vm.prank(insurers[i].chief);
        insurers[i].treasury.setPayoutCap(uint64(tills[i].cap));
    }

    function pause(uint256 seed, uint256 pauseSeconds) external recorded {
        uint256 i = seed % 2;
        Till storage t = tills[i];
        if (t.pausedUntil != 0 && block.timestamp < t.pausedUntil + 30 days) return;
        _on(i);
        pauseSeconds = bound(pauseSeconds, 1, 7 days);
        vm.prank(insurers[i].chief);
        insurers[i].treasury.pause(uint40(pauseSeconds));
        t.pausedUntil = block.timestamp + pauseSeconds;
        t.pauses.push(block.timestamp);
        t.pauses.push(t.pausedUntil);
    }

    function unpause(uint256 seed) external recorded {
        uint256 i = seed % 2;
        if (!_isPaused(i)) return;
        _on(i);
        vm.prank(insurers[i].chief);
        insurers[i].treasury.unpause();
        tills[i].pausedUntil = block.timestamp;
        tills[i].pauses[tills[i].pauses.length - 1] = block.timestamp;
    }

    /// @notice Somebody sends tokens unasked, and the treasurer books what lies there.
    function giveAndAbsorb(uint256 seed, uint256 amount) external recorded {
        uint256 i = seed % 2;
        _on(i);
        _issue(_treasuryOf(i), bound(amount, 1, 50 * UNIT));
        if (seed % 3 == 0) return;
        uint256 surplus = due[_treasuryOf(i)] - tills[i].booked;
        vm.prank(insurers[i].chief);
        _agree(insurers[i].treasury.absorbSurplus(), surplus);
        tills[i].booked += surplus;
    }

    /// @notice Held money leaves: pushed by anyone, taken by the payee, or redirected by signature.
    function takeHeld(uint256 seed, uint8 way) external recorded {
        for (uint256 k = 0; k < 2 * PEOPLE; ++k) {
            uint256 place = (seed % (2 * PEOPLE) + k) % (2 * PEOPLE);
            (uint256 i, address payee) = (place % 2, personAt(place / 2));
            uint256 amount = _takeable(i, payee);
            if (amount == 0 || (way % 3 == 0 && blocked[payee])) continue;
            _on(i);
            address to = way % 3 == 0 ? payee : address(0xCAFE);
            _agree(_takeHeldBy(i, place / 2, to, way % 3), amount);
            _enterTaken(i, payee, to, amount);
            return;
        }
    }

    function blockAccount(uint256 seed, bool isBlocked) external recorded {
        address person = personAt(seed % PEOPLE);
        blocked[person] = isBlocked;
        token.setBlocked(person, isBlocked);
    }

    /// @notice Logs kept off the chain go on.
    function anchor(uint256 seed, uint64 growth) external recorded {
        uint64 size = uint64(_heads + bound(growth, 1, 1_000));
        transparency.anchor("log", size, bytes32(seed | 1));
        _heads = size;
        _agree(transparency.latestLogHead("log").treeSize, _heads);
    }

    function wait_(uint256 seconds_) external recorded {
        vm.warp(block.timestamp + bound(seconds_, 1, 3 days));
        vm.roll(block.number + 1);
    }

    /// @dev What the capital providers may take: nothing while paused.
    function _freeOf(uint256 i) internal view returns (uint256) {
        return _isPaused(i) ? 0 : _less(tills[i].booked, requiredOf(i));
    }

    function _takeHeldBy(uint256 i, uint256 person, address to, uint256 way) private returns (uint256 amount) {
        Treasury t = insurers[i].treasury;
        if (way == 0) return t.pushHeldPayout(to);
        if (way == 1) {
            vm.prank(personAt(person));
            return t.takeHeldPayout(to);
        }
        uint256 deadline = block.timestamp + 90 days;
        address payee = personAt(person);
        bytes32 hash = keccak256(abi.encode(REDIRECT_TYPEHASH, payee, to, t.nonces(payee), deadline));
        bytes memory signature = _signIn(_personKey(person), t.domainSeparator(), hash);
        usedRedirect = abi.encodeCall(t.redirectHeldPayout, (payee, to, deadline, signature));
        usedRedirectTreasury = address(t);
        return t.redirectHeldPayout(payee, to, deadline, signature);
    }
}
