// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ReportRules} from "./ReportRules.sol";
import {IParametricProduct} from "./interfaces/IParametricProduct.sol";
import {ISaleRules} from "./interfaces/ISaleRules.sol";
import {PremiumMath} from "./libraries/PremiumMath.sol";
import {TypedReports} from "./libraries/TypedReports.sol";
import {Assessment, Binding, ParametricTerms, Quote} from "./types/ParametricTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title SaleRules
/// @notice What a quote must keep to be bound, as far as assessment, terms, parties and time tell.
abstract contract SaleRules is ReportRules {
    /// @dev What all bindings of one transaction share.
    struct Sale {
        ParametricTerms terms;
        bytes32 domain; // EIP-712 domain separator
        IAccessManager authority;
        address underwriter; // the last one found to hold the role
    }

    uint256 public constant MAX_EVENT_TEXT_BYTES = 128;

    /// @dev Quote and assessment speak of one application for one event.
    function _checkSubject(Quote memory q, Assessment memory assessed, uint256 eventId) internal pure {
        uint256 length = bytes(q.insuredEvent).length;
        if (length == 0 || length > MAX_EVENT_TEXT_BYTES) revert IParametricProduct.InsuredEventTextInvalid(length);
        if (q.applicationId != assessed.applicationId) {
            revert ISaleRules.ApplicationMismatch(q.applicationId, assessed.applicationId);
        }
        if (eventId != assessed.eventId) revert IParametricProduct.EventMismatch(eventId, assessed.eventId);
        if (q.occursAt != assessed.occursAt) {
            revert IParametricProduct.OccursAtMismatch(q.occursAt, assessed.occursAt);
        }
    }

    /// @dev Quote, period and sale window are open now.
    function _checkTimes(ParametricTerms memory t, Quote memory q) internal view {
        (uint40 occursAt, uint40 validUntil) = (q.occursAt, q.validUntil);
        if (validUntil < block.timestamp) revert ISaleRules.QuoteExpired(validUntil, block.timestamp);
        if (occursAt < t.periodStart || occursAt > t.periodEnd) {
            revert IParametricProduct.EventOutsidePeriod(occursAt, t.periodStart, t.periodEnd);
        }
        uint256 opensAt = Math.saturatingSub(occursAt, t.maxLeadSeconds);
        uint256 closesAt = Math.saturatingSub(occursAt, t.minLeadSeconds);
        if (block.timestamp < opensAt || block.timestamp > closesAt) {
            revert IParametricProduct.SaleClosed(occursAt, opensAt, closesAt);
        }
    }

    /// @dev The sum insured is allowed, and the premium is what terms and assessment give.
    function _checkAmounts(ParametricTerms memory t, Assessment memory assessed, Quote memory q) internal pure {
        (uint96 sumInsured, uint96 premium, uint96 most) = (q.sumInsured, q.premium, assessed.sumInsuredCap);
        if (most > t.maxSumInsured) most = t.maxSumInsured;
        if (sumInsured < t.minSumInsured || sumInsured > most) {
            revert ISaleRules.SumInsuredOutOfRange(sumInsured, t.minSumInsured, most);
        }
        uint256 due = PremiumMath.premiumDue(sumInsured, assessed.expectedSharePpb, t.loadingBps, t.minPremium);
        if (premium != due) revert ISaleRules.PremiumNotAsPriced(premium, due);
        if (due >= sumInsured) revert ISaleRules.PremiumTooHigh(due, sumInsured);
    }

    /// @dev The holder can be paid, and both parties signed these very words.
    function _checkParties(Sale memory sale, Binding memory b, bytes32 textHash) internal view {
        Quote memory q = b.quote;
        (address holder, address underwriter) = (q.holder, q.underwriter);
        if (holder == address(0) || holder == sale.terms.treasury || holder == address(this)) {
            revert ISaleRules.HolderInvalid(holder);
        }
        if (underwriter != sale.underwriter) {
            (bool isUnderwriter, uint32 delay) = sale.authority.hasRole(Roles.UNDERWRITER, underwriter);
            if (!isUnderwriter || delay != 0) revert ISaleRules.UnderwriterNotAuthorised(underwriter);
            sale.underwriter = underwriter;
        }
        bytes32 offer = TypedReports.hash(q, textHash, TypedReports.QUOTE_TYPEHASH);
        if (!_signed(underwriter, MessageHashUtils.toTypedDataHash(sale.domain, offer), b.underwriterSignature)) {
            revert ISaleRules.UnderwriterSignatureInvalid(underwriter);
        }
        if (holder == msg.sender && b.acceptance.length == 0) return;
        bytes32 acceptance = TypedReports.hash(q, textHash, TypedReports.ACCEPTANCE_TYPEHASH);
        if (!_signed(holder, MessageHashUtils.toTypedDataHash(sale.domain, acceptance), b.acceptance)) {
            revert ISaleRules.AcceptanceInvalid(holder);
        }
    }
}
