// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimIds} from "../../../contracts/libraries/ClaimIds.sol";
import {ClaimOutcome, ClaimState} from "../../../contracts/types/ClaimTypes.sol";
import {RiskTier} from "../../../contracts/types/IndemnityTypes.sol";
import {MoneyBooks} from "./MoneyBooks.sol";

/// @notice Policies and claims as they should be, worked out from the rules' words (S11 to S18), step by step.
abstract contract ClaimBooks is MoneyBooks {
    /// @dev A policy.
    struct Deal {
        uint256 insurer;
        uint256 id;
        uint256 holder; // index of a person
        address beneficiary; // zero: the holder
        uint256 startsAt;
        uint256 endsAt;
        uint256 premium; // for the whole period at the present sum insured
        uint256 unearned;
        RiskTier tier;
        uint256 cap; // most the quorum would insure
        uint32 exclusions;
        bool renewal;
        bool renewed;
        bool closed;
        bool cancelled;
        uint256[2] used; // by coverage, paid or reserved
        uint256 claims;
        uint256 interest; // paid
        uint256 indemnity; // paid
        uint256[] sums; // the present one last
        uint256[] changedAt; // when each of `sums` but the first took effect
        uint256[] premiums; // before each change, for the whole period
    }

    /// @dev A claim.
    struct Case {
        uint256 id;
        uint256 deal;
        uint256 claimant; // index of a person
        uint256 coverage;
        uint256 occurredAt;
        uint256 claimed;
        uint256 reserve;
        uint256 paid; // superseded claims' included
        uint256 paidBefore; // under the claim it supersedes
        ClaimState state;
        ClaimOutcome outcome;
        uint256 clockFrom;
        uint256 lateSeconds; // that the decision came too late
        uint256 reopenings; // before
        uint256 institution; // number; 0: none
        bool escalated;
        uint256 each; // instalments
        uint256 left;
        uint256 nextDue;
        uint256 interval;
        uint256 dispute;
        uint256 successor; // claim id
    }

    uint256 internal constant PEOPLE = 5;

    Deal[] internal deals;
    Case[] internal cases;
    uint256[2] internal dealsOf; // policies of each insurer
    mapping(uint256 claimId => uint256 numberFromOne) internal caseOf;
    mapping(bytes32 nullifier => uint256 claimId) internal firstClaim;
    address[PEOPLE] private _people;

    function dealCount() external view returns (uint256) {
        return deals.length;
    }

    function dealAt(uint256 index) external view returns (Deal memory) {
        return deals[index];
    }

    function caseCount() external view returns (uint256) {
        return cases.length;
    }

    function caseAt(uint256 index) external view returns (Case memory) {
        return cases[index];
    }

    /// @notice A claim by its id.
    function caseById(uint256 claimId) external view returns (Case memory) {
        return cases[caseOf[claimId] - 1];
    }

    function personAt(uint256 index) public view returns (address) {
        return _people[index];
    }

    function _addPeople() internal {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _people[i] = vm.addr(_personKey(i));
        }
    }

    function _personKey(uint256 index) internal pure returns (uint256) {
        return FIRST_PERSON_KEY + index;
    }

    function _personOf(address account) internal view returns (uint256 index) {
        for (; index < PEOPLE; ++index) {
            if (personAt(index) == account) return index;
        }
    }

    // Policies

    /// @notice What a policy may cost at most: its greatest sum insured, and the most interest on it.
    function lockOf(uint256 deal) public view returns (uint256) {
        return _lock(mostOf(deal));
    }

    function _lock(uint256 sum) internal pure returns (uint256) {
        return sum + (sum * 300 + 9_999) / 10_000;
    }

    function _sumOf(Deal storage d) internal view returns (uint256) {
        return d.sums[d.sums.length - 1];
    }

    /// @notice The greatest sum insured the policy ever had.
    function mostOf(uint256 deal) public view returns (uint256 most) {
        for (uint256 i = 0; i < deals[deal].sums.length; ++i) {
            if (deals[deal].sums[i] > most) most = deals[deal].sums[i];
        }
    }

    /// @notice Sum insured for a loss at that time.
    function sumAt(uint256 deal, uint256 occurredAt) public view returns (uint256 sum) {
        Deal storage d = deals[deal];
        sum = d.sums[0];
        for (uint256 i = 0; i < d.changedAt.length && d.changedAt[i] < occurredAt; ++i) {
            sum = d.sums[i + 1];
        }
    }

    function _payeeOf(Deal storage d) internal view returns (address) {
        return d.beneficiary == address(0) ? personAt(d.holder) : d.beneficiary;
    }

    /// @dev Premium not earned by now, rounded up.
    function _stillUnearned(Deal storage d) internal view returns (uint256) {
        return _unearnedOf(d, true);
    }

    /// @dev Premium not earned by now: of each sum for the time it was, or will be, in force.
    function _unearnedOf(Deal storage d, bool up) internal view returns (uint256 units) {
        if (d.endsAt == d.startsAt) return 0;
        uint256 from = block.timestamp;
        for (uint256 i = 0; i < d.changedAt.length; ++i) {
            if (d.changedAt[i] <= from) continue;
            uint256 later = _share(d, d.premiums[i], d.changedAt[i], !up);
            uint256 all = _share(d, d.premiums[i], from, up);
            if (all > later) units += all - later;
            from = d.changedAt[i];
        }
        units += _share(d, d.premium, from, up);
        return units < d.unearned ? units : d.unearned;
    }

    function _share(Deal storage d, uint256 premium, uint256 instant, bool up) private view returns (uint256) {
        if (instant >= d.endsAt) return 0;
        uint256 left = d.endsAt - (instant > d.startsAt ? instant : d.startsAt);
        uint256 period = d.endsAt - d.startsAt;
        return (premium * left + (up ? period - 1 : 0)) / period;
    }

    // Claims

    /// @dev Indemnity still owed for a loss: deductible, share, the claim's limit; then what was paid; then what coverage
    /// and policy still bear.
    function _payable(Case storage c, uint256 loss) internal view returns (uint256) {
        return _worth(c.deal, c.coverage, c.occurredAt, loss, c.reserve, c.paid);
    }

    function _worth(uint256 deal, uint256 coverage, uint256 occurredAt, uint256 loss, uint256 reserve, uint256 paid)
        internal
        view
        returns (uint256)
    {
        uint256 sum = sumAt(deal, occurredAt);
        return _least(_ownWorth(coverage, sum, loss, paid), _bears(deals[deal].used, coverage, sum, reserve), reserve);
    }

    /// @dev Indemnity still owed for all that was claimed if other claims had nothing reserved: what was paid on them, or
    /// is promised in instalments, counts.
    /// @param atAward The panel's award does not wait for claims that came there after it, nor longer than a year.
    function _worthApart(Case storage c, bool atAward) internal view returns (uint256) {
        uint256[2] memory used = deals[c.deal].used;
        bool waits = !atAward || block.timestamp <= c.clockFrom + 365 days;
        for (uint256 i = 0; i < cases.length && waits; ++i) {
            Case storage o = cases[i];
            if (o.deal != c.deal || o.id == c.id) continue;
            if (atAward && o.id > c.id && o.state == ClaimState.Disputed) continue;
            used[o.coverage] -= o.reserve - _promised(o);
        }
        uint256 sum = sumAt(c.deal, c.occurredAt);
        return
            _least(_ownWorth(c.coverage, sum, c.claimed, c.paid), _bears(used, c.coverage, sum, c.reserve), c.reserve);
    }

    /// @dev Worth of a loss by its own terms and its claim's limit, less what was paid.
    function _ownWorth(uint256 coverage, uint256 sum, uint256 loss, uint256 paid) private pure returns (uint256 worth) {
        if (coverage == 1) worth = loss;
        else if (loss > 2 * UNIT) worth = (loss - 2 * UNIT) * 90 / 100;
        worth = _min(worth, sum * (coverage == 0 ? 60 : 20) / 100);
        return worth > paid ? worth - paid : 0;
    }

    /// @dev The worth, within what is left. What is reserved for a claim is its own.
    function _least(uint256 worth, uint256 left, uint256 reserve) private pure returns (uint256) {
        return _min(worth, left > reserve ? left : reserve);
    }

    /// @dev What coverage and policy bear beside what others use.
    function _bears(uint256[2] memory used, uint256 coverage, uint256 sum, uint256 reserve)
        private
        pure
        returns (uint256)
    {
        uint256 most = sum * (coverage == 0 ? 100 : 30) / 100;
        return _min(_less(most + reserve, used[coverage]), _less(sum + reserve, used[0] + used[1]));
    }

    function _insurerOf(Case storage c) internal view returns (uint256) {
        return deals[c.deal].insurer;
    }

    function _promised(Case storage c) internal view returns (uint256) {
        return c.each * c.left;
    }

    /// @dev When a window of a claim's clock ends, pauses since then added.
    function _windowEnd(Case storage c, uint256 windowSeconds) internal view returns (uint256) {
        return c.clockFrom + windowSeconds + pausedSince(_insurerOf(c), c.clockFrom);
    }

    function _daysEnd(Case storage c, uint256 workingDays) internal view returns (uint256) {
        return _afterDays(c.clockFrom, workingDays) + pausedSince(_insurerOf(c), c.clockFrom);
    }

    function _decideBy(Case storage c) internal view returns (uint256) {
        return _daysEnd(c, deals[c.deal].tier == RiskTier.Low ? 2 : 4);
    }

    function _lateness(Case storage c) internal view returns (uint256) {
        return _less(block.timestamp, _decideBy(c));
    }

    /// @dev The instant at which so many working days have run: day by day.
    function _afterDays(uint256 from, uint256 workingDays) internal pure returns (uint256 instant) {
        uint256 left = workingDays * 1 days;
        instant = from;
        while (left > 0) {
            uint256 weekday = (instant / 1 days + 3) % 7; // 0: Monday
            uint256 tomorrow = (instant / 1 days + 1) * 1 days;
            if (weekday < 5) {
                if (instant + left <= tomorrow) return instant + left;
                left -= tomorrow - instant;
            }
            instant = tomorrow;
        }
    }

    /// @dev Interest on what is paid late: 90 % a year, at most 3 %.
    function _interest(uint256 amount, uint256 late) internal pure returns (uint256) {
        return _min(amount * 9_000 * late / (365 days * 10_000), amount * 300 / 10_000);
    }

    function _isFinal(Case storage c) internal view returns (bool) {
        if (c.state != ClaimState.Closed) return false;
        if (c.outcome == ClaimOutcome.Awarded || c.outcome == ClaimOutcome.Upheld || c.successor != 0) return true;
        return c.reopenings == 3 || block.timestamp > _windowEnd(c, REOPEN_WINDOW);
    }

    /// @dev A new claim in the books.
    function _enterCase(Case memory c) internal returns (uint256 index) {
        Deal storage d = deals[c.deal];
        c.id = ClaimIds.claimId(address(insurers[d.insurer].product), d.id, d.claims++);
        c.reserve = _worth(c.deal, c.coverage, c.occurredAt, c.claimed, 0, c.paid);
        (c.state, c.clockFrom) = (ClaimState.Noticed, block.timestamp);
        c.paidBefore = c.paid;
        d.used[c.coverage] += c.reserve;
        tills[d.insurer].reserves += c.reserve;
        tills[d.insurer].exposure -= c.reserve;
        cases.push(c);
        caseOf[c.id] = cases.length;
        return cases.length - 1;
    }

    /// @dev Pays a claim and sets its reserve and state anew. Returns where the tokens went: 0 nowhere (held, or nothing
    /// to pay), 1 the claimant, 2 an institution.
    function _enterPayment(Case storage c, ClaimState state, uint256 indemnity, uint256 interest, uint256 reserve)
        internal
        returns (uint256 leg)
    {
        Deal storage d = deals[c.deal];
        uint256 before = c.reserve;
        d.used[c.coverage] = d.used[c.coverage] + reserve + indemnity - before;
        (d.interest, d.indemnity) = (d.interest + interest, d.indemnity + indemnity);
        (c.paid, c.reserve) = (c.paid + indemnity, reserve);
        _enterState(c, state);
        MoneyBooks.Till storage t = tills[d.insurer];
        t.reserves = t.reserves + reserve - before;
        t.exposure = t.exposure + before - reserve - indemnity - interest;
        if (indemnity == 0) return 0;
        uint256 institution = _railFor(c, indemnity + interest);
        address payee = personAt(c.claimant);
        address to = institution == 0 ? payee : address(disbursement);
        if (!_payOrHold(d.insurer, payee, to, indemnity + interest)) return 0;
        if (institution == 0) return 1;
        _enterInstruction(c.id, c.claimant, institution, indemnity + interest);
        return 2;
    }

    function _enterState(Case storage c, ClaimState state) internal {
        bool anew = c.state != state && (state == ClaimState.Decided || state == ClaimState.Closed);
        if (anew) c.clockFrom = block.timestamp;
        c.state = state;
    }

    /// @dev Institution that takes this payment of the claim; 0: none.
    function _railFor(Case storage c, uint256 amount) internal view virtual returns (uint256);

    function _enterInstruction(uint256 claimId, uint256 payee, uint256 institution, uint256 amount) internal virtual;

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @dev `a - b`, or 0.
    function _less(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a - b : 0;
    }

    /// @dev The first claim from `seed` on, round and round, between two states; the number of claims if there is none.
    function _findCase(uint256 seed, ClaimState least, ClaimState most) internal view returns (uint256) {
        uint256 count = cases.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 index = (seed % count + i) % count;
            if (cases[index].state >= least && cases[index].state <= most) return index;
        }
        return count;
    }
}
