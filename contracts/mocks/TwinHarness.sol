// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {ClaimClock} from "../libraries/ClaimClock.sol";
import {ClaimIds} from "../libraries/ClaimIds.sol";
import {CoverageUse} from "../libraries/CoverageUse.sol";
import {IndemnityMath} from "../libraries/IndemnityMath.sol";
import {PayoutCurve} from "../libraries/PayoutCurve.sol";
import {PolicyIds} from "../libraries/PolicyIds.sol";
import {PremiumMath} from "../libraries/PremiumMath.sol";
import {RiskTiers} from "../libraries/RiskTiers.sol";
import {TermsCode} from "../libraries/TermsCode.sol";
import {TypedClaims} from "../libraries/TypedClaims.sol";
import {TypedIndemnity} from "../libraries/TypedIndemnity.sol";
import {TypedReports} from "../libraries/TypedReports.sol";
import {ClaimOrder, Decision, LossReport, Notice} from "../types/ClaimTypes.sol";
import {
    Cancellation,
    Endorsement,
    IndemnityQuote,
    IndemnityTerms,
    RiskTier,
    TierBounds,
    UnderwritingReport
} from "../types/IndemnityTypes.sol";
import {EventReport, ParametricTerms, Quote, RiskReport} from "../types/ParametricTypes.sol";

