// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

import {ITreasury} from "../../../contracts/interfaces/ITreasury.sol";

/// @notice Treasuries, rebuilt from their events alone.
abstract contract TreasuryReplay {
    struct Totals {
        uint256 booked;
        uint256 exposure;
        uint256 reserves;
        uint256 held;
        uint256 unearned;
        uint256 ratioBps;
        uint256 cap;
        uint256 pausedUntil;
        uint256[] pauses; // when each began and ended, one after the other
        // The liability's roll-forward: opening is 0.
        uint256 notified;
        int256 reestimated;
        uint256 paid;
    }

    mapping(address treasury => Totals) internal totals;
    mapping(address treasury => mapping(address payee => uint256)) public heldOf;
    mapping(uint256 claimId => uint256) public claimReserve;
    mapping(uint256 claimId => uint256) public paidByTreasury; // indemnity
    mapping(uint256 claimId => uint256) public interestByTreasury;
    mapping(uint256 claimId => bool) private _isNotified;

    function totalsOf(address treasury) external view returns (Totals memory t) {
        t = totals[treasury];
        if (t.ratioBps == 0) t.ratioBps = 10_000;
    }

    function pausedSince(address treasury, uint256 from) public view returns (uint256 paused) {
        uint256[] storage pauses = totals[treasury].pauses;
        for (uint256 i = 0; i < pauses.length; i += 2) {
            uint256 began = pauses[i] > from ? pauses[i] : from;
            uint256 ended = pauses[i + 1] < block.timestamp ? pauses[i + 1] : block.timestamp;
            if (ended > began) paused += ended - began;
        }
    }

    /// @dev A claim was paid `indemnity`, and has `reserve` left.
    function _onClaimPaid(uint256 claimId, uint256 indemnity, uint256 reserve) internal virtual;

    function _onReserve(uint256 claimId, uint256 from, uint256 to) internal virtual;

    function _takeTreasury(address treasury, bytes32[] calldata topics, bytes calldata data) internal {
        Totals storage t = totals[treasury];
        bytes32 kind = topics[0];
        if (kind == ITreasury.ReserveChanged.selector) {
            (uint256 from, uint256 to,) = abi.decode(data, (uint256, uint256, uint256));
            _enterReserve(t, uint256(topics[2]), [from, to], 0, 0);
        } else if (kind == ITreasury.ClaimPaid.selector) {
            _takeClaimPaid(t, topics, data);
        } else if (kind == ITreasury.ExposureLocked.selector) {
            (uint256 exposure,, uint256 premiums) = abi.decode(data, (uint256, uint256, uint256));
            (t.exposure, t.booked, t.unearned) = (t.exposure + exposure, t.booked + premiums, t.unearned + premiums);
        } else if (kind == ITreasury.ExposureReleased.selector) {
            (uint256 exposure,,,) = abi.decode(data, (uint256, uint256, uint256, uint256));
            t.exposure -= exposure;
        } else if (kind == ITreasury.PremiumEarned.selector) {
            (uint256 earned,) = abi.decode(data, (uint256, uint256));
            t.unearned -= earned;
        } else if (kind == ITreasury.PremiumReturned.selector) {
            uint256 amount = abi.decode(data, (uint256));
            (t.unearned, t.booked) = (t.unearned - amount, t.booked - amount);
        } else if (kind == ITreasury.PayoutHeld.selector) {
            // It did not leave after all.
            uint256 amount = abi.decode(data, (uint256));
            (t.held, t.booked) = (t.held + amount, t.booked + amount);
            heldOf[treasury][_address(topics[3])] += amount;
        } else if (kind == ITreasury.HeldPayoutPaid.selector) {
            uint256 amount = abi.decode(data, (uint256));
            (t.held, t.booked) = (t.held - amount, t.booked - amount);
            heldOf[treasury][_address(topics[1])] -= amount;
        } else {
            _takeGovernance(t, kind, data);
        }
    }

    function _takeGovernance(Totals storage t, bytes32 kind, bytes calldata data) private {
        if (kind == IERC4626.Deposit.selector) {
            (uint256 received,) = abi.decode(data, (uint256, uint256));
            t.booked += received;
        } else if (kind == IERC4626.Withdraw.selector) {
            (uint256 left,) = abi.decode(data, (uint256, uint256));
            t.booked -= left;
        } else if (kind == ITreasury.SurplusAbsorbed.selector) {
            t.booked += abi.decode(data, (uint256));
        } else if (kind == ITreasury.RequiredRatioChanged.selector) {
            t.ratioBps = abi.decode(data, (uint256));
        } else if (kind == ITreasury.PayoutCapChanged.selector) {
            t.cap = abi.decode(data, (uint256));
        } else if (kind == ITreasury.Paused.selector) {
            t.pausedUntil = abi.decode(data, (uint256));
            t.pauses.push(block.timestamp);
            t.pauses.push(t.pausedUntil);
        } else if (kind == ITreasury.Unpaused.selector) {
            t.pausedUntil = t.pauses[t.pauses.length - 2] + abi.decode(data, (uint256));
            t.pauses[t.pauses.length - 1] = t.pausedUntil;
        }
    }

    function _takeClaimPaid(Totals storage t, bytes32[] calldata topics, bytes calldata data) private {
        (uint256 indemnity, uint256 interest, uint256 from, uint256 to) =
            abi.decode(data, (uint256, uint256, uint256, uint256));
        uint256 claimId = uint256(topics[2]);
        t.booked -= indemnity + interest;
        paidByTreasury[claimId] += indemnity;
        interestByTreasury[claimId] += interest;
        _enterReserve(t, claimId, [from, to], indemnity, interest);
        _onClaimPaid(claimId, indemnity, to);
    }

    /// @dev A claim's liability: notified when its reserve is first told, re-estimated after that, and paid.
    function _enterReserve(
        Totals storage t,
        uint256 claimId,
        uint256[2] memory fromTo,
        uint256 indemnity,
        uint256 interest
    ) private {
        (uint256 from, uint256 to) = (fromTo[0], fromTo[1]);
        require(claimReserve[claimId] == from, "I7: a reserve changed unseen");
        claimReserve[claimId] = to;
        if (!_isNotified[claimId]) t.notified += to;
        else t.reestimated += int256(to + indemnity) - int256(from);
        _isNotified[claimId] = true;
        t.paid += indemnity;
        (t.reserves, t.exposure) = (t.reserves + to - from, t.exposure + from - to - indemnity - interest);
        _onReserve(claimId, from, to + indemnity);
    }

    function _address(bytes32 topic) internal pure returns (address) {
        return address(uint160(uint256(topic)));
    }
}
