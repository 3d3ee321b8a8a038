// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ReportRules} from "./ReportRules.sol";
import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {ISaleRules} from "./interfaces/ISaleRules.sol";
import {IndemnityMath} from "./libraries/IndemnityMath.sol";
import {RiskTiers} from "./libraries/RiskTiers.sol";
import {TermsCode} from "./libraries/TermsCode.sol";
import {TypedIndemnity} from "./libraries/TypedIndemnity.sol";
import {
    IndemnityBinding,
    IndemnityQuote,
    Measure,
    RiskAssessment,
    RiskTier,
    TierTable
} from "./types/IndemnityTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title Underwriting
/// @notice What an indemnity quote must keep: only a price, a cap and exclusions that the quorum's report and the tier
/// table allow, signed by those who may sign it.
abstract contract Underwriting is ReportRules {
    using TermsCode for uint256[];

    /// @dev What all bindings of one transaction share.
    struct Desk {
        uint256[] words; // the terms, see `TermsCode`
        TierTable tiers;
        bytes32 domain; // EIP-712 domain separator
        IAccessManager authority;
        address underwriter; // the last one found to hold the role
        uint64 lastPolicy;
    }

    uint256 internal constant COMMITTEE_SIZE = 3;

    /// @dev Tier, measure, sum insured, exclusions and premium are what report and terms allow. Rules S13 and S18.
    function _checkRisk(Desk memory d, RiskAssessment memory a, IndemnityQuote memory q) internal pure {
        if (q.applicationId != a.applicationId) {
            revert ISaleRules.ApplicationMismatch(q.applicationId, a.applicationId);
        }
        RiskTier tier = RiskTiers.tierOf(a.score, a.lossRatioBps, d.tiers.bounds);
        if (tier != a.tier) revert IIndemnityProduct.TierMismatch(q.applicationId, a.tier, tier);
        (uint64 least, uint64 most, uint64 minPremium) = d.words.sums();
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
    function _checkParties(Desk memory d, RiskAssessment memory a, IndemnityBinding memory b) internal view {
        IndemnityQuote memory q = b.quote;
        if (q.validUntil < block.timestamp) revert ISaleRules.QuoteExpired(q.validUntil, block.timestamp);
        _checkPeople(d.words, q);
        _checkUnderwriter(d, q.underwriter);
        bytes32 offer =
            MessageHashUtils.toTypedDataHash(d.domain, TypedIndemnity.hash(q, TypedIndemnity.QUOTE_TYPEHASH));
        if (!_signed(q.underwriter, offer, b.underwriterSignature)) {
            revert ISaleRules.UnderwriterSignatureInvalid(q.underwriter);
        }
        if (a.score > d.tiers.committeeAboveScore) _checkCommittee(d.authority, q.applicationId, offer, b);
        if (q.holder == msg.sender && b.acceptance.length == 0) return;
        bytes32 accepted =
            MessageHashUtils.toTypedDataHash(d.domain, TypedIndemnity.hash(q, TypedIndemnity.ACCEPTANCE_TYPEHASH));
        if (!_signed(q.holder, accepted, b.acceptance)) revert ISaleRules.AcceptanceInvalid(q.holder);
    }

    function _checkUnderwriter(Desk memory d, address underwriter) internal view {
        if (underwriter == d.underwriter) return;
        (bool isUnderwriter, uint32 delay) = d.authority.hasRole(Roles.UNDERWRITER, underwriter);
        if (!isUnderwriter || delay != 0) revert ISaleRules.UnderwriterNotAuthorised(underwriter);
        d.underwriter = underwriter;
    }

    function _checkBeneficiary(address beneficiary, address treasury) internal view {
        if (beneficiary == treasury || beneficiary == address(this)) {
            revert IIndemnityProduct.BeneficiaryInvalid(beneficiary);
        }
    }

    /// @dev The holder can be paid, the beneficiary too, and the payer is one of the two who may be.
    function _checkPeople(uint256[] memory words, IndemnityQuote memory q) private view {
        address treasury = words.treasury();
        if (q.holder == address(0) || q.holder == treasury || q.holder == address(this)) {
            revert ISaleRules.HolderInvalid(q.holder);
        }
        _checkBeneficiary(q.beneficiary, treasury);
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
