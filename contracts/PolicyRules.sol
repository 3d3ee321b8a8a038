// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ReportRules} from "./ReportRules.sol";
import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {IPolicyRules} from "./interfaces/IPolicyRules.sol";
import {ISaleRules} from "./interfaces/ISaleRules.sol";
import {IndemnityMath} from "./libraries/IndemnityMath.sol";
import {RiskTiers} from "./libraries/RiskTiers.sol";
import {TermsCode} from "./libraries/TermsCode.sol";
import {TypedIndemnity} from "./libraries/TypedIndemnity.sol";
import {
    Cancellation,
    Endorsement,
    IndemnityBinding,
    IndemnityPolicy,
    IndemnityQuote,
    IndemnityTerms,
    Measure,
    PolicyStanding,
    RiskAssessment,
    RiskTier,
    RuleContext,
    TierTable,
    UnderwritingReport
} from "./types/IndemnityTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title PolicyRules
/// @notice What a sale, a change and a cancellation of an indemnity policy must keep: only a price, a cap and exclusions
/// that the quorum's report and the tier table allow, signed by those who may sign it.
/// @dev Keeps nothing and may do nothing; a product asks it in the middle of its own call. Apart from the products only
/// because a contract's code has a size limit.
contract PolicyRules is IPolicyRules, ReportRules {
    using TermsCode for uint256[];

    /// @dev What all bindings of one transaction share.
    struct Desk {
        RuleContext context;
        TierTable tiers;
        IAccessManager authority;
        address underwriter; // the last one found to hold the role
    }

    uint256 private constant COMMITTEE_SIZE = 3;
    uint256 private constant MAX_ENDORSEMENTS = 16;

    /// @inheritdoc IPolicyRules
    function checkSale(RuleContext calldata context, bytes calldata sale) external view returns (bytes32 digest) {
        (UnderwritingReport memory report, bytes[] memory signatures, IndemnityBinding[] memory bindings) =
            abi.decode(sale, (UnderwritingReport, bytes[], IndemnityBinding[]));
        Desk memory d = _newDesk(context);
        uint256 count = report.assessments.length;
        _checkReport(report.chainId, context.product, report.product, report.observedAt, report.validUntil, count);
        digest = MessageHashUtils.toTypedDataHash(context.domain, TypedIndemnity.hash(report));
        IOracleQuorum(d.context.words.quorum())
            .requireQuorum(digest, report.signerEpoch, d.context.words.minSignatures(), signatures);
        for (uint256 i = 0; i < bindings.length; ++i) {
            IndemnityBinding memory b = bindings[i];
            if (b.assessment >= count) revert ISaleRules.AssessmentMissing(b.assessment, count);
            RiskAssessment memory a = report.assessments[b.assessment];
            _checkRisk(d, a, b.quote);
            _checkParties(d, a, b);
        }
    }

    /// @inheritdoc IPolicyRules
    function checkEndorsement(
        RuleContext calldata context,
        Endorsement calldata o,
        PolicyStanding calldata s,
        bytes calldata underwriterSignature,
        bytes calldata acceptance
    ) external view {
        Desk memory d = _newDesk(context);
        _checkOrder(s.policy, o.policyId, o.sequence, o.validUntil);
        _checkChange(d, o, s);
        _checkUnderwriter(d, o.underwriter);
        bytes32 digest = MessageHashUtils.toTypedDataHash(context.domain, TypedIndemnity.hash(o));
        if (!_signed(o.underwriter, digest, underwriterSignature)) {
            revert ISaleRules.UnderwriterSignatureInvalid(o.underwriter);
        }
        if (!_signed(s.policy.holder, digest, acceptance)) revert ISaleRules.AcceptanceInvalid(s.policy.holder);
    }

    /// @inheritdoc IPolicyRules
    function checkCancellation(
        bytes32 domain,
        address sender,
        Cancellation calldata o,
        IndemnityPolicy calldata p,
        bytes calldata signature
    ) external view {
        _checkOrder(p, o.policyId, o.sequence, o.validUntil);
        if (p.holder == sender && signature.length == 0) return;
        bytes32 digest = MessageHashUtils.toTypedDataHash(domain, TypedIndemnity.hash(o));
        if (!_signed(p.holder, digest, signature)) revert ISaleRules.AcceptanceInvalid(p.holder);
    }

    /// @inheritdoc IPolicyRules
    function termsOf(address product) external view returns (IndemnityTerms memory) {
        return IIndemnityProduct(product).termsWords().unpack();
    }

    /// @inheritdoc IPolicyRules
    function termsHash(uint256[] calldata words) external pure returns (bytes32) {
        uint256[] memory copy = words;
        return TypedIndemnity.termsHash(copy.unpack());
    }

    /// @dev Tier, measure, sum insured, exclusions and premium are what report and terms allow. Rules S13 and S18.
    function _checkRisk(Desk memory d, RiskAssessment memory a, IndemnityQuote memory q) private pure {
        if (q.applicationId != a.applicationId) {
            revert ISaleRules.ApplicationMismatch(q.applicationId, a.applicationId);
        }
        RiskTier tier = RiskTiers.tierOf(a.score, a.lossRatioBps, d.tiers.bounds);
        if (tier != a.tier) revert IIndemnityProduct.TierMismatch(q.applicationId, a.tier, tier);
        (uint64 least, uint64 most, uint64 minPremium) = d.context.words.sums();
        uint256 factorBps = _factorOf(d.tiers, a, q);
        if (a.sumInsuredCap < most) most = a.sumInsuredCap;
        if (q.measure == Measure.Cap && d.tiers.cappedSumInsured < most) most = d.tiers.cappedSumInsured;
        if (q.sumInsured < least || q.sumInsured > most) {
            revert ISaleRules.SumInsuredOutOfRange(q.sumInsured, least, most);
        }
        uint32 excluded = q.measure == Measure.Exclusion ? a.exclusions : 0;
        if (q.exclusions != excluded || (q.measure == Measure.Exclusion && excluded == 0)) {
            revert IIndemnityProduct.ExclusionsMismatch(q.applicationId, q.exclusions, excluded);
        }
        uint256 due = IndemnityMath.premiumDue(q.sumInsured, a.ratePpb, factorBps, minPremium);
        if (q.premium != due) revert ISaleRules.PremiumNotAsPriced(q.premium, due);
        if (due >= q.sumInsured) revert ISaleRules.PremiumTooHigh(due, q.sumInsured);
    }

    /// @dev Quote in time, parties sound, and every signature there. Returns the quote's digest as offered.
    function _checkParties(Desk memory d, RiskAssessment memory a, IndemnityBinding memory b) private view {
        IndemnityQuote memory q = b.quote;
        if (q.validUntil < block.timestamp) revert ISaleRules.QuoteExpired(q.validUntil, block.timestamp);
        _checkPeople(d, q);
        _checkUnderwriter(d, q.underwriter);
        bytes32 offer =
            MessageHashUtils.toTypedDataHash(d.context.domain, TypedIndemnity.hash(q, TypedIndemnity.QUOTE_TYPEHASH));
        if (!_signed(q.underwriter, offer, b.underwriterSignature)) {
            revert ISaleRules.UnderwriterSignatureInvalid(q.underwriter);
        }
        if (a.score > d.tiers.committeeAboveScore) _checkCommittee(d.authority, q.applicationId, offer, b);
        if (q.holder == d.context.sender && b.acceptance.length == 0) return;
        bytes32 accepted = MessageHashUtils.toTypedDataHash(
            d.context.domain, TypedIndemnity.hash(q, TypedIndemnity.ACCEPTANCE_TYPEHASH)
        );
        if (!_signed(q.holder, accepted, b.acceptance)) revert ISaleRules.AcceptanceInvalid(q.holder);
    }

    function _checkUnderwriter(Desk memory d, address underwriter) private view {
        if (underwriter == d.underwriter) return;
        (bool isUnderwriter, uint32 delay) = d.authority.hasRole(Roles.UNDERWRITER, underwriter);
        if (!isUnderwriter || delay != 0) revert ISaleRules.UnderwriterNotAuthorised(underwriter);
        d.underwriter = underwriter;
    }

    function _checkBeneficiary(address beneficiary, address treasury, address product) private pure {
        if (beneficiary == treasury || beneficiary == product) {
            revert IIndemnityProduct.BeneficiaryInvalid(beneficiary);
        }
    }

    /// @dev The holder can be paid, the beneficiary too, and the payer is one of the two who may be.
    function _checkPeople(Desk memory d, IndemnityQuote memory q) private view {
        uint256[] memory words = d.context.words;
        address treasury = words.treasury();
        if (q.holder == address(0) || q.holder == treasury || q.holder == d.context.product) {
            revert ISaleRules.HolderInvalid(q.holder);
        }
        _checkBeneficiary(q.beneficiary, treasury, d.context.product);
        bool collected = q.payer == words.disbursement() && q.payer != address(0);
        if (q.payer != q.holder && !collected) revert IIndemnityProduct.PayerInvalid(q.payer);
        (, uint32 maxLead) = words.times();
        uint256 latest = block.timestamp + maxLead;
        if (q.startsAt > latest) revert IIndemnityProduct.StartTooLate(q.startsAt, latest);
    }

    function _checkCommittee(IAccessManager authority, uint256 applicationId, bytes32 offer, IndemnityBinding memory b)
        private
        view
    {
        uint256 count = b.committee.length;
        if (count < COMMITTEE_SIZE || b.committeeSignatures.length != count) {
            uint256 signed = count < b.committeeSignatures.length ? count : b.committeeSignatures.length;
            revert IIndemnityProduct.CommitteeTooSmall(applicationId, signed, COMMITTEE_SIZE);
        }
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            address member = b.committee[i];
            if (member <= previous) revert IIndemnityProduct.CommitteeOrderInvalid(previous, member);
            (bool isMember, uint32 delay) = authority.hasRole(Roles.COMMITTEE, member);
            if (!isMember || delay != 0) revert IIndemnityProduct.CommitteeMemberInvalid(member);
            if (!_signed(member, offer, b.committeeSignatures[i])) {
                revert IIndemnityProduct.CommitteeSignatureInvalid(member);
            }
            previous = member;
        }
    }

    function _checkOrder(IndemnityPolicy memory p, uint256 policyId, uint16 sequence, uint40 validUntil) private view {
        // A policy that was cancelled before its start ends when it would have started, and has ended at once.
        if (block.timestamp >= p.endsAt || p.startsAt == p.endsAt) {
            revert IIndemnityProduct.PolicyEnded(policyId, p.endsAt, block.timestamp);
        }
        if (sequence != p.sequence) revert IIndemnityProduct.SequenceMismatch(policyId, sequence, p.sequence);
        if (validUntil < block.timestamp) {
            revert IIndemnityProduct.OrderPastValidity(policyId, validUntil, block.timestamp);
        }
    }

    /// @dev The change is one the terms allow, at its price.
    function _checkChange(Desk memory d, Endorsement calldata o, PolicyStanding calldata s) private view {
        IndemnityPolicy memory p = s.policy;
        if (p.sequence == MAX_ENDORSEMENTS) revert IIndemnityProduct.EndorsementsExhausted(o.policyId);
        uint256 earliest = Math.max(Math.max(p.startsAt, s.changedAt), block.timestamp);
        if (o.effectiveAt < earliest || o.effectiveAt >= p.endsAt) {
            revert IIndemnityProduct.EffectiveTimeInvalid(o.policyId, o.effectiveAt, earliest, p.endsAt);
        }
        (uint64 least, uint64 most,) = d.context.words.sums();
        if (o.sumInsured < least || o.sumInsured > most) {
            revert ISaleRules.SumInsuredOutOfRange(o.sumInsured, least, most);
        }
        bool riskier = o.sumInsured > p.sumInsured || p.exclusions & ~o.exclusions != 0;
        if (riskier && p.tier != RiskTier.Low) revert IIndemnityProduct.EndorsementNeedsReport(o.policyId, p.tier);
        if (o.sumInsured > p.sumInsured && s.cap != 0 && o.sumInsured > s.cap) {
            revert IIndemnityProduct.SumInsuredAboveCap(o.policyId, o.sumInsured, s.cap);
        }
        // Losses under a higher sum of before may have used more than the present one: only lowering it is refused.
        if (o.sumInsured < p.sumInsured && o.sumInsured < s.used) {
            revert IIndemnityProduct.SumInsuredInUse(o.policyId, o.sumInsured, s.used);
        }
        uint256 due = o.sumInsured >= p.sumInsured
            ? IndemnityMath.extraPremium(p.premium, p.sumInsured, o.sumInsured, p.startsAt, p.endsAt, o.effectiveAt)
            : IndemnityMath.returnPremium(p.premium, p.sumInsured, o.sumInsured, p.startsAt, p.endsAt, o.effectiveAt);
        if (o.premiumChange != due) {
            revert IIndemnityProduct.PremiumChangeMismatch(o.policyId, o.premiumChange, due);
        }
        _checkBeneficiary(o.beneficiary, d.context.words.treasury(), d.context.product);
    }

    function _newDesk(RuleContext calldata context) private view returns (Desk memory d) {
        d.context = context;
        d.tiers = d.context.words.tiers();
        d.authority = IAccessManager(IAccessManaged(d.context.words.treasury()).authority());
    }

    /// @dev Factor on the standard rate that tier and measure ask for.
    function _factorOf(TierTable memory t, RiskAssessment memory a, IndemnityQuote memory q)
        private
        pure
        returns (uint256)
    {
        (RiskTier tier, Measure measure) = (a.tier, q.measure);
        if (tier == RiskTier.Low && measure == Measure.None) return t.lowFactorBps;
        if (tier == RiskTier.Medium && measure == Measure.Loading) return t.loadedFactorBps;
        if (tier == RiskTier.Medium && measure != Measure.None) return t.mediumFactorBps;
        if (tier == RiskTier.High) {
            if (!t.highAccepted) revert IIndemnityProduct.RiskRefused(q.applicationId, a.score, a.lossRatioBps);
            if (measure == Measure.Exclusion) return t.highFactorBps;
        }
        revert IIndemnityProduct.MeasureNotAllowed(q.applicationId, tier, measure);
    }
}
