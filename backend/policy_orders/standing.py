"""A policy as the chain has it at its last block, put together as the twin that knows every rule of a change."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.chain.projections import policies_read
from backend.chain.simulation import Refusal, named
from backend.policy_orders import repository
from backend.problems import Problem
from backend.underwriting import service as underwriting
from backend.underwriting.models import CaseRow
from backend.underwriting.ports import SoldProduct
from domain.claim_ids import CoverageUse
from domain.errors import StepRefused
from domain.indemnity_policy import NO_CAP, IndemnityPolicy, PolicyVersion
from domain.indemnity_reports import Endorsement
from domain.money import TokenUnits
from domain.tiers import RiskTier
from ledger.bindings import IndemnityProduct, TestStablecoin, Treasury
from ledger.rpc import Rpc


@dataclass(frozen=True, slots=True)
class Held:
    """A policy, whose it is, and what it was sold on.

    Attributes:
        twin: Its sum, sequence, times and use as of the last block; versions but the last are blank.
        now: Chain time, unix seconds.
    """

    case: CaseRow
    product: SoldProduct
    twin: IndemnityPolicy
    now: int


def held(session: Session, rpc: Rpc, product: SoldProduct, policy_id: int) -> Held:
    """A policy of this tenant; of whoever sees only their own, one of theirs.

    Raises:
        Problem: `policy_unknown`.
    """
    row = policies_read.policy(session, product.address, policy_id)
    case = underwriting.of_application(session, row.row.application_id) if row is not None else None
    if row is None or case is None:
        detail = f"policy {policy_id} of product {product.address} is not known. See your underwriting cases."
        raise Problem("policy_unknown", detail)
    found = rpc.eth_call(product.address, IndemnityProduct.policy(policy_id), "latest")
    units, claims = rpc.eth_call(product.address, IndemnityProduct.coverage_use(policy_id), "latest")
    effect = repository.last_effect(session, product.address, policy_id)
    blank = PolicyVersion(TokenUnits(0), effect, 0, TokenUnits(0))
    twin = IndemnityPolicy(
        policy_id=policy_id, holder=found.holder, starts_at=found.starts_at, ends_at=found.ends_at,
        sum_insured=TokenUnits(found.sum_insured), premium=TokenUnits(found.premium),
        unearned=TokenUnits(found.unearned), exclusions=found.exclusions, tier=found.tier,
        beneficiary=row.now.beneficiary, is_renewal=found.is_renewal, is_renewed=found.is_renewed,
        is_closed=found.is_closed, versions=[blank] * found.sequence, cap=_cap(session, case, found.tier),
        use=CoverageUse(tuple(TokenUnits(each) for each in units), int(claims)),
    )  # fmt: skip
    now = int(rpc.block("latest")["timestamp"], 16)
    return Held(case, product, twin, now)


def refusal(held: Held, order: Endorsement) -> Refusal | None:
    """Why the contract would refuse this change for what it says; None: what it says is allowed."""
    try:
        held.twin.check_order(order.sequence, order.valid_until, held.now)
        held.twin.check_change(held.product.terms, order, held.now)
    except StepRefused as refused:
        return named(refused.code, refused.named)
    if order.beneficiary in (held.product.terms.treasury, held.product.address):
        return named("BeneficiaryInvalid", [("beneficiary", order.beneficiary)])
    return None


def unpaid(rpc: Rpc, held: Held, amount: int) -> Refusal | None:
    """Why an extra premium could not be taken from the holder; None: it could.

    Args:
        amount: Token units.
    """
    treasury = held.product.terms.treasury
    token = rpc.eth_call(treasury, Treasury.asset(), "latest")
    allowed = rpc.eth_call(token, TestStablecoin.allowance(held.twin.holder, treasury), "latest")
    if allowed < amount:
        arguments = [("spender", treasury), ("allowance", allowed), ("needed", amount)]
        return named("ERC20InsufficientAllowance", arguments)
    balance = rpc.eth_call(token, TestStablecoin.balance_of(held.twin.holder), "latest")
    if balance < amount:
        return named("ERC20InsufficientBalance", [("balance", balance), ("needed", amount)])
    return None


def _cap(session: Session, case: CaseRow, tier: RiskTier) -> TokenUnits:
    """Most a low risk may be raised to: what the report it was bound on said."""
    if tier is not RiskTier.LOW:
        return NO_CAP
    return TokenUnits(underwriting.cap_of(session, case))
