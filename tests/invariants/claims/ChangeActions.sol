// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IndemnityProduct} from "../../../contracts/IndemnityProduct.sol";
import {Cancellation, Endorsement, RiskTier} from "../../../contracts/types/IndemnityTypes.sol";
import {Acting} from "./Acting.sol";

/// @notice Policies in force are changed and cancelled.
abstract contract ChangeActions is Acting {
    /// @notice More or less is insured, or somebody else is paid.
    function endorse(uint256 seed, uint64 sum, bool other) external recorded {
        uint256 deal = _findDeal(seed, _canChange);
        if (deal == deals.length || _isPaused(deals[deal].insurer)) return;
        _endorse(deal, bound(sum, LEAST_SUM, MOST_SUM), other ? personAt(seed % PEOPLE) : address(0));
    }

    /// @notice Less is insured, and after an hour less again, while the token refuses the holder: what is returned
    /// is held, and held anew.
    function lowerTwice(uint256 seed, uint64 sum) external recorded {
        uint256 deal = _findDeal(seed, _canChange);
        if (deal == deals.length || _isPaused(deals[deal].insurer)) return;
        Deal storage d = deals[deal];
        (address holder, bool before) = (personAt(d.holder), blocked[personAt(d.holder)]);
        _block(holder, true);
        for (uint256 k = 0; k < 2 && _canChange(d); ++k) {
            uint256 now_ = _sumOf(d);
            uint256 least = now_ * 9 / 10 > LEAST_SUM ? now_ * 9 / 10 : LEAST_SUM;
            _endorse(deal, bound(sum, least, now_), address(0));
            vm.warp(block.timestamp + 1 hours);
        }
        _block(holder, before);
    }

    /// @notice A holder ends a policy, by hand or by signature.
    function cancel(uint256 seed, bool signed) external recorded {
        uint256 deal = _findDeal(seed, _isRunning);
        if (deal == deals.length || _isPaused(deals[deal].insurer)) return;
        Deal storage d = deals[deal];
        _on(d.insurer);
        IndemnityProduct product = insurers[d.insurer].product;
        Cancellation memory o = Cancellation(d.id, uint16(d.changedAt.length), uint40(block.timestamp));
        bytes memory signature =
            signed ? _signIn(_personKey(d.holder), product.domainSeparator(), words.cancellation(o)) : bytes("");
        if (!signed) vm.prank(personAt(d.holder));
        uint256 back = d.claims == 0 ? _unearnedOf(d, false) : 0;
        _agree(product.cancel(o, signature), back);
        tills[d.insurer].unearned -= d.unearned;
        (d.unearned, d.cancelled) = (0, true);
        d.endsAt = block.timestamp > d.startsAt ? block.timestamp : d.startsAt;
        if (back > 0) _payOrHold(d.insurer, personAt(d.holder), personAt(d.holder), back);
    }

    // Parts

    function _block(address person, bool isBlocked) internal {
        blocked[person] = isBlocked;
        token.setBlocked(person, isBlocked);
    }

    function _changeSigned(Deal storage d, Endorsement memory o) internal view returns (bytes memory) {
        Insurer storage n = insurers[d.insurer];
        (bytes32 hash, bytes32 domain) = (words.endorsement(o), n.product.domainSeparator());
        bytes memory theirs = _signIn(n.underwriterKey, domain, hash);
        return abi.encodeCall(n.product.endorse, (o, theirs, _signIn(_personKey(d.holder), domain, hash)));
    }

    function _endorse(uint256 deal, uint256 sum, address beneficiary) private {
        Deal storage d = deals[deal];
        Endorsement memory o = _change(d, _allowed(d, sum), beneficiary);
        uint256 lockedBefore = lockOf(deal);
        bool raised = o.sumInsured >= _sumOf(d);
        (uint256 more, uint256 lock) = (o.premiumChange, _lock(o.sumInsured));
        lock = lock > lockedBefore ? lock - lockedBefore : 0;
        if (raised && (!_carries(d.insurer, more, lock) || blocked[personAt(d.holder)])) return;
        _on(d.insurer);
        if (raised) _issue(personAt(d.holder), more);
        Address.functionCall(address(insurers[d.insurer].product), _changeSigned(d, o)); // reverts as the product does
        _enterChange(d, o, raised, lock);
    }

    /// @dev Whether the capital carries more exposure. A premium is not free before it is earned.
    function _carries(uint256 i, uint256 premiums, uint256 exposure) internal view returns (bool) {
        Till storage t = tills[i];
        uint256 required = ((t.exposure + exposure) * t.ratioBps + 9_999) / 10_000;
        return t.booked + premiums >= required + t.reserves + t.held + t.unearned + premiums;
    }

    /// @dev A sum that holder and underwriter may agree on.
    function _allowed(Deal storage d, uint256 sum) private view returns (uint64) {
        uint256 now_ = _sumOf(d);
        if (sum > d.cap) sum = d.cap;
        if (d.tier != RiskTier.Low && sum > now_) sum = now_;
        return uint64(sum < d.used[0] + d.used[1] ? now_ : sum);
    }

    function _change(Deal storage d, uint64 sum, address beneficiary) internal view returns (Endorsement memory o) {
        uint256 now_ = _sumOf(d);
        o.effectiveAt = uint40(_earliestChange(d));
        (o.policyId, o.sequence, o.sumInsured) = (d.id, uint16(d.changedAt.length), sum);
        (o.exclusions, o.beneficiary) = (d.exclusions, beneficiary);
        (o.underwriter, o.validUntil) = (vm.addr(insurers[d.insurer].underwriterKey), uint40(block.timestamp));
        (uint256 left, uint256 whole) = (d.endsAt - o.effectiveAt, now_ * (d.endsAt - d.startsAt));
        o.premiumChange = uint64(
            sum >= now_
                ? (d.premium * (sum - now_) * left + whole - 1) / whole
                : d.premium * (now_ - sum) * left / whole
        );
    }

    function _enterChange(Deal storage d, Endorsement memory o, bool raised, uint256 lock) private {
        uint256 before = _sumOf(d);
        d.premiums.push(d.premium);
        (d.premium, d.beneficiary) = ((d.premium * o.sumInsured + before - 1) / before, o.beneficiary);
        d.sums.push(o.sumInsured);
        d.changedAt.push(o.effectiveAt);
        Till storage t = tills[d.insurer];
        if (raised) {
            _comesIn(d.insurer, personAt(d.holder), o.premiumChange);
            (t.exposure, t.unearned) = (t.exposure + lock, t.unearned + o.premiumChange);
            d.unearned += o.premiumChange;
        } else {
            (t.unearned, d.unearned) = (t.unearned - o.premiumChange, d.unearned - o.premiumChange);
            if (o.premiumChange > 0) {
                _payOrHold(d.insurer, personAt(d.holder), personAt(d.holder), o.premiumChange);
            }
        }
    }

    /// @dev At once, if nothing is in the way: a loss of this very second is still settled on the sum before.
    function _earliestChange(Deal storage d) private view returns (uint256 instant) {
        instant = block.timestamp;
        if (instant < d.startsAt) instant = d.startsAt;
        if (d.changedAt.length > 0 && instant < d.changedAt[d.changedAt.length - 1]) {
            instant = d.changedAt[d.changedAt.length - 1];
        }
    }

    /// @dev The first policy from `seed` on, round and round, that `suits`; the number of policies if none does.
    function _findDeal(uint256 seed, function(Deal storage) view returns (bool) suits) internal view returns (uint256) {
        uint256 count = deals.length;
        for (uint256 i = 0; i < count; ++i) {
            if (suits(deals[(seed % count + i) % count])) return (seed % count + i) % count;
        }
        return count;
    }

    function _isRunning(Deal storage d) private view returns (bool) {
        return !d.cancelled && block.timestamp < d.endsAt;
    }

    function _canChange(Deal storage d) internal view returns (bool) {
        return !d.cancelled && d.changedAt.length < 16 && _earliestChange(d) < d.endsAt;
    }
}
