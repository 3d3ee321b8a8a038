// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {AdjusterAuthority} from "./AdjusterAuthority.sol";
import {ClaimFile} from "./ClaimFile.sol";
import {IAdjusterAuthority} from "./interfaces/IAdjusterAuthority.sol";
import {IClaimsDesk} from "./interfaces/IClaimsDesk.sol";
import {IDisputeCourt} from "./interfaces/IDisputeCourt.sol";
import {IDisputePanel} from "./interfaces/IDisputePanel.sol";
import {IProductFactory} from "./interfaces/IProductFactory.sol";
import {ClaimOutcome, ClaimState} from "./types/ClaimTypes.sol";
import {DisputeRequest} from "./types/DisputeTypes.sol";
import {ClaimRules} from "./types/IndemnityTypes.sol";

/// @title ClaimDisputes
/// @notice Claims before the panel: how they get there, and what its word does.
abstract contract ClaimDisputes is ClaimFile, ReentrancyGuardTransient {
    uint256 private constant BPS = 10_000;

    /// @inheritdoc IClaimsDesk
    IProductFactory public immutable factory;
    /// @inheritdoc IClaimsDesk
    IDisputePanel public immutable panel;
    /// @inheritdoc IClaimsDesk
    IAdjusterAuthority public immutable adjusters;

    constructor(IProductFactory factory_, IDisputePanel panel_) {
        (factory, panel, adjusters) = (factory_, panel_, new AdjusterAuthority());
    }

    /// @inheritdoc IClaimsDesk
    function escalate(uint256 claimId) external nonReentrant returns (uint256 disputeId) {
        return _escalate(claimId, msg.sender);
    }

    /// @inheritdoc IClaimsDesk
    function dispute(uint256 claimId) external nonReentrant returns (uint256 disputeId) {
        return _dispute(claimId, msg.sender);
    }

    /// @inheritdoc IDisputeCourt
    function award(uint256 claimId, uint64 amount, uint16 reasonCode, bytes32 clause) external nonReentrant {
        // Check
        if (msg.sender != address(panel)) revert PanelRequired(msg.sender);
        File memory f = _open(claimId, ClaimState.Disputed, ClaimState.Disputed, 0);
        uint64 promised = _instalmentsLeft(claimId);
        uint64 granted = uint64(Math.min(amount, _worthApart(f, true) - promised));
        if (granted > f.terms.full - promised) revert LimitsInUse(claimId, granted, f.terms.full - promised);
        // Effect
        uint256 late =
            f.claim.flags & ESCALATED != 0 ? _lateness(f) : block.timestamp - f.claim.clockFrom + f.claim.lateSeconds;
        uint64 interest = _interest(f, granted, late);
        f.claim.outcome = granted > 0 ? ClaimOutcome.Awarded : ClaimOutcome.Upheld;
        (f.claim.reasonCode, f.claim.flags) = (reasonCode, f.claim.flags & ~IN_INSTALMENTS);
        if (promised > 0) delete _plans[claimId];
        emit ClaimAwarded(claimId, granted, reasonCode, clause);
        // Interaction
        _pay(f, ClaimState.Closed, granted + promised, interest, 0);
    }

    function _escalate(uint256 claimId, address claimant) internal returns (uint256 disputeId) {
        // Check
        File memory f = _openAs(claimId, claimant, ClaimState.Noticed, ClaimState.Referred);
        uint256 deadline = _daysEnd(f, _decideDays(f));
        if (f.claim.state == ClaimState.Noticed) {
            deadline = Math.min(deadline, _daysEnd(f, _rules(f).acknowledgeDays));
        }
        if (block.timestamp <= deadline) revert DeadlineNotPassed(claimId, deadline, block.timestamp);
        // Effect
        f.claim.flags |= ESCALATED;
        return _goToPanel(f, _disputed(f), 0);
    }

    function _dispute(uint256 claimId, address claimant) internal returns (uint256 disputeId) {
        File memory f = _openAs(claimId, claimant, ClaimState.Decided, ClaimState.Decided);
        uint256 closesAt = _windowEnd(f, _rules(f).disputeWindowSeconds);
        if (block.timestamp > closesAt) revert WindowClosed(claimId, closesAt, block.timestamp);
        uint64 disputed = _disputed(f);
        return _goToPanel(f, disputed, _deposit(f, disputed));
    }

    /// @dev A product nobody vouches for can have claims, and touches nothing by them: whoever made one could spoil
    /// incidents, wear out the panel, or claim what lies at the disbursement.
    function _requireKnown(File memory f) internal view {
        if (!factory.isProduct(address(f.product))) revert ProductUnknown(address(f.product));
    }

    /// @dev What a claim is worth, whatever is reserved for others on its policy. Others are only looked at where they
    /// stand in its way.
    function _worthApart(File memory f, bool atAward) internal view returns (uint64) {
        return f.terms.full == f.terms.own ? f.terms.own : adjusters.worthApart(f.claimId, atAward);
    }

    /// @dev Reserves what is disputed again, as far as the limits leave it, and opens the dispute.
    function _goToPanel(File memory f, uint64 disputed, uint64 deposit) private returns (uint256 disputeId) {
        // Check
        _requireKnown(f);
        if (disputed == 0) revert NothingDisputed(f.claimId);
        // Effect
        _pay(f, ClaimState.Disputed, 0, 0, f.terms.full);
        // Interaction
        DisputeRequest memory request = DisputeRequest({
            claimId: f.claimId,
            claimant: f.claim.claimant,
            token: IERC20(IERC4626(f.terms.treasury).asset()),
            disputed: disputed,
            deposit: deposit,
            depositTo: f.terms.treasury,
            clauseRoot: f.terms.clauseRoot
        });
        disputeId = panel.openDispute(request);
        emit ClaimDisputed(f.claimId, disputeId, disputed, deposit, f.claim.flags & ESCALATED != 0);
    }

    function _deposit(File memory f, uint64 disputed) private view returns (uint64) {
        ClaimRules memory rules = _rules(f);
        uint256 deposit = Math.min((uint256(disputed) * rules.depositBps) / BPS, rules.depositCap);
        return uint64(Math.min(deposit, panel.depositCap(disputed)));
    }

    /// @dev What was not granted and can be disputed.
    function _disputed(File memory f) private view returns (uint64) {
        return _worthApart(f, false) - _instalmentsLeft(f.claimId);
    }
}
