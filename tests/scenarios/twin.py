"""Plays scenarios on the Python twin."""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any, Final

from domain.claim import Claim
from domain.claims_desk import ClaimsDesk
from domain.errors import StepRefused
from domain.hashing import ZERO_ADDRESS, checksum_address, keccak256
from domain.held_deposits import HeldDeposits
from domain.house import House, applied
from domain.indemnity_policy import IndemnityPolicy
from domain.indemnity_product import IndemnityProduct
from domain.indemnity_underwriting import Staff
from domain.money import Bps, TokenUnits
from domain.panel import PanelRuling, decide, deposit_returns
from domain.token import Token
from domain.treasury import Treasury
from tests.scenarios.household import TUSD, household_terms
from tests.scenarios.papers import Papers
from tests.scenarios.scenario import Step

CAPITAL: Final = TokenUnits(100_000 * TUSD)
PURSE: Final = TokenUnits(10_000 * TUSD)
DEPOSIT_CAP_BPS: Final = Bps(1_000)
PER_DECISION: Final = TokenUnits(2_500 * TUSD)
PER_DAY: Final = TokenUnits(4_000 * TUSD)
HOLDERS: Final = ("ann", "ben", "cho")
ADJUSTERS: Final = ("adjuster", "second adjuster", "cho")
"""Cho is insured by the house she works for."""
COMMITTEE: Final = ("member 1", "member 2", "member 3")
NODES: Final = ("node 0",)
"""Whichever of the oracle's keys the scenarios name."""
INSTITUTION: Final = 1
"""One that takes any payout of these scenarios."""
REASON: Final = 21
CONTRACTS: Final = {"treasury", "product", "desk", "panel", "quorum", "disbursement", "token"}


def made_up_address(name: str) -> str:
    """An address for a name, where there is no chain."""
    return checksum_address("0x" + keccak256(name.encode())[12:].hex())


@dataclass(frozen=True)
class Place:
    """Where a scenario is played: addresses of the contracts, and of people by their names."""

    chain_id: int
    treasury: str
    product: str
    desk: str
    panel: str
    quorum: str
    disbursement: str
    token: str
    address_of: Callable[[str], str]


def nowhere() -> Place:
    """A place without a chain."""
    contracts = {name: made_up_address(name) for name in CONTRACTS}
    return Place(31_337, **contracts, address_of=made_up_address)


def new_house(place: Place) -> House:
    """An insurer with capital, staff and one product, and three people with full purses."""
    token = Token()
    treasury = Treasury(place.treasury, token)
    terms = household_terms(
        treasury=place.treasury, quorum=place.quorum, desk=place.desk, disbursement=place.disbursement
    )
    named = place.address_of
    staff = Staff(
        underwriters=[named("underwriter")],
        committee=[named(name) for name in COMMITTEE],
        adjusters=[named(name) for name in (*ADJUSTERS, *NODES)],
    )
    product = IndemnityProduct(place.product, terms, treasury, staff)
    oracle = [named(name) for name in NODES]
    desk = ClaimsDesk(place.desk, place.panel, DEPOSIT_CAP_BPS, {place.product: product}, oracle)
    desk.institutions.add(INSTITUTION)
    for name in (*ADJUSTERS, *NODES):
        desk.set_adjuster_limit(place.treasury, named(name), PER_DECISION, PER_DAY)
    token.balances[named("treasurer")] = CAPITAL
    treasury.deposit(named("treasurer"), CAPITAL)
    for name in HOLDERS:
        token.balances[named(name)] = PURSE
    return House(token, treasury, product, desk, HeldDeposits(place.panel, token, place.token))


