// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IClaimsDesk} from "./interfaces/IClaimsDesk.sol";
import {IClaimsLens} from "./interfaces/IClaimsLens.sol";
import {IDisputePanel} from "./interfaces/IDisputePanel.sol";
import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {ClaimClock} from "./libraries/ClaimClock.sol";
import {ClaimIds} from "./libraries/ClaimIds.sol";
import {TermsCode} from "./libraries/TermsCode.sol";
import {Claim, ClaimDeadlines, ClaimOutcome, ClaimState, InstalmentPlan} from "./types/ClaimTypes.sol";
import {Cause, ClaimQuery, ClaimRules, ClaimTerms} from "./types/IndemnityTypes.sol";
import {ClaimRecord, Liabilities, NextStep, StepKind, StepOwner, TreasuryStanding} from "./types/LensTypes.sol";

/// @title ClaimsLens
/// @notice Claims and treasuries, as front ends and auditors want to see them.
contract ClaimsLens is IClaimsLens {
    /// @dev A claim while it is looked at.
    struct View {
        IClaimsDesk desk;
        uint256 claimId;
        Claim claim;
        ClaimTerms terms;
        ClaimRules rules;
        InstalmentPlan plan;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant PERIL_BITS = 5;
    uint8 private constant REOPENED_AT = 4; // of a claim's flags

    /// @inheritdoc IClaimsLens
    function deadlines(IClaimsDesk desk, uint256 claimId) external view returns (ClaimDeadlines memory) {
        return _deadlines(_look(desk, claimId));
    }

    /// @inheritdoc IClaimsLens
    function depositFor(IClaimsDesk desk, uint256 claimId) external view returns (uint64 disputed, uint64 deposit) {
        View memory v = _look(desk, claimId);
        if (v.claim.state > ClaimState.Decided) return (0, 0);
        disputed = _disputed(v);
        if (v.claim.state < ClaimState.Decided) return (disputed, 0);
        uint256 asked = Math.min((uint256(disputed) * v.rules.depositBps) / BPS, v.rules.depositCap);
        deposit = uint64(Math.min(asked, desk.panel().depositCap(disputed)));
    }

    /// @inheritdoc IClaimsLens
    function nextStep(IClaimsDesk desk, uint256 claimId) external view returns (NextStep memory) {
        View memory v = _look(desk, claimId);
        ClaimDeadlines memory until = _deadlines(v);
        if (v.claim.state < ClaimState.Decided) return _beforeDecision(v, until);
        if (v.claim.state == ClaimState.Decided) return _afterDecision(v, until);
        if (v.claim.state == ClaimState.Disputed) {
            IDisputePanel panel = desk.panel();
            (, uint40 revealUntil) = panel.windows(panel.disputeOf(address(desk), claimId));
            return NextStep({owner: StepOwner.Panel, kind: StepKind.Rule, instant: revealUntil});
        }
        if (until.reopen < block.timestamp) {
            return NextStep({owner: StepOwner.Nobody, kind: StepKind.None, instant: 0});
        }
        return NextStep({owner: StepOwner.Claimant, kind: StepKind.Reopen, instant: until.reopen});
    }

    /// @inheritdoc IClaimsLens
    function claimsOf(IClaimsDesk desk, address product, uint256 policyId, uint256 from, uint256 limit)
        external
        view
        returns (ClaimRecord[] memory page)
    {
        (, uint32 count) = IIndemnityProduct(product).coverageUse(policyId);
        page = new ClaimRecord[](from < count ? Math.min(limit, count - from) : 0);
        for (uint256 i = 0; i < page.length; ++i) {
            uint256 claimId = ClaimIds.claimId(product, policyId, from + i);
            page[i] = ClaimRecord({
                claimId: claimId,
                claim: desk.claim(claimId),
                plan: desk.instalments(claimId),
                supersededBy: desk.supersededBy(claimId),
                institution: desk.institutionOf(claimId),
                isFinal: desk.isFinal(claimId)
            });
        }
    }

    /// @inheritdoc IClaimsLens
    function treasuryStanding(ITreasury treasury) external view returns (TreasuryStanding memory s) {
        (s.asset, s.held, s.booked) = (treasury.asset(), treasury.heldAssets(), treasury.bookedAssets());
        (s.capital, s.free) = (treasury.totalAssets(), treasury.freeCapital());
        (s.exposure, s.reserves) = (treasury.totalExposure(), treasury.totalReserves());
        (s.unearned, s.heldPayouts) = (treasury.totalUnearnedPremium(), treasury.totalHeldPayouts());
        (s.requiredRatioBps, s.pausedUntil) = (treasury.requiredRatioBps(), treasury.pausedUntil());
        (s.payoutCap, s.leftToday) = treasury.payoutCap();
    }

    /// @inheritdoc IClaimsLens
    function liabilities(ITreasury treasury, address product) external view returns (Liabilities memory) {
        return Liabilities({
            registered: treasury.isProduct(product),
            exposure: treasury.exposureOf(product),
            reserves: treasury.reservesOf(product),
            unearned: treasury.unearnedPremiumOf(product)
        });
    }

    function _look(IClaimsDesk desk, uint256 claimId) private view returns (View memory v) {
        (v.desk, v.claimId, v.claim) = (desk, claimId, desk.claim(claimId));
        if (v.claim.state == ClaimState.None) revert IClaimsDesk.ClaimNotInState(claimId, ClaimState.None);
        (address product, uint256 policyId,) = ClaimIds.split(claimId);
        v.terms = IIndemnityProduct(product)
            .claimTerms(
                ClaimQuery({
                policyId: policyId,
                cause: _cause(v.claim),
                claimed: v.claim.claimed,
                loss: 0,
                reserve: v.claim.reserve,
                paid: v.claim.paid,
                apart: 0,
                apartInAll: 0
            })
            );
        (v.rules, v.plan) = (TermsCode.unpackRules(v.terms.rules), desk.instalments(claimId));
    }

    /// @dev As `ClaimFile` counts them.
    function _deadlines(View memory v) private view returns (ClaimDeadlines memory until) {
        (uint256 from, ClaimState state) = (v.claim.clockFrom, v.claim.state);
        uint256 paused = ITreasury(v.terms.treasury).pausedSecondsSince(from);
        if (state == ClaimState.Noticed) {
            until.acknowledge = ClaimClock.deadline(from, v.rules.acknowledgeDays) + paused;
        }
        if (state < ClaimState.Decided) {
            until.decide = ClaimClock.deadline(from, TermsCode.decideDays(v.terms.rules, v.terms.tier)) + paused;
        }
        if (state == ClaimState.Decided) until.dispute = from + v.rules.disputeWindowSeconds + paused;
        if (_canReopen(v)) until.reopen = from + v.rules.reopenWindowSeconds + paused;
        if (v.plan.left > 0) until.instalment = v.plan.nextDue;
    }

    /// @dev Closed, not by the panel, not superseded, and not reopened too often.
    function _canReopen(View memory v) private view returns (bool) {
        bool byPanel = v.claim.outcome == ClaimOutcome.Awarded || v.claim.outcome == ClaimOutcome.Upheld;
        return v.claim.state == ClaimState.Closed && !byPanel && v.desk.supersededBy(v.claimId) == 0
            && v.claim.flags >> REOPENED_AT < v.desk.MAX_REOPENINGS();
    }

    function _beforeDecision(View memory v, ClaimDeadlines memory until) private view returns (NextStep memory) {
        bool fresh = v.claim.state == ClaimState.Noticed;
        uint256 first = fresh ? Math.min(until.acknowledge, until.decide) : until.decide;
        if (block.timestamp > first && _disputed(v) > 0) {
            return NextStep({owner: StepOwner.Claimant, kind: StepKind.Escalate, instant: first});
        }
        if (fresh && block.timestamp <= until.acknowledge) {
            return NextStep({owner: StepOwner.Insurer, kind: StepKind.Acknowledge, instant: until.acknowledge});
        }
        return NextStep({owner: StepOwner.Insurer, kind: StepKind.Decide, instant: until.decide});
    }

    function _afterDecision(View memory v, ClaimDeadlines memory until) private view returns (NextStep memory) {
        bool running = v.plan.left > 0;
        bool due = running && block.timestamp >= until.instalment;
        if (!due && block.timestamp <= until.dispute && _disputed(v) > 0) {
            return NextStep({owner: StepOwner.Claimant, kind: StepKind.Dispute, instant: until.dispute});
        }
        if (running) {
            return NextStep({owner: StepOwner.Anyone, kind: StepKind.PayInstalment, instant: until.instalment});
        }
        return NextStep({owner: StepOwner.Anyone, kind: StepKind.Close, instant: until.dispute + 1});
    }

    /// @dev What is still payable and not promised.
    function _disputed(View memory v) private pure returns (uint64) {
        return v.terms.full - v.plan.each * v.plan.left;
    }

    function _cause(Claim memory c) private pure returns (Cause memory) {
        uint8 peril = c.cause & uint8((1 << PERIL_BITS) - 1);
        return Cause({coverage: c.cause >> uint8(PERIL_BITS), peril: peril, occurredAt: c.occurredAt});
    }
}
