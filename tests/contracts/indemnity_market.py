"""A home insurance on the chain: offers, sales, changes and claims, all right unless a test changes a field."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from brownie import AdjusterAuthority, chain
from chain_clock import DAY, HOUR, now
from eth_utils import keccak
from indemnity_terms import NONE, YEAR, ZERO, factor_of, price, tier_of
from market import TUSD
from panel_room import PanelRoom
from parties import Person, person
from refusals import refused
from typed_messages import digest, product_domain, values

from scripts.brownie.deploy import House

RATE = 10_000_000  # parts per billion: 1 %
SUM = 5_000 * TUSD
INSTITUTION = 1
_applications = itertools.count(1)


@dataclass(frozen=True)
class HomeOffer:
    """One application through its papers: what the oracle says, what is quoted, who signs."""

    assessment: dict[str, Any]
    quote: dict[str, Any]
    holder: Person
    underwriter: Person
    committee: tuple[Person, ...] = ()
    accepted: bool = True  # False: no signature, the holder sends the transaction
    forged: dict[str, Any] = field(default_factory=dict)  # signatures to use instead: quote, acceptance, committee

    def change(self, **quote: Any) -> HomeOffer:
        """The same offer with other words in the quote."""
        assert quote.keys() <= self.quote.keys()
        return replace(self, quote={**self.quote, **quote})

    def assess(self, **assessment: Any) -> HomeOffer:
        """The same offer, assessed otherwise."""
        assert assessment.keys() <= self.assessment.keys()
        return replace(self, assessment={**self.assessment, **assessment})

    def but(self, **changes: Any) -> HomeOffer:
        """The same offer with other people or signatures."""
        return replace(self, **changes)


@dataclass(frozen=True)
class IndemnityMarket:
    """One indemnity product and everybody around it."""

    house: House
    product: Any
    nodes: tuple[Person, ...]
    adjusters: tuple[Person, ...]  # two, who may decide anything but what takes both
    committee: tuple[Person, ...]  # three, ascending by address
    room: PanelRoom  # the panel with two advocates and four other arbitrators
    terms: dict[str, Any]
    epoch: int = 1

    @property
    def rules(self) -> Any:
        """What sales, changes and cancellations must keep (`PolicyRules`)."""
        return self.house.platform.policy_rules

    @property
    def desk(self) -> Any:
        return self.house.platform.claims_desk

    @property
    def panel(self) -> Any:
        return self.house.platform.panel

    @property
    def incidents(self) -> Any:
        return self.house.platform.incidents

    @property
    def disbursement(self) -> Any:
        return self.house.platform.disbursement

    @property
    def limits(self) -> Any:
        """What adjusters may decide alone (`AdjusterAuthority`)."""
        return AdjusterAuthority.at(self.desk.adjusters())

    @property
    def treasury(self) -> Any:
        return self.house.treasury

    @property
    def token(self) -> Any:
        return self.house.token

    @property
    def relayer(self) -> Person:
        return person("relayer")

    @property
    def underwriter(self) -> Person:
        return person("underwriter")

    @property
    def administrator(self) -> Person:
        return person("administrator")

    @property
    def guardian(self) -> Person:
        return person("guardian")

    @property
    def beneficiary(self) -> Person:
        return person("beneficiary")

    @property
    def bank(self) -> Person:
        """Signs for the institution."""
        return person("bank")

    @property
    def vault(self) -> Person:
        """The institution's account."""
        return person("vault")

    @property
    def domain(self) -> dict[str, Any]:
        """The EIP-712 domain of quotes, orders and underwriting reports."""
        return product_domain(self.product, chain.id)

    # Sale

    def offer(self, holder: Person, sum_insured: int = SUM, **changes: Any) -> HomeOffer:
        """A right offer to this holder. `changes`: score, ratio, rate, cap, measure, exclusions (of the report),
        starts_at, application_id, renews, beneficiary. Tier, premium and committee follow from them."""
        known = {"score": 3_000, "ratio": 2_000, "rate": RATE, "measure": NONE, "exclusions": 0, "starts_at": 0}
        known["cap"] = 20_000 * TUSD
        extra = {"application_id": None, "renews": 0, "beneficiary": ZERO}
        assert changes.keys() <= known.keys() | extra.keys()
        c = {**known, **extra, **changes}
        application = c["application_id"] or next(_applications) << 8
        tier = tier_of(c["score"], c["ratio"])
        assessment = {
            "applicationId": application,
            "score": c["score"],
            "lossRatioBps": c["ratio"],
            "tier": tier,
            "ratePpb": c["rate"],
            "sumInsuredCap": c["cap"],
            "exclusions": c["exclusions"],
            "commitment": keccak(text=f"applicant {application}"),
        }
        quote = {
            "applicationId": application,
            "holder": holder.address,
            "beneficiary": str(c["beneficiary"]),
            "payer": holder.address,
            "underwriter": self.underwriter.address,
            "subject": keccak(text=f"home of {application}"),
            "sumInsured": sum_insured,
            "premium": price(sum_insured, c["rate"], factor_of(tier, c["measure"])),
            "exclusions": c["exclusions"],
            "measure": c["measure"],
            "startsAt": c["starts_at"],
            "validUntil": now() + DAY,
            "renews": c["renews"],
        }
        above = c["score"] > self.terms["tiers"]["committeeAboveScore"]
        return HomeOffer(assessment, quote, holder, self.underwriter, self.committee if above else ())

    def binding(self, offer: HomeOffer, index: int) -> tuple[Any, ...]:
        """The offer with its signatures, as `bind` takes it."""
        offered = digest("IndemnityQuote", offer.quote, self.domain)
        accepted = digest("IndemnityAcceptance", offer.quote, self.domain)
        signed = {
            "quote": offer.underwriter.sign(offered),
            "acceptance": offer.holder.sign(accepted) if offer.accepted else b"",
            "committee": [member.sign(offered) for member in offer.committee],
            **offer.forged,
        }
        members = [member.address for member in offer.committee]
        quote = values("IndemnityQuote", offer.quote)
        return (index, quote, signed["quote"], signed["acceptance"], members, signed["committee"])

    def report(self, offers: Sequence[HomeOffer], **changes: Any) -> dict[str, Any]:
        """A right underwriting report on these offers, but for `changes`."""
        return {
            "chainId": chain.id,
            "product": self.product.address,
            "signerEpoch": self.epoch,
            "observedAt": now(),
            "validUntil": now() + HOUR,
            "modelHash": keccak(text="modelHash"),
            "assessments": [offer.assessment for offer in offers],
            **changes,
        }

    def signed(
        self, kind: str, message: dict[str, Any], nodes: Sequence[Person] | None = None, domain: Any = None
    ) -> tuple[Any, list[bytes]]:
        """A report as calls take it, with the signatures of these nodes (default: the first three)."""
        hashed = digest(kind, message, domain or self.domain)
        return values(kind, message), [node.sign(hashed) for node in (self.nodes[:3] if nodes is None else nodes)]

    def bind_arguments(self, *offers: HomeOffer, **changes: Any) -> tuple[Any, ...]:
        """Arguments of `bind` for these offers; `changes` go into the report."""
        report, signatures = self.signed("UnderwritingReport", self.report(offers, **changes))
        return report, signatures, [self.binding(offer, i) for i, offer in enumerate(offers)]

    def sell(self, *offers: HomeOffer, sender: Person | None = None, **changes: Any) -> Any:
        """Bind these offers. Returns the receipt; its return value are the policies' ids."""
        return self.product.bind(*self.bind_arguments(*offers, **changes), (sender or self.relayer).sends)

    def sold(self, holder: Person, sum_insured: int = SUM, **changes: Any) -> int:
        """Sell one policy. Returns its id."""
        self.sell(self.offer(holder, sum_insured, **changes))
        return int(self.product.policyCount())

    def refuses(self, offer: HomeOffer, *error: object) -> None:
        """Binding this offer must revert with this error and these arguments."""
        with refused(*error):
            self.product.bind.call(*self.bind_arguments(offer), self.relayer.sends)

    # A policy in force

    def policy(self, policy_id: int) -> dict[str, Any]:
        """A policy, field by field."""
        return dict(self.product.policy(policy_id).dict())

    def endorsement(self, policy_id: int, **changes: Any) -> dict[str, Any]:
        """A right endorsement, but for `changes`: unless `premiumChange` is among them, it is what the terms give."""
        p = self.policy(policy_id)
        assert p["endsAt"] - p["startsAt"] == YEAR, "prices below are for the whole period"
        order = {
            "policyId": policy_id,
            "sequence": p["sequence"],
            "sumInsured": p["sumInsured"],
            "premiumChange": 0,
            "exclusions": p["exclusions"],
            "beneficiary": ZERO,
            "underwriter": self.underwriter.address,
            "effectiveAt": max(now() + HOUR, p["startsAt"]),
            "validUntil": now() + DAY,
            **changes,
        }
        if "premiumChange" not in changes:
            left, more = p["endsAt"] - order["effectiveAt"], order["sumInsured"] - p["sumInsured"]
            exact = p["premium"] * abs(more) * max(left, 0), p["sumInsured"] * YEAR
            order["premiumChange"] = -(-exact[0] // exact[1]) if more > 0 else exact[0] // exact[1]
        return order

    def endorse_arguments(self, order: dict[str, Any], holder: Person, **forged: bytes) -> tuple[Any, ...]:
        """Arguments of `endorse`. `forged`: underwriter, acceptance."""
        hashed = digest("Endorsement", order, self.domain)
        signed = {"underwriter": self.underwriter.sign(hashed), "acceptance": holder.sign(hashed), **forged}
        return values("Endorsement", order), signed["underwriter"], signed["acceptance"]

    def endorse(self, order: dict[str, Any], holder: Person) -> Any:
        """Hand in an endorsement. Returns the receipt."""
        return self.product.endorse(*self.endorse_arguments(order, holder), self.relayer.sends)

    def cancellation(self, policy_id: int, **changes: Any) -> dict[str, Any]:
        """A right cancellation, but for `changes`."""
        sequence = self.policy(policy_id)["sequence"]
        return {"policyId": policy_id, "sequence": sequence, "validUntil": now() + DAY, **changes}

    def cancel(self, order: dict[str, Any], holder: Person) -> Any:
        """Hand in a cancellation signed by its holder. Returns the receipt."""
        signature = holder.sign(digest("Cancellation", order, self.domain))
        return self.product.cancel(values("Cancellation", order), signature, self.relayer.sends)

    def books(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Exposure and unearned premium, policy by policy added up, and as the treasury has them."""
        ids = range(1, self.product.policyCount() + 1)
        exposure = sum(int(self.product.exposureOf(i)) for i in ids)
        unearned = sum(int(self.policy(i)["unearned"]) for i in ids)
        kept = self.treasury.exposureOf(self.product), self.treasury.unearnedPremiumOf(self.product)
        return (exposure, unearned), (int(kept[0]), int(kept[1]))

    def balanced(self) -> bool:
        """Whether product and treasury agree to the unit."""
        ours, treasurys = self.books()
        return ours == treasurys
