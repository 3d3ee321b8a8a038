"""Plays scenarios on the contracts: the same steps as `tests/scenarios/twin.py`, with real signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import IntEnum
from typing import Any, Final

from brownie import AdjusterAuthority, ClaimsLens, accounts, chain
from brownie.exceptions import VirtualMachineError
from chain_clock import next_block_at, now, return_to, snapshot, travel_to
from indemnity_house import admit_institution, appoint, fill_bench, open_indemnity_product
from panel_room import Opinion, PanelRoom
from parties import Person, person
from typed_messages import digest, product_domain, values

from domain.claim import ClaimOutcome, ClaimState
from domain.clauses import clause_proof
from domain.hashing import ZERO_ADDRESS
from domain.indemnity import extra_premium, return_premium
from domain.indemnity_reports import Endorsement
from domain.money import TokenUnits
from domain.tiers import RiskTier
from scripts.brownie.deploy import House
from tests.scenarios.household import CLAUSES, household_terms
from tests.scenarios.papers import Papers
from tests.scenarios.scenario import Step
from tests.scenarios.twin import (
    ADJUSTERS,
    COMMITTEE,
    HOLDERS,
    INSTITUTION,
    NODES,
    PER_DAY,
    PER_DECISION,
    PURSE,
    REASON,
    Place,
)

MINUTE: Final = 60
FIRST_CLAUSE: Final = 0


class Ruling(Opinion):
    """What an arbitrator thinks of a claim under the household terms."""

    @property
    def leaf(self) -> bytes:
        return CLAUSES[self.index].leaf()

    def shown(self) -> tuple[Any, ...]:
        clause = CLAUSES[self.index]
        return (self.award, self.reason_code, clause.words_hash(), list(clause_proof(CLAUSES, clause.id)), self.salt)


class Taken(Exception):
    """The contracts take a step that was to be refused."""


@dataclass(frozen=True)
class Household:
    """One household product with its desk and panel, and everybody around it."""

    house: House
    product: Any
    desk: Any
    lens: Any
    room: PanelRoom
    nodes: tuple[Person, ...]

    @property
    def place(self) -> Place:
        """Where the scenarios are played."""
        platform = self.house.platform
        return Place(
            chain.id,
            treasury=self.house.treasury.address,
            product=self.product.address,
            desk=self.desk.address,
            panel=platform.panel.address,
            quorum=self.house.quorum.address,
            disbursement=platform.disbursement.address,
            token=self.house.token.address,
            address_of=lambda name: person(name).address,
        )


def build_household(house: House, nodes: tuple[Person, ...]) -> Household:
    """Deploy the product, appoint its staff and fill three purses. No policy is sold yet."""
    platform = house.platform
    desk = platform.claims_desk
    room = fill_bench(house, desk)
    admit_institution(house)
    contracts = {
        "treasury": house.treasury,
        "quorum": house.quorum,
        "desk": desk,
        "disbursement": platform.disbursement,
    }
    terms = household_terms(**{name: contract.address for name, contract in contracts.items()})
    product = open_indemnity_product(house, solidity(terms))
    staff = tuple(map(person, (*ADJUSTERS, *NODES)))
    appoint(house, "ADJUSTER", staff)
    appoint(house, "COMMITTEE", tuple(map(person, COMMITTEE)))
    limits = AdjusterAuthority.at(desk.adjusters())
    for adjuster in staff:
        limits.setAdjusterLimit(house.treasury, adjuster, PER_DECISION, PER_DAY, person("administrator").sends)
    for holder in map(person, HOLDERS):
        house.token.mint(holder, PURSE, person("issuer").sends)
        house.token.approve(house.treasury, PURSE, holder.sends)
        house.token.approve(platform.panel, PURSE, holder.sends)
    lens = ClaimsLens.deploy({"from": accounts[0]})
    return Household(house, product, desk, lens, room, nodes)


@dataclass
class ChainPlayer:
    """The contracts, step after step. Each step is one transaction, in a block of its own at the step's time."""

    at: Household
    papers: Papers = field(init=False)
    people: list[str] = field(default_factory=lambda: list(HOLDERS))
    disputes: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        place = self.at.place
        contracts = {name: getattr(place, name) for name in ("treasury", "quorum", "desk", "disbursement")}
        terms = household_terms(**contracts)
        self.papers = Papers(place.chain_id, place.product, place.desk, terms, place.address_of)

    def play(self, step: Step) -> None:
        """One step that must succeed."""
        getattr(self, f"_{step.do}")(step)

    def refusal(self, step: Step) -> str:
        """What the contracts say to a step they refuse, or "nothing" if they take it; no trace of it is left."""
        before, policies, claims = snapshot(), dict(self.papers.policies), dict(self.papers.claims)
        try:
            getattr(self, f"_{step.do}")(step)
        except VirtualMachineError as error:
            return str(error.revert_msg)
        except Taken:
            return "nothing"
        finally:
            return_to(before)
            self.papers.policies, self.papers.claims = policies, claims

    def observe(self) -> dict[str, dict[str, Any]]:
        """All there is to see, as `TwinPlayer.observe` sees it."""
        treasury, token = self.at.house.treasury, self.at.house.token
        booked = treasury.bookedAssets()
        seen: dict[str, dict[str, Any]] = {
            "treasury": {
                "booked": booked,
                "exposure": treasury.totalExposure(),
                "reserves": treasury.totalReserves(),
                "unearned": treasury.totalUnearnedPremium(),
                "held": treasury.totalHeldPayouts(),
                "capital": treasury.totalAssets(),
                "free": treasury.freeCapital(),
                "surplus": treasury.heldAssets() - booked,
            },
            "institutions": {"waiting": token.balanceOf(self.at.place.disbursement)},
        }
        seen |= {f"policy {name}": self._policy(policy_id) for name, policy_id in self.papers.policies.items()}
        seen |= {f"claim {name}": self._claim(claim_id) for name, claim_id in self.papers.claims.items()}
        for name in self.people:
            address = person(name).address
            seen[name] = {"balance": token.balanceOf(address), "held": treasury.heldPayoutOf(address)}
        return seen

    def _policy(self, policy_id: int) -> dict[str, Any]:
        policy = self.at.product.policy(policy_id).dict()
        used, claims = self.at.product.coverageUse(policy_id)
        return {
            "starts_at": policy["startsAt"],
            "ends_at": policy["endsAt"],
            "sum_insured": policy["sumInsured"],
            "premium": policy["premium"],
            "unearned": policy["unearned"],
            "exclusions": policy["exclusions"],
            "tier": RiskTier(policy["tier"]).name,
            "endorsements": policy["sequence"],
            "claims": claims,
            "contents": used[0],
            "valuables": used[1],
            "exposure": self.at.product.exposureOf(policy_id),
            "renewal": policy["isRenewal"],
            "renewed": policy["isRenewed"],
            "closed": policy["isClosed"],
        }

    def _claim(self, claim_id: int) -> dict[str, Any]:
        desk = self.at.desk
        claim, plan = desk.claim(claim_id).dict(), desk.instalments(claim_id).dict()
        until = self.at.lens.deadlines(desk, claim_id).dict()
        return {
            "state": ClaimState(claim["state"]).name,
            "outcome": ClaimOutcome(claim["outcome"]).name,
            "claimed": claim["claimed"],
            "reserve": claim["reserve"],
            "paid": claim["paid"],
            "reason": claim["reasonCode"],
            "instalments_left": plan["left"],
            "acknowledge_by": until["acknowledge"],
            "decide_by": until["decide"],
            "dispute_by": until["dispute"],
            "reopen_by": until["reopen"],
            "next_instalment": until["instalment"],
            "superseded": desk.supersededBy(claim_id) != 0,
            "final": desk.isFinal(claim_id),
        }

    def _bind(self, step: Step) -> None:
        report, binding = self.papers.binding(step)
        domain = product_domain(self.at.product, chain.id)
        quote = solidity(binding.quote)
        signed = (
            0,
            values("IndemnityQuote", quote),
            person(step.fields.get("underwriter", "underwriter")).sign(digest("IndemnityQuote", quote, domain)),
            person(step.fields["holder"]).sign(digest("IndemnityAcceptance", quote, domain)),
            list(binding.committee),
            [self._named(member).sign(digest("IndemnityQuote", quote, domain)) for member in binding.committee],
        )
        sale = (*self._by_quorum("UnderwritingReport", solidity(report), domain), [signed])
        receipt = self._send(step, self.at.product.bind, sale, "relayer")
        self.papers.policies[step.fields["policy"]] = int(receipt.events["IndemnityPolicyBound"]["policyId"])

    def _endorse(self, step: Step) -> None:
        policy_id = self.papers.policies[step.fields["policy"]]
        policy = self.at.product.policy(policy_id).dict()

        def price(order: Endorsement) -> TokenUnits:
            change = extra_premium if order.sum_insured >= policy["sumInsured"] else return_premium
            times = (policy["startsAt"], policy["endsAt"], order.effective_at)
            return change(policy["premium"], policy["sumInsured"], order.sum_insured, *times)

        now_is = {
            "sequence": policy["sequence"],
            "sum_insured": policy["sumInsured"],
            "exclusions": policy["exclusions"],
            "starts_at": policy["startsAt"],
            "ends_at": policy["endsAt"],
        }
        order = solidity(self.papers.endorsement(step, price, now_is))
        message = digest("Endorsement", order, product_domain(self.at.product, chain.id))
        signatures = [person("underwriter").sign(message), self._named(policy["holder"]).sign(message)]
        self._send(step, self.at.product.endorse, (values("Endorsement", order), *signatures), "relayer")

    def _cancel(self, step: Step) -> None:
        policy = self.at.product.policy(self.papers.policies[step.fields["policy"]]).dict()
        order = solidity(self.papers.cancellation(step, policy["sequence"]))
        message = digest("Cancellation", order, product_domain(self.at.product, chain.id))
        signature = self._named(policy["holder"]).sign(message)
        self._send(step, self.at.product.cancel, (values("Cancellation", order), signature), "relayer")

    def _earn(self, step: Step) -> None:
        policy_ids = [self.papers.policies[name] for name in step.fields["policies"]]
        self._send(step, self.at.product.earnPremiums, (policy_ids,), "relayer")

    def _close_policies(self, step: Step) -> None:
        policy_ids = [self.papers.policies[name] for name in step.fields["policies"]]
        self._send(step, self.at.product.closePolicies, (policy_ids,), "relayer")

    def _notify(self, step: Step) -> None:
        notice = values("Notice", solidity(self.papers.notice(step)))
        receipt = self._send(step, self.at.desk.notify, (notice,), "ann")
        self.papers.claims[step.fields["claim"]] = int(receipt.events["ClaimNoticed"]["claimId"])

    def _acknowledge(self, step: Step) -> None:
        self._send(step, self.at.desk.acknowledge, (self._claim_id(step),), "adjuster")

    def _report(self, step: Step) -> None:
        report = solidity(self.papers.loss_report(step))
        signed = self._by_quorum("LossReport", report, product_domain(self.at.desk, chain.id))
        self._send(step, self.at.desk.reportLoss, signed, "relayer")

    def _reestimate(self, step: Step) -> None:
        self._send(step, self.at.desk.reestimate, (self._claim_id(step), step.fields["reserve"]), "adjuster")

    def _decide(self, step: Step) -> None:
        decision = solidity(self.papers.decision(step))
        adjuster, second = step.fields.get("by", "adjuster"), step.fields.get("second")
        address, signature = ZERO_ADDRESS, b""
        if second:
            message = {name: value for name, value in decision.items() if name != "proof"}
            message["adjuster"] = person(adjuster).address
            domain = product_domain(self.at.desk, chain.id)
            address, signature = person(second).address, person(second).sign(digest("Decision", message, domain))
        self._send(step, self.at.desk.decide, (tuple(decision.values()), address, signature), "adjuster")

    def _pay_instalment(self, step: Step) -> None:
        self._send(step, self.at.desk.payInstalment, (self._claim_id(step),), "relayer")

    def _take_instalments(self, step: Step) -> None:
        self._send(step, self.at.desk.takeInstalments, (self._claim_id(step),), "ann")

    def _withdraw(self, step: Step) -> None:
        self._send(step, self.at.desk.withdraw, (self._claim_id(step),), "ann")

    def _escalate(self, step: Step) -> None:
        self._to_panel(step, self.at.desk.escalate)

    def _dispute(self, step: Step) -> None:
        self._to_panel(step, self.at.desk.dispute)

    def _to_panel(self, step: Step, function: Any) -> None:
        claim_id = self._claim_id(step)
        receipt = self._send(step, function, (claim_id,), "ann")
        self.disputes[claim_id] = int(receipt.events["ClaimDisputed"]["disputeId"])

    def _reopen(self, step: Step) -> None:
        arguments = (self._claim_id(step), step.fields["claimed"], bytes(32))
        receipt = self._send(step, self.at.desk.reopen, arguments, "ann")
        self.papers.claims[step.fields["successor"]] = int(receipt.events["ClaimReopened"]["claimId"])

    def _close(self, step: Step) -> None:
        self._send(step, self.at.desk.close, (self._claim_id(step),), "relayer")

    def _choose_institution(self, step: Step) -> None:
        arguments = (self._claim_id(step), step.fields.get("institution", INSTITUTION))
        self._send(step, self.at.desk.chooseInstitution, arguments, "ann")

    def _rule(self, step: Step) -> None:
        """Three arbitrators are drawn, commit and reveal, and at the step's time somebody asks for the outcome."""
        room, dispute_id = self.at.room, self.disputes[self._claim_id(step)]
        awards = step.fields["awards"]
        room.draw(dispute_id)
        room.rule(dispute_id, [None if award is None else Ruling(award, REASON, FIRST_CLAUSE) for award in awards])
        if awards == [None] * len(awards):
            room.end_windows(dispute_id)
            room.conclude(dispute_id)
            room.draw(dispute_id)
        self._send(step, room.panel.conclude, (dispute_id,), "relayer")

    def _deliver(self, step: Step) -> None:
        self._send(step, self.at.room.panel.conclude, (self.disputes[self._claim_id(step)],), "relayer")

    def _pause(self, step: Step) -> None:
        self._send(step, self.at.house.treasury.pause, (step.fields["seconds"],), "guardian")

    def _unpause(self, step: Step) -> None:
        self._send(step, self.at.house.treasury.unpause, (), "guardian")

    def _cap_payouts(self, step: Step) -> None:
        self._send(step, self.at.house.treasury.setPayoutCap, (step.fields["cap"],), "administrator")

    def _block(self, step: Step) -> None:
        arguments = (self._whom(step), step.fields.get("blocked", True))
        self._send(step, self.at.house.token.setBlocked, arguments, "issuer")

    def _push_held(self, step: Step) -> None:
        self._send(step, self.at.house.treasury.pushHeldPayout, (self._whom(step),), "relayer")

    def _push_deposit(self, step: Step) -> None:
        arguments = (self.at.house.token, self._whom(step))
        self._send(step, self.at.room.panel.pushHeldDeposit, arguments, "relayer")

    def _whom(self, step: Step) -> Any:
        name = step.fields["person"]
        return self.at.house.treasury if name == "treasury" else person(name)

    def _send(self, step: Step, function: Any, arguments: tuple[Any, ...], usual: str) -> Any:
        """One transaction at the step's time. One that is to be refused is only asked for."""
        sender = person(step.fields.get("by", usual)).sends
        if not step.refused:
            next_block_at(step.at)
            return function(*arguments, sender)
        if now() < step.at:
            travel_to(step.at)
        assert now() == step.at
        function.call(*arguments, sender)
        raise Taken(step.do)

    def _by_quorum(self, kind: str, report: Mapping[str, Any], domain: Mapping[str, Any]) -> tuple[Any, list[bytes]]:
        message = digest(kind, report, domain)
        return values(kind, report), [node.sign(message) for node in self.at.nodes[:3]]

    def _named(self, address: str) -> Person:
        known = {person(name).address: person(name) for name in (*HOLDERS, *COMMITTEE)}
        return known[address]

    def _claim_id(self, step: Step) -> int:
        return self.papers.claims[step.fields["claim"]]


def solidity(thing: Any) -> Any:
    """A domain dataclass as the mapping that signing and calling take: names in camel case, enums as numbers."""
    if is_dataclass(thing):
        return {camel(each.name): solidity(getattr(thing, each.name)) for each in fields(thing)}
    if isinstance(thing, IntEnum):
        return int(thing)
    return [solidity(item) for item in thing] if isinstance(thing, tuple | list) else thing


def camel(name: str) -> str:
    """A name as Solidity writes it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