/// @title TwinHarness
/// @notice The libraries, open to be asked from outside: tests compare them with their Python twins. Never deployed.
contract TwinHarness {
    struct CurveCase {
        int32[] thresholds;
        uint16[] sharesBps;
        int32[] values; // each asked
        uint256[] sums; // one for each value, token units
    }

    struct PremiumCase {
        uint96 sumInsured;
        uint32 expectedSharePpb;
        uint16 loadingBps;
        uint96 minPremium;
    }

    struct LossCase {
        uint256 loss; // amounts in token units
        uint256 deductible;
        uint256 shareBps;
        uint256 limitLeft;
        uint256 sumInsured;
        uint256 limitBps;
    }

    struct RateCase {
        uint256 sumInsured;
        uint256 ratePpb;
        uint256 factorBps;
        uint256 minPremium;
    }

    struct PeriodCase {
        uint256 premium;
        uint256 oldSum;
        uint256 newSum;
        uint256 start;
        uint256 end;
        uint256 instant;
    }

    struct InterestCase {
        uint256 amount;
        uint256 rateBps;
        uint256 late;
        uint256 capBps;
    }

    struct ClockCase {
        uint256 from;
        uint256 workingDays;
        uint256 instant;
    }

    struct TierCase {
        uint256 score;
        uint256 lossRatioBps;
        TierBounds bounds;
    }

    /// @notice Share and indemnity for each value of each curve, one after the other.
    function settleAll(CurveCase[] calldata cases, uint256 total)
        external
        pure
        returns (uint256[] memory shares, uint256[] memory indemnities)
    {
        (shares, indemnities) = (new uint256[](total), new uint256[](total));
        uint256 next = 0;
        for (uint256 i = 0; i < cases.length; ++i) {
            (int32[] memory thresholds, uint16[] memory sharesBps) = (cases[i].thresholds, cases[i].sharesBps);
            for (uint256 k = 0; k < cases[i].values.length; ++k) {
                shares[next] = PayoutCurve.shareBps(thresholds, sharesBps, cases[i].values[k]);
                indemnities[next] = PayoutCurve.indemnity(cases[i].sums[k], shares[next]);
                ++next;
            }
        }
    }

    /// @notice Whether each curve is well formed.
    function checkAll(CurveCase[] calldata cases) external view returns (bool[] memory formed) {
        formed = new bool[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            try this.check(cases[i].thresholds, cases[i].sharesBps) {
                formed[i] = true;
            } catch {}
        }
    }

    /// @notice Premium due in each case.
    function premiums(PremiumCase[] calldata cases) external pure returns (uint256[] memory due) {
        due = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            PremiumCase calldata c = cases[i];
            due[i] = PremiumMath.premiumDue(c.sumInsured, c.expectedSharePpb, c.loadingBps, c.minPremium);
        }
    }

    /// @notice Indemnity for each loss, and the limit its share of the sum insured makes.
    function losses(LossCase[] calldata cases)
        external
        pure
        returns (uint256[] memory indemnities, uint256[] memory limits)
    {
        (indemnities, limits) = (new uint256[](cases.length), new uint256[](cases.length));
        for (uint256 i = 0; i < cases.length; ++i) {
            LossCase calldata c = cases[i];
            indemnities[i] = IndemnityMath.indemnity(c.loss, c.deductible, c.shareBps, c.limitLeft);
            limits[i] = IndemnityMath.limit(c.sumInsured, c.limitBps);
        }
    }

    /// @notice Premium of an indemnity policy in each case.
    function rates(RateCase[] calldata cases) external pure returns (uint256[] memory due) {
        due = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            RateCase calldata c = cases[i];
            due[i] = IndemnityMath.premiumDue(c.sumInsured, c.ratePpb, c.factorBps, c.minPremium);
        }
    }

    /// @notice Premium earned and unearned at an instant of each period.
    function earnings(PeriodCase[] calldata cases)
        external
        pure
        returns (uint256[] memory earned, uint256[] memory unearned)
    {
        (earned, unearned) = (new uint256[](cases.length), new uint256[](cases.length));
        for (uint256 i = 0; i < cases.length; ++i) {
            PeriodCase calldata c = cases[i];
            earned[i] = IndemnityMath.earned(c.premium, c.start, c.end, c.instant);
            unearned[i] = IndemnityMath.unearned(c.premium, c.start, c.end, c.instant);
        }
    }

    /// @notice What each endorsement costs and gives back.
    function endorsements(PeriodCase[] calldata cases)
        external
        pure
        returns (uint256[] memory extra, uint256[] memory back)
    {
        (extra, back) = (new uint256[](cases.length), new uint256[](cases.length));
        for (uint256 i = 0; i < cases.length; ++i) {
            PeriodCase calldata c = cases[i];
            extra[i] = IndemnityMath.extraPremium(c.premium, c.oldSum, c.newSum, c.start, c.end, c.instant);
            back[i] = IndemnityMath.returnPremium(c.premium, c.oldSum, c.newSum, c.start, c.end, c.instant);
        }
    }

    /// @notice Interest on each late payment, and what is locked for it.
    function interests(InterestCase[] calldata cases)
        external
        pure
        returns (uint256[] memory interest, uint256[] memory locks)
    {
        (interest, locks) = (new uint256[](cases.length), new uint256[](cases.length));
        for (uint256 i = 0; i < cases.length; ++i) {
            InterestCase calldata c = cases[i];
            interest[i] = IndemnityMath.interest(c.amount, c.rateBps, c.late, c.capBps);
            locks[i] = IndemnityMath.interestLock(c.amount, c.capBps);
        }
    }

    /// @notice Deadline of each clock, and by how much an instant is past it.
    function clocks(ClockCase[] calldata cases)
        external
        pure
        returns (uint256[] memory deadlines, uint256[] memory late)
    {
        (deadlines, late) = (new uint256[](cases.length), new uint256[](cases.length));
        for (uint256 i = 0; i < cases.length; ++i) {
            deadlines[i] = ClaimClock.deadline(cases[i].from, cases[i].workingDays);
            late[i] = ClaimClock.lateSeconds(deadlines[i], cases[i].instant);
        }
    }

    /// @notice Tier of each risk.
    function tiers(TierCase[] calldata cases) external pure returns (RiskTier[] memory found) {
        found = new RiskTier[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            found[i] = RiskTiers.tierOf(cases[i].score, cases[i].lossRatioBps, cases[i].bounds);
        }
    }

    /// @notice Id of each claim.
    function claimIds(address[] calldata products, uint64[] calldata policyIds, uint32[] calldata ordinals)
        external
        pure
        returns (uint256[] memory ids_)
    {
        ids_ = new uint256[](products.length);
        for (uint256 i = 0; i < products.length; ++i) {
            ids_[i] = ClaimIds.claimId(products[i], policyIds[i], ordinals[i]);
        }
    }

    /// @notice Product, policy and ordinal of a claim.
    function splitClaim(uint256 claimId) external pure returns (address product, uint256 policyId, uint256 ordinal) {
        return ClaimIds.split(claimId);
    }

    /// @notice Each slot of coverage use with one claim more and another use of one coverage, and its total then.
    function uses(uint256[] calldata words, uint8[] calldata coverages, uint56[] calldata units)
        external
        pure
        returns (uint256[] memory changed, uint256[] memory totals)
    {
        (changed, totals) = (new uint256[](words.length), new uint256[](words.length));
        for (uint256 i = 0; i < words.length; ++i) {
            changed[i] = CoverageUse.withUsed(CoverageUse.withClaim(words[i]), coverages[i], units[i]);
            totals[i] = CoverageUse.total(changed[i]);
        }
    }

    /// @notice Hash of each indemnity product's terms, as they are and as they come out of a product's code.
    function indemnityTermsHashes(IndemnityTerms[] calldata terms)
        external
        pure
        returns (bytes32[] memory hashes, bytes32[] memory unpacked)
    {
        (hashes, unpacked) = (new bytes32[](terms.length), new bytes32[](terms.length));
        for (uint256 i = 0; i < terms.length; ++i) {
            hashes[i] = TypedIndemnity.termsHash(terms[i]);
            unpacked[i] = TypedIndemnity.termsHash(TermsCode.unpack(TermsCode.pack(terms[i])));
        }
    }

    /// @notice EIP-712 struct hash of an underwriting report.
    function underwritingReportHash(UnderwritingReport calldata report) external pure returns (bytes32) {
        return TypedIndemnity.hash(report);
    }

    /// @notice EIP-712 struct hashes of an indemnity quote as offer and as acceptance.
    function indemnityQuoteHashes(IndemnityQuote calldata quote)
        external
        pure
        returns (bytes32 offer, bytes32 acceptance)
    {
        offer = TypedIndemnity.hash(quote, TypedIndemnity.QUOTE_TYPEHASH);
        acceptance = TypedIndemnity.hash(quote, TypedIndemnity.ACCEPTANCE_TYPEHASH);
    }

    /// @notice EIP-712 struct hashes of a holder's orders.
    function orderHashes(Endorsement calldata endorsement, Cancellation calldata cancellation)
        external
        pure
        returns (bytes32 endorse, bytes32 cancel)
    {
        return (TypedIndemnity.hash(endorsement), TypedIndemnity.hash(cancellation));
    }

    /// @notice EIP-712 struct hash of a loss report.
    function lossReportHash(LossReport calldata report) external pure returns (bytes32) {
        return TypedClaims.hash(report);
    }

    /// @notice EIP-712 struct hashes of what people sign about claims, all by `signer`.
    function claimHashes(
        Notice calldata notice,
        ClaimOrder calldata order,
        Decision calldata decision,
        address signer,
        uint40 deadline
    ) external pure returns (bytes32 noticed, bytes32 ordered, bytes32 decided) {
        noticed = TypedClaims.hash(notice, signer, order.nonce, deadline);
        return (noticed, TypedClaims.hash(order), TypedClaims.hash(decision, signer));
    }

    /// @notice Event id of each text, and the id of the policy with that ordinal on it.
    function ids(string[] calldata texts, uint32[] calldata ordinals)
        external
        pure
        returns (uint256[] memory eventIds, uint256[] memory policyIds)
    {
        (eventIds, policyIds) = (new uint256[](texts.length), new uint256[](texts.length));
        for (uint256 i = 0; i < texts.length; ++i) {
            eventIds[i] = PolicyIds.eventId(keccak256(bytes(texts[i])));
            policyIds[i] = PolicyIds.policyId(eventIds[i], ordinals[i]);
        }
    }

    /// @notice Event and ordinal of a policy id.
    function split(uint256 policyId) external pure returns (uint256 eventId, uint256 ordinal) {
        return PolicyIds.split(policyId);
    }

    /// @notice Hash of each product's terms.
    function termsHashes(ParametricTerms[] calldata terms) external pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](terms.length);
        for (uint256 i = 0; i < terms.length; ++i) {
            hashes[i] = TypedReports.termsHash(terms[i]);
        }
    }

    /// @notice Whether a clause belongs to a root.
    function isClause(bytes32[] calldata proof, bytes32 root, bytes32 leaf) external pure returns (bool) {
        return MerkleProof.verifyCalldata(proof, root, leaf);
    }

    /// @notice EIP-712 struct hash of a risk report.
    function riskReportHash(RiskReport calldata report) external pure returns (bytes32) {
        return TypedReports.hash(report);
    }

    /// @notice EIP-712 struct hash of an event report.
    function eventReportHash(EventReport calldata report) external pure returns (bytes32) {
        return TypedReports.hash(report);
    }

    /// @notice EIP-712 struct hashes of a quote as offer and as acceptance.
    function quoteHashes(Quote calldata quote) external pure returns (bytes32 offer, bytes32 acceptance) {
        bytes32 textHash = keccak256(bytes(quote.insuredEvent));
        offer = TypedReports.hash(quote, textHash, TypedReports.QUOTE_TYPEHASH);
        acceptance = TypedReports.hash(quote, textHash, TypedReports.ACCEPTANCE_TYPEHASH);
    }

    /// @notice Reverts unless the curve is well formed.
    function check(int32[] calldata thresholds, uint16[] calldata sharesBps) external pure {
        PayoutCurve.check(thresholds, sharesBps);
    }
}
