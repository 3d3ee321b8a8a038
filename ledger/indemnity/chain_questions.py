"""What the contracts' getters must say of indemnity insurance, if the events rebuilt its state right (I7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.claim import Claim
from domain.indemnity_product import IndemnityProduct
from domain.treasury_accounts import HeldPayout
from ledger import bindings as b
from ledger.chain_check import Question
from ledger.indemnity.dispute_books import OpenDispute, Sitting
from ledger.indemnity.effects import claim_name, policy_name
from ledger.indemnity.sales import record_of
from ledger.indemnity.terms_code import packed
from ledger.indemnity.verify import IndemnityVerifier

PERIL_BITS = 5
BY_INSTITUTION, IN_INSTALMENTS, ESCALATED, REOPENED_AT = 1, 2, 4, 4


@dataclass(frozen=True, slots=True)
class Between:
    """Any number between two."""

    least: int
    most: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and self.least <= other <= self.most

    def __hash__(self) -> int:
        return hash((self.least, self.most))


def questions(verifier: IndemnityVerifier, contracts: Mapping[str, str], now: int) -> Iterator[Question]:
    """Every getter that has something to say of the state.

    Args:
        contracts: Name → address, of the deployment.
        now: Time of the block they are asked at, unix seconds.
    """
    if not verifier.house.products and "ClaimsDesk" not in contracts:
        return
    yield from _treasury(verifier, now)
    for product in verifier.house.products.values():
        yield from _product(product)
    for claim in verifier.house.desk.claims.values():
        yield from _claim(verifier, claim, contracts, now)
    if "ClaimsDesk" in contracts:
        yield from _desk(verifier, contracts)
    if "Disbursement" in contracts:
        yield from _disbursement(verifier, contracts["Disbursement"])
    if "DisputePanel" in contracts:
        yield from _panel(verifier, contracts["DisputePanel"])


def _treasury(verifier: IndemnityVerifier, now: int) -> Iterator[Question]:
    treasury = verifier.house.treasury
    to, cap = treasury.address, treasury.payout_cap
    yield "treasury capital", to, b.Treasury.total_assets(), treasury.total_assets()
    yield "treasury shares", to, b.Treasury.total_supply(), treasury.supply
    yield "treasury payout cap", to, b.Treasury.payout_cap(), (cap, treasury.left_today(now))
    yield "treasury pause", to, b.Treasury.paused_until(), treasury.paused_until
    for payee, held in treasury.held.items():
        yield f"parts held for {payee}", to, b.Treasury.held_payout(payee), _held_record(held.at(now))


def _held_record(held: HeldPayout) -> b.HeldPayout:
    return b.HeldPayout(
        ripe=held.ripe, ripening=held.ripening, fresh=held.fresh,
        ripening_since=held.ripening_since, fresh_since=held.fresh_since,
    )  # fmt: skip


def _product(product: IndemnityProduct) -> Iterator[Question]:
    to, calls, name = product.address, b.IndemnityProduct, f"product {product.address}"
    yield f"{name} terms", to, calls.terms_words(), packed(product.terms)
    yield f"{name} terms hash", to, calls.terms_hash(), product.terms.hash()
    yield f"{name} sale", to, calls.sales_suspended(), product.suspended
    yield f"{name} policies", to, calls.policy_count(), len(product.policies)
    for number, policy in product.policies.items():
        name = policy_name(to, number)
        yield name, to, calls.policy(number), record_of(policy)
        yield f"{name} use", to, calls.coverage_use(number), (policy.use.units, policy.use.claims)
        yield f"{name} exposure", to, calls.exposure_of(number), policy.exposure(product.terms)
        yield f"{name} payee", to, calls.payee_of(number), policy.payee


def _claim(verifier: IndemnityVerifier, claim: Claim, contracts: Mapping[str, str], now: int) -> Iterator[Question]:
    desk, number, name = verifier.house.desk, claim.claim_id, claim_name(claim.claim_id)
    to = desk.address
    yield name, to, b.ClaimsDesk.claim(number), _claim_record(claim)
    yield f"{name} successor", to, b.ClaimsDesk.superseded_by(number), claim.superseded_by
    yield f"{name} institution", to, b.ClaimsDesk.institution_of(number), claim.institution
    yield f"{name} finality", to, b.ClaimsDesk.is_final(number), desk.is_final(number, now)
    plan = claim.plan
    if plan is not None and plan.left:
        due = b.InstalmentPlan(plan.each, plan.next_due, plan.interval_seconds, plan.left)
        yield f"{name} instalments", to, b.ClaimsDesk.instalments(number), due
    if "ClaimsLens" in contracts:
        until = desk.deadlines(number, now)
        times = b.ClaimDeadlines(until.acknowledge, until.decide, until.dispute, until.reopen, until.instalment)
        yield f"{name} deadlines", contracts["ClaimsLens"], b.ClaimsLens.deadlines(to, number), times


def _claim_record(claim: Claim) -> b.Claim:
    flags = claim.reopenings << REOPENED_AT
    flags |= BY_INSTITUTION if claim.institution else 0
    flags |= IN_INSTALMENTS if claim.plan and claim.plan.left else 0
    flags |= ESCALATED if claim.is_escalated else 0
    return b.Claim(
        claimant=claim.claimant, state=claim.state, cause=claim.cause.coverage << PERIL_BITS | claim.cause.peril,
        clock_from=claim.clock_from, occurred_at=claim.cause.occurred_at, claimed=claim.claimed,
        reserve=claim.reserve, paid=claim.paid, reason_code=claim.reason_code, outcome=claim.outcome, flags=flags,
        late_seconds=claim.late_seconds,
    )  # fmt: skip


def _desk(verifier: IndemnityVerifier, contracts: Mapping[str, str]) -> Iterator[Question]:
    desk, house = contracts["ClaimsDesk"], verifier.house
    authority = contracts["AdjusterAuthority"]
    yield "adjusters of the desk", desk, b.ClaimsDesk.adjusters(), authority
    for (treasury, adjuster), limit in house.desk.limits.items():
        if treasury == house.treasury.address:
            call = b.AdjusterAuthority.adjuster_limit(treasury, adjuster)
            due = b.AdjusterLimit(limit.per_decision, limit.per_day, limit.used_today, limit.day)
            yield f"limit of {adjuster}", authority, call, due
    for nullifier, claim_id in house.desk.incidents.items() if "IncidentRegistry" in contracts else ():
        call_ = b.IncidentRegistry.first_claim_of(nullifier)
        yield f"incident 0x{nullifier.hex()}", contracts["IncidentRegistry"], call_, claim_id


def _disbursement(verifier: IndemnityVerifier, to: str) -> Iterator[Question]:
    rail, calls = verifier.house.rail, b.Disbursement
    yield "payouts", to, calls.instruction_count(), len(rail.instructions)
    yield "institutions", to, calls.institution_count(), len(rail.book.institutions)
    for number, kept in enumerate(rail.instructions, start=1):
        order = kept.order
        due = b.PayoutInstruction(
            payee=order.payee, amount=order.amount, institution=order.institution, token=order.token,
            receipt_due=kept.receipt_due, state=kept.state, claim_id=order.claim_id,
        )  # fmt: skip
        yield f"payout {number}", to, calls.instruction_at(number), due
    for number, institution in enumerate(rail.book.institutions, start=1):
        terms = institution.terms
        record = b.Institution(
            signer=terms.signer, per_payout_limit=terms.per_payout_limit, receipt_seconds=terms.receipt_seconds,
            account=terms.account, per_day_limit=terms.per_day_limit, suspended=institution.suspended,
        )  # fmt: skip
        yield f"institution {number}", to, calls.institution_at(number), record
    for token, booked in rail.booked.items():
        yield f"booked of {token}", to, calls.booked_of(token), booked


def _panel(verifier: IndemnityVerifier, to: str) -> Iterator[Question]:
    panels, calls, cap = verifier.panels, b.DisputePanel, verifier.decisions.deposit_cap
    yield "disputes", to, calls.dispute_count(), len(panels.disputes)
    yield "cap of deposits", to, calls.deposit_cap_bps(), Between(cap.least, cap.most)
    if panels.windows:
        yield "time to commit", to, calls.commit_seconds(), panels.windows[0]
        yield "time to reveal", to, calls.reveal_seconds(), panels.windows[1]
    for dispute in panels.disputes:
        yield f"dispute {dispute.number}", to, calls.dispute(dispute.number), _dispute_record(dispute)
        for number, sitting in enumerate(dispute.sittings, start=1):
            seats = tuple(_seat(sitting, who) for who in sitting.arbitrators)
            yield f"seats of dispute {dispute.number}", to, calls.seats(dispute.number, number), seats
    for (account, token), amount in panels.held.items():
        yield f"deposit held for {account}", to, calls.held_deposit(account, token), amount


def _seat(sitting: Sitting, who: str) -> b.Seat:
    ruling, hidden = sitting.rulings.get(who), sitting.committed.get(who, bytes(32))
    if ruling is None:
        return b.Seat(who, 0, 0, hidden, bytes(32))
    return b.Seat(who, ruling.award, ruling.reason_code, hidden, ruling.clause)


def _dispute_record(dispute: OpenDispute) -> b.Dispute:
    opening, decision = dispute.opening, dispute.decision
    sitting = dispute.sittings[-1] if dispute.sittings else None
    return b.Dispute(
        claim_id=opening.claim_id, court=opening.court, disputed=opening.disputed, state=dispute.state,
        committed=len(sitting.committed) if sitting else 0, revealed=len(sitting.rulings) if sitting else 0,
        claimant=opening.claimant, deposit=opening.deposit, token=opening.token, waiting_since=dispute.waiting_since,
        drawn_at=sitting.drawn_at if sitting else 0, reason_code=decision.reason_code if decision else 0,
        deposit_to=opening.deposit_to, bench_block=dispute.bench_block, hash_block=dispute.hash_block,
        award=decision.award if decision else 0, clause_root=opening.clause_root,
        clause=decision.clause if decision else bytes(32),
    )  # fmt: skip
