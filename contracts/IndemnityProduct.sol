// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {LockedPolicyToken} from "./LockedPolicyToken.sol";
import {PolicyClaims} from "./PolicyClaims.sol";
import {IDisbursement} from "./interfaces/IDisbursement.sol";
import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {IPolicyRules} from "./interfaces/IPolicyRules.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {CoverageUse} from "./libraries/CoverageUse.sol";
import {TermsCode} from "./libraries/TermsCode.sol";
import {
    Cancellation,
    Endorsement,
    IndemnityBinding,
    IndemnityPolicy,
    IndemnityQuote,
    PolicyStanding,
    PolicyVersion,
    RiskAssessment,
    RiskTier,
    RuleContext,
    UnderwritingReport
} from "./types/IndemnityTypes.sol";
import {PremiumDue} from "./types/ParametricTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title IndemnityProduct
/// @notice Terms and policies that pay an assessed loss.
/// @dev Runs as a clone whose code carries its terms: nothing in them can change. What a policy can cost is locked in
/// the treasury from bind to closing: exposure of a policy + reserves of its claims + what it paid is constant.
contract IndemnityProduct is LockedPolicyToken, PolicyClaims, EIP712, ReentrancyGuardTransient {
    using CoverageUse for uint256;
    using SafeERC20 for IERC20;
    using TermsCode for uint256[];

    uint256 public constant MAX_BINDINGS = 100;

    /// @notice What sales, changes and cancellations must keep.
    IPolicyRules public immutable rules;

    uint64 private _policyCount; // slot a: bytes 0-7
    bool private _salesSuspended; // slot a: byte 8
    mapping(uint256 word => uint256 bits) private _usedApplications;

    constructor(IPolicyRules rules_) EIP712("Quittance", "1") {
        rules = rules_;
    }

    /// @inheritdoc IIndemnityProduct
    function bind(UnderwritingReport calldata report, bytes[] calldata, IndemnityBinding[] calldata bindings)
        external
        nonReentrant
        returns (uint256[] memory policyIds)
    {
        // Check
        if (_salesSuspended) revert SaleSuspended();
        if (bindings.length == 0 || bindings.length > MAX_BINDINGS) revert BindingCountInvalid(bindings.length);
        uint256[] memory words = _words();
        bytes32 digest = rules.checkSale(_context(words), msg.data[4:]);
        // Effect
        emit ApplicationsAssessed(digest, msg.data[4:]);
        policyIds = new uint256[](bindings.length);
        (uint256 exposure, uint64 last) = (0, _policyCount);
        for (uint256 i = 0; i < bindings.length; ++i) {
            IndemnityBinding calldata b = bindings[i];
            policyIds[i] = ++last;
            _bindOne(words, last, report.assessments[b.assessment], b);
            exposure += _lockOf(words, b.quote.sumInsured);
        }
        _policyCount = last;
        // Interaction
        ITreasury(words.treasury()).collectPremiums(_dues(words, bindings), exposure);
    }

    /// @inheritdoc IIndemnityProduct
    function endorse(Endorsement calldata order, bytes calldata underwriterSignature, bytes calldata acceptance)
        external
        nonReentrant
    {
        // Check
        (uint256[] memory words, IndemnityPolicy memory p) = (_words(), _known(order.policyId));
        PolicyStanding memory standing = PolicyStanding({
            policy: p,
            changedAt: p.sequence == 0 ? 0 : _versions[order.policyId][p.sequence - 1].endedAt,
            used: _coverageUse[order.policyId].total(),
            cap: _caps[order.policyId]
        });
        rules.checkEndorsement(_context(words), order, standing, underwriterSignature, acceptance);
        // Effect
        uint256 locked = _lockedFor(words, order.policyId, p);
        bool lowered = order.sumInsured < p.sumInsured;
        _newVersion(p, order);
        emit PolicyEndorsed(order.policyId, order, p.premium, underwriterSignature, acceptance);
        // Interaction
        locked = _lockedFor(words, order.policyId, p) - locked;
        _settleChange(ITreasury(words.treasury()), p.holder, order, lowered, locked);
    }

    /// @inheritdoc IIndemnityProduct
    function cancel(Cancellation calldata order, bytes calldata signature)
        external
        nonReentrant
        returns (uint64 premiumReturned)
    {
        // Check
        (uint256 policyId, IndemnityPolicy memory p) = (order.policyId, _known(order.policyId));
        rules.checkCancellation(_domainSeparatorV4(), msg.sender, order, p, signature);
        // Effect
        if (_coverageUse[policyId].claims() == 0) premiumReturned = _unearned(policyId, p, false);
        uint256 earned = p.unearned - premiumReturned;
        p.unearned = 0;
        p.endsAt = uint40(Math.max(block.timestamp, p.startsAt));
        _policies[policyId] = p;
        emit PolicyCancelled(policyId, p.endsAt, premiumReturned, order, signature);
        // Interaction
        ITreasury treasury = ITreasury(_words().treasury());
        if (premiumReturned > 0) treasury.returnPremium(policyId, p.holder, premiumReturned, earned);
        else treasury.runOff(0, earned);
    }

    /// @inheritdoc IIndemnityProduct
    function closePolicies(uint256[] calldata policyIds) external nonReentrant {
        uint256[] memory words = _words();
        (uint256 exposure, uint256 earned) = (0, 0);
        for (uint256 i = 0; i < policyIds.length; ++i) {
            uint256 policyId = policyIds[i];
            // Check
            IndemnityPolicy memory p = _known(policyId);
            if (p.isClosed) revert PolicyAlreadyClosed(policyId);
            uint256 opensAt = uint256(p.endsAt) + words.noticeWindowSeconds();
            if (block.timestamp <= opensAt) revert PolicyStillOpen(policyId, opensAt);
            _requireClaimsFinal(words.desk(), policyId);
            // Effect
            uint256 freed = _exposureOf(words, policyId, p);
            exposure += freed;
            earned += p.unearned;
            (p.unearned, p.isClosed) = (0, true);
            _policies[policyId] = p;
            emit PolicyClosed(policyId, freed);
        }
        // Interaction
        ITreasury(words.treasury()).runOff(exposure, earned);
    }

    /// @inheritdoc IIndemnityProduct
    function earnPremiums(uint256[] calldata policyIds) external nonReentrant returns (uint256 earned) {
        // Effect
        for (uint256 i = 0; i < policyIds.length; ++i) {
            IndemnityPolicy memory p = _known(policyIds[i]);
            uint64 still = _unearned(policyIds[i], p, true);
            earned += p.unearned - still;
            _policies[policyIds[i]].unearned = still;
            emit PolicyPremiumEarned(policyIds[i], still);
        }
        // Interaction
        ITreasury(_words().treasury()).runOff(0, earned);
    }

    /// @inheritdoc IIndemnityProduct
    function suspendSales(bool suspended) external {
        (bool isGuardian, uint32 delay) = IAccessManager(authority()).hasRole(Roles.GUARDIAN, msg.sender);
        if (!isGuardian || delay != 0) revert IAccessManaged.AccessManagedUnauthorized(msg.sender);
        _salesSuspended = suspended;
        emit SalesSuspended(suspended);
    }

    /// @inheritdoc IIndemnityProduct
    function termsWords() external view returns (uint256[] memory) {
        return _words();
    }

    /// @inheritdoc IIndemnityProduct
    function termsHash() external view returns (bytes32) {
        return rules.termsHash(_words());
    }

    /// @inheritdoc IIndemnityProduct
    function policy(uint256 policyId) external view returns (IndemnityPolicy memory) {
        return _policies[policyId];
    }

    /// @inheritdoc IIndemnityProduct
    function policiesFrom(uint256 from, uint256 limit) external view returns (IndemnityPolicy[] memory page) {
        uint256 next = uint256(_policyCount) + 1;
        page = new IndemnityPolicy[](from > 0 && from < next ? Math.min(limit, next - from) : 0);
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = _policies[from + i];
        }
    }

    /// @inheritdoc IIndemnityProduct
    function policyCount() external view returns (uint256) {
        return _policyCount;
    }

    /// @inheritdoc IIndemnityProduct
    function payeeOf(uint256 policyId) external view returns (address) {
        if (_policies[policyId].holder == address(0)) revert PolicyUnknown(policyId);
        return _payeeOf(policyId);
    }

    /// @inheritdoc IIndemnityProduct
    function coverageUse(uint256 policyId) external view returns (uint256[4] memory used, uint32 claims) {
        uint256 use = _coverageUse[policyId];
        for (uint256 i = 0; i < CoverageUse.MAX_COVERAGES; ++i) {
            used[i] = use.used(i);
        }
        return (used, use.claims());
    }

    /// @inheritdoc IIndemnityProduct
    function exposureOf(uint256 policyId) external view returns (uint256) {
        return _exposureOf(_words(), policyId, _policies[policyId]);
    }

    /// @inheritdoc IIndemnityProduct
    function isApplicationUsed(uint256 applicationId) external view returns (bool) {
        return _usedApplications[applicationId >> 8] & (1 << (applicationId & 0xff)) != 0;
    }

    /// @inheritdoc IIndemnityProduct
    function salesSuspended() external view returns (bool) {
        return _salesSuspended;
    }

    /// @inheritdoc IIndemnityProduct
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IIndemnityProduct
    function authority() public view returns (address) {
        return IAccessManaged(_words().treasury()).authority();
    }

    /// @inheritdoc ERC721
    function _ownerOf(uint256 policyId) internal view override returns (address) {
        return _policies[policyId].holder;
    }

    function _bindOne(uint256[] memory words, uint256 policyId, RiskAssessment calldata a, IndemnityBinding calldata b)
        private
    {
        // Check
        IndemnityQuote calldata q = b.quote;
        (uint32 period,) = words.times();
        _useApplication(q.applicationId);
        if (q.renews != 0) _renew(q, period);
        // Effect
        IndemnityPolicy memory p;
        (p.holder, p.sumInsured, p.premium, p.unearned) = (q.holder, q.sumInsured, q.premium, q.premium);
        p.startsAt = uint40(Math.max(q.startsAt, block.timestamp));
        (p.endsAt, p.tier) = (p.startsAt + period, a.tier);
        (p.exclusions, p.isRenewal) = (q.exclusions, q.renews != 0);
        p.hasBeneficiary = q.beneficiary != address(0);
        _policies[policyId] = p;
        if (p.hasBeneficiary) _beneficiaries[policyId] = q.beneficiary;
        // Only a low risk is raised without another report, and never above the terms' own range.
        if (a.tier == RiskTier.Low && a.sumInsuredCap < words.mostInsured()) _caps[policyId] = a.sumInsuredCap;
        _announce(q.holder, policyId);
        emit IndemnityPolicyBound(policyId, q.holder, q.applicationId, p, q.beneficiary);
    }

    /// @dev Marks the policy a new one goes on from.
    function _renew(IndemnityQuote calldata q, uint32 period) private {
        IndemnityPolicy storage old = _policies[q.renews];
        // A cancelled policy runs for less than the period: nothing goes on from it.
        bool whole = old.holder == q.holder && old.endsAt == old.startsAt + period;
        if (!whole || old.isRenewed || q.startsAt != old.endsAt || q.startsAt < block.timestamp) {
            revert RenewalInvalid(q.renews, q.startsAt, old.endsAt);
        }
        old.isRenewed = true;
    }

    /// @dev Marks an application. A batch's applications share all but the lowest byte, so they share one slot.
    function _useApplication(uint256 applicationId) private {
        (uint256 used, uint256 bit) = (_usedApplications[applicationId >> 8], 1 << (applicationId & 0xff));
        if (used & bit != 0) revert ApplicationUsed(applicationId);
        _usedApplications[applicationId >> 8] = used | bit;
    }

    /// @dev Who pays what to the treasury. What an institution collected comes here first, and from here.
    function _dues(uint256[] memory words, IndemnityBinding[] calldata bindings)
        private
        returns (PremiumDue[] memory dues)
    {
        dues = new PremiumDue[](bindings.length);
        (IERC20 token, uint256 collected) = (IERC20(address(0)), 0);
        for (uint256 i = 0; i < dues.length; ++i) {
            IndemnityQuote calldata q = bindings[i].quote;
            dues[i] = PremiumDue({payer: q.payer, premium: q.premium});
            if (q.payer == q.holder) continue;
            if (collected == 0) token = IERC20(IERC4626(words.treasury()).asset());
            IDisbursement(q.payer).releasePremium(q.applicationId, q.holder, address(token), q.premium);
            dues[i].payer = address(this);
            collected += q.premium;
        }
        if (collected > 0) token.forceApprove(words.treasury(), collected);
    }

    /// @dev Takes or returns the premium of a change, and locks what a higher sum insured may cost.
    function _settleChange(ITreasury treasury, address holder, Endorsement calldata order, bool lowered, uint256 locked)
        private
    {
        if (order.premiumChange == 0 && locked == 0) return;
        if (lowered) {
            treasury.returnPremium(order.policyId, holder, order.premiumChange, 0);
            return;
        }
        PremiumDue[] memory dues = new PremiumDue[](1);
        dues[0] = PremiumDue({payer: holder, premium: order.premiumChange});
        treasury.collectPremiums(dues, locked);
    }

    /// @dev Keeps what was promised so far, and promises anew.
    function _newVersion(IndemnityPolicy memory p, Endorsement calldata o) private {
        _versions[o.policyId][p.sequence] = PolicyVersion({
            sumInsured: p.sumInsured, endedAt: o.effectiveAt, exclusions: p.exclusions, premium: p.premium
        });
        p.unearned = o.sumInsured >= p.sumInsured ? p.unearned + o.premiumChange : p.unearned - o.premiumChange;
        p.premium = SafeCast.toUint64(Math.ceilDiv(uint256(p.premium) * o.sumInsured, p.sumInsured));
        (p.sumInsured, p.exclusions, p.sequence) = (o.sumInsured, o.exclusions, p.sequence + 1);
        p.hasBeneficiary = o.beneficiary != address(0);
        _policies[o.policyId] = p;
        _beneficiaries[o.policyId] = o.beneficiary;
    }

    function _context(uint256[] memory words) private view returns (RuleContext memory) {
        return RuleContext({words: words, domain: _domainSeparatorV4(), product: address(this), sender: msg.sender});
    }
}
