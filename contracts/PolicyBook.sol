// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {CoverageUse} from "./libraries/CoverageUse.sol";
import {IndemnityMath} from "./libraries/IndemnityMath.sol";
import {TermsCode} from "./libraries/TermsCode.sol";
import {Cause, Coverage, IndemnityPolicy, PolicyVersion} from "./types/IndemnityTypes.sol";

/// @title PolicyBook
/// @notice Policies of an indemnity product, what is left of their limits, and what they have locked.
/// @dev A policy with `n` endorsements has `n` earlier versions; a loss is settled on the version it occurred under.
abstract contract PolicyBook {
    using CoverageUse for uint256;
    using TermsCode for uint256[];

    mapping(uint256 policyId => IndemnityPolicy) internal _policies;
    mapping(uint256 policyId => uint256 use) internal _coverageUse; // see `CoverageUse`
    mapping(uint256 policyId => mapping(uint256 sequence => PolicyVersion)) internal _versions;
    mapping(uint256 policyId => address) internal _beneficiaries; // zero: the holder
    mapping(uint256 policyId => uint256 interest) internal _interestPaid; // token units
    mapping(uint256 policyId => uint256 cap) internal _caps; // most a low risk bears, token units; 0: what the terms allow

    function _words() internal view returns (uint256[] memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (uint256[]));
    }

    function _known(uint256 policyId) internal view returns (IndemnityPolicy memory p) {
        p = _policies[policyId];
        if (p.holder == address(0)) revert IIndemnityProduct.PolicyUnknown(policyId);
    }

    /// @dev Sum insured and exclusions a loss at that time is settled on.
    function _termsAt(uint256 policyId, uint40 occurredAt)
        internal
        view
        returns (uint256 sumInsured, uint32 exclusions)
    {
        IndemnityPolicy storage p = _policies[policyId];
        uint256 count = p.sequence;
        for (uint256 i = 0; i < count; ++i) {
            PolicyVersion memory version = _versions[policyId][i];
            if (occurredAt <= version.endedAt) return (version.sumInsured, version.exclusions);
        }
        return (p.sumInsured, p.exclusions);
    }

    /// @dev What is still payable for a loss, its claim's limit kept.
    /// @param sumInsured That the loss is settled on.
    function _payable(Coverage memory c, uint256 sumInsured, uint256 loss, uint256 paid)
        internal
        pure
        returns (uint64)
    {
        uint256 claimLimit = IndemnityMath.limit(sumInsured, c.claimLimitBps);
        uint256 worth = IndemnityMath.indemnity(loss, c.deductible, c.shareBps, claimLimit);
        // At most the claim's limit, a share of a sum insured below 2^56.
        return uint64(Math.saturatingSub(worth, paid));
    }

    /// @dev What coverage and policy still bear, a claim's own reserve added back. What was reserved for the claim stays
    /// its own, even where others have used up its limits since, as they can on a later version with a higher sum.
    /// @param used Of the coverage, token units.
    /// @param total Of the policy, token units.
    function _available(Coverage memory c, uint256 sumInsured, uint256 used, uint256 total, uint256 reserve)
        internal
        pure
        returns (uint256)
    {
        uint256 left = Math.saturatingSub(IndemnityMath.limit(sumInsured, c.limitBps), used - reserve);
        return Math.max(reserve, Math.min(left, Math.saturatingSub(sumInsured, total - reserve)));
    }

    /// @dev Puts more or less of a coverage to use. More than the limits allow is refused; less never is.
    function _use(uint256[] memory words, uint256 policyId, Cause memory cause, uint256 from, uint256 to) internal {
        uint256 use = _coverageUse[policyId];
        uint256 before = use.used(cause.coverage);
        uint256 used = before - from + to;
        uint256 total = use.total() - from + to;
        if (to > from) {
            (uint256 sumInsured,) = _termsAt(policyId, cause.occurredAt);
            uint256 limit = IndemnityMath.limit(sumInsured, words.coverage(cause.coverage).limitBps);
            if (used > limit) {
                revert IIndemnityProduct.CoverageLimitExceeded(policyId, cause.coverage, used, limit);
            }
            if (total > sumInsured) revert IIndemnityProduct.SumInsuredExceeded(policyId, total, sumInsured);
        }
        _coverageUse[policyId] = use.withUsed(cause.coverage, used);
    }

    /// @dev What a policy has locked in the treasury beside its claims' reserves.
    function _exposureOf(uint256[] memory words, uint256 policyId, IndemnityPolicy memory p)
        internal
        view
        returns (uint256)
    {
        if (p.isClosed || p.holder == address(0)) return 0;
        return _lockedFor(words, policyId, p) - _coverageUse[policyId].total() - _interestPaid[policyId];
    }

    /// @dev What the highest sum insured the policy ever had locks: losses under it may still come.
    function _lockedFor(uint256[] memory words, uint256 policyId, IndemnityPolicy memory p)
        internal
        view
        returns (uint256)
    {
        uint256 sumInsured = p.sumInsured;
        for (uint256 i = 0; i < p.sequence; ++i) {
            sumInsured = Math.max(sumInsured, _versions[policyId][i].sumInsured);
        }
        return _lockOf(words, sumInsured);
    }

    /// @dev What a sum insured locks: itself, and the most interest there can be on it.
    function _lockOf(uint256[] memory words, uint256 sumInsured) internal pure returns (uint256) {
        return sumInsured + IndemnityMath.interestLock(sumInsured, words.interestCapBps());
    }

    /// @dev Premium whose time is still to come: of each version for the time it is in force. Rules S14 and S15.
    /// @param up Rounded up, so that the pool earns late rather than early; else down, so that it returns less rather
    /// than more.
    function _unearned(uint256 policyId, IndemnityPolicy memory p, bool up) internal view returns (uint64) {
        if (p.startsAt == p.endsAt) return 0;
        (uint256 units, uint256 from) = (0, block.timestamp);
        for (uint256 i = 0; i < p.sequence; ++i) {
            PolicyVersion memory version = _versions[policyId][i];
            if (version.endedAt <= from) continue;
            units += Math.saturatingSub(
                _left(version.premium, p, from, up), _left(version.premium, p, version.endedAt, !up)
            );
            from = version.endedAt;
        }
        return uint64(Math.min(units + _left(p.premium, p, from, up), p.unearned));
    }

    function _payeeOf(uint256 policyId) internal view returns (address) {
        IndemnityPolicy storage p = _policies[policyId];
        return p.hasBeneficiary ? _beneficiaries[policyId] : p.holder;
    }

    /// @dev Part of a premium for the time from `instant` to the policy's end.
    function _left(uint256 premium, IndemnityPolicy memory p, uint256 instant, bool up) private pure returns (uint256) {
        if (up) return premium - IndemnityMath.earned(premium, p.startsAt, p.endsAt, instant);
        return IndemnityMath.unearned(premium, p.startsAt, p.endsAt, instant);
    }
}
