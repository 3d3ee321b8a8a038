// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IClaimsDesk} from "./interfaces/IClaimsDesk.sol";
import {IDisbursement} from "./interfaces/IDisbursement.sol";
import {IIndemnityProduct} from "./interfaces/IIndemnityProduct.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {ClaimClock} from "./libraries/ClaimClock.sol";
import {ClaimIds} from "./libraries/ClaimIds.sol";
import {IndemnityMath} from "./libraries/IndemnityMath.sol";
import {TermsCode} from "./libraries/TermsCode.sol";
import {Claim, ClaimOutcome, ClaimState, InstalmentPlan} from "./types/ClaimTypes.sol";
import {PayoutOrder} from "./types/DisbursementTypes.sol";
import {Cause, ClaimPayment, ClaimQuery, ClaimRules, ClaimTerms} from "./types/IndemnityTypes.sol";

/// @title ClaimFile
/// @notice Claims as they are kept: their clocks, how they are paid and how they close.
abstract contract ClaimFile is IClaimsDesk {
    /// @dev A claim while it is worked on.
    struct File {
        uint256 claimId;
        IIndemnityProduct product;
        Claim claim;
        ClaimTerms terms;
    }

    uint8 internal constant BY_INSTITUTION = 1;
    uint8 internal constant IN_INSTALMENTS = 2;
    uint8 internal constant ESCALATED = 4;
    uint8 internal constant REOPENED_AT = 4; // bits from here: how often the loss was reopened before
    uint256 private constant PERIL_BITS = 5;

    mapping(uint256 claimId => Claim) internal _claims;
    mapping(uint256 claimId => uint256 successor) internal _supersededBy;
    mapping(uint256 claimId => InstalmentPlan) internal _plans;
    mapping(uint256 claimId => uint32 institution) internal _institutions;

    /// @dev Claim and terms, if the claim is in one of the states from `least` to `most`.
    /// @param loss Another loss to be valued, token units.
    function _open(uint256 claimId, ClaimState least, ClaimState most, uint64 loss)
        internal
        view
        returns (File memory f)
    {
        Claim memory c = _claims[claimId];
        if (c.state < least || c.state > most) revert ClaimNotInState(claimId, c.state);
        (address product, uint256 policyId,) = ClaimIds.split(claimId);
        (f.claimId, f.claim, f.product) = (claimId, c, IIndemnityProduct(product));
        f.terms = f.product
            .claimTerms(
                ClaimQuery({
                    policyId: policyId,
                    cause: _cause(c),
                    claimed: c.claimed,
                    loss: loss,
                    reserve: c.reserve,
                    paid: c.paid,
                    apart: 0,
                    apartInAll: 0
                })
            );
    }

    /// @dev As its claimant opens it.
    function _openAs(uint256 claimId, address claimant, ClaimState least, ClaimState most)
        internal
        view
        returns (File memory f)
    {
        if (_claims[claimId].claimant != claimant || claimant == address(0)) {
            revert ClaimantRequired(claimId, claimant);
        }
        return _open(claimId, least, most, 0);
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
        IDisbursement(f.terms.disbursement).openPayout(order);
    }

    /// @dev Writes the claim in its next state. Deciding and closing start the clock anew.
    function _enter(File memory f, ClaimState state) internal {
        bool anew = f.claim.state != state && (state == ClaimState.Decided || state == ClaimState.Closed);
        if (anew) f.claim.clockFrom = uint40(block.timestamp);
        f.claim.state = state;
        _claims[f.claimId] = f.claim;
        if (state == ClaimState.Closed) emit ClaimClosed(f.claimId, f.claim.outcome, f.claim.paid);
    }

    /// @dev Granted, but not yet paid.
    function _instalmentsLeft(uint256 claimId) internal view returns (uint64) {
        InstalmentPlan memory plan = _plans[claimId];
        return plan.each * plan.left;
    }

    /// @dev When a window from `clockFrom` ends. What the treasury was paused since then is added.
    function _windowEnd(File memory f, uint32 windowSeconds) internal view returns (uint256) {
        return f.claim.clockFrom + uint256(windowSeconds) + _paused(f);
    }

    /// @dev When so many working days since `clockFrom` are over. What the treasury was paused since then is added to
    /// the end, and not to the start, where a weekend could come in between: what has passed stays passed.
    function _daysEnd(File memory f, uint16 workingDays) internal view returns (uint256) {
        return ClaimClock.deadline(f.claim.clockFrom, workingDays) + _paused(f);
    }

    function _rules(File memory f) internal pure returns (ClaimRules memory) {
        return TermsCode.unpackRules(f.terms.rules);
    }

    function _decideDays(File memory f) internal pure returns (uint16) {
        return TermsCode.decideDays(f.terms.rules, f.terms.tier);
    }

    /// @dev Interest on what is paid `late` seconds after it should have been.
    function _interest(File memory f, uint64 amount, uint256 late) internal pure returns (uint64) {
        if (late == 0 || amount == 0) return 0;
        ClaimRules memory rules = _rules(f);
        return SafeCast.toUint64(IndemnityMath.interest(amount, rules.interestBps, late, rules.interestCapBps));
    }

    /// @dev Seconds since the insurer should have decided.
    function _lateness(File memory f) internal view returns (uint256) {
        uint16 workingDays = _decideDays(f);
        // Without the pauses the deadline is earlier: if that one has not passed, neither has the real one.
        if (block.timestamp <= ClaimClock.deadline(f.claim.clockFrom, workingDays)) return 0;
        return ClaimClock.lateSeconds(_daysEnd(f, workingDays), block.timestamp);
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

    /// @dev Seconds the treasury was paused since `clockFrom`.
    function _paused(File memory f) private view returns (uint256) {
        return ITreasury(f.terms.treasury).pausedSecondsSince(f.claim.clockFrom);
    }

    /// @dev Institution that pays this, if the claimant wants one, and it and the rail take it; and the token.
    function _institutionFor(File memory f, uint64 amount) private view returns (uint32 institution, address token) {
        if (f.claim.flags & BY_INSTITUTION == 0 || f.terms.disbursement == address(0) || amount == 0) {
            return (0, address(0));
        }
        (institution, token) = (_institutions[f.claimId], IERC4626(f.terms.treasury).asset());
        if (!IDisbursement(f.terms.disbursement).acceptsFrom(address(this), institution, token, amount)) {
            institution = 0;
        }
    }
}
