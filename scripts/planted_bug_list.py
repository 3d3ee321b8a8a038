"""The bugs planted to show that every invariant can fail: one or two exact replacements each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Patch:
    """One exact replacement; `old` occurs exactly once in `file`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class PlantedBug:
    """A bug, and the words of the failure it has to cause.

    Args:
        invariant: `I1` …, or `D1` … for disputes
        story: What somebody might have done, in a few words.
        patches: The bug itself.
        says: What the failing invariant says.
        reverts_count: Whether a call that reverts counts as caught: for bugs that stop others' payments altogether.
    """

    invariant: str
    story: str
    patches: tuple[Patch, ...]
    says: str
    reverts_count: bool = False


_PRODUCT: Final = "contracts/ParametricProduct.sol"
_TREASURY: Final = "contracts/Treasury.sol"
_PANEL: Final = "contracts/DisputePanel.sol"
_TOLD_WRONG: Final = "try IDisputeCourt(d.court).award(d.claimId, d.disputed,"

BUGS: Final = (
    PlantedBug(
        "I1",
        "all the treasury has may be withdrawn",
        (
            Patch(
                _TREASURY,
                "Math.saturatingSub(heldAssets(), _requiredCapital() + _totalHeldPayouts)",
                "heldAssets()",
            ),
            Patch(_TREASURY, "Math.saturatingSub(heldAssets(), _totalHeldPayouts)", "heldAssets()"),
        ),
        "I1: assets < held payouts",
    ),
    PlantedBug(
        "I2",
        "indemnities are rounded up by a unit",
        (Patch("contracts/libraries/PayoutCurve.sol", "(sumInsured * share) / BPS", "(sumInsured * share) / BPS + 1"),),
        "I2: in != out + there",
    ),
    PlantedBug(
        "I3",
        "a policy is paid on the sums insured of all before it in the batch",
        (Patch(_PRODUCT, "indemnity(p.sumInsured,", "indemnity(exposure + p.sumInsured,"),),
        "I3: paid > sum insured",
    ),
    PlantedBug(
        "I5",
        "settlement forgets how far it came",
        (Patch(_PRODUCT, "        _events[eventId] = e;\n        batch.settled", "        batch.settled"),),
        "I5: ",
    ),
    PlantedBug(
        "I7",
        "the event of a closing tells no share",
        (
            Patch(
                _PRODUCT,
                "EventClosed(m.eventId, m.outcome, m.value, share)",
                "EventClosed(m.eventId, m.outcome, m.value, 0)",
            ),
        ),
        "I7: event",
    ),
    PlantedBug(
        "I8",
        "the required ratio is left out of the capital that has to stay",
        (Patch(_TREASURY, "Math.ceilDiv(uint256(_totalExposure) * _requiredRatioBps, BPS)", "_totalExposure"),),
        "I8: ",
    ),
    PlantedBug(
        "I12",
        "the batch ends with the first transfer that fails",
        (
            Patch(
                _TREASURY,
                ".payee, payout.amount);\n        }",
                ".payee, payout.amount);\n            break;\n        }",
            ),
        ),
        "I12: not paid as owed",
    ),
    PlantedBug(
        "I12",
        "a transfer that fails (`AccountBlocked`) takes the batch with it",
        (
            Patch(
                _TREASURY,
                "if (token.trySafeTransfer(payout.payee, payout.amount)) continue;",
                "token.safeTransfer(payout.payee, payout.amount);\n            continue;",
            ),
        ),
        "custom error 0x28e9b385",  # AccountBlocked
        reverts_count=True,
    ),
    PlantedBug(
        "I13",
        "an event may be reported again",
        (
            Patch(
                _PRODUCT,
                "if (e.policies == 0) revert EventUnknown(eventId);\n        if (e.outcome != Outcome.Open)",
                "if (e.policies == 0)",
            ),
        ),
        "I13: accepted what had to be refused",
    ),
    PlantedBug(
        "I13",
        "an application may be bound again",
        (Patch(_PRODUCT, "if (used & bit != 0) revert ApplicationUsed(applicationId);", ""),),
        "I13: accepted what had to be refused",
    ),
    PlantedBug(
        "I13",
        "a report for another chain counts",
        (Patch("contracts/ReportRules.sol", "if (chainId != block.chainid)", "if (chainId == 0)"),),
        "I13: accepted what had to be refused",
    ),
    PlantedBug(
        "I13",
        "one signer may sign twice",
        (Patch("contracts/OracleQuorum.sol", "if (signer <= previous) revert", "if (signer < previous) revert"),),
        "I13: accepted what had to be refused",
    ),
    PlantedBug(
        "D1",
        "a deposit the token refused is not written down",
        (Patch(_PANEL, "_heldDeposits[to][token] += deposit;", ""),),
        "D1: held != due",
    ),
    PlantedBug(
        "D2",
        "after a silent panel the dispute stands as if just opened",
        (Patch(_PANEL, "d.state = DisputeState.OpenedAgain;", "d.state = DisputeState.Opened;"),),
        "D2: a state went down",
    ),
    PlantedBug(
        "D3",
        "two rulings are added up and not halved",
        (Patch("contracts/libraries/PanelRule.sol", "shown[1].award) / 2)", "shown[1].award))"),),
        "D3: award outside the rulings",
    ),
    PlantedBug(
        "D4",
        "the court is told what was disputed for what was awarded",
        (Patch(_PANEL, "try IDisputeCourt(d.court).award(d.claimId, d.award,", _TOLD_WRONG),),
        "D4: told another award",
    ),
    PlantedBug(
        "D5",
        "a claimant may be drawn for their own dispute",
        (Patch("contracts/ArbitratorBench.sol", " || a.account == barred", ""),),
        "D5: the claimant sits",
    ),
    PlantedBug(
        "D6",
        "a ruling may be revealed late",
        (Patch(_PANEL, "if (block.timestamp >= revealUntil) revert RevealClosed(disputeId, revealUntil);", ""),),
        "D6: accepted what had to be refused",
    ),
    PlantedBug(
        "D7",
        "a postponed draw asks for the bench of the opening",
        (
            Patch(
                _PANEL,
                "(d.benchBlock, d.hashBlock) = (uint40(block.number), hashBlock);",
                "d.hashBlock = hashBlock;\n        if (d.benchBlock == 0) d.benchBlock = uint40(block.number);",
            ),
        ),
        "D7: a dispute has no end",
    ),
)
