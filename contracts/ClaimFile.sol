// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IClaimsDesk} from "./interfaces/IClaimsDesk.sol";
import {IDisbursement} from "./interfaces/IDisbursement.sol";
import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {ClaimClock} from "./libraries/ClaimClock.sol";
import {ClaimIds} from "./libraries/ClaimIds.sol";
import {IndemnityMath} from "./libraries/IndemnityMath.sol";
import {Claim, ClaimOutcome, ClaimState, InstalmentPlan} from "./types/ClaimTypes.sol";
import {PayoutOrder} from "./types/DisbursementTypes.sol";
import {Cause, ClaimPayment, ClaimTerms, RiskTier} from "./types/IndemnityTypes.sol";

/// @title ClaimFile
/// @notice Claims as they are kept: their clocks, how they are paid and how they close.
abstract contract ClaimFile {
    /// @dev A claim while it is worked on.
    struct File {
        uint256 claimId;
        uint256 policyId;
        IIndemnityProduct product;
        Claim claim;
        ClaimTerms terms;
    }

    uint8 internal constant BY_INSTITUTION = 1;
    uint8 internal constant IN_INSTALMENTS = 2;
    uint8 internal constant ESCALATED = 4;
    uint256 private constant PERIL_BITS = 5;

    mapping(uint256 claimId => Claim) internal _claims;
    mapping(uint256 claimId => uint256 successor) internal _supersededBy;
    mapping(uint256 claimId => InstalmentPlan) internal _plans;
    mapping(uint256 claimId => uint32 institution) internal _institutions;

    /// @dev Claim and terms, if the claim is in one of the states from `least` to `most`.
    function _open(uint256 claimId, ClaimState least, ClaimState most) internal view returns (File memory f) {
        f.claim = _claims[claimId];
        if (f.claim.state < least || f.claim.state > most) {
            revert IClaimsDesk.ClaimNotInState(claimId, f.claim.state);
        }
        f.claimId = claimId;
        (address product, uint256 policyId,) = ClaimIds.split(claimId);
        (f.product, f.policyId) = (IIndemnityProduct(product), policyId);
        f.terms = f.product.claimTerms(policyId, f.claim.occurredAt);
    }

    /// @dev Pays what is granted and puts the claim into its next state, all of it written before any token moves.
    /// @param reserve What stays reserved.
    function _pay(File memory f, ClaimState state, uint64 indemnity, uint64 interest, uint64 reserve) internal {
        // Effect
        uint64 reserveBefore = f.claim.reserve;
        (f.claim.paid, f.claim.reserve) = (f.claim.paid + indemnity, reserve);
        _enter(f, state);
        if (indemnity == 0 && reserveBefore == reserve) return;
        // Interaction
        (uint32 institution, address token) = _institutionFor(f, indemnity + interest);
        if (indemnity > 0) emit IClaimsDesk.ClaimIndemnified(f.claimId, indemnity, interest, reserve, institution);
        ClaimPayment memory payment = ClaimPayment({
            claimId: f.claimId,
            payee: f.claim.claimant,
            via: institution == 0 ? address(0) : f.terms.disbursement,
            reserveBefore: reserveBefore,
            reserveAfter: reserve,
            indemnity: indemnity,
            interest: interest
        });
        bool delivered = f.product.payClaim(_cause(f.claim), payment);
        if (institution == 0 || !delivered) return;
        PayoutOrder memory order = PayoutOrder({
            claimId: f.claimId,
            payee: f.claim.claimant,
            institution: institution,
            token: token,
            amount: indemnity + interest
        });
        // slither-disable-next-line unused-return
        IDisbursement(f.terms.disbursement).openPayout(order);
    }

    /// @dev Writes the claim in its next state. Deciding and closing start the clock anew.
    function _enter(File memory f, ClaimState state) internal {
        bool anew = f.claim.state != state && (state == ClaimState.Decided || state == ClaimState.Closed);
        if (anew) {
            (f.claim.clockFrom, f.claim.pausedBefore) =
                (uint40(block.timestamp), ITreasury(f.terms.treasury).pausedSeconds());
        }
        f.claim.state = state;
        _claims[f.claimId] = f.claim;
        if (state == ClaimState.Closed) emit IClaimsDesk.ClaimClosed(f.claimId, f.claim.outcome, f.claim.paid);
    }

    /// @dev Still payable for a loss under this claim, instalments that are to come included.
    function _payable(File memory f, uint64 loss) internal view returns (uint64) {
        return f.product.payableFor(f.policyId, _cause(f.claim), loss, f.claim.reserve, f.claim.paid);
    }

    /// @dev Granted, but not yet paid.
    function _instalmentsLeft(uint256 claimId) internal view returns (uint64) {
        InstalmentPlan memory plan = _plans[claimId];
        return plan.each * plan.left;
    }

    /// @dev When a window from `clockFrom` ends. What the treasury was paused since then is added.
    function _windowEnd(File memory f, uint32 windowSeconds) internal view returns (uint256) {
        return _resumed(f) + windowSeconds;
    }

    /// @dev When so many working days since `clockFrom` are over. What the treasury was paused since then is added.
    function _daysEnd(File memory f, uint16 workingDays) internal view returns (uint256) {
        return ClaimClock.deadline(_resumed(f), workingDays);
    }

    function _decideDays(File memory f) internal pure returns (uint16) {
        return f.terms.tier == RiskTier.Low ? f.terms.rules.decideDaysLow : f.terms.rules.decideDays;
    }

    /// @dev Interest on what should have been paid by `due`.
    function _interest(File memory f, uint64 amount, uint256 due) internal view returns (uint64) {
        uint256 late = ClaimClock.lateSeconds(due, block.timestamp);
        if (late == 0 || amount == 0) return 0;
        uint256 interest =
            IndemnityMath.interest(amount, f.terms.rules.interestBps, late, f.terms.rules.interestCapBps);
        return SafeCast.toUint64(interest);
    }

    /// @dev Interest on what the insurer should have decided by its deadline.
    function _interestOnDecision(File memory f, uint64 amount) internal view returns (uint64) {
        // Without the pauses the deadline is earlier: if that one has not passed, neither has the real one.
        if (block.timestamp <= ClaimClock.deadline(f.claim.clockFrom, _decideDays(f))) return 0;
        return _interest(f, amount, _daysEnd(f, _decideDays(f)));
    }

    function _byPanel(ClaimOutcome outcome) internal pure returns (bool) {
        return outcome == ClaimOutcome.Awarded || outcome == ClaimOutcome.Upheld;
    }

    function _cause(Claim memory c) internal pure returns (Cause memory) {
        uint8 peril = c.cause & uint8((1 << PERIL_BITS) - 1);
        return Cause({coverage: c.cause >> uint8(PERIL_BITS), peril: peril, occurredAt: c.occurredAt});
    }

    /// @dev Coverages are at most 4 and perils at most 32, as the product has checked.
    function _packCause(Cause memory cause) internal pure returns (uint8) {
        return (cause.coverage << uint8(PERIL_BITS)) | cause.peril;
    }

    /// @dev `clockFrom`, put off by what the treasury was paused since then.
    function _resumed(File memory f) private view returns (uint256) {
        uint256 paused = ITreasury(f.terms.treasury).pausedSeconds();
        return f.claim.clockFrom + Math.saturatingSub(paused, f.claim.pausedBefore);
    }

    /// @dev Institution that pays this, if the claimant wants one and it takes it; and the token.
    function _institutionFor(File memory f, uint64 amount) private view returns (uint32 institution, address token) {
        if (f.claim.flags & BY_INSTITUTION == 0 || f.terms.disbursement == address(0) || amount == 0) {
            return (0, address(0));
        }
        (institution, token) = (_institutions[f.claimId], IERC4626(f.terms.treasury).asset());
        if (!IDisbursement(f.terms.disbursement).accepts(institution, token, amount)) institution = 0;
    }
}
