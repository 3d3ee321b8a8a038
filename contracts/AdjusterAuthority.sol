// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ReportRules} from "./ReportRules.sol";
import {IAdjusterAuthority} from "./interfaces/IAdjusterAuthority.sol";
import {IClaimsDesk} from "./interfaces/IClaimsDesk.sol";
import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {ClaimIds} from "./libraries/ClaimIds.sol";
import {ClauseProof} from "./libraries/ClauseProof.sol";
import {TypedClaims} from "./libraries/TypedClaims.sol";
import {AdjusterLimit, Claim, ClaimState, Decision, DecisionCase, InstalmentPlan} from "./types/ClaimTypes.sol";
import {Cause, ClaimQuery} from "./types/IndemnityTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title AdjusterAuthority
/// @notice Who may decide what, and what a claim is worth that is decided.
contract AdjusterAuthority is IAdjusterAuthority, ReportRules {
    uint256 public constant MAX_INSTALMENTS = 60;
    uint256 public constant MAX_INTERVAL_SECONDS = 31 days;
    /// @inheritdoc IAdjusterAuthority
    uint256 public constant MAX_AWARD_WAIT_SECONDS = 365 days;
    uint8 private constant PERIL_BITS = 5; // of a claim's cause

    /// @notice The desk whose decisions these are.
    address public immutable desk;

    mapping(address treasury => mapping(address adjuster => AdjusterLimit)) private _limits;

    constructor() {
        desk = msg.sender;
    }

    /// @inheritdoc IAdjusterAuthority
    function setAdjusterLimit(address treasury, address adjuster, uint64 perDecision, uint64 perDay) external {
        // Check
        address authority = IAccessManaged(treasury).authority();
        // What is executed through the AccessManager comes from it, after its delays.
        if (msg.sender != authority && !_hasRole(authority, Roles.ADMINISTRATOR, msg.sender)) {
            revert AdministratorRequired(treasury, msg.sender);
        }
        // Effect
        AdjusterLimit storage limit = _limits[treasury][adjuster];
        (limit.perDecision, limit.perDay) = (perDecision, perDay);
        emit AdjusterLimitSet(treasury, adjuster, perDecision, perDay);
    }

    /// @inheritdoc IAdjusterAuthority
    function authorise(DecisionCase calldata c, bytes calldata decision) external {
        // Check
        if (msg.sender != desk) revert ClaimsDeskRequired(msg.sender);
        (Decision memory d, address second, bytes memory signature) = abi.decode(decision, (Decision, address, bytes));
        address authority = IAccessManaged(c.treasury).authority();
        if (!_hasRole(authority, Roles.ADJUSTER, c.adjuster)) revert AdjusterRequired(d.claimId, c.adjuster);
        if (_isOwn(c, c.adjuster)) revert OwnClaim(d.claimId, c.adjuster);
        _checkWords(c, d);
        if (_isDenial(c) && _isMachine(c, c.adjuster)) revert MachineCannotDeny(d.claimId, c.adjuster);
        if (c.worth > c.secondSignatureAbove) _checkSecond(authority, c, d, second, signature);
        // Effect
        if (c.granted > 0) _countGrant(c);
        // Check
        if (d.instalments > 1) _checkInstalments(d, c.granted);
    }

    /// @inheritdoc IAdjusterAuthority
    function requireAdjuster(uint256 claimId, address treasury, address account) external view {
        if (!_hasRole(IAccessManaged(treasury).authority(), Roles.ADJUSTER, account)) {
            revert AdjusterRequired(claimId, account);
        }
    }

    /// @inheritdoc IAdjusterAuthority
    function adjusterLimit(address treasury, address adjuster) external view returns (AdjusterLimit memory) {
        return _limits[treasury][adjuster];
    }

    /// @inheritdoc IAdjusterAuthority
    function worthApart(uint256 claimId, bool atAward) external view returns (uint64) {
        (address product, uint256 policyId, uint256 ordinal) = ClaimIds.split(claimId);
        Claim memory c = IClaimsDesk(desk).claim(claimId);
        uint8 coverage = c.cause >> PERIL_BITS;
        ClaimQuery memory q;
        (q.policyId, q.claimed, q.reserve, q.paid) = (policyId, c.claimed, c.reserve, c.paid);
        q.cause = Cause(coverage, uint8(c.cause & ((1 << PERIL_BITS) - 1)), c.occurredAt);
        bool isTooLate = atAward && block.timestamp > c.clockFrom + MAX_AWARD_WAIT_SECONDS;
        (, uint32 count) = IIndemnityProduct(product).coverageUse(policyId);
        for (uint256 i = 0; i < count && !isTooLate; ++i) {
            if (i == ordinal) continue;
            Claim memory other = IClaimsDesk(desk).claim(ClaimIds.claimId(product, policyId, i));
            if (other.reserve == 0 || (atAward && i > ordinal && other.state == ClaimState.Disputed)) continue;
            uint64 open = other.reserve - _promised(ClaimIds.claimId(product, policyId, i));
            q.apartInAll += open;
            if (other.cause >> PERIL_BITS == coverage) q.apart += open;
        }
        return IIndemnityProduct(product).claimTerms(q).full;
    }

    /// @dev In time, with a reason and a clause of the terms, and for no more than was claimed.
    function _checkWords(DecisionCase calldata c, Decision memory d) private view {
        if (d.validUntil < block.timestamp) revert DecisionExpired(d.claimId, d.validUntil, block.timestamp);
        if (d.reasonCode == 0) revert ReasonMissing(d.claimId);
        if (d.loss > c.claimed) revert LossAboveClaimed(d.claimId, d.loss, c.claimed);
        if (!ClauseProof.stands(c.clauseRoot, ClauseProof.leafOf(d.clause), d.proof)) {
            revert ClauseNotProven(d.claimId, d.clause, c.clauseRoot);
        }
    }

    /// @dev Counts a grant against what the adjuster may grant alone.
    function _countGrant(DecisionCase calldata c) private {
        AdjusterLimit memory limit = _limits[c.treasury][c.adjuster];
        if (c.granted > limit.perDecision) revert AuthorityExceeded(c.adjuster, c.granted, limit.perDecision);
        uint16 today = SafeCast.toUint16(block.timestamp / 1 days);
        uint256 used = limit.day == today ? uint256(limit.usedToday) + c.granted : c.granted;
        if (used > limit.perDay) revert DailyAuthorityExceeded(c.adjuster, used, limit.perDay);
        (limit.day, limit.usedToday) = (today, uint64(used));
        _limits[c.treasury][c.adjuster] = limit;
    }

    function _checkInstalments(Decision memory d, uint64 granted) private pure {
        bool sound = d.instalments <= MAX_INSTALMENTS && d.intervalSeconds >= 1 days
            && d.intervalSeconds <= MAX_INTERVAL_SECONDS && granted >= d.instalments;
        if (!sound) revert IClaimsDesk.InstalmentsInvalid(d.claimId, d.instalments, d.intervalSeconds);
    }

    /// @dev Whether the account gains by the decision, as far as accounts tell.
    function _isOwn(DecisionCase calldata c, address account) private pure returns (bool) {
        return account == c.claimant || account == c.holder;
    }

    /// @dev Less than all is granted; or nothing, even if nothing more can be paid at present.
    function _isDenial(DecisionCase calldata c) private pure returns (bool) {
        return c.granted < c.full || c.granted == 0;
    }

    /// @dev An oracle's key never grants less than was claimed, alone or as the second, whatever roles it was given. Of
    /// the sets before the present one only the last can still be heard, until it retires.
    function _isMachine(DecisionCase calldata c, address account) private view returns (bool) {
        IOracleQuorum quorum = IOracleQuorum(c.quorum);
        uint32 epoch = quorum.currentEpoch();
        if (quorum.isSigner(epoch, account)) return true;
        if (!quorum.isSigner(epoch - 1, account)) return false;
        (,, uint40 retiresAt) = quorum.signerSet(epoch - 1);
        return block.timestamp < retiresAt;
    }

    function _checkSecond(
        address authority,
        DecisionCase calldata c,
        Decision memory d,
        address second,
        bytes memory signature
    ) private view {
        if (second == address(0)) {
            revert SecondSignatureRequired(d.claimId, c.worth, c.secondSignatureAbove);
        }
        if (_isOwn(c, second)) revert OwnClaim(d.claimId, second);
        bytes32 digest = MessageHashUtils.toTypedDataHash(c.domain, TypedClaims.hash(d, c.adjuster));
        bool valid = second != c.adjuster && _hasRole(authority, Roles.ADJUSTER, second)
            && !(_isDenial(c) && _isMachine(c, second)) && _signed(second, digest, signature);
        if (!valid) revert SecondSignatureInvalid(d.claimId, second);
    }

    /// @dev Granted on a claim in instalments that are still to come, token units.
    function _promised(uint256 claimId) private view returns (uint64) {
        InstalmentPlan memory plan = IClaimsDesk(desk).instalments(claimId);
        return plan.each * plan.left;
    }

    function _hasRole(address authority, uint64 role, address account) private view returns (bool) {
        (bool isMember, uint32 delay) = IAccessManager(authority).hasRole(role, account);
        return isMember && delay == 0;
    }
}
