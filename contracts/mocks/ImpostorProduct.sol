// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {
    Cause,
    ClaimOpening,
    ClaimPayment,
    ClaimQuery,
    ClaimTerms,
    IndemnityPolicy,
    RiskTier
} from "../types/IndemnityTypes.sol";

/// @title ImpostorProduct
/// @notice Product, treasury, AccessManager and quorum of somebody who wants to misuse the network's desk: says yes to
/// everything and has paid everything.
contract ImpostorProduct {
    /// @dev Its only clause.
    bytes32 public constant CLAUSE = keccak256("clause");

    address private immutable _disbursement;
    address public immutable asset;
    address private immutable _owner;
    uint256[2] private _rules;
    uint32 private _claims;
    bytes private _call;

    constructor(address disbursement, address token, uint256[2] memory rules) {
        (_disbursement, asset, _owner) = (disbursement, token, msg.sender);
        _rules = rules;
    }

    /// @notice Calls the desk back in the middle of a notice.
    function callBack(bytes calldata data) external {
        _call = data;
    }

    function openClaim(uint256, Cause calldata, uint64 claimed, uint64, bool) external returns (ClaimOpening memory) {
        if (_call.length > 0) Address.functionCall(msg.sender, _call);
        return ClaimOpening({ordinal: _claims++, payee: _owner, reserve: claimed});
    }

    function claimTerms(ClaimQuery calldata query) external view returns (ClaimTerms memory t) {
        (t.treasury, t.quorum, t.disbursement) = (address(this), address(this), _disbursement);
        (t.clauseRoot, t.tier, t.rules) = (keccak256(abi.encode(CLAUSE)), RiskTier.Low, _rules);
        t.full = query.claimed - query.paid;
        (t.own, t.worth) = (t.full, t.full);
    }

    function policy(uint256) external view returns (IndemnityPolicy memory p) {
        p.holder = _owner;
    }

    function payClaim(Cause calldata, ClaimPayment calldata) external pure returns (bool delivered) {
        return true;
    }

    function requireQuorum(bytes32, uint32, uint256, bytes[] calldata) external pure {}

    function pausedSecondsSince(uint256) external pure returns (uint256) {
        return 0;
    }

    function authority() external view returns (address) {
        return address(this);
    }

    function hasRole(uint64, address) external pure returns (bool isMember, uint32 executionDelay) {
        return (true, 0);
    }

    function currentEpoch() external pure returns (uint32) {
        return 1;
    }

    function isSigner(uint32, address) external pure returns (bool) {
        return false;
    }
}
