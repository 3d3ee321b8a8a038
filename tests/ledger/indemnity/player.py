"""Plays the stories of tests/scenarios on a chain, each step a transaction with real signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.clauses import clause_proof
from domain.errors import StepRefused
from domain.hashing import ZERO_ADDRESS, keccak256
from domain.house import House
from domain.money import TokenUnits
from domain.panel import PanelRuling, commitment
from ledger.bindings import ClaimsDesk, DisputePanel, IndemnityProduct, Ruling, TestStablecoin, Treasury
from ledger.codec import Call
from ledger.typed_claims import decision_digest, loss_report_digest
from ledger.typed_indemnity import (
    cancellation_digest,
    endorsement_digest,
    indemnity_acceptance_digest,
    indemnity_quote_digest,
    underwriting_report_digest,
)
from scripts.anvil import move_clock
from tests.ledger.indemnity.claims_house import ADVOCATES, ARBITRATORS, ClaimsHouse
from tests.scenarios.household import CLAUSES
from tests.scenarios.papers import Papers
from tests.scenarios.scenario import Step
from tests.scenarios.twin import INSTITUTION, REASON, TwinPlayer

SALT = keccak256(b"salt")
CLAUSE = CLAUSES[0]


class Player:
    """Twin and chain together. What the twin refuses is not sent."""

    def __init__(self, house: ClaimsHouse) -> None:
        self.house = house
        self.twin = TwinPlayer(house.place)
        place = house.place
        terms = self.twin.house.product.terms
        self.papers = Papers(place.chain_id, place.product, place.desk, terms, place.address_of)
        self.desk, self.panel = place.desk, place.panel
        self.domain = {"chain_id": place.chain_id, "product": place.product}

    def play(self, step: Step) -> bool:
        """One step; False: it is refused."""
        before = self.twin.house
        try:
            self.twin.play(step)
        except StepRefused:
            return False
        self.papers.policies, self.papers.claims = self.twin.papers.policies, self.twin.papers.claims
        getattr(self, f"_{step.do}")(step, before)
        return True

    def play_all(self, steps: Sequence[Step]) -> None:
        """Steps that are not refused, in their order."""
        for step in steps:
            if not step.refused:
                assert self.play(step), step

    def _bind(self, step: Step, _: House) -> None:
        report, binding = self.papers.binding(step)
        chain_id, product = self.house.deployment.chain_id, self.house.product
        offered = indemnity_quote_digest(binding.quote, chain_id=chain_id, product=product)
        accepted = indemnity_acceptance_digest(binding.quote, chain_id=chain_id, product=product)
        signed = replace(
            binding,
            underwriter_signature=self.house.sign(step.fields.get("underwriter", "underwriter"), offered),
            acceptance=self.house.sign(step.fields["holder"], accepted),
            committee_signatures=tuple(self.house.sign_as(member, offered) for member in binding.committee),
        )
        signatures = self.house.sign_quorum(underwriting_report_digest(report))
        self._send(step, product, IndemnityProduct.bind(report, signatures, [signed]), "relayer")

    def _endorse(self, step: Step, before: House) -> None:
        policy = before.product.policy(self.papers.policies[step.fields["policy"]])
        now_is = {
            "sequence": policy.sequence, "sum_insured": policy.sum_insured, "exclusions": policy.exclusions,
            "starts_at": policy.starts_at, "ends_at": policy.ends_at,
        }  # fmt: skip
        order = self.papers.endorsement(step, policy.price_change, now_is)
        digest = endorsement_digest(order, chain_id=self.house.deployment.chain_id, product=self.house.product)
        signatures = self.house.sign("underwriter", digest), self.house.sign_as(policy.holder, digest)
        self._send(step, self.house.product, IndemnityProduct.endorse(order, *signatures), "relayer")

    def _cancel(self, step: Step, before: House) -> None:
        policy = before.product.policy(self.papers.policies[step.fields["policy"]])
        order = self.papers.cancellation(step, policy.sequence)
        digest = cancellation_digest(order, chain_id=self.house.deployment.chain_id, product=self.house.product)
        call = IndemnityProduct.cancel(order, self.house.sign_as(policy.holder, digest))
        self._send(step, self.house.product, call, "relayer")

    def _earn(self, step: Step, _: House) -> None:
        numbers = [self.papers.policies[name] for name in step.fields["policies"]]
        self._send(step, self.house.product, IndemnityProduct.earn_premiums(numbers), "relayer")

    def _close_policies(self, step: Step, _: House) -> None:
        numbers = [self.papers.policies[name] for name in step.fields["policies"]]
        self._send(step, self.house.product, IndemnityProduct.close_policies(numbers), "relayer")

    def _notify(self, step: Step, _: House) -> None:
        self._send(step, self.desk, ClaimsDesk.notify(self.papers.notice(step)), "ann")

    def _acknowledge(self, step: Step, _: House) -> None:
        self._send(step, self.desk, ClaimsDesk.acknowledge(self._claim(step)), "adjuster")

    def _report(self, step: Step, _: House) -> None:
        report = self.papers.loss_report(step)
        signatures = self.house.sign_quorum(loss_report_digest(report))
        self._send(step, self.desk, ClaimsDesk.report_loss(report, signatures), "relayer")

    def _reestimate(self, step: Step, _: House) -> None:
        self._send(step, self.desk, ClaimsDesk.reestimate(self._claim(step), step.fields["reserve"]), "adjuster")

    def _decide(self, step: Step, _: House) -> None:
        decision, second = self.papers.decision(step), step.fields.get("second")
        adjuster = self.house.address_of(step.fields.get("by", "adjuster"))
        digest = decision_digest(decision, adjuster=adjuster, chain_id=self.house.deployment.chain_id, desk=self.desk)
        signature = self.house.sign(second, digest) if second else b""
        address = self.house.address_of(second) if second else ZERO_ADDRESS
        self._send(step, self.desk, ClaimsDesk.decide(decision, address, signature), "adjuster")

    def _pay_instalment(self, step: Step, _: House) -> None:
        self._send(step, self.desk, ClaimsDesk.pay_instalment(self._claim(step)), "relayer")

    def _take_instalments(self, step: Step, _: House) -> None:
        self._send(step, self.desk, ClaimsDesk.take_instalments(self._claim(step)), "ann")

    def _withdraw(self, step: Step, _: House) -> None:
        self._send(step, self.desk, ClaimsDesk.withdraw(self._claim(step)), "ann")

    def _escalate(self, step: Step, _: House) -> None:
        self._send(step, self.desk, ClaimsDesk.escalate(self._claim(step)), "ann")

    def _dispute(self, step: Step, _: House) -> None:
        self._send(step, self.desk, ClaimsDesk.dispute(self._claim(step)), "ann")

    def _reopen(self, step: Step, _: House) -> None:
        call = ClaimsDesk.reopen(self._claim(step), step.fields["claimed"], bytes(32))
        self._send(step, self.desk, call, "ann")

    def _close(self, step: Step, _: House) -> None:
        self._send(step, self.desk, ClaimsDesk.close(self._claim(step)), "relayer")

    def _choose_institution(self, step: Step, _: House) -> None:
        number = step.fields.get("institution", INSTITUTION)
        self._send(step, self.desk, ClaimsDesk.choose_institution(self._claim(step), number), "ann")

    def _rule(self, step: Step, _: House) -> None:
        """Three arbitrators are drawn, commit and reveal; at the step's time somebody asks for the outcome."""
        rpc, awards = self.house.rpc, step.fields["awards"]
        number = rpc.eth_call(self.panel, DisputePanel.dispute_of(self.desk, self._claim(step)))
        self._draw(number)
        self._speak(number, awards)
        if awards == [None] * len(awards):
            move_clock(rpc, rpc.eth_call(self.panel, DisputePanel.windows(number))[1])
            self.house.send("relayer", self.panel, DisputePanel.conclude(number))
            self._draw(number)
        self._send(step, self.panel, DisputePanel.conclude(number), "relayer")

    def _draw(self, number: int) -> None:
        rpc = self.house.rpc
        wanted = rpc.eth_call(self.panel, DisputePanel.dispute(number)).hash_block - rpc.block_number()
        if wanted > 0:
            rpc.call("anvil_mine", hex(wanted))
        self.house.send("relayer", self.panel, DisputePanel.draw(number))

    def _speak(self, number: int, awards: Sequence[int | None]) -> None:
        """All who sit commit; those with an opinion reveal it."""
        known = {self.house.address_of(name): name for name in (*ADVOCATES, *ARBITRATORS)}
        seats = self.house.rpc.eth_call(self.panel, DisputePanel.seats(number, 1))
        seated = [known[seat.arbitrator] for seat in seats]
        for name, award in zip(seated, awards, strict=True):
            ruling = PanelRuling(TokenUnits(award or 0), REASON, CLAUSE.leaf())
            hidden = commitment(number, self.house.address_of(name), ruling, SALT)
            self.house.send(name, self.panel, DisputePanel.commit(number, hidden))
        proof = clause_proof(CLAUSES, CLAUSE.id)
        for name, award in zip(seated, awards, strict=True):
            if award is not None:
                shown = Ruling(award, REASON, CLAUSE.words_hash(), proof, SALT)
                self.house.send(name, self.panel, DisputePanel.reveal(number, shown))

    def _pause(self, step: Step, _: House) -> None:
        self._send(step, self.house.place.treasury, Treasury.pause(step.fields["seconds"]), "guardian")

    def _unpause(self, step: Step, _: House) -> None:
        self._send(step, self.house.place.treasury, Treasury.unpause(), "guardian")

    def _cap_payouts(self, step: Step, _: House) -> None:
        self._send(step, self.house.place.treasury, Treasury.set_payout_cap(step.fields["cap"]), "relayer")

    def _block(self, step: Step, _: House) -> None:
        who, blocked = self._whom(step), step.fields.get("blocked", True)
        token = self.house.contracts["TestStablecoin"]
        self._send(step, token, TestStablecoin.set_blocked(who, blocked), "administrator")

    def _push_held(self, step: Step, _: House) -> None:
        self._send(step, self.house.place.treasury, Treasury.push_held_payout(self._whom(step)), "relayer")

    def _push_deposit(self, step: Step, _: House) -> None:
        token = self.house.contracts["TestStablecoin"]
        self._send(step, self.panel, DisputePanel.push_held_deposit(token, self._whom(step)), "relayer")

    def _whom(self, step: Step) -> str:
        name = step.fields["person"]
        return self.house.place.treasury if name == "treasury" else self.house.address_of(name)

    def _send(self, step: Step, to: str, call: Call[Any], usual: str) -> None:
        who = step.fields.get("by", usual)
        self.house.send(who, to, call, at=step.at)

    def _claim(self, step: Step) -> int:
        return self.papers.claims[step.fields["claim"]]
