// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PayoutState} from "../../../contracts/types/DisbursementTypes.sol";
import {ClaimBooks} from "./ClaimBooks.sol";

/// @notice Payouts and premiums through institutions as they should be.
abstract contract RailBooks is ClaimBooks {
    /// @dev A payout through an institution; its id is its place, from 1.
    struct Payout {
        uint256 payee; // index of a person
        uint256 amount;
        uint256 institution;
        uint256 due; // the receipt
        PayoutState state;
        uint256 claimId;
    }

    /// @dev A premium an institution has collected.
    struct Collection {
        uint256 insurer;
        uint256 applicationId;
        uint256 holder;
        uint256 institution;
        uint256 amount; // still there
        uint256 validUntil;
        bool released;
    }

    struct Rail {
        uint256 day;
        uint256 opened;
        uint256 funded;
        uint256 collected;
        uint256 perPayout;
        uint256 perDay;
        bool suspended;
        bool refusesToken;
    }

    Payout[] internal payouts;
    Collection[] internal collections;
    mapping(uint256 institution => Rail) internal rails;

    function payoutCount() external view returns (uint256) {
        return payouts.length;
    }

    function payoutAt(uint256 index) external view returns (Payout memory) {
        return payouts[index];
    }

    function _openRails() internal {
        for (uint256 i = 1; i <= 2; ++i) {
            (rails[i].perPayout, rails[i].perDay) = (800 * UNIT, 1_600 * UNIT);
        }
    }

    /// @dev What an institution has taken on today; a new day begins with nothing.
    function _today(uint256 institution) internal returns (Rail storage r) {
        r = rails[institution];
        uint256 today = block.timestamp / 1 days;
        if (r.day != today) (r.day, r.opened, r.funded, r.collected) = (today, 0, 0, 0);
    }

    /// @dev Whether an institution takes on a payout now.
    function _takes(uint256 institution, uint256 amount) internal view returns (bool) {
        Rail storage r = rails[institution];
        if (r.perPayout == 0 || r.suspended || r.refusesToken || amount > r.perPayout) return false;
        return (r.day == block.timestamp / 1 days ? r.opened : 0) + amount <= r.perDay;
    }

    function _funds(uint256 institution, uint256 amount) internal view returns (bool) {
        Rail storage r = rails[institution];
        return
            _takes(institution, amount) && (r.day == block.timestamp / 1 days ? r.funded : 0) + amount <= r.perDay / 2;
    }

    function _railFor(Case storage c, uint256 amount) internal view override returns (uint256) {
        return _takes(c.institution, amount) ? c.institution : 0;
    }

    function _enterInstruction(uint256 claimId, uint256 payee, uint256 institution, uint256 amount) internal override {
        _today(institution).opened += amount;
        if (claimId == 0) rails[institution].funded += amount;
        payouts.push(
            Payout(payee, amount, institution, block.timestamp + RECEIPT_SECONDS, PayoutState.Waiting, claimId)
        );
    }

    /// @dev The payee may do as they like.
    function _isFree(Payout storage p) internal view returns (bool) {
        if (p.state == PayoutState.Refused) return true;
        return p.state == PayoutState.Waiting && block.timestamp > p.due;
    }

    function _findPayout(uint256 seed, bool free) internal view returns (uint256) {
        uint256 count = payouts.length;
        for (uint256 i = 0; i < count; ++i) {
            Payout storage p = payouts[(seed % count + i) % count];
            if (free ? _isFree(p) : p.state == PayoutState.Waiting) return (seed % count + i) % count;
        }
        return count;
    }
}
