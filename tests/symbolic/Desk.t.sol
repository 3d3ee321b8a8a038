// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {AdjusterAuthority} from "../../contracts/AdjusterAuthority.sol";
import {ClaimsDesk} from "../../contracts/ClaimsDesk.sol";
import {IDisputePanel} from "../../contracts/interfaces/IDisputePanel.sol";
import {IIncidentRegistry} from "../../contracts/interfaces/IIncidentRegistry.sol";
import {IProductFactory} from "../../contracts/interfaces/IProductFactory.sol";
import {
    Claim,
    ClaimOutcome,
    ClaimState,
    Decision,
    DecisionCase,
    LossReport,
    Notice
} from "../../contracts/types/ClaimTypes.sol";
import {
    Cause,
    ClaimOpening,
    ClaimPayment,
    ClaimQuery,
    ClaimTerms,
    IndemnityPolicy,
    RiskTier
} from "../../contracts/types/IndemnityTypes.sol";
import {Roles} from "../../contracts/types/Roles.sol";

/// @notice Who may decide a claim, and how: only people deny, with a reason and a clause, within their authority.
/// @dev This contract stands in for product, factory, treasury, AccessManager, quorum, panel and incident registry.
contract DeskProof is Test {
    address private constant ADJUSTER = address(0xAD1);
    address private constant MACHINE = address(0xAD2); // an oracle's key that somebody made an adjuster
    uint32 private constant EPOCH = 2; // of the quorum's present set; the one before it retires at `_retiresAt`
    address private constant CLAIMANT = address(0xC1);
    bytes32 private constant CLAUSE = keccak256("clause");
    bytes32 private constant SIBLING = keccak256("sibling");
    uint64 private constant PER_DECISION = 900e6;
    uint64 private constant PER_DAY = 1_500e6;

    AdjusterAuthority private _authority;
    ClaimsDesk private _desk;
    uint256 private _claimId;
    uint64 private _full;
    uint64 private _worth;
    bool private _hit;
    uint256 private _paid;
    uint32 private _epoch = EPOCH; // of the set the machine's key is in
    uint40 private _retiresAt;

    function setUp() public {
        vm.warp(1_700_000_000);
        _authority = new AdjusterAuthority();
        _authority.setAdjusterLimit(address(this), ADJUSTER, PER_DECISION, PER_DAY);
        _authority.setAdjusterLimit(address(this), MACHINE, PER_DECISION, PER_DAY);
        _desk = new ClaimsDesk(
            IProductFactory(address(this)), IIncidentRegistry(address(this)), IDisputePanel(address(this))
        );
        vm.prank(CLAIMANT);
        _claimId = _desk.notify(Notice(address(this), 1, 0, 0, 1_699_999_000, 500e6, "evidence"));
    }

    /// A key of any set that is heard, the one before in its overlap included, never grants less than was claimed,
    /// whatever roles it was given and whoever signs beside it.
    function check_authorise_MachineCannotDeny(
        DecisionCase memory c,
        Decision memory d,
        address second,
        uint32 epoch,
        uint40 retiresAt
    ) public {
        _place(c, MACHINE);
        vm.assume(c.granted < c.full || c.granted == 0);
        vm.assume(epoch == EPOCH || (epoch == EPOCH - 1 && block.timestamp < retiresAt));
        (_epoch, _retiresAt) = (epoch, retiresAt);

        try _authority.authorise(c, abi.encode(d, second, "")) {
            assert(false);
        } catch {}
    }

    /// Nobody but an adjuster of the claim's insurer decides, and nobody but the desk asks.
    function check_authorise_OnlyAnAdjusterThroughTheDesk(DecisionCase memory c, Decision memory d, address caller)
        public
    {
        address adjuster = c.adjuster;
        _place(c, adjuster);

        vm.prank(caller);
        try _authority.authorise(c, abi.encode(d, address(0), "")) {
            assert(caller == address(this) && (adjuster == ADJUSTER || adjuster == MACHINE));
        } catch {}
    }

    /// Nobody decides a claim they are paid for, or hold the policy of.
    function check_authorise_NeverOnesOwn(DecisionCase memory c, Decision memory d, address adjuster) public {
        _place(c, adjuster);
        c.clauseRoot = keccak256(abi.encode(CLAUSE));
        (d.clause, d.reasonCode, d.proof) = (CLAUSE, 1, new bytes32[](0));

        try _authority.authorise(c, abi.encode(d, address(0), "")) {
            assert(adjuster != c.claimant && adjuster != c.holder);
        } catch {}
    }

    /// Every decision, so every denial, has a reason and a clause that stands in the terms, and is not too old.
    function check_authorise_ReasonAndClause(DecisionCase memory c, Decision memory d, bytes32 sibling) public {
        _place(c, ADJUSTER);
        c.clauseRoot = _pair(keccak256(abi.encode(CLAUSE)), SIBLING);
        d.proof = new bytes32[](1);
        d.proof[0] = sibling;

        try _authority.authorise(c, abi.encode(d, address(0), "")) {
            assert(d.reasonCode != 0);
            assert(_pair(keccak256(abi.encode(d.clause)), sibling) == c.clauseRoot);
            assert(d.validUntil >= block.timestamp && d.loss <= c.claimed);
        } catch {}
    }

    /// An adjuster grants no more than the limit for one decision and for one day, and what is worth more than the
    /// terms allow one person needs a second one.
    function check_authorise_WithinAuthority(DecisionCase memory c, Decision memory d, uint64 again) public {
        _place(c, ADJUSTER);
        c.clauseRoot = keccak256(abi.encode(CLAUSE));
        (d.clause, d.reasonCode, d.proof) = (CLAUSE, 1, new bytes32[](0));

        try _authority.authorise(c, abi.encode(d, address(0), "")) {
            assert(c.granted <= PER_DECISION && c.worth <= c.secondSignatureAbove);
            uint64 first = c.granted;
            (c.granted, c.full) = (again, again);
            try _authority.authorise(c, abi.encode(d, address(0), "")) {
                assert(uint256(first) + again <= PER_DAY);
            } catch {}
        } catch {}
    }

    /// Whatever a quorum reports, the machine pays or refers: no claim is denied, or closed with less than the terms give.
    function check_reportLoss_NeverDenies(LossReport memory r, uint64 full, uint64 worth, bool hit) public {
        vm.assume(worth <= full);
        (_full, _worth, _hit) = (full, worth, hit);
        (r.claimId, r.chainId, r.desk) = (_claimId, block.chainid, address(_desk));
        (r.observedAt, r.validUntil) = (uint40(block.timestamp), type(uint40).max);
        r.nullifiers = new bytes32[](1);

        try _desk.reportLoss(r, new bytes[](0)) returns (uint64 indemnity) {
            Claim memory c = _desk.claim(_claimId);
            assert(c.outcome == ClaimOutcome.Open || c.outcome == ClaimOutcome.Paid);
            bool paidWhole = c.state == ClaimState.Closed && indemnity == full && full > 0;
            assert(c.state == ClaimState.Referred || paidWhole);
            assert(c.paid == indemnity && _paid == indemnity && c.reserve == full - indemnity);
            assert(indemnity == 0 || (indemnity == worth && !hit));
        } catch {}
    }

    /// The machine pays only within what the terms let it: amount, fraud score, confidence, exclusions and incidents.
    function check_reportLoss_PaysOnlyWithinTheTerms(LossReport memory r, uint64 worth, bool hit) public {
        (_full, _worth, _hit) = (worth, worth, hit);
        r.claimId = _claimId;

        try _desk.reportLoss(r, new bytes[](0)) returns (uint64 indemnity) {
            if (indemnity == 0) return;
            assert(indemnity <= 400e6 && r.fraudScore <= 5_000 && r.confidenceBps >= 6_000);
            assert(r.exclusions & 4 == 0 && r.nullifiers.length > 0 && !hit);
            assert(r.chainId == block.chainid && r.desk == address(_desk));
            assert(r.observedAt == block.timestamp && r.validUntil >= block.timestamp);
        } catch {}
    }

    // The others

    function authority() external view returns (address) {
        return address(this);
    }

    function hasRole(uint64 role, address account) external view returns (bool, uint32) {
        if (role == Roles.ADMINISTRATOR) return (account == address(this), 0);
        return (role == Roles.ADJUSTER && (account == ADJUSTER || account == MACHINE), 0);
    }

    function currentEpoch() external pure returns (uint32) {
        return EPOCH;
    }

    function isSigner(uint32 epoch, address account) external view returns (bool) {
        return epoch == _epoch && account == MACHINE;
    }

    function signerSet(uint32 epoch) external view returns (address[] memory, uint8, uint40) {
        return (new address[](0), 3, epoch == EPOCH ? 0 : _retiresAt);
    }

    function requireQuorum(bytes32, uint32, uint256, bytes[] calldata) external pure {}

    function isProduct(address product) external view returns (bool) {
        return product == address(this);
    }

    function isDesk(address) external pure returns (bool) {
        return true;
    }

    function register(bytes32[] calldata, uint256) external view returns (bool) {
        return _hit;
    }

    function pausedSecondsSince(uint256) external pure returns (uint256) {
        return 0;
    }

    function openClaim(uint256, Cause calldata, uint64, uint64, bool) external pure returns (ClaimOpening memory o) {
        (o.payee, o.reserve) = (CLAIMANT, 450e6);
    }

    function policy(uint256) external pure returns (IndemnityPolicy memory p) {
        p.holder = CLAIMANT;
    }

    function payClaim(Cause calldata, ClaimPayment calldata payment) external returns (bool) {
        _paid += payment.indemnity;
        return true;
    }

    /// @dev Exclusion number 2, machine up to medium risks, 400, a fraud score of 50 and a confidence of 60 %.
    function claimTerms(ClaimQuery calldata) external view returns (ClaimTerms memory t) {
        (t.treasury, t.quorum) = (address(this), address(this));
        (t.full, t.own, t.worth) = (_full, _full, _worth);
        (t.exclusions, t.tier) = (4, RiskTier.Low);
        t.rules[0] = (uint256(2) << 48) | (uint256(4) << 64) | (uint256(RiskTier.Medium) << 176)
            | (uint256(5_000) << 184) | (uint256(6_000) << 200);
        t.rules[1] = 400e6;
    }

    function _place(DecisionCase memory c, address adjuster) private view {
        (c.adjuster, c.treasury, c.quorum) = (adjuster, address(this), address(this));
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }
}
