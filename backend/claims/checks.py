"""Whether a notice of loss can be taken: the contract's own rules (S20), asked beforehand and put into words.

Whoever may notify here may still be refused by the contract, when something changes in between; the reverse is a fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from backend.chain.projections.policies_read import Policy
from backend.claims.terms import CoveredProduct
from backend.problems import Problem
from domain.hashing import ZERO_ADDRESS

MAX_CLAIMS = 128
"""On one policy, as the contract has it."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss as it is notified: places of coverage and peril in the terms, unix seconds, token units."""

    coverage: int
    peril: int
    occurred_at: int
    claimed: int


def payee_of(policy: Policy) -> str:
    """Who is paid under a policy."""
    return policy.row.holder if policy.now.beneficiary == ZERO_ADDRESS else policy.now.beneficiary


def check_claimant(policy: Policy, addresses: Sequence[str], asked: str | None) -> str:
    """The address that gives notice: the one asked for, or the one there is.

    Raises:
        Problem: `claimant_invalid`.
    """
    allowed = {policy.row.holder, payee_of(policy)}
    mine = [each for each in addresses if each in allowed]
    if asked is not None and asked not in mine:
        raise Problem(
            "claimant_invalid",
            f"claimant {asked} is not an address of this person that holds the policy or is paid under it. Link the "
            f"right wallet (POST /v1/wallets), or leave claimant out.",
            field="claimant",
        )
    if not mine:
        raise Problem(
            "claimant_invalid",
            f"policy_id {policy.row.policy_id} is neither held by nor paid to an address of this person. Link the "
            "wallet that holds it, or correct the number.",
            field="policy_id",
        )
    return asked or mine[0]


def check_loss(product: CoveredProduct, policy: Policy, loss: Loss, *, claims: int, now: int) -> None:
    """Refuse what the contract would refuse.

    Args:
        claims: That the policy has had.
        now: Chain time, unix seconds.
    Raises:
        Problem: `loss_refused`, with the field's name.
    """
    _check_cause(product, loss)
    if policy.is_closed:
        raise _refused("policy_id", policy.row.policy_id, "is closed for good", "Ask customer service what was paid")
    if loss.claimed <= 0:
        raise _refused("claimed", loss.claimed, "claims nothing", "Give the whole loss in token units")
    if claims >= MAX_CLAIMS:
        raise _refused("policy_id", policy.row.policy_id, f"has had {claims} claims, the most there can be", "Call us")
    _check_time(product, policy, loss, now)


def _check_cause(product: CoveredProduct, loss: Loss) -> None:
    coverages, perils = product.terms.coverages, product.terms.waiting_seconds
    if loss.coverage >= len(coverages):
        raise _refused("coverage", loss.coverage, "is none of the product's", f"Give 0 to {len(coverages) - 1}")
    insured = [n for n in range(len(perils)) if coverages[loss.coverage].insures(n)]
    if loss.peril not in insured:
        named = ", ".join(f"{n} ({product.perils[n]['en']})" for n in insured)
        raise _refused("peril", loss.peril, f"is not insured under coverage {loss.coverage}", f"Choose of {named}")


def _check_time(product: CoveredProduct, policy: Policy, loss: Loss, now: int) -> None:
    row, terms = policy.row, product.terms
    if loss.occurred_at > now:
        raise _refused("occurred_at", loss.occurred_at, "is still to come", f"Give a moment up to {_at(now)}")
    waiting = 0 if row.is_renewal else terms.waiting_seconds[loss.peril]
    cover_from = row.starts_at + waiting
    if loss.occurred_at < row.starts_at or loss.occurred_at >= policy.ends_at:
        remedy = f"It insures losses from {_at(cover_from)} until before {_at(policy.ends_at)}"
        raise _refused("occurred_at", loss.occurred_at, "lies outside the policy's time", remedy)
    if loss.occurred_at < cover_from:
        remedy = f"Under this peril losses are insured from {_at(cover_from)} on"
        raise _refused("occurred_at", loss.occurred_at, "lies within the waiting period", remedy)
    latest = loss.occurred_at + terms.claims.notice_window_seconds
    if now > latest:
        remedy = f"Notice was possible until {_at(latest)}; ask customer service what can still be done"
        raise _refused("occurred_at", loss.occurred_at, "is too long ago", remedy)


def _refused(field: str, value: object, problem: str, remedy: str) -> Problem:
    return Problem("loss_refused", f"{field} {value} {problem}. {remedy}.", field=field)


def _at(instant: int) -> str:
    return f"{instant} ({datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M} UTC)"
