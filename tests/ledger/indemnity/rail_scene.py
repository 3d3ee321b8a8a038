"""Payouts and premiums through institutions on a chain: every way an instruction can end."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

from domain.indemnity_reports import Cancellation
from domain.money import TokenUnits
from domain.payouts import CollectionReceipt, PayoutReceipt
from ledger.bindings import Disbursement, IndemnityProduct
from ledger.typed_indemnity import indemnity_acceptance_digest, indemnity_quote_digest, underwriting_report_digest
from ledger.typed_receipts import (
    collection_receipt_digest,
    payout_receipt_digest,
    reroute_order_digest,
    take_order_digest,
)
from scripts.anvil import chain_time, move_clock
from tests.ledger.indemnity.claims_house import DAY, RECEIPT_SECONDS, ClaimsHouse, reference
from tests.ledger.indemnity.player import Player
from tests.scenarios.household import TUSD
from tests.scenarios.scenario import Step

SOLD = 1_379_322_000  # 2013-09-16 09:00 UTC
EUR = b"EUR"
RATE = 920_000
FUNDED = 10 * TUSD


class Where(TypedDict):
    """What a receipt is signed for."""

    chain_id: int
    disbursement: str


class RailScene:
    """Six claims of Ann's, paid through the bank, and what becomes of the payouts; Ben's premium comes by the bank."""

    def __init__(self, house: ClaimsHouse) -> None:
        self.house, self.player = house, Player(house)
        self.rail = house.place.disbursement
        self.token = house.contracts["TestStablecoin"]
        self.where: Where = {"chain_id": house.deployment.chain_id, "disbursement": self.rail}
        self._claims(6)
        self._play()

    def _claims(self, count: int) -> None:
        """Small losses, each paid at once through the first institution: instructions 1 to `count`."""
        policy = {"policy": "home", "holder": "ann", "sum_insured": 5_000 * TUSD}
        steps = [Step(SOLD, "bind", policy, {}, "", ())]
        for number in range(count):
            at, claim = SOLD + 30 * DAY + number * 3_600, f"claim {number}"
            loss = {"policy": "home", "claim": claim, "peril": "storm", "occurred_at": at - 60, "claimed": 200 * TUSD}
            steps += [
                Step(at, "notify", loss, {}, "", ()),
                Step(at + 1, "choose_institution", {"claim": claim}, {}, "", ()),
                Step(at + 2, "report", {"claim": claim, "loss": 200 * TUSD}, {}, "", ()),
            ]
        self.player.play_all(steps)

    def _play(self) -> None:
        send, now = self.house.send, chain_time(self.house.rpc)
        self.confirm(1)
        send("bank", self.rail, Disbursement.refuse_payout(2, 7))
        self.house.send_signed("ann", self.rail, Disbursement.take_payout(2, self.house.address_of("ann")))
        move_clock(self.house.rpc, now + RECEIPT_SECONDS + 60)
        deadline = now + 30 * DAY
        to = self.house.address_of("ben")
        take = self.house.sign("ann", take_order_digest(3, to, deadline, **self.where))
        send("relayer", self.rail, Disbursement.take_payout_for(3, to, deadline, take))
        self.house.send_signed("ann", self.rail, Disbursement.reroute_payout(4, 2))  # becomes 7
        go = self.house.sign("ann", reroute_order_digest(5, 2, deadline, **self.where))
        send("relayer", self.rail, Disbursement.reroute_payout_for(5, 2, deadline, go))  # becomes 8
        self.confirm(6)  # late, and still it counts
        self.confirm(7, "bank 2")
        send("ann", self.rail, Disbursement.fund_payout(1, self.token, FUNDED))  # 9
        self.premium()
        self.in_person()
        send("administrator", self.rail, Disbursement.suspend_institution(2))
        send("administrator", self.rail, Disbursement.resume_institution(2))
        keys = self.house.address_of("cho"), self.house.address_of("vault")
        send("administrator", self.rail, Disbursement.rotate_keys(1, *keys))
        limits = (1_000 * TUSD, 2_000 * TUSD, DAY)
        send("administrator", self.rail, Disbursement.change_limits(1, *limits))

    def confirm(self, number: int, bank: str = "bank") -> None:
        """An institution's receipt."""
        kept = self.house.rpc.eth_call(self.rail, Disbursement.instruction_at(number))
        amount = TokenUnits(kept.amount)
        receipt = PayoutReceipt(number, kept.payee, kept.token, amount, EUR, RATE, reference(f"payment {number}"))
        signature = self.house.sign(bank, payout_receipt_digest(receipt, **self.where))
        self.house.send("relayer", self.rail, Disbursement.confirm_payout(receipt, signature))

    def premium(self) -> None:
        """The bank collects Ben's premium, and a little more; the policy is bound on it, the rest goes back."""
        house, papers = self.house, self.player.papers
        at = chain_time(house.rpc) + 100
        step = Step(at, "bind", {"policy": "flat", "holder": "ben", "sum_insured": 1_000 * TUSD}, {}, "", ())
        report, binding = papers.binding(step)
        quote = replace(binding.quote, payer=self.rail)
        receipt = CollectionReceipt(
            1, house.product, quote.application_id, quote.holder, self.token, TokenUnits(quote.premium + 5 * TUSD),
            EUR, RATE, reference("premium"), at + DAY,
        )  # fmt: skip
        signature = house.sign("bank", collection_receipt_digest(receipt, **self.where))
        house.send("relayer", self.rail, Disbursement.collect_premium(receipt, signature))
        chain_id, product = house.deployment.chain_id, house.product
        signed = replace(
            binding,
            quote=quote,
            underwriter_signature=house.sign(
                "underwriter", indemnity_quote_digest(quote, chain_id=chain_id, product=product)
            ),
            acceptance=house.sign("ben", indemnity_acceptance_digest(quote, chain_id=chain_id, product=product)),
        )
        signatures = house.sign_quorum(underwriting_report_digest(report))
        house.send("relayer", product, IndemnityProduct.bind(report, signatures, [signed]), at=at)
        house.send("relayer", self.rail, Disbursement.return_collection(product, quote.application_id))

    def in_person(self) -> None:
        """Cho accepts a quote by binding it herself, and cancels by calling: in transactions she signs."""
        house, papers = self.house, self.player.papers
        at = chain_time(house.rpc) + 100
        step = Step(at, "bind", {"policy": "hut", "holder": "cho", "sum_insured": 1_000 * TUSD}, {}, "", ())
        report, binding = papers.binding(step)
        digest = indemnity_quote_digest(binding.quote, chain_id=house.deployment.chain_id, product=house.product)
        offered = replace(binding, underwriter_signature=house.sign("underwriter", digest))
        signatures = house.sign_quorum(underwriting_report_digest(report))
        house.send_signed("cho", house.product, IndemnityProduct.bind(report, signatures, [offered]), at=at)
        number = house.rpc.eth_call(house.product, IndemnityProduct.policy_count())
        house.send_signed("cho", house.product, IndemnityProduct.cancel(Cancellation(number, 0, at + DAY), b""))
