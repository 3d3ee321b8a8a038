"""Where mutants are made, and the forge tests that have to notice them.

Libraries are mutated whole, contracts in the functions through which money moves. Struct hashes (`Typed…`) and the
terms codec are not here: they are compared with their Python twins, hash by hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_UNITS: Final = "tests/invariants/units/"
_FORMULAS: Final = (_UNITS + "Formulas.t.sol",)
_TREASURY: Final = tuple(_UNITS + f"Treasury{part}.t.sol" for part in ("Payouts", "Cap", "Capital"))
_RAILS: Final = (_UNITS + "Disbursement.t.sol",)
_PANEL: Final = (_UNITS + "DisputePanel.t.sol",)
_PARAMETRIC: Final = (_UNITS + "ParametricProduct.t.sol",)
_CLAIMS: Final = (_UNITS + "ClaimsDesk.t.sol", _UNITS + "IndemnityProduct.t.sol")


@dataclass(frozen=True)
class Target:
    """What of a file is mutated, and which tests meet the mutants.

    Args:
        tests: Test files, relative to the repository.
        functions: Names; None: all functions and constants.
    """

    tests: tuple[str, ...]
    functions: frozenset[str] | None = None


def _some(tests: tuple[str, ...], *functions: str) -> Target:
    return Target(tests, frozenset(functions))


TARGETS: Final[dict[str, Target]] = {
    "contracts/libraries/ClaimClock.sol": Target(_FORMULAS),
    "contracts/libraries/ClaimIds.sol": Target(_FORMULAS),
    "contracts/libraries/ClauseProof.sol": Target(_FORMULAS),
    "contracts/libraries/CoverageUse.sol": Target(_FORMULAS),
    "contracts/libraries/IndemnityMath.sol": Target(_FORMULAS),
    "contracts/libraries/PanelRule.sol": Target(_FORMULAS),
    "contracts/libraries/PayoutCurve.sol": Target(_FORMULAS),
    "contracts/libraries/PolicyIds.sol": Target(_FORMULAS),
    "contracts/libraries/PremiumMath.sol": Target(_FORMULAS),
    "contracts/libraries/RiskTiers.sol": Target(_FORMULAS),
    "contracts/Treasury.sol": Target(_TREASURY),
    "contracts/TreasuryBooks.sol": Target(_TREASURY),
    "contracts/Disbursement.sol": Target(_RAILS),
    "contracts/InstitutionBook.sol": _some(_RAILS, "_engage", "_counted", "_today", "_useReference", "accepts"),
    "contracts/DisputePanel.sol": _some(
        _PANEL,
        "openDispute",
        "conclude",
        "takeHeldDeposit",
        "pushHeldDeposit",
        "_takeDeposit",
        "_decide",
        "_payDeposit",
        "_payHeldDeposit",
        "_deliver",
    ),
    "contracts/PanelTerms.sol": _some(_PANEL, "depositCap"),
    "contracts/ParametricProduct.sol": _some(
        _PARAMETRIC,
        "bind",
        "closeUnreported",
        "_expose",
        "_closeEvent",
        "_settle",
        "_settleEvent",
        "_owePolicies",
    ),
    "contracts/SaleRules.sol": _some(_PARAMETRIC, "_checkAmounts"),
    "contracts/ClaimDisputes.sol": _some(_CLAIMS, "award", "_goToPanel"),
    "contracts/ClaimFile.sol": _some(_CLAIMS, "_pay"),
    "contracts/ClaimsDesk.sol": _some(_CLAIMS, "reportLoss", "decide", "_payInstalments"),
    "contracts/PolicyBook.sol": _some(
        _CLAIMS, "_payable", "_available", "_use", "_exposureOf", "_lockedFor", "_lockOf"
    ),
    "contracts/PolicyClaims.sol": _some(_CLAIMS, "payClaim"),
    "contracts/IndemnityProduct.sol": _some(_CLAIMS, "bind", "cancel", "closePolicies", "_dues"),
}
