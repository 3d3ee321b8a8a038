"""The bugs planted to show that every invariant of parametric products and disputes can fail."""

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
        suite: Which invariants: `I` of parametric products, `C` of indemnity insurance, `D` of disputes.
    """

    invariant: str
    story: str
    patches: tuple[Patch, ...]
    says: str
    reverts_count: bool = False
    suite: str = "I"


_PRODUCT: Final = "contracts/ParametricProduct.sol"
TREASURY: Final = "contracts/Treasury.sol"
TREASURY_BOOKS: Final = "contracts/TreasuryBooks.sol"
FREE: Final = "return Math.saturatingSub(Math.min(_cash.booked, heldAssets()), _committed());"
RIPENS: Final = (
    "if (held.ripening == 0) {\n            (held.ripening, held.ripeningSince) = (SafeCast.toUint64(amount),"
)
PUT_OFF: Final = (
    "if (true) {\n            (held.ripening, held.ripeningSince) = (SafeCast.toUint64(held.ripening + amount),"
)
CAPITAL: Final = "return Math.saturatingSub(_cash.booked, uint256(totals.held) + totals.reserves + totals.unearned);"
REQUIRED: Final = "Math.ceilDiv(uint256(totals.exposure) * _cash.requiredRatioBps, BPS);"
_PANEL: Final = "contracts/DisputePanel.sol"
_TOLD_WRONG: Final = "try IDisputeCourt(d.court).award(d.claimId, d.disputed,"

HOUSE_BUGS: Final = (
    PlantedBug(
        "I1",
        "all the treasury has may be withdrawn",
        (
            Patch(
                TREASURY,
                FREE,
                "return heldAssets();",
            ),
            Patch(TREASURY, CAPITAL, "return heldAssets();"),
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
        (Patch(TREASURY_BOOKS, REQUIRED, "totals.exposure;"),),
        "I8: ",
    ),
    PlantedBug(
        "I12",
        "the batch ends with the first transfer that fails",
        (
            Patch(
                TREASURY_BOOKS,
                "_hold(payout.policyId, payout.payee, amount);",
                "_hold(payout.policyId, payout.payee, amount);\n            break;",
            ),
        ),
        "I12: not ",
    ),
    PlantedBug(
        "I12",
        "a transfer that fails (`AccountBlocked`) takes the batch with it",
        (
            Patch(
                TREASURY_BOOKS,
                "if (amount <= budget - paid && token.trySafeTransfer(payout.payee, amount)) {",
                "if (amount <= budget - paid) {\n                token.safeTransfer(payout.payee, amount);",
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
        suite="D",
    ),
    PlantedBug(
        "D2",
        "after a silent panel the dispute stands as if just opened",
        (Patch(_PANEL, "d.state = DisputeState.OpenedAgain;", "d.state = DisputeState.Opened;"),),
        "D2: a state went down",
        suite="D",
    ),
    PlantedBug(
        "D3",
        "two rulings are added up and not halved",
        (Patch("contracts/libraries/PanelRule.sol", "shown[1].award) / 2)", "shown[1].award))"),),
        "D3: award outside the rulings",
        suite="D",
    ),
    PlantedBug(
        "D4",
        "the court is told what was disputed for what was awarded",
        (Patch(_PANEL, "try IDisputeCourt(d.court).award(d.claimId, d.award,", _TOLD_WRONG),),
        "D4: told another award",
        suite="D",
    ),
    PlantedBug(
        "D5",
        "a claimant may be drawn for their own dispute",
        (Patch("contracts/ArbitratorBench.sol", " || a.account == barred", ""),),
        "D5: the claimant sits",
        suite="D",
    ),
    PlantedBug(
        "D6",
        "a ruling may be revealed late",
        (Patch(_PANEL, "if (block.timestamp >= revealUntil) revert RevealClosed(disputeId, revealUntil);", ""),),
        "D6: accepted what had to be refused",
        suite="D",
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
        suite="D",
    ),
)
