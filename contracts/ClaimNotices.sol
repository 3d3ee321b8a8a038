// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ClaimFile} from "./ClaimFile.sol";
import {IClaimsDesk} from "./interfaces/IClaimsDesk.sol";
import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {ClaimIds} from "./libraries/ClaimIds.sol";
import {Claim, ClaimState, Notice} from "./types/ClaimTypes.sol";
import {Cause, ClaimOpening} from "./types/IndemnityTypes.sol";

/// @title ClaimNotices
/// @notice How claims begin: with notice of a loss, or anew with new evidence.
abstract contract ClaimNotices is ClaimFile, ReentrancyGuardTransient {
    /// @dev What notice and reopening say of a claim.
    struct Filing {
        uint64 claimed; // token units
        uint64 paid; // under the claim it supersedes, token units
        bytes32 evidenceRoot;
        address by;
        uint8 flags;
    }

    /// @inheritdoc IClaimsDesk
    uint8 public constant MAX_REOPENINGS = 3;

    /// @inheritdoc IClaimsDesk
    function notify(Notice calldata notice) external nonReentrant returns (uint256 claimId) {
        return _notify(notice, msg.sender);
    }

    /// @inheritdoc IClaimsDesk
    function reopen(uint256 claimId, uint64 claimed, bytes32 evidenceRoot)
        external
        nonReentrant
        returns (uint256 successor)
    {
        return _reopen(claimId, msg.sender, claimed, evidenceRoot);
    }

    function _notify(Notice calldata n, address notifier) internal returns (uint256 claimId) {
        // Check
        if (n.claimed == 0) revert ClaimedNothing();
        IIndemnityProduct product = IIndemnityProduct(n.product);
        Cause memory cause = Cause({coverage: n.coverage, peril: n.peril, occurredAt: n.occurredAt});
        // Effect and interaction: the number of the claim is the product's to give.
        ClaimOpening memory o = product.openClaim(n.policyId, cause, n.claimed, 0, false);
        if (notifier != o.payee && notifier != product.policy(n.policyId).holder) {
            revert ClaimantInvalid(n.policyId, notifier);
        }
        claimId = ClaimIds.claimId(n.product, n.policyId, o.ordinal);
        Filing memory filing =
            Filing({claimed: n.claimed, paid: 0, evidenceRoot: n.evidenceRoot, by: notifier, flags: 0});
        _file(claimId, cause, o, filing);
    }

    function _reopen(uint256 claimId, address claimant, uint64 claimed, bytes32 evidenceRoot)
        internal
        returns (uint256 successor)
    {
        // Check
        File memory f = _openAs(claimId, claimant, ClaimState.Closed, ClaimState.Closed);
        if (claimed == 0) revert ClaimedNothing();
        if (_byPanel(f.claim.outcome)) revert PanelDecisionFinal(claimId);
        if (_supersededBy[claimId] != 0) revert ClaimSuperseded(claimId, _supersededBy[claimId]);
        uint8 reopenings = f.claim.flags >> REOPENED_AT;
        if (reopenings == MAX_REOPENINGS) revert ReopeningsExhausted(claimId, MAX_REOPENINGS);
        uint256 closedAt = _windowEnd(f, _rules(f).reopenWindowSeconds);
        if (block.timestamp > closedAt) revert WindowClosed(claimId, closedAt, block.timestamp);
        // Effect and interaction: the number of the claim is the product's to give.
        (, uint256 policyId,) = ClaimIds.split(claimId);
        Cause memory cause = _cause(f.claim);
        ClaimOpening memory o = f.product.openClaim(policyId, cause, claimed, f.claim.paid, true);
        o.payee = claimant;
        successor = ClaimIds.claimId(address(f.product), policyId, o.ordinal);
        _supersededBy[claimId] = successor;
        emit ClaimReopened(successor, claimId, f.claim.paid);
        Filing memory filing = Filing({
            claimed: claimed,
            paid: f.claim.paid,
            evidenceRoot: evidenceRoot,
            by: claimant,
            flags: (reopenings + 1) << REOPENED_AT
        });
        _file(successor, cause, o, filing);
    }

    /// @dev Keeps a claim that was just opened.
    function _file(uint256 claimId, Cause memory cause, ClaimOpening memory o, Filing memory n) private {
        Claim memory c;
        (c.claimant, c.state, c.cause) = (o.payee, ClaimState.Noticed, _packCause(cause));
        (c.clockFrom, c.occurredAt) = (uint40(block.timestamp), cause.occurredAt);
        (c.claimed, c.reserve, c.paid, c.flags) = (n.claimed, o.reserve, n.paid, n.flags);
        _claims[claimId] = c;
        emit ClaimNoticed(
            claimId, o.payee, cause.coverage, cause.peril, cause.occurredAt, n.claimed, o.reserve, n.evidenceRoot, n.by
        );
    }
}
