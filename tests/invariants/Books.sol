// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Outcome} from "../../contracts/types/ParametricTypes.sol";
import {House} from "./House.sol";

/// @notice The handler's own books: what must have happened, worked out here and never read from the contracts.
abstract contract Books is House {
    /// @dev An insured event as the books know it.
    struct Subject {
        uint256 product; // index into `products`
        uint256 eventId;
        string text;
        uint40 occursAt;
        Outcome outcome;
        uint256 shareBps;
        uint256 settled;
        uint256 exposure;
    }

    /// @dev A policy as the books know it.
    struct Deal {
        uint256 holder; // index into `holderKeys`
        uint256 sumInsured;
        uint256 premium;
    }

    uint256 internal constant HOLDERS = 6;

    uint256[] internal holderKeys;
    address[] private _holders;
    Subject[] internal subjects;
    mapping(uint256 subject => Deal[]) internal deals;
    uint256 public capitalIn;
    uint256 public capitalOut;
    uint256 public premiumsIn;
    uint256 public payoutsMade; // transfers that went through, held payouts not counted
    uint256 public heldTaken;
    uint256 public ratioBps = 10_000;
    mapping(uint256 holder => uint256) public heldFor;
    mapping(uint256 holder => uint256) public walletOf; // token units the holder should own
    mapping(uint256 holder => bool) public blocked;
    mapping(uint256 product => uint256) public exposureOf;
    mapping(uint256 product => uint256) public unearnedOf; // premiums whose risk has not passed

    /// @notice Address of a holder.
    function holderAt(uint256 holder) public view returns (address) {
        return _holders[holder];
    }

    /// @notice How many holders there are.
    function holderCount() external view returns (uint256) {
        return holderKeys.length;
    }

    /// @notice What the treasury should hold.
    function assetsDue() public view returns (uint256) {
        return capitalIn + premiumsIn - capitalOut - payoutsMade - heldTaken;
    }

    /// @notice What should be held for all payees.
    function heldDue() public view returns (uint256 held) {
        for (uint256 i = 0; i < holderKeys.length; ++i) {
            held += heldFor[i];
        }
    }

    /// @notice Capital that has to stay, for exposure, held payouts and unearned premiums, after `more` exposure.
    function requiredWith(uint256 more) public view returns (uint256) {
        uint256 exposure = exposureOf[0] + exposureOf[1] + more;
        return (exposure * ratioBps + 9_999) / 10_000 + heldDue() + unearnedOf[0] + unearnedOf[1];
    }

    /// @dev What this policy would cost: rule S3, written again from the words of the rule.
    function _premium(uint256 sumInsured, uint256 sharePpb) internal pure returns (uint256) {
        uint256 tenTrillion = 10 ** 13;
        uint256 loaded = sumInsured * sharePpb * 12_500;
        uint256 rounded = loaded / tenTrillion + (loaded % tenTrillion == 0 ? 0 : 1);
        return rounded < LEAST_PREMIUM ? LEAST_PREMIUM : rounded;
    }

    /// @dev Share owed: rule S1, step by step.
    function _shareOwed(Outcome outcome, int32 value) internal pure returns (uint256) {
        if (outcome == Outcome.Cancelled) return CANCELLED_BPS;
        if (outcome == Outcome.Diverted) return DIVERTED_BPS;
        if (value < 30) return 0;
        if (value < 60) return 1_000;
        return value < 180 ? 4_567 : 10_000;
    }

    function _addHolder(uint256 key) internal {
        holderKeys.push(key);
        _holders.push(vm.addr(key));
    }

    function _owed(uint256 subject, uint256 ordinal) internal view returns (uint256) {
        Subject storage s = subjects[subject];
        Deal storage d = deals[subject][ordinal];
        return s.outcome == Outcome.NotReported ? d.premium : d.sumInsured * s.shareBps / 10_000;
    }

    function _unsettled(uint256 subject) internal view returns (uint256) {
        return deals[subject].length - subjects[subject].settled;
    }

    function _pays(uint256 subject) internal view returns (bool) {
        return subjects[subject].outcome == Outcome.NotReported || subjects[subject].shareBps > 0;
    }

    /// @dev Enters a settlement of one event for at most `places` paid policies. Returns how many were settled.
    function _enterSettlement(uint256 subject, uint256 places) internal returns (uint256 settled) {
        Subject storage s = subjects[subject];
        uint256 locked = exposureOf[s.product];
        settled = _unsettled(subject);
        if (_pays(subject) && settled > places) settled = places;
        for (uint256 n = 0; n < settled; ++n) {
            Deal storage d = deals[subject][s.settled];
            uint256 owed = _owed(subject, s.settled++);
            (s.exposure, exposureOf[s.product]) = (s.exposure - d.sumInsured, exposureOf[s.product] - d.sumInsured);
            if (owed == 0) continue;
            if (blocked[d.holder]) {
                heldFor[d.holder] += owed;
            } else {
                (payoutsMade, walletOf[d.holder]) = (payoutsMade + owed, walletOf[d.holder] + owed);
            }
        }
        // Premium is earned as its exposure goes.
        unearnedOf[s.product] -= unearnedOf[s.product] * (locked - exposureOf[s.product]) / locked;
    }

    function _enterDeal(uint256 subject, Deal memory deal) internal {
        Subject storage s = subjects[subject];
        deals[subject].push(deal);
        premiumsIn += deal.premium;
        unearnedOf[s.product] += deal.premium;
        (s.exposure, exposureOf[s.product]) = (s.exposure + deal.sumInsured, exposureOf[s.product] + deal.sumInsured);
    }

    /// @dev The first subject from `seed` on, round and round, that `suits`; the number of subjects if none does.
    function _find(uint256 seed, function(uint256) view returns (bool) suits) internal view returns (uint256) {
        uint256 count = subjects.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 subject = (seed % count + i) % count;
            if (suits(subject)) return subject;
        }
        return count;
    }

    function _isOpen(uint256 subject) internal view returns (bool) {
        return subjects[subject].outcome == Outcome.Open && deals[subject].length > 0;
    }

    function _isUnsettled(uint256 subject) internal view returns (bool) {
        return subjects[subject].outcome != Outcome.Open && _unsettled(subject) > 0;
    }
}
