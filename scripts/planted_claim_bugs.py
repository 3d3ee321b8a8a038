"""The bugs planted to show that every invariant of indemnity insurance can fail."""

from __future__ import annotations

from typing import Final

from scripts.planted_bug_list import (
    CAPITAL,
    FREE,
    PUT_OFF,
    REQUIRED,
    RIPENS,
    TREASURY,
    TREASURY_BOOKS,
    Patch,
    PlantedBug,
)

_DESK: Final = "contracts/ClaimsDesk.sol"
_AUTHORITY: Final = "contracts/AdjusterAuthority.sol"
_POLICIES: Final = "contracts/PolicyBook.sol"
_PAID_TWICE: Final = "if (kept.state != PayoutState.Waiting) revert PayoutNotInState(id, kept.state);"
_TOLD: Final = "p.indemnity, p.interest, p.reserveBefore, p.reserveAfter);"

CLAIM_BUGS: Final = (
    PlantedBug(
        "I1",
        "all a treasury has may be withdrawn, reserves included",
        (Patch(TREASURY, FREE, "return heldAssets();"), Patch(TREASURY, CAPITAL, "return heldAssets();")),
        "I1: assets < reserves + held + unearned",
        suite="C",
    ),
    PlantedBug(
        "I2",
        "an assessed loss is paid rounded up",
        (
            Patch(
                "contracts/libraries/IndemnityMath.sol", "shareBps) / BPS, limitLeft", "shareBps) / BPS + 1, limitLeft"
            ),
        ),
        "I2: ",
        suite="C",
    ),
    PlantedBug(
        "I3",
        "a claim may use up its whole coverage",
        (Patch(_POLICIES, "limit(sumInsured, c.claimLimitBps)", "limit(sumInsured, c.limitBps)"),),
        "I3: paid > claim limit",
        suite="C",
    ),
    PlantedBug(
        "I3",
        "an endorsement may insure more than the quorum would",
        (Patch("contracts/PolicyRules.sol", "s.cap != 0 && o.sumInsured > s.cap", "false"),),
        "I3: insured above the quorum's cap",
        suite="C",
    ),
    PlantedBug(
        "I4",
        "a new estimate makes the claim a new one",
        (Patch(_DESK, "_pay(f, f.claim.state, 0, 0, reserve);", "_pay(f, ClaimState.Noticed, 0, 0, reserve);"),),
        "I4: a state went down",
        suite="C",
    ),
    PlantedBug(
        "I5",
        "a receipt counts after the payee has taken the money",
        (Patch("contracts/Disbursement.sol", _PAID_TWICE, ""),),
        "I5: ",
        suite="C",
    ),
    PlantedBug(
        "I6",
        "a product pays at anybody's word",
        (
            Patch(
                "contracts/PolicyClaims.sol",
                "if (msg.sender != words.desk()) revert DeskRequired(msg.sender);",
                "",
            ),
        ),
        "I6: ",
        suite="C",
    ),
    PlantedBug(
        "I6",
        "an adjuster decides a claim of their own",
        (Patch(_AUTHORITY, "if (_isOwn(c, c.adjuster)) revert OwnClaim(d.claimId, c.adjuster);", ""),),
        "I6: a payment without authority was accepted",
        suite="C",
    ),
    PlantedBug(
        "I7",
        "the event of an estimate tells the one before",
        (
            Patch(
                _DESK,
                "emit ClaimReestimated(claimId, msg.sender, f.claim.reserve, reserve);",
                "emit ClaimReestimated(claimId, msg.sender, f.claim.reserve, f.claim.reserve);",
            ),
        ),
        "I7: claim",
        suite="C",
    ),
    PlantedBug(
        "I8",
        "the required ratio is left out of the capital that has to stay",
        (Patch(TREASURY_BOOKS, REQUIRED, "totals.exposure;"),),
        "I8: ",
        suite="C",
    ),
    PlantedBug(
        "I9",
        "an oracle's key that was made an adjuster may deny",
        (
            Patch(
                _AUTHORITY,
                "if (quorum.isSigner(epoch, account)) return true;",
                "if (quorum.isSigner(epoch, account)) return false;",
            ),
        ),
        "I9: an oracle's key decided",
        suite="C",
    ),
    PlantedBug(
        "I10",
        "a decision needs no reason",
        (Patch(_AUTHORITY, "if (d.reasonCode == 0) revert ReasonMissing(d.claimId);", ""),),
        "I10: ",
        suite="C",
    ),
    PlantedBug(
        "I10",
        "a decision may rest on a clause that is not of the terms",
        (Patch(_AUTHORITY, "if (!ClauseProof.stands(c.clauseRoot,", "if (false && !ClauseProof.stands(c.clauseRoot,"),),
        "I10: ",
        suite="C",
    ),
    PlantedBug(
        "I11",
        "what the day's cap held back has to wait for ever",
        (Patch(TREASURY_BOOKS, "MAX_HELD_BY_CAP_SECONDS = 30 days", "MAX_HELD_BY_CAP_SECONDS = 3_000 days"),),
        "I11: held money stuck",
        suite="C",
    ),
    PlantedBug(
        "I11",
        "what is held anew puts off what was held before",
        (Patch(TREASURY_BOOKS, RIPENS, PUT_OFF),),
        "I11: ripens not as owed",
        suite="C",
    ),
    PlantedBug(
        "I12",
        "a transfer the token refuses (`AccountBlocked`) takes the decision with it",
        (
            Patch(
                TREASURY_BOOKS,
                "paid = amount <= _leftToday() && _token().trySafeTransfer(via == address(0) ? payee : via, amount);",
                "paid = amount <= _leftToday();\n"
                "        if (paid) _token().safeTransfer(via == address(0) ? payee : via, amount);",
            ),
        ),
        "custom error 0x28e9b385",  # AccountBlocked
        reverts_count=True,
        suite="C",
    ),
    PlantedBug(
        "I13",
        "a claimant's order counts again and again",
        (Patch(_DESK, "_useCheckedNonce(claimant, o.nonce);", ""),),
        "I13: accepted what had to be refused",
        suite="C",
    ),
    PlantedBug(
        "I13",
        "a loss report made for another contract counts",
        (Patch("contracts/ReportRules.sol", "if (product != self) revert", "if (product == address(0)) revert"),),
        "I13: accepted what had to be refused",
        suite="C",
    ),
    PlantedBug(
        "I14",
        "an adjuster of one insurer decides for another",
        (
            Patch(
                _AUTHORITY,
                "if (!_hasRole(authority, Roles.ADJUSTER, c.adjuster)) revert AdjusterRequired(d.claimId, c.adjuster);",
                "",
            ),
        ),
        "I14: another insurer",
        suite="C",
    ),
    PlantedBug(
        "I15",
        "a closed claim may be decided again",
        (
            Patch(
                _DESK,
                "_open(d.claimId, ClaimState.Noticed, ClaimState.Referred, d.loss)",
                "_open(d.claimId, ClaimState.Noticed, ClaimState.Closed, d.loss)",
            ),
        ),
        "I15: ",
        suite="C",
    ),
    PlantedBug(
        "I16",
        "the event of a payment tells the reserve before for the one after",
        (Patch(TREASURY, _TOLD, "p.indemnity, p.interest, p.reserveBefore, p.reserveBefore);"),),
        "I16: roll-forward",
        suite="C",
    ),
    PlantedBug(
        "I17",
        "interest is paid and not written down",
        (
            Patch(
                "contracts/PolicyClaims.sol",
                "if (payment.interest > 0) _interestPaid[policyId] += payment.interest;",
                "",
            ),
        ),
        "I17: not what was locked",
        suite="C",
    ),
)
