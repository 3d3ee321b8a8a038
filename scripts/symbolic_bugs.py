"""Bugs planted to show that each proof in tests/symbolic can fail. `PlantedBug.invariant` names the proof."""

from __future__ import annotations

from typing import Final

from scripts.planted_bugs import Patch, PlantedBug

_QUORUM: Final = "contracts/OracleQuorum.sol"
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
)