@dataclass
class TwinPlayer:
    """The twin, step after step. A step the twin refuses raises and leaves everything as it was."""

    place: Place
    house: House = field(init=False)
    papers: Papers = field(init=False)
    people: list[str] = field(default_factory=lambda: list(HOLDERS))

    def __post_init__(self) -> None:
        self.house = new_house(self.place)
        place = self.place
        self.papers = Papers(place.chain_id, place.product, place.desk, self.house.product.terms, place.address_of)

    def play(self, step: Step) -> None:
        """One step.

        Raises:
            StepRefused
        """
        before = deepcopy((self.papers.policies, self.papers.claims))
        try:
            self.house, _ = applied(self.house, lambda house: getattr(self, f"_{step.do}")(house, step))
        except StepRefused:
            self.papers.policies, self.papers.claims = before
            raise

    def observe(self, now: int) -> dict[str, dict[str, Any]]:
        """All there is to see, with the names of the scenario."""
        house, papers = self.house, self.papers
        treasury = house.treasury
        seen: dict[str, dict[str, Any]] = {
            "treasury": {
                "booked": treasury.booked,
                "exposure": treasury.total_exposure,
                "reserves": treasury.total_reserves,
                "unearned": treasury.total_unearned,
                "held": treasury.total_held,
                "capital": treasury.total_assets(),
                "free": treasury.free_capital(now),
                "surplus": house.token.balances[treasury.address] - treasury.booked,
            },
            "institutions": {"waiting": house.token.balances[self.place.disbursement]},
        }
        for name, policy_id in papers.policies.items():
            seen[f"policy {name}"] = self._policy(house.product.policy(policy_id))
        for name, claim_id in papers.claims.items():
            seen[f"claim {name}"] = self._claim(house.desk.claims[claim_id], now)
        for name in self.people:
            address = self.place.address_of(name)
            held = treasury.held.get(address)
            seen[name] = {"balance": house.token.balances[address], "held": held.amount if held else 0}
        return seen

    def _policy(self, policy: IndemnityPolicy) -> dict[str, Any]:
        return {
            "starts_at": policy.starts_at,
            "ends_at": policy.ends_at,
            "sum_insured": policy.sum_insured,
            "premium": policy.premium,
            "unearned": policy.unearned,
            "exclusions": policy.exclusions,
            "tier": policy.tier.name,
            "endorsements": policy.sequence,
            "claims": policy.use.claims,
            "contents": policy.use.units[0],
            "valuables": policy.use.units[1],
            "exposure": policy.exposure(self.house.product.terms),
            "renewal": policy.is_renewal,
            "renewed": policy.is_renewed,
            "closed": policy.is_closed,
        }

    def _claim(self, claim: Claim, now: int) -> dict[str, Any]:
        until = self.house.desk.deadlines(claim.claim_id, now)
        plan = claim.plan
        return {
            "state": claim.state.name,
            "outcome": claim.outcome.name,
            "claimed": claim.claimed,
            "reserve": claim.reserve,
            "paid": claim.paid,
            "reason": claim.reason_code,
            "instalments_left": plan.left if plan else 0,
            "acknowledge_by": until.acknowledge,
            "decide_by": until.decide,
            "dispute_by": until.dispute,
            "reopen_by": until.reopen,
            "next_instalment": until.instalment,
            "superseded": claim.superseded_by != 0,
            "final": self.house.desk.is_final(claim.claim_id, now),
        }

    def _bind(self, house: House, step: Step) -> None:
        report, binding = self.papers.binding(step)
        (policy_id,) = house.product.bind(report, [binding], step.at)
        self.papers.policies[step.fields["policy"]] = policy_id

    def _endorse(self, house: House, step: Step) -> None:
        policy = house.product.policy(self.papers.policies[step.fields["policy"]])
        now_is = {
            "sequence": policy.sequence,
            "sum_insured": policy.sum_insured,
            "exclusions": policy.exclusions,
            "starts_at": policy.starts_at,
            "ends_at": policy.ends_at,
        }
        house.product.endorse(self.papers.endorsement(step, policy.price_change, now_is), step.at)

    def _cancel(self, house: House, step: Step) -> None:
        policy = house.product.policy(self.papers.policies[step.fields["policy"]])
        house.product.cancel(self.papers.cancellation(step, policy.sequence), step.at)

    def _earn(self, house: House, step: Step) -> None:
        house.product.earn_premiums([self.papers.policies[name] for name in step.fields["policies"]], step.at)

    def _close_policies(self, house: House, step: Step) -> None:
        policy_ids = [self.papers.policies[name] for name in step.fields["policies"]]
        house.product.close_policies(policy_ids, house.desk, step.at)

    def _notify(self, house: House, step: Step) -> None:
        notice = self.papers.notice(step)
        self.papers.claims[step.fields["claim"]] = house.desk.notify(notice, self._actor(step, "ann"), step.at)

    def _acknowledge(self, house: House, step: Step) -> None:
        house.desk.acknowledge(self._claim_id(step), self._actor(step, "adjuster"), step.at)

    def _report(self, house: House, step: Step) -> None:
        house.desk.report_loss(self.papers.loss_report(step), step.at)

    def _reestimate(self, house: House, step: Step) -> None:
        reserve = TokenUnits(step.fields["reserve"])
        house.desk.reestimate(self._claim_id(step), self._actor(step, "adjuster"), reserve, step.at)

    def _decide(self, house: House, step: Step) -> None:
        second = step.fields.get("second")
        signed = self.place.address_of(second) if second else ZERO_ADDRESS
        house.desk.decide(self.papers.decision(step), self._actor(step, "adjuster"), step.at, second=signed)

    def _pay_instalment(self, house: House, step: Step) -> None:
        house.desk.pay_instalment(self._claim_id(step), step.at)

    def _take_instalments(self, house: House, step: Step) -> None:
        house.desk.take_instalments(self._claim_id(step), self._actor(step, "ann"), step.at)

    def _withdraw(self, house: House, step: Step) -> None:
        house.desk.withdraw(self._claim_id(step), self._actor(step, "ann"), step.at)

    def _escalate(self, house: House, step: Step) -> None:
        house.desk.escalate(self._claim_id(step), self._actor(step, "ann"), step.at)

    def _dispute(self, house: House, step: Step) -> None:
        house.desk.dispute(self._claim_id(step), self._actor(step, "ann"), step.at)

    def _reopen(self, house: House, step: Step) -> None:
        claimed = TokenUnits(step.fields["claimed"])
        successor = house.desk.reopen(self._claim_id(step), self._actor(step, "ann"), claimed, step.at)
        self.papers.claims[step.fields["successor"]] = successor

    def _close(self, house: House, step: Step) -> None:
        house.desk.close(self._claim_id(step), step.at)

    def _choose_institution(self, house: House, step: Step) -> None:
        institution = step.fields.get("institution", INSTITUTION)
        house.desk.choose_institution(self._claim_id(step), self._actor(step, "ann"), institution)

    def _rule(self, house: House, step: Step) -> None:
        """The panel rules: one award for each seat, null for one that stays silent."""
        claim_id = self._claim_id(step)
        before = house.desk.disputes[claim_id]
        rulings = [None if award is None else PanelRuling(award, REASON, bytes(32)) for award in step.fields["awards"]]
        decision = decide(rulings, disputed=before.disputed, second_panel=True)
        assert decision
        if rulings == [None] * len(rulings):
            before.since = step.at
        before.award, before.reason_code = decision.award, decision.reason_code
        to = house.desk.claims[claim_id].claimant if deposit_returns(decision) else house.treasury.address
        house.deposits.pay_or_hold(to, before.deposit)
        with suppress(StepRefused):
            after, _ = applied(house, lambda tried: self._deliver(tried, step))
            for part in fields(house):
                setattr(house, part.name, getattr(after, part.name))

    def _deliver(self, house: House, step: Step) -> None:
        """The desk takes what the panel decided; at the panel's own call, or later."""
        claim_id = self._claim_id(step)
        decided = house.desk.disputes[claim_id]
        house.desk.award(claim_id, decided.award, decided.reason_code, step.at)

    def _pause(self, house: House, step: Step) -> None:
        house.treasury.pause(step.fields["seconds"], step.at)

    def _unpause(self, house: House, step: Step) -> None:
        house.treasury.unpause(step.at)

    def _cap_payouts(self, house: House, step: Step) -> None:
        house.treasury.payout_cap = TokenUnits(step.fields["cap"])

    def _block(self, house: House, step: Step) -> None:
        """The token's issuer blocks somebody, or, with `blocked: false`, unblocks them."""
        change = house.token.blocked.add if step.fields.get("blocked", True) else house.token.blocked.discard
        change(self._whom(step))

    def _push_held(self, house: House, step: Step) -> None:
        house.treasury.push_held_payout(self._whom(step), step.at)

    def _push_deposit(self, house: House, step: Step) -> None:
        house.deposits.push(self._whom(step))

    def _whom(self, step: Step) -> str:
        """The step's person, or the treasury."""
        name = step.fields["person"]
        return self.place.treasury if name == "treasury" else self.place.address_of(name)

    def _actor(self, step: Step, usual: str) -> str:
        return self.place.address_of(step.fields.get("by", usual))

    def _claim_id(self, step: Step) -> int:
        return self.papers.claims[step.fields["claim"]]
