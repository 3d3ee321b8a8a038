"""Whether a policy can be renewed: told when it is applied for, long before anybody signs."""

from __future__ import annotations

from backend.chain.simulation import Refusal, named
from backend.problems import Problem
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.ports import SoldProduct
from ledger.bindings import IndemnityPolicy


def check(desk: UnderwritingDesk, product: SoldProduct, policy_id: int, holder: str) -> IndemnityPolicy:
    """The policy to go on from.

    Raises:
        Problem: `renewal_refused`, with the name of the contract's error.
    """
    found = desk.shelf.policy(product, policy_id)
    refused = refusal(product, found, policy_id, holder, desk.shelf.chain_time())
    if refused is not None or found is None:
        said = refused or named("PolicyUnknown", [("policyId", policy_id)])
        raise Problem("renewal_refused", said.detail, detail_zh=said.detail_zh, refusal=said.code, field="renews")
    return found


def refusal(
    product: SoldProduct, found: IndemnityPolicy | None, policy_id: int, holder: str, now: int
) -> Refusal | None:
    """Why a policy cannot be renewed by this holder now; None: it can.

    Args:
        now: Chain time, unix seconds.
    """
    if found is None:
        return named("PolicyUnknown", [("policyId", policy_id)])
    whole = found.ends_at == found.starts_at + product.terms.period_seconds
    if not whole or found.is_renewed or found.holder != holder or now >= found.ends_at:
        arguments = [("renews", policy_id), ("startsAt", found.ends_at), ("endsAt", found.ends_at)]
        return named("RenewalInvalid", arguments)
    latest = now + product.terms.max_lead_seconds
    if found.ends_at > latest:
        return named("StartTooLate", [("startsAt", found.ends_at), ("latest", latest)])
    return None
