// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Network} from "./Network.sol";

/// @notice Who should own how much, and what each treasury should have written down. Worked out here from the words of
/// `ITreasury`, never read from a contract.
abstract contract MoneyBooks is Network {
    /// @dev One treasury.
    struct Till {
        uint256 booked;
        uint256 exposure;
        uint256 reserves;
        uint256 unearned;
        uint256 held;
        uint256 ratioBps;
        uint256 cap;
        uint256 paidToday;
        uint256 day; // of `paidToday`
        uint256 pausedUntil;
        uint256[] pauses; // when each began and ended, one after the other
    }

    /// @dev What a treasury holds for somebody: what passes the day's cap, then what ripens and what came after that.
    struct Hold {
        uint256 ripe;
        uint256[2] waiting;
        uint256[2] since;
    }

    Till[2] internal tills;
    mapping(uint256 insurer => mapping(address payee => Hold)) private _holds;
    mapping(address account => uint256) internal due; // tokens it should own
    mapping(address account => bool) internal blocked;
    mapping(address account => bool) private _isTracked;
    address[] private _tracked;

    /// @notice Whoever ever owned a token, from the `from`th on.
    function trackedCount() external view returns (uint256) {
        return _tracked.length;
    }

    function tracked(uint256 index) external view returns (address account, uint256 owns) {
        return (_tracked[index], due[_tracked[index]]);
    }

    function till(uint256 insurer) external view returns (Till memory) {
        return tills[insurer];
    }

    /// @notice As of now: what waited for 30 days is ripe, and what came after it waits in its place.
    function holdOf(uint256 insurer, address payee) public view returns (Hold memory h) {
        h = _holds[insurer][payee];
        for (uint256 k = 0; k < 2; ++k) {
            if (h.waiting[0] == 0 || block.timestamp < h.since[0] + 30 days) break;
            h.ripe += h.waiting[0];
            _shift(h);
        }
    }

    /// @notice What has to stay in a treasury.
    function requiredOf(uint256 insurer) public view returns (uint256) {
        Till storage t = tills[insurer];
        return (t.exposure * t.ratioBps + 9_999) / 10_000 + t.reserves + t.held + t.unearned;
    }

    /// @notice How long a treasury was paused from then until now.
    function pausedSince(uint256 insurer, uint256 from) public view returns (uint256 paused) {
        uint256[] storage pauses = tills[insurer].pauses;
        for (uint256 i = 0; i < pauses.length; i += 2) {
            uint256 began = pauses[i] > from ? pauses[i] : from;
            uint256 ended = pauses[i + 1] < block.timestamp ? pauses[i + 1] : block.timestamp;
            if (ended > began) paused += ended - began;
        }
    }

    function _isPaused(uint256 insurer) internal view returns (bool) {
        return block.timestamp < tills[insurer].pausedUntil;
    }

    function _track(address account) internal {
        if (!_isTracked[account]) _tracked.push(account);
        _isTracked[account] = true;
    }

    function _issue(address to, uint256 amount) internal {
        token.mint(to, amount);
        _track(to);
        due[to] += amount;
    }

    function _flow(address from, address to, uint256 amount) internal {
        _track(to);
        due[from] -= amount;
        due[to] += amount;
    }

    function _treasuryOf(uint256 insurer) internal view returns (address) {
        return address(insurers[insurer].treasury);
    }

    /// @dev Money that was asked for comes in.
    function _comesIn(uint256 insurer, address from, uint256 amount) internal {
        _flow(from, _treasuryOf(insurer), amount);
        tills[insurer].booked += amount;
    }

    /// @dev Capital leaves: the cap does not count it.
    function _capitalOut(uint256 insurer, address to, uint256 amount) internal {
        _flow(_treasuryOf(insurer), to, amount);
        tills[insurer].booked -= amount;
    }

    function _leftToday(uint256 insurer) internal view returns (uint256) {
        Till storage t = tills[insurer];
        if (t.cap == 0) return type(uint64).max;
        if (t.day != block.timestamp / 1 days) return t.cap;
        return t.cap > t.paidToday ? t.cap - t.paidToday : 0;
    }

    /// @dev Pays somebody, or holds it for them. Returns whether the tokens have left.
    /// @param to Where the tokens go: the payee, or an institution's contract.
    function _payOrHold(uint256 insurer, address payee, address to, uint256 amount) internal returns (bool paid) {
        if (amount <= _leftToday(insurer) && !blocked[to]) {
            _payOut(insurer, to, amount);
            return true;
        }
        Hold memory h = holdOf(insurer, payee);
        uint256 place = h.waiting[0] == 0 ? 0 : 1;
        h.waiting[place] += amount;
        h.since[place] = block.timestamp;
        _holds[insurer][payee] = h;
        tills[insurer].held += amount;
    }

    /// @dev What can be taken of what is held for somebody now.
    function _takeable(uint256 insurer, address payee) internal view returns (uint256) {
        Hold memory h = holdOf(insurer, payee);
        uint256 rest = h.waiting[0] + h.waiting[1];
        uint256 left = _leftToday(insurer);
        return h.ripe + (rest < left ? rest : left);
    }

    function _enterTaken(uint256 insurer, address payee, address to, uint256 amount) internal {
        Hold memory h = holdOf(insurer, payee);
        uint256 early = amount - h.ripe;
        h.ripe = 0;
        if (early >= h.waiting[0]) {
            early -= h.waiting[0];
            _shift(h);
        }
        h.waiting[0] -= early;
        _holds[insurer][payee] = h;
        tills[insurer].held -= amount;
        _payOut(insurer, to, amount);
    }

    function _shift(Hold memory h) private pure {
        (h.waiting[0], h.since[0], h.waiting[1]) = (h.waiting[1], h.since[1], 0);
    }

    function _payOut(uint256 insurer, address to, uint256 amount) private {
        Till storage t = tills[insurer];
        _flow(_treasuryOf(insurer), to, amount);
        t.booked -= amount;
        if (t.cap == 0) return;
        uint256 today = block.timestamp / 1 days;
        if (t.day != today) (t.day, t.paidToday) = (today, 0);
        t.paidToday += amount;
    }
}
