// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ReportRules} from "./ReportRules.sol";
import {IAdjusterAuthority} from "./interfaces/IAdjusterAuthority.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {ClauseProof} from "./libraries/ClauseProof.sol";
import {TypedClaims} from "./libraries/TypedClaims.sol";
import {AdjusterLimit, Decision, DecisionCase} from "./types/ClaimTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title AdjusterAuthority
/// @notice Who may decide what.
contract AdjusterAuthority is IAdjusterAuthority, ReportRules {
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
    function authorise(DecisionCase calldata c, Decision calldata d, address second, bytes calldata secondSignature)
        external
    {
        // Check
        if (msg.sender != desk) revert ClaimsDeskRequired(msg.sender);
        address authority = IAccessManaged(c.treasury).authority();
        if (!_hasRole(authority, Roles.ADJUSTER, c.adjuster)) revert AdjusterRequired(d.claimId, c.adjuster);
        if (_isOwn(c, c.adjuster)) revert OwnClaim(d.claimId, c.adjuster);
        if (d.validUntil < block.timestamp) revert DecisionExpired(d.claimId, d.validUntil, block.timestamp);
        if (d.reasonCode == 0) revert ReasonMissing(d.claimId);
        if (d.loss > c.claimed) revert LossAboveClaimed(d.claimId, d.loss, c.claimed);
        if (!ClauseProof.stands(c.clauseRoot, ClauseProof.leafOf(d.clause), d.proof)) {
            revert ClauseNotProven(d.claimId, d.clause, c.clauseRoot);
        }
        if (_isDenial(c) && _isMachine(c, c.adjuster)) revert MachineCannotDeny(d.claimId, c.adjuster);
        if (c.worth > c.secondSignatureAbove) _checkSecond(authority, c, d, second, secondSignature);
        // Effect
        if (c.granted > 0) _countGrant(c);
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
        Decision calldata d,
        address second,
        bytes calldata signature
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

    function _hasRole(address authority, uint64 role, address account) private view returns (bool) {
        (bool isMember, uint32 delay) = IAccessManager(authority).hasRole(role, account);
        return isMember && delay == 0;
    }
}
