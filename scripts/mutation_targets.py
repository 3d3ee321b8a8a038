"""Where mutants are made: libraries whole, and the functions of contracts through which money moves.

Struct hashes (`Typed…`) and the terms codec are not here: they are compared with their Python twins, hash by hash.
"""

from __future__ import annotations

from typing import Final

TARGETS: Final[dict[str, frozenset[str] | None]] = {
    "contracts/libraries/ClaimClock.sol": None,
    "contracts/libraries/ClauseProof.sol": None,
    "contracts/libraries/IndemnityMath.sol": None,
    "contracts/libraries/PanelRule.sol": None,
    "contracts/libraries/PayoutCurve.sol": None,
    "contracts/libraries/PolicyIds.sol": None,
    "contracts/libraries/PremiumMath.sol": None,
    "contracts/libraries/RiskTiers.sol": None,
    "contracts/Treasury.sol": None,
    "contracts/TreasuryBooks.sol": None,
    "contracts/Disbursement.sol": None,
    "contracts/InstitutionBook.sol": frozenset({"_engage", "_counted", "_today", "_useReference", "accepts"}),
    "contracts/DisputePanel.sol": frozenset(
        {"openDispute", "conclude", "takeHeldDeposit", "_takeDeposit", "_decide", "_payDeposit", "_deliver"}
    ),
    "contracts/PanelTerms.sol": frozenset({"depositCap"}),
    "contracts/ParametricProduct.sol": frozenset(
        {"bind", "closeUnreported", "_expose", "_closeEvent", "_settle", "_settleEvent", "_owePolicies", "_filled"}
    ),
    "contracts/SaleRules.sol": frozenset({"_checkAmounts"}),
}
