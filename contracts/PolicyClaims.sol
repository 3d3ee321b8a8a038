// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {PolicyBook} from "./PolicyBook.sol";
import {IClaimsDesk} from "./interfaces/IClaimsDesk.sol";
import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {ClaimIds} from "./libraries/ClaimIds.sol";
import {CoverageUse} from "./libraries/CoverageUse.sol";
import {TermsCode} from "./libraries/TermsCode.sol";
import {
    Cause,
    ClaimOpening,
    ClaimPayment,
    ClaimQuery,
    ClaimTerms,
    Coverage,
    IndemnityPolicy
} from "./types/IndemnityTypes.sol";

/// @title PolicyClaims
/// @notice Claims on the policies of a product, for the desk of its terms: what is covered, reserved and paid.
abstract contract PolicyClaims is IIndemnityProduct, PolicyBook {
    using CoverageUse for uint256;
    using TermsCode for uint256[];

    uint256 public constant MAX_CLAIMS = 128;

    /// @inheritdoc IIndemnityProduct
    function openClaim(uint256 policyId, Cause calldata cause, uint64 claimed, uint64 paid, bool reopened)
        external
        returns (ClaimOpening memory)
    {
        uint256[] memory words = _deskWords();
        uint256 latest = uint256(cause.occurredAt) + words.noticeWindowSeconds();
        if (!reopened && block.timestamp > latest) revert NoticeTooLate(cause.occurredAt, latest, block.timestamp);
        return _openClaim(words, policyId, cause, claimed, paid);
    }

    /// @inheritdoc IIndemnityProduct
    function payClaim(Cause calldata cause, ClaimPayment calldata payment) external returns (bool delivered) {
        // Effect
        uint256[] memory words = _deskWords();
        (, uint256 policyId,) = ClaimIds.split(payment.claimId);
        uint256 after_ = uint256(payment.reserveAfter) + payment.indemnity;
        _use(words, policyId, cause, payment.reserveBefore, after_);
        if (payment.interest > 0) _interestPaid[policyId] += payment.interest;
        // Interaction
        ITreasury treasury = ITreasury(words.treasury());
        if (payment.indemnity > 0) return treasury.payClaim(payment);
        treasury.changeReserve(payment.claimId, payment.reserveBefore, payment.reserveAfter);
    }

    /// @inheritdoc IIndemnityProduct
    function claimTerms(ClaimQuery calldata q) external view returns (ClaimTerms memory t) {
        (uint256[] memory words, IndemnityPolicy storage p) = (_words(), _policies[q.policyId]);
        Coverage memory c = _coverage(words, q.policyId, q.cause.coverage);
        (t.treasury, t.quorum, t.disbursement) = (words.treasury(), words.quorum(), words.disbursement());
        (t.clauseRoot, t.minSignatures) = (words.clauseRoot(), words.minSignatures());
        (t.tier, t.rules) = (p.tier, words.rules());
        // Without beneficiary and endorsement nobody but the holder was ever paid: that slot need not be read.
        if (p.hasBeneficiary || p.sequence > 0) t.holder = p.holder;
        uint256 sumInsured;
        (sumInsured, t.exclusions) = _termsAt(q.policyId, q.cause.occurredAt);
        uint256 use = _coverageUse[q.policyId];
        uint256 used = use.used(q.cause.coverage) - q.apart;
        uint256 left = _available(c, sumInsured, used, use.total() - q.apartInAll, q.reserve);
        t.own = _payable(c, sumInsured, q.claimed, q.paid);
        t.full = t.own < left ? t.own : uint64(left);
        t.worth = t.full;
        if (q.loss < q.claimed) t.worth = uint64(Math.min(_payable(c, sumInsured, q.loss, q.paid), left));
    }

    function _requireClaimsFinal(address desk, uint256 policyId) internal view {
        uint256 count = _coverageUse[policyId].claims();
        for (uint256 i = 0; i < count; ++i) {
            uint256 claimId = ClaimIds.claimId(address(this), policyId, i);
            if (!IClaimsDesk(desk).isFinal(claimId)) revert ClaimNotFinal(claimId);
        }
    }

    function _openClaim(uint256[] memory words, uint256 policyId, Cause calldata cause, uint64 claimed, uint64 paid)
        private
        returns (ClaimOpening memory opening)
    {
        // Check
        IndemnityPolicy storage p = _policies[policyId];
        if (p.holder == address(0)) revert PolicyUnknown(policyId);
        if (p.isClosed) revert PolicyAlreadyClosed(policyId);
        Coverage memory c = _coverage(words, policyId, cause.coverage);
        _checkCover(words, c, policyId, cause);
        uint256 use = _coverageUse[policyId];
        if (use.claims() >= MAX_CLAIMS) revert ClaimsExhausted(policyId);
        // Effect
        (opening.ordinal, opening.payee) = (use.claims(), _payeeOf(policyId));
        (uint256 sumInsured,) = _termsAt(policyId, cause.occurredAt);
        uint256 left = _available(c, sumInsured, use.used(cause.coverage), use.total(), 0);
        opening.reserve = uint64(Math.min(_payable(c, sumInsured, claimed, paid), left));
        _coverageUse[policyId] = use.withClaim().withUsed(cause.coverage, use.used(cause.coverage) + opening.reserve);
        // Interaction
        uint256 claimId = ClaimIds.claimId(address(this), policyId, opening.ordinal);
        ITreasury(words.treasury()).changeReserve(claimId, 0, opening.reserve);
    }

    /// @dev The coverage insures the peril, and the loss lies inside the cover.
    function _checkCover(uint256[] memory words, Coverage memory c, uint256 policyId, Cause calldata cause)
        private
        view
    {
        IndemnityPolicy storage p = _policies[policyId];
        bool named = cause.peril < words.perilCount() && c.perils & (1 << cause.peril) != 0;
        if (!named) revert PerilNotCovered(cause.coverage, cause.peril);
        if (cause.occurredAt > block.timestamp) revert LossInFuture(cause.occurredAt, block.timestamp);
        uint256 coverFrom = p.startsAt + (p.isRenewal ? 0 : words.waitingSeconds(cause.peril));
        if (cause.occurredAt < coverFrom || cause.occurredAt >= p.endsAt) {
            revert LossOutsideCover(policyId, cause.occurredAt, coverFrom, p.endsAt);
        }
    }

    /// @dev The terms, for the desk only.
    function _deskWords() private view returns (uint256[] memory words) {
        words = _words();
        if (msg.sender != words.desk()) revert DeskRequired(msg.sender);
    }

    function _coverage(uint256[] memory words, uint256 policyId, uint256 index) private pure returns (Coverage memory) {
        if (index >= words.coverageCount()) revert CoverageUnknown(policyId, index);
        return words.coverage(index);
    }
}
