// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IndemnityProduct} from "../../../contracts/IndemnityProduct.sol";
import {Treasury} from "../../../contracts/Treasury.sol";
import {IClaimsDesk} from "../../../contracts/interfaces/IClaimsDesk.sol";
import {Claim, ClaimState, Decision, LossReport, Notice} from "../../../contracts/types/ClaimTypes.sol";
import {Dispute, DisputeState, Ruling, Seat} from "../../../contracts/types/DisputeTypes.sol";
import {
    IndemnityBinding,
    IndemnityQuote,
    Measure,
    RiskAssessment,
    RiskTier,
    UnderwritingReport
} from "../../../contracts/types/IndemnityTypes.sol";
import {Network} from "../claims/Network.sol";

/// @notice One insured house: capital of 9,000, and a holder who can sign, sell and claim in one line each.
abstract contract ClaimsHouse is Network {
    uint32 internal constant RATE_PPB = 50_000_000; // 5 %
    uint64 internal constant SUM = uint64(1_000 * UNIT);
    uint256 internal constant HOLDER_KEY = 0x401D;
    uint256 internal constant SECONDS_A_DAY = 1 days;

    address internal holder = vm.addr(HOLDER_KEY);
    IndemnityProduct internal product;
    Treasury internal treasury;
    address internal adjuster;
    address internal chief;
    uint256 private _applications;

    function setUp() public virtual {
        _found();
        incidents.admitDesk(address(desk), true);
        vm.warp(1_700_006_400); // Wednesday, 15 November 2023, 00:00
        (product, treasury) = (insurers[0].product, insurers[0].treasury);
        (adjuster, chief) = (vm.addr(insurers[0].adjusterKeys[0]), insurers[0].chief);
        token.mint(chief, CAPITAL);
        vm.prank(chief);
        treasury.deposit(CAPITAL, chief);
        token.mint(holder, 1_000 * UNIT);
        vm.startPrank(holder);
        token.approve(address(treasury), type(uint256).max);
        token.approve(address(panel), type(uint256).max);
        vm.stopPrank();
    }

    // Selling

    function _assessment(RiskTier tier) internal returns (RiskAssessment memory a) {
        (a.applicationId, a.tier, a.ratePpb) = (++_applications, tier, RATE_PPB);
        a.score = tier == RiskTier.Low ? 3_000 : tier == RiskTier.Medium ? 7_000 : 8_500;
        (a.lossRatioBps, a.sumInsuredCap, a.exclusions, a.commitment) = (4_000, MOST_SUM, 6, "commitment");
    }

    function _quote(RiskAssessment memory a, uint64 sumInsured, uint64 premium)
        internal
        view
        returns (IndemnityQuote memory q)
    {
        (q.applicationId, q.holder, q.payer) = (a.applicationId, holder, holder);
        (q.underwriter, q.subject) = (vm.addr(insurers[0].underwriterKey), "subject");
        (q.sumInsured, q.premium) = (sumInsured, premium);
        q.validUntil = uint40(block.timestamp + 1 days);
    }

    function _binding(IndemnityQuote memory q) internal view returns (IndemnityBinding memory b) {
        (bytes32 offer, bytes32 acceptance) = words.quote(q);
        b.quote = q;
        b.underwriterSignature = _signIn(insurers[0].underwriterKey, product.domainSeparator(), offer);
        b.acceptance = _signIn(HOLDER_KEY, product.domainSeparator(), acceptance);
    }

    function _sale(RiskAssessment memory a) internal view returns (UnderwritingReport memory r) {
        (r.chainId, r.product, r.signerEpoch) = (block.chainid, address(product), 1);
        (r.observedAt, r.validUntil) = (uint40(block.timestamp), uint40(block.timestamp + 1 hours));
        (r.modelHash, r.assessments) = ("model", new RiskAssessment[](1));
        r.assessments[0] = a;
    }

    function _bindAs(RiskAssessment memory a, IndemnityBinding memory b) internal returns (uint256) {
        UnderwritingReport memory r = _sale(a);
        IndemnityBinding[] memory bindings = new IndemnityBinding[](1);
        bindings[0] = b;
        return product.bind(r, _quorumSigns(product.domainSeparator(), words.underwriting(r)), bindings)[0];
    }

    /// @dev A low risk, insured for 1,000 at 50.
    function _bind() internal returns (uint256) {
        RiskAssessment memory a = _assessment(RiskTier.Low);
        return _bindAs(a, _binding(_quote(a, SUM, uint64(50 * UNIT))));
    }

    /// @dev Tries a sale that has to be refused in these words.
    function _bindRefused(RiskAssessment memory a, IndemnityBinding memory b, bytes memory refusal) internal {
        UnderwritingReport memory r = _sale(a);
        IndemnityBinding[] memory bindings = new IndemnityBinding[](1);
        bindings[0] = b;
        bytes[] memory signatures = _quorumSigns(product.domainSeparator(), words.underwriting(r));
        vm.expectRevert(refusal);
        product.bind(r, signatures, bindings);
    }

    // Claiming

    function _notice(uint256 policyId, uint64 claimed) internal view returns (Notice memory) {
        return Notice({
            product: address(product),
            policyId: policyId,
            coverage: 0,
            peril: 0,
            occurredAt: uint40(block.timestamp),
            claimed: claimed,
            evidenceRoot: "evidence"
        });
    }

    function _notify(uint256 policyId, uint64 claimed) internal returns (uint256 claimId) {
        Notice memory n = _notice(policyId, claimed);
        vm.prank(holder);
        return desk.notify(n);
    }

    function _lossReport(uint256 claimId, uint64 loss) internal view returns (LossReport memory r) {
        (r.chainId, r.desk, r.signerEpoch) = (block.chainid, address(desk), 1);
        (r.observedAt, r.validUntil) = (uint40(block.timestamp), uint40(block.timestamp + 1 hours));
        (r.claimId, r.loss, r.fraudScore, r.confidenceBps) = (claimId, loss, 1_000, 9_000);
        (r.evidenceRoot, r.modelHash, r.nullifiers) = ("evidence", "model", new bytes32[](1));
        r.nullifiers[0] = keccak256(abi.encode(claimId));
    }

    function _report(LossReport memory r) internal returns (uint64) {
        return desk.reportLoss(r, _quorumSigns(desk.domainSeparator(), words.loss(r)));
    }

    function _reportRefused(LossReport memory r, bytes memory refusal) internal {
        bytes[] memory signatures = _quorumSigns(desk.domainSeparator(), words.loss(r));
        vm.expectRevert(refusal);
        desk.reportLoss(r, signatures);
    }

    function _decision(uint256 claimId, uint64 loss) internal view returns (Decision memory d) {
        (d.claimId, d.loss, d.reasonCode, d.clause) = (claimId, loss, 11, clauseWords[0]);
        (d.proof, d.letterHash, d.validUntil) = (_proof(0), "letter", uint40(block.timestamp + 1 days));
    }

    function _decide(uint256 claimId, uint64 loss) internal returns (uint64) {
        Decision memory d = _decision(claimId, loss);
        vm.prank(adjuster);
        return desk.decide(d, address(0), "");
    }

    function _decideRefused(Decision memory d, bytes memory refusal) internal {
        vm.prank(adjuster);
        vm.expectRevert(refusal);
        desk.decide(d, address(0), "");
    }

    // Before the panel

    function _dispute(uint256 claimId) internal returns (uint256) {
        vm.prank(holder);
        return desk.dispute(claimId);
    }

    /// @dev A panel is drawn, or a second one; nobody rules yet.
    function _draw(uint256 disputeId) internal {
        vm.roll(panel.dispute(disputeId).hashBlock + 1);
        assertTrue(panel.draw(disputeId));
    }

    /// @dev The panel is drawn, rules all alike and concludes: the award is delivered, if the desk takes it.
    function _ruleByPanel(uint256 disputeId, uint64 amount) internal {
        _draw(disputeId);
        Ruling memory ruling;
        (ruling.award, ruling.reasonCode, ruling.salt) = (amount, 7, "salt");
        (ruling.clauseWords, ruling.proof) = (clauseWords[0], _proof(0));
        bool again = panel.dispute(disputeId).state == DisputeState.SittingAgain;
        Seat[3] memory seats = panel.seats(disputeId, again ? 2 : 1);
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 commitment = panel.commitmentOf(disputeId, seats[i].arbitrator, ruling);
            vm.prank(seats[i].arbitrator);
            panel.commit(disputeId, commitment);
        }
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(seats[i].arbitrator);
            panel.reveal(disputeId, ruling);
        }
        panel.conclude(disputeId);
    }

    /// @dev The panel has granted this, and the desk cannot take it yet: less is left.
    function _assertWaits(uint256 disputeId, uint64 granted, uint64 left) internal {
        Dispute memory d = panel.dispute(disputeId);
        assertEq(uint8(d.state), uint8(DisputeState.Decided), "waits");
        assertEq(uint8(desk.claim(d.claimId).state), uint8(ClaimState.Disputed), "claim waits");
        vm.expectRevert(abi.encodeWithSelector(IClaimsDesk.LimitsInUse.selector, d.claimId, granted, left));
        panel.conclude(disputeId);
    }

    function _claim(uint256 claimId) internal view returns (Claim memory) {
        return desk.claim(claimId);
    }

    /// @dev Reserves of the treasury, and exposure left after `paid` and interest, of one policy of 1,000 (lock: 1,030).
    function _assertLocked(uint256 reserved, uint256 paidWithInterest) internal view {
        assertEq(treasury.totalReserves(), reserved, "reserves");
        assertEq(treasury.totalExposure(), 1_030 * UNIT - reserved - paidWithInterest, "exposure");
    }

    function _assertState(uint256 claimId, ClaimState state, uint64 reserve, uint64 paid) internal view {
        Claim memory c = desk.claim(claimId);
        assertEq(uint8(c.state), uint8(state), "state");
        assertEq(c.reserve, reserve, "reserve");
        assertEq(c.paid, paid, "paid");
    }
}
