"""Bugs planted to show that each proof in tests/symbolic can fail. `PlantedBug.invariant` names the proof."""

from __future__ import annotations

from typing import Final

from scripts.planted_bug_list import PUT_OFF, RIPENS
from scripts.planted_bugs import Patch, PlantedBug

_QUORUM: Final = "contracts/OracleQuorum.sol"
_TREASURY: Final = "contracts/Treasury.sol"
_BOOKS: Final = "contracts/TreasuryBooks.sol"
_DESK: Final = "contracts/ClaimsDesk.sol"
_AUTHORITY: Final = "contracts/AdjusterAuthority.sol"
_RAILS: Final = "contracts/Disbursement.sol"
_FOUND: Final = "Counterexample"


def _bug(proof: str, story: str, *patches: Patch) -> PlantedBug:
    return PlantedBug(proof, story, patches, _FOUND)


BUGS: Final = (
    _bug(
        "check_requireQuorum_OnlyEnoughDifferentSigners",
        "one signer may sign twice",
        Patch(_QUORUM, "if (signer <= previous) revert", "if (signer < previous) revert"),
    ),
    _bug(
        "check_requireQuorum_OnlyEnoughDifferentSigners",
        "nobody asks whether the signer belongs to the set",
        Patch(_QUORUM, "if (!_isSigner[epoch][signer]) revert SignerNotInSet(signer, epoch);", ""),
    ),
    _bug(
        "check_requireQuorum_AtLeastWhatIsAsked",
        "what the product asks for is not looked at",
        Patch(_QUORUM, "if (atLeast > needed) needed = atLeast;", ""),
    ),
    _bug(
        "check_requireQuorum_UnknownSetNever",
        "signers of any epoch count",
        Patch(_QUORUM, "if (needed == 0) revert SignerSetUnknown(epoch);", "if (needed == 0) return;"),
    ),
    _bug(
        "check_requireQuorum_RetiredSetNever",
        "a set counts one second longer than its overlap",
        Patch(_QUORUM, "block.timestamp >= retiresAt", "block.timestamp > retiresAt"),
    ),
    _bug(
        "check_rotateSigners_OnlyItsRole",
        "the modifier is missing",
        Patch(_QUORUM, "        restricted\n        returns (uint32 epoch)", "        returns (uint32 epoch)"),
    ),
    _bug(
        "check_policyId_NoTwoAlike",
        "ordinals have one bit too few",
        Patch("contracts/libraries/PolicyIds.sol", "(event_ << ORDINAL_BITS)", "(event_ << (ORDINAL_BITS - 1))"),
    ),
    _bug(
        "check_deadline_LeavesAllItsWorkingDays",
        "the day of the notice counts as a whole one",
        Patch("contracts/libraries/ClaimClock.sol", "workingDays * 1 days;", "(workingDays - 1) * 1 days;"),
    ),
    _bug(
        "check_tierOf_RisesWithScoreAndRatio",
        "between the bounds only the score decides",
        Patch(
            "contracts/libraries/RiskTiers.sol",
            "score >= bounds.mediumFromScore ||",
            "score < bounds.mediumFromScore &&",
        ),
    ),
    _bug(
        "check_shareBps_RisesAndStaysWithin",
        "a curve may fall",
        Patch("contracts/libraries/PayoutCurve.sol", "|| sharesBps[i] <= sharesBps[i - 1])", ")"),
    ),
    _bug(
        "check_collectPremiums_CapitalCarriesWhatIsLocked",
        "what others have unearned is not looked at",
        Patch(_BOOKS, "return required + totals.reserves + totals.held + totals.unearned;", "return required;"),
    ),
    _bug(
        "check_payClaim_ConservesMoney",
        "interest is paid out of nothing",
        Patch(
            _TREASURY,
            "_changeReserve(p.reserveBefore, p.reserveAfter, amount);",
            "_changeReserve(p.reserveBefore, p.reserveAfter, p.indemnity);",
        ),
    ),
    _bug(
        "check_payClaim_NeverBeyondWhatIsLocked",
        "a product may spend reserves it never made",
        Patch(
            _BOOKS,
            "if (from > reserved) revert ITreasury.ReserveTooSmall(msg.sender, from, reserved);",
            "if (from > reserved) reserved = from;",
        ),
    ),
    _bug(
        "check_payBatch_WithinExposure",
        "nobody adds up what a batch pays",
        Patch(_TREASURY, "if (paid + held > exposure) revert ExposureTooSmall(msg.sender, paid + held, exposure);", ""),
    ),
    _bug(
        "check_pause_NothingNewIsPaid",
        "claims are paid while paused",
        Patch(_BOOKS, "        _requireRunning();\n        if (gasleft()", "        if (gasleft()"),
    ),
    _bug(
        "check_takeHeldPayout_AlwaysAndOnce",
        "held money waits for the end of a pause",
        Patch(
            _BOOKS,
            "if (to == address(this)) revert ITreasury.PayeeInvalid(to);",
            "if (to == address(this)) revert ITreasury.PayeeInvalid(to);\n        _requireRunning();",
        ),
    ),
    _bug(
        "check_takeHeldPayout_AlwaysAndOnce",
        "what was taken stays in the books",
        Patch(_BOOKS, "            delete held;\n", ""),
    ),
    _bug(
        "check_heldPayout_RipensWhateverIsAdded",
        "each addition puts off all that waits",
        Patch(_BOOKS, RIPENS, PUT_OFF),
    ),
    _bug(
        "check_heldPayout_RipensWhateverIsAdded",
        "what is fresh ripens with what came before it",
        Patch(
            _BOOKS,
            "(held.ripening, held.ripeningSince) = (held.fresh, held.freshSince);",
            "held.ripening = held.fresh;",
        ),
    ),
    _bug(
        "check_pushHeldPayout_OnlyToThePayee",
        "pushed money goes to who pushed it",
        Patch(_TREASURY, "return _payHeld(payee, payee);", "return _payHeld(payee, msg.sender);"),
    ),
    _bug(
        "check_onlyProduct_NobodyElse",
        "running off asks for no product",
        Patch(
            _TREASURY,
            "function runOff(uint256 exposure, uint256 earned) external onlyProduct",
            "function runOff(uint256 exposure, uint256 earned) external",
        ),
    ),
    _bug(
        "check_restricted_NobodyElse",
        "anybody lifts the day's cap",
        Patch(
            _TREASURY,
            "function setPayoutCap(uint64 cap) external restricted",
            "function setPayoutCap(uint64 cap) external",
        ),
    ),
    _bug(
        "check_withdraw_OnlyFreeCapital",
        "what policies may cost counts as free",
        Patch(
            _BOOKS,
            "return required + totals.reserves + totals.held + totals.unearned;",
            "return totals.reserves + totals.held + totals.unearned;",
        ),
    ),
    _bug(
        "check_payout_NeverOnBothLegs",
        "a receipt counts for what was taken",
        Patch(_RAILS, "if (kept.state != PayoutState.Waiting) revert PayoutNotInState(id, kept.state);", ""),
    ),
    _bug(
        "check_takePayout_OnlyThePayeeAndOnlyWhenFree",
        "the payee is free while the institution still has time",
        Patch(_RAILS, "block.timestamp <= kept.receiptDue", "block.timestamp < kept.receiptDue"),
    ),
    _bug(
        "check_confirmPayout_OnlyOnASignedMatchingReceipt",
        "the token on the receipt is not looked at",
        Patch(_RAILS, "receipt.token != token || ", ""),
    ),
    _bug(
        "check_anchor_GrowsAndKeepsWhatWas",
        "a head of the same size may replace another's root",
        Patch("contracts/TransparencyAnchor.sol", "if (treeSize <= previous)", "if (treeSize < previous)"),
    ),
    _bug(
        "check_register_FirstClaimStays",
        "the last claim stays instead of the first",
        Patch(
            "contracts/IncidentRegistry.sol",
            "hit = true;",
            "hit = true;\n                _firstClaims[nullifier] = claimId;",
        ),
    ),
    _bug(
        "check_restricted_OnlyTheWriters",
        "anybody anchors heads",
        Patch(
            "contracts/TransparencyAnchor.sol",
            "external restricted returns (uint256 index)",
            "external returns (uint256 index)",
        ),
    ),
    _bug(
        "check_checkReport_OnlyHereAndNow",
        "a report made for another chain counts",
        Patch("contracts/ReportRules.sol", "if (chainId != block.chainid)", "if (chainId == 0)"),
    ),
    _bug(
        "check_decide_BetweenTheRulings",
        "of three rulings the highest decides",
        Patch("contracts/libraries/PanelRule.sol", "revealed == 3 ? 1 : 0", "revealed == 3 ? 2 : 0"),
    ),
    _bug(
        "check_authorise_MachineCannotDeny",
        "a grant of less than all is no denial",
        Patch(_AUTHORITY, "return c.granted < c.full || c.granted == 0;", "return c.granted == 0;"),
    ),
    _bug(
        "check_authorise_OnlyAnAdjusterThroughTheDesk",
        "anybody asks in the desk's place",
        Patch(_AUTHORITY, "if (msg.sender != desk) revert ClaimsDeskRequired(msg.sender);", ""),
    ),
    _bug(
        "check_authorise_NeverOnesOwn",
        "only who is paid is left out, not who holds the policy",
        Patch(_AUTHORITY, "return account == c.claimant || account == c.holder;", "return account == c.claimant;"),
    ),
    _bug(
        "check_authorise_ReasonAndClause",
        "the clause is not looked for in the terms",
        Patch(
            _AUTHORITY,
            "if (!ClauseProof.stands(c.clauseRoot, ClauseProof.leafOf(d.clause), d.proof)) {",
            "if (d.clause == 0) {",
        ),
    ),
    _bug(
        "check_authorise_ReasonAndClause",
        "a decision without a reason passes",
        Patch(_AUTHORITY, "if (d.reasonCode == 0) revert ReasonMissing(d.claimId);", ""),
    ),
    _bug(
        "check_authorise_WithinAuthority",
        "every decision begins the day anew",
        Patch(_AUTHORITY, "uint256(limit.usedToday) + c.granted : c.granted;", "c.granted : c.granted;"),
    ),
    _bug(
        "check_reportLoss_NeverDenies",
        "the machine closes what is worth nothing",
        Patch(_DESK, "if (worth == 0) reasons |= 1 << 7;", ""),
    ),
    _bug(
        "check_reportLoss_PaysOnlyWithinTheTerms",
        "the fraud score is not looked at",
        Patch(_DESK, "if (r.fraudScore > rules.maxFraudScore) reasons |= 1 << 2;", ""),
    ),
)
