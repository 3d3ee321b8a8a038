// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IndemnityProduct} from "../../../contracts/IndemnityProduct.sol";
import {ITreasury} from "../../../contracts/interfaces/ITreasury.sol";
import {CollectionReceipt} from "../../../contracts/types/DisbursementTypes.sol";
import {
    IndemnityBinding,
    IndemnityQuote,
    Measure,
    RiskAssessment,
    RiskTier,
    UnderwritingReport
} from "../../../contracts/types/IndemnityTypes.sol";
import {ChangeActions} from "./ChangeActions.sol";

/// @notice Policies are sold, renewed and closed.
abstract contract SaleActions is ChangeActions {
    /// @dev One call of bind.
    struct Sale {
        uint256 insurer;
        bool collected; // by an institution
        UnderwritingReport report;
        IndemnityBinding[] bindings;
        Deal[] made;
        uint256 premiums;
        uint256 exposure;
    }

    uint256 private _applications;
    bytes internal usedSale; // calldata of a bind that went through
    address internal usedSaleProduct;
    bytes internal usedCollection; // calldata of a collection that went through

    /// @notice One or two policies on one report, some of them renewals, some by an institution's collection.
    function sell(uint256 seed, bool collected, bool two) external recorded {
        Sale memory s;
        (s.insurer, s.collected) = (seed % 2, collected);
        if (_isPaused(s.insurer)) return;
        _on(s.insurer);
        uint256 count = two ? 2 : 1;
        (s.report, s.bindings) = (_newReport(s.insurer, count), new IndemnityBinding[](count));
        s.made = new Deal[](count);
        for (uint256 k = 0; k < count; ++k) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (!_addOffer(s, k, seed)) return;
        }
        bytes[] memory signatures = _reportSigned(s.insurer, s.report);
        bytes memory sale = abi.encodeCall(IndemnityProduct.bind, (s.report, signatures, s.bindings));
        (bool done,) = address(insurers[s.insurer].product).call(sale);
        if (done != _carries(s.insurer, s.premiums, s.exposure)) ++differed;
        if (!done) {
            vm.getRecordedLogs();
            return;
        }
        for (uint256 k = 0; k < count; ++k) {
            _enterSale(s, k);
        }
        Till storage t = tills[s.insurer];
        (t.exposure, t.unearned) = (t.exposure + s.exposure, t.unearned + s.premiums);
        (usedSale, usedSaleProduct) = (sale, address(insurers[s.insurer].product));
    }

    function earnPremiums(uint256 seed) external recorded {
        uint256 deal = _findDeal(seed, _isKnown);
        if (deal == deals.length) return;
        Deal storage d = deals[deal];
        _on(d.insurer);
        uint256 still = _stillUnearned(d);
        _agree(insurers[d.insurer].product.earnPremiums(_one(d.id)), d.unearned - still);
        tills[d.insurer].unearned -= d.unearned - still;
        d.unearned = still;
    }

    /// @notice Nothing more can be claimed: what was locked is free.
    function closePolicy(uint256 seed, bool later) external recorded {
        uint256 deal = _findDeal(seed, _canClose);
        if (deal == deals.length) return;
        Deal storage d = deals[deal];
        uint256 opensAt = d.endsAt + NOTICE_WINDOW + 1;
        if (block.timestamp < opensAt) {
            if (!later || opensAt > block.timestamp + 15 days) return;
            vm.warp(opensAt);
        }
        _on(d.insurer);
        insurers[d.insurer].product.closePolicies(_one(d.id));
        tills[d.insurer].exposure -= lockOf(deal) - d.used[0] - d.used[1] - d.interest;
        tills[d.insurer].unearned -= d.unearned;
        (d.unearned, d.closed) = (0, true);
    }

    function suspendSales(uint256 seed) external recorded {
        _on(seed % 2);
        Insurer storage n = insurers[seed % 2];
        vm.startPrank(n.chief);
        n.product.suspendSales(true);
        vm.stopPrank();
        UnderwritingReport memory none;
        bytes memory sale = abi.encodeCall(IndemnityProduct.bind, (none, new bytes[](0), new IndemnityBinding[](1)));
        (bool done,) = address(n.product).call(sale);
        if (done) ++differed;
        vm.prank(n.chief);
        n.product.suspendSales(false);
    }

    // Parts

    function _addOffer(Sale memory s, uint256 k, uint256 seed) private returns (bool) {
        RiskAssessment memory a = s.report.assessments[k];
        (s.made[k], s.bindings[k]) = _offer(s.insurer, k, seed, a, s.made.length == 1);
        IndemnityQuote memory q = s.bindings[k].quote;
        if (s.collected && !_collect(s.insurer, s.made[k], q)) return false;
        if (!s.collected) _issue(q.holder, s.made[k].premium);
        _partiesSign(s.insurer, a, s.bindings[k]);
        (s.premiums, s.exposure) = (s.premiums + s.made[k].premium, s.exposure + _lock(q.sumInsured));
        return true;
    }

    function _newReport(uint256 i, uint256 count) private view returns (UnderwritingReport memory r) {
        (r.chainId, r.product, r.signerEpoch) = (block.chainid, address(insurers[i].product), 1);
        (r.observedAt, r.validUntil) = (uint40(block.timestamp), uint40(block.timestamp + 60 days));
        (r.modelHash, r.assessments) = ("model", new RiskAssessment[](count));
    }

    function _reportSigned(uint256 i, UnderwritingReport memory r) private view returns (bytes[] memory) {
        return _quorumSigns(insurers[i].product.domainSeparator(), words.underwriting(r));
    }

    /// @dev One application: how risky, for how much, at what price.
    function _offer(uint256 i, uint256 k, uint256 seed, RiskAssessment memory a, bool mayRenew)
        private
        returns (Deal memory made, IndemnityBinding memory b)
    {
        uint256 kind = (seed >> 8) % 4;
        made.tier = kind > 2 ? RiskTier.High : RiskTier(kind);
        a.applicationId = (uint256(keccak256(abi.encode("application", _applications++))) << 8) | k;
        (a.score, a.lossRatioBps, a.tier) = ([uint16(3_000), 6_000, 8_500, 9_500][kind], 4_000, made.tier);
        (a.ratePpb, a.sumInsuredCap) = (uint32(20_000_000 + (seed >> 16) % 80_000_000), MOST_SUM);
        IndemnityQuote memory q = b.quote;
        q.measure = Measure(kind == 0 ? 0 : kind == 1 ? 1 + (seed >> 48) % 3 : 3);
        if (q.measure == Measure.Exclusion) a.exclusions = uint32(1 + (seed >> 64) % 15);
        q.exclusions = a.exclusions;
        q.sumInsured = uint64(bound(seed >> 96, LEAST_SUM, q.measure == Measure.Cap ? CAPPED_SUM : MOST_SUM));
        if (kind == 0) a.sumInsuredCap = uint64(bound(seed >> 176, q.sumInsured, MOST_SUM));
        made.cap = a.sumInsuredCap;
        uint256 factor = [uint256(10_000), 11_000, 15_000, 15_000][kind];
        if (q.measure == Measure.Loading) factor = 13_000;
        made.premium = (uint256(q.sumInsured) * a.ratePpb * factor + 1e13 - 1) / 1e13;
        (b.assessment, q.applicationId, q.subject) = (k, a.applicationId, bytes32(seed));
        (made.insurer, made.startsAt, made.exclusions) = (i, block.timestamp, a.exclusions);
        _pickParties(made, q, seed, mayRenew);
        (made.sums, made.unearned) = (new uint256[](1), made.premium);
        (made.sums[0], made.endsAt, q.premium) = (q.sumInsured, made.startsAt + PERIOD, uint64(made.premium));
        q.validUntil = uint40(block.timestamp + 1 days);
    }

    function _pickParties(Deal memory made, IndemnityQuote memory q, uint256 seed, bool mayRenew) private view {
        made.holder = (seed >> 128) % PEOPLE;
        for (uint256 n = 0; n < PEOPLE && blocked[personAt(made.holder)]; ++n) {
            made.holder = (made.holder + 1) % PEOPLE;
        }
        uint256 old = mayRenew ? _findDeal(seed, _canRenew) : deals.length;
        if (old < deals.length && deals[old].insurer == made.insurer && !blocked[personAt(deals[old].holder)]) {
            (made.holder, made.startsAt, made.renewal) = (deals[old].holder, deals[old].endsAt, true);
            (q.renews, q.startsAt) = (uint64(deals[old].id), uint40(deals[old].endsAt));
        } else if ((seed >> 136) % 4 == 0) {
            made.startsAt = block.timestamp + (seed >> 140) % 3 days;
            q.startsAt = uint40(made.startsAt);
        }
        if ((seed >> 160) % 3 == 0) made.beneficiary = personAt((seed >> 168) % PEOPLE);
        (q.holder, q.beneficiary) = (personAt(made.holder), made.beneficiary);
        (q.payer, q.underwriter) = (q.holder, vm.addr(insurers[made.insurer].underwriterKey));
    }

    /// @dev An institution collects the premium and puts it aside. Returns whether it may take that much today.
    function _collect(uint256 i, Deal memory made, IndemnityQuote memory q) private returns (bool) {
        uint256 institution = 1 + uint256(q.subject) % 2;
        uint256 amount = made.premium + uint256(q.subject) % 5;
        Rail storage r = _today(institution);
        bool open = !r.suspended && !r.refusesToken && amount <= r.perPayout && r.collected + amount <= r.perDay;
        if (!open) return false;
        address account = _institutionAccount(institution - 1);
        _issue(account, amount);
        _sendCollection(_collectionReceipt(i, q, institution, amount));
        _flow(account, address(disbursement), amount);
        r.collected += amount;
        Collection memory c;
        (c.insurer, c.applicationId, c.holder) = (i, q.applicationId, made.holder);
        (c.institution, c.amount, c.validUntil) = (institution, amount, block.timestamp + 5 days);
        collections.push(c);
        q.payer = address(disbursement);
        return true;
    }

    function _collectionReceipt(uint256 i, IndemnityQuote memory q, uint256 institution, uint256 amount)
        private
        view
        returns (CollectionReceipt memory)
    {
        return CollectionReceipt({
            institution: uint32(institution),
            product: address(insurers[i].product),
            applicationId: q.applicationId,
            holder: q.holder,
            token: address(token),
            amount: uint64(amount),
            currency: "EUR",
            rate: 920_000,
            referenceHash: keccak256(abi.encode("collection", q.applicationId)),
            validUntil: uint40(block.timestamp + 5 days)
        });
    }

    function _sendCollection(CollectionReceipt memory receipt) private {
        uint256 key = institutionKey + receipt.institution - 1;
        bytes memory signature = _signIn(key, _railDomain(), words.collection(receipt));
        disbursement.collectPremium(receipt, signature);
        usedCollection = abi.encodeCall(disbursement.collectPremium, (receipt, signature));
    }

    function _partiesSign(uint256 i, RiskAssessment memory a, IndemnityBinding memory b) private view {
        Insurer storage n = insurers[i];
        (bytes32 offer, bytes32 acceptance) = words.quote(b.quote);
        bytes32 domain = n.product.domainSeparator();
        b.underwriterSignature = _signIn(n.underwriterKey, domain, offer);
        b.acceptance = _signIn(_personKey(_personOf(b.quote.holder)), domain, acceptance);
        if (a.score <= 9_000) return;
        (b.committee, b.committeeSignatures) = (new address[](3), new bytes[](3));
        for (uint256 k = 0; k < 3; ++k) {
            b.committee[k] = vm.addr(n.committeeKeys[k]);
            b.committeeSignatures[k] = _signIn(n.committeeKeys[k], domain, offer);
        }
    }

    function _enterSale(Sale memory s, uint256 n) private {
        (Deal memory made, IndemnityQuote memory q, uint256 i) = (s.made[n], s.bindings[n].quote, s.insurer);
        made.id = ++dealsOf[i];
        deals.push(made);
        if (q.renews != 0) _dealOf(i, q.renews).renewed = true;
        if (!s.collected) return _comesIn(i, q.holder, made.premium);
        _comesIn(i, address(disbursement), made.premium);
        for (uint256 k = 0; k < collections.length; ++k) {
            Collection storage c = collections[k];
            if (c.insurer != i || c.applicationId != q.applicationId) continue;
            (c.amount, c.released) = (c.amount - made.premium, true);
        }
    }

    function _dealOf(uint256 i, uint256 id) private view returns (Deal storage) {
        for (uint256 k = 0;; ++k) {
            if (deals[k].insurer == i && deals[k].id == id) return deals[k];
        }
        return deals[0];
    }

    function _one(uint256 id) private pure returns (uint256[] memory ids) {
        ids = new uint256[](1);
        ids[0] = id;
    }

    function _isKnown(Deal storage) private pure returns (bool) {
        return true;
    }

    function _canRenew(Deal storage d) private view returns (bool) {
        return !d.renewed && !d.cancelled && d.endsAt > block.timestamp && d.endsAt < block.timestamp + 10 days;
    }

    function _canClose(Deal storage d) private view returns (bool) {
        if (d.closed) return false;
        for (uint256 k = 0; k < cases.length; ++k) {
            Case storage c = cases[k];
            if (deals[c.deal].id == d.id && deals[c.deal].insurer == d.insurer && !_isFinal(c)) return false;
        }
        return true;
    }
}
