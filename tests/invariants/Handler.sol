// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParametricProduct} from "../../contracts/ParametricProduct.sol";
import {Treasury} from "../../contracts/Treasury.sol";
import {TestStablecoin} from "../../contracts/mocks/TestStablecoin.sol";
import {
    Assessment,
    Binding,
    EventReport,
    Measurement,
    Outcome,
    Permit,
    Quote,
    RiskReport
} from "../../contracts/types/ParametricTypes.sol";
import {Books} from "./Books.sol";
import {LogReplay} from "./LogReplay.sol";

/// @notice Does everything an insurer, its holders and passers-by can do, and keeps books of what should follow.
contract Handler is Books {
    LogReplay public immutable replay;
    uint256 public refusedWrongly; // calls that should have gone through
    uint256 public acceptedWrongly; // reports and applications that should have been refused
    uint256 public withdrawnWrongly; // withdrawals of what is locked that went through
    uint256 private _applications;
    bytes private _usedReport; // calldata of a report that went through
    bytes private _usedSale; // calldata of a bind that went through
    address private _usedReportProduct;
    address private _usedSaleProduct;

    constructor() {
        _build();
        for (uint256 i = 0; i < HOLDERS; ++i) {
            _addHolder(0xB0B0 + i);
            vm.prank(holderAt(i));
            token.approve(address(treasury), 10 ** 30);
        }
        replay = new LogReplay(address(treasury));
        token.approve(address(treasury), type(uint256).max);
        _deposit(CAPITAL);
    }

    /// @dev Events of the action go to the replay.
    modifier recorded() {
        vm.recordLogs();
        _;
        replay.take(vm.getRecordedLogs());
    }

    function theTreasury() external view returns (Treasury) {
        return treasury;
    }

    function theToken() external view returns (TestStablecoin) {
        return token;
    }

    function productAt(uint256 index) external view returns (ParametricProduct) {
        return products[index];
    }

    // Actions

    function bindByPermit(uint256 seed, uint256 count) external recorded {
        _bind(seed, count, true);
    }

    function bindByAllowance(uint256 seed, uint256 count) external recorded {
        _bind(seed, count, false);
    }

    function reportAndSettle(uint256 seed, uint256 outcome, int32 value, uint256 places) external recorded {
        (uint256 subject, EventReport memory report, bytes[] memory signatures) = _report(seed, outcome, value);
        if (subject == subjects.length) return;
        places = bound(places, 1, 6);
        products[subjects[subject].product].reportAndSettle(report, signatures, places);
        _close(subject, report);
        _keep(report, signatures);
        _enterSettlement(subject, places);
    }

    function reportEvents(uint256 seed, uint256 outcome, int32 value) external recorded {
        (uint256 subject, EventReport memory report, bytes[] memory signatures) = _report(seed, outcome, value);
        if (subject == subjects.length) return;
        products[subjects[subject].product].reportEvents(report, signatures);
        _close(subject, report);
        _keep(report, signatures);
    }

    function settle(uint256 seed, uint256 places, bool twice) external recorded {
        uint256 subject = subjects.length == 0 ? 0 : _find(seed, _isUnsettled);
        if (subject == subjects.length) return;
        places = bound(places, 1, 3);
        uint256[] memory ids = new uint256[](twice ? 2 : 1);
        for (uint256 i = 0; i < ids.length; ++i) {
            ids[i] = subjects[subject].eventId;
        }
        products[subjects[subject].product].settle(ids, places);
        _enterSettlement(subject, places);
    }

    function closeUnreported(uint256 seed) external recorded {
        uint256 subject = subjects.length == 0 ? 0 : _find(seed, _isOpen);
        if (subject == subjects.length) return;
        Subject storage s = subjects[subject];
        uint256 closesAt = uint256(s.occursAt) + REPORT_WINDOW + 1;
        if (block.timestamp < closesAt) vm.warp(closesAt);
        products[s.product].closeUnreported(s.eventId);
        s.outcome = Outcome.NotReported;
    }

    function blockHolder(uint256 seed, bool block_) external recorded {
        uint256 holder = seed % HOLDERS;
        blocked[holder] = block_;
        token.setBlocked(holderAt(holder), block_);
    }

    function pushHeldPayout(uint256 seed) external recorded {
        uint256 holder = _heldHolder(seed);
        if (holder == HOLDERS) return;
        if (blocked[holder]) return _expectPushRefused(holder);
        treasury.pushHeldPayout(holderAt(holder));
        walletOf[holder] += heldFor[holder];
        (heldTaken, heldFor[holder]) = (heldTaken + heldFor[holder], 0);
    }

    function takeHeldPayout(uint256 seed) external recorded {
        uint256 holder = _heldHolder(seed);
        if (holder == HOLDERS) return;
        vm.prank(holderAt(holder));
        treasury.takeHeldPayout(address(0xCAFE));
        (heldTaken, heldFor[holder]) = (heldTaken + heldFor[holder], 0);
    }

    function depositCapital(uint256 amount) external recorded {
        _deposit(bound(amount, 1, 5_000 * UNIT));
    }

    function withdrawCapital(uint256 amount) external recorded {
        uint256 most = treasury.maxWithdraw(address(this));
        if (most == 0) return;
        amount = amount % 4 == 0 ? most : bound(amount, 1, most);
        treasury.withdraw(amount, address(0xF00D), address(this));
        capitalOut += amount;
    }

    function withdrawTooMuch(uint256 excess) external recorded {
        uint256 free = assetsDue() - requiredWith(0);
        excess = bound(excess, 1, CAPITAL);
        try treasury.withdraw(free + excess, address(0xF00D), address(this)) {
            ++withdrawnWrongly;
            capitalOut += free + excess;
        } catch {
            vm.getRecordedLogs();
        }
    }

    function setRequiredRatio(uint256 ratio) external recorded {
        uint256 before = ratioBps;
        ratioBps = bound(ratio, 10_000, 20_000);
        if (requiredWith(0) > assetsDue()) ratioBps = before;
        treasury.setRequiredRatio(uint16(ratioBps));
    }

    function wait_(uint256 seconds_) external recorded {
        vm.warp(block.timestamp + bound(seconds_, 1, 3 days));
    }

    /// @notice The very same report, or the very same sale, once more.
    function repeat(bool sale) external recorded {
        (bytes memory again, address product) = sale ? (_usedSale, _usedSaleProduct) : (_usedReport, _usedReportProduct);
        if (again.length == 0) return;
        for (uint256 i = 0; sale && i < HOLDERS; ++i) {
            if (blocked[i]) continue;
            token.mint(holderAt(i), 10_000 * UNIT);
            walletOf[i] += 10_000 * UNIT;
        }
        if (_call(ParametricProduct(product), again)) ++acceptedWrongly;
    }

    /// @notice A report that is wrong in one way only, signed by the quorum as it stands.
    function reportWrongly(uint256 seed, uint256 way) external recorded {
        (uint256 subject, EventReport memory report,) = _report(seed, 1, 200);
        if (subject == subjects.length) return;
        ParametricProduct product = products[subjects[subject].product];
        way = bound(way, 0, 6);
        if (way == 0) report.chainId = block.chainid + 1;
        if (way == 1) report.product = address(products[1 - subjects[subject].product]);
        if (way == 2) report.validUntil = uint40(block.timestamp - 1);
        if (way == 3) report.observedAt = uint40(block.timestamp + 1);
        if (way == 4) report.signerEpoch = 2;
        bytes[] memory signatures = _quorumSigns(product, hasher.eventReportHash(report));
        if (way == 5) signatures[2] = signatures[1];
        if (way == 6) signatures = _firstTwo(signatures);
        if (_call(product, abi.encodeCall(ParametricProduct.reportEvents, (report, signatures)))) ++acceptedWrongly;
    }

    // Parts

    function _bind(uint256 seed, uint256 count, bool permit) private {
        uint256 product = seed % 2;
        count = bound(count, 1, 4);
        RiskReport memory report = _riskReport(products[product], count);
        report.validUntil = uint40(block.timestamp + 60 days);
        Binding[] memory bindings = new Binding[](count);
        uint256[] memory chosen = new uint256[](count);
        Deal[] memory made = new Deal[](count);
        uint256 exposure = 0;
        for (uint256 i = 0; i < count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            (chosen[i], made[i]) = _choose(product, seed);
            if (blocked[made[i].holder]) return;
            (report.assessments[i], bindings[i]) = _offer(chosen[i], made[i], i, seed);
            if (permit) bindings[i].permit = _permitFor(made, i);
            exposure += made[i].sumInsured;
        }
        _fund(made);
        bytes[] memory signatures = _quorumSigns(products[product], hasher.riskReportHash(report));
        bytes memory sale = abi.encodeCall(ParametricProduct.bind, (report, signatures, bindings));
        bool carried = assetsDue() >= requiredWith(exposure); // the premiums are not free before they are earned
        if (_call(products[product], sale) != carried) ++refusedWrongly;
        if (!carried) return;
        for (uint256 i = 0; i < count; ++i) {
            _enterDeal(chosen[i], made[i]);
            walletOf[made[i].holder] -= made[i].premium;
        }
        (_usedSale, _usedSaleProduct) = (sale, address(products[product]));
        ++_applications;
    }

    function _choose(uint256 product, uint256 seed) private returns (uint256 subject, Deal memory made) {
        made.holder = (seed >> 8) % HOLDERS;
        for (uint256 i = 0; i < HOLDERS && blocked[made.holder]; ++i) {
            made.holder = (made.holder + 1) % HOLDERS;
        }
        made.sumInsured = bound(seed >> 16, 2 * UNIT, MOST_INSURED);
        made.premium = _premium(made.sumInsured, _sharePpb(seed));
        subject = _subjectFor(product, seed);
    }

    function _sharePpb(uint256 seed) private pure returns (uint32) {
        return uint32((seed >> 64) % 300_000_000);
    }

    /// @dev One of the last few open events, or a new one. Room is kept for the four policies of a batch.
    function _subjectFor(uint256 product, uint256 seed) private returns (uint256) {
        for (uint256 i = 1; i <= 4 && i <= subjects.length && seed % 4 > 0; ++i) {
            uint256 subject = subjects.length - i;
            Subject storage s = subjects[subject];
            bool sellable = s.outcome == Outcome.Open && s.occursAt >= block.timestamp + 1 hours;
            bool roomy = s.exposure + 4 * MOST_INSURED <= MOST_ON_EVENT;
            if (s.product == product && sellable && roomy) return subject;
        }
        string memory text = string.concat("flight/", vm.toString(subjects.length));
        uint40 occursAt = uint40(block.timestamp + 1 hours + (seed >> 96) % 10 days);
        uint256 id = uint256(keccak256(bytes(text))) >> 32;
        subjects.push(Subject(product, id, text, occursAt, Outcome.Open, 0, 0, 0));
        return subjects.length - 1;
    }

    function _offer(uint256 subject, Deal memory made, uint256 index, uint256 seed)
        private
        view
        returns (Assessment memory a, Binding memory b)
    {
        Subject storage s = subjects[subject];
        uint256 applicationId = (uint256(keccak256(abi.encode(_applications))) << 8) | index;
        a = Assessment(applicationId, s.eventId, s.occursAt, _sharePpb(seed), MOST_INSURED, bytes32(seed));
        Quote memory q = Quote({
            applicationId: applicationId,
            holder: holderAt(made.holder),
            underwriter: underwriter,
            insuredEvent: s.text,
            occursAt: s.occursAt,
            sumInsured: uint96(made.sumInsured),
            premium: uint96(made.premium),
            validUntil: uint40(block.timestamp + 30 days)
        });
        (b.assessment, b.quote) = (index, q);
        (b.underwriterSignature, b.acceptance) = _partiesSign(products[s.product], q, holderKeys[made.holder]);
    }

    /// @dev A holder's second permit in one batch takes the next nonce.
    function _permitFor(Deal[] memory made, uint256 index) private view returns (Permit memory) {
        uint256 nonce = token.nonces(holderAt(made[index].holder));
        for (uint256 i = 0; i < index; ++i) {
            if (made[i].holder == made[index].holder) ++nonce;
        }
        return _permit(holderKeys[made[index].holder], nonce, 10 ** 30);
    }

    function _fund(Deal[] memory made) private {
        for (uint256 i = 0; i < made.length; ++i) {
            token.mint(holderAt(made[i].holder), made[i].premium);
            walletOf[made[i].holder] += made[i].premium;
        }
    }

    function _report(uint256 seed, uint256 outcome, int32 value)
        private
        returns (uint256 subject, EventReport memory report, bytes[] memory signatures)
    {
        subject = subjects.length == 0 ? 0 : _find(seed, _isOpen);
        if (subject == subjects.length) return (subject, report, signatures);
        Subject storage s = subjects[subject];
        if (block.timestamp < s.occursAt) vm.warp(s.occursAt);
        Outcome ended = Outcome(bound(outcome, 1, 3));
        report = _eventReport(products[s.product], 1);
        report.validUntil = uint40(block.timestamp + 365 days);
        value = ended == Outcome.Measured ? int32(bound(value, -60, 300)) : int32(0);
        report.measurements[0] = Measurement(s.eventId, ended, value);
        signatures = _quorumSigns(products[s.product], hasher.eventReportHash(report));
    }

    function _firstTwo(bytes[] memory signatures) private pure returns (bytes[] memory two) {
        two = new bytes[](2);
        (two[0], two[1]) = (signatures[0], signatures[1]);
    }

    function _close(uint256 subject, EventReport memory report) private {
        Measurement memory m = report.measurements[0];
        (subjects[subject].outcome, subjects[subject].shareBps) = (m.outcome, _shareOwed(m.outcome, m.value));
    }

    function _keep(EventReport memory report, bytes[] memory signatures) private {
        _usedReport = abi.encodeCall(ParametricProduct.reportEvents, (report, signatures));
        _usedReportProduct = report.product;
    }

    function _heldHolder(uint256 seed) private view returns (uint256) {
        for (uint256 i = 0; i < HOLDERS; ++i) {
            if (heldFor[(seed % HOLDERS + i) % HOLDERS] > 0) return (seed % HOLDERS + i) % HOLDERS;
        }
        return HOLDERS;
    }

    function _expectPushRefused(uint256 holder) private {
        vm.expectRevert(abi.encodeWithSelector(TestStablecoin.AccountBlocked.selector, holderAt(holder)));
        treasury.pushHeldPayout(holderAt(holder));
        vm.getRecordedLogs();
    }

    function _deposit(uint256 amount) private {
        token.mint(address(this), amount);
        treasury.deposit(amount, address(this));
        capitalIn += amount;
    }

    function _premiumsOf(Deal[] memory made) private pure returns (uint256 total) {
        for (uint256 i = 0; i < made.length; ++i) {
            total += made[i].premium;
        }
    }

    /// @dev Logs of a call that reverts are recorded too, so they are thrown away here.
    function _call(ParametricProduct product, bytes memory data) private returns (bool done) {
        (done,) = address(product).call(data);
        if (!done) vm.getRecordedLogs();
    }
}
