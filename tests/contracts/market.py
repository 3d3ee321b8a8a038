"""Offers, reports and sales on one product, all right unless a test changes a field."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from brownie import chain
from chain_clock import DAY, HOUR, now, travel_to
from eth_utils import keccak
from parties import Person, person
from refusals import refused
from typed_messages import digest, product_domain, values

TUSD = 1_000_000
FLIGHT = "flight/UA/1545/EWR/IAH/2013-09-12T10:00Z"
FLIGHT_AT = 1_378_980_000  # that departure, unix seconds
NO_PERMIT = (0, 0, 0, bytes(32), bytes(32))
MEASURED, CANCELLED, DIVERTED, NOT_REPORTED = 1, 2, 3, 4
OPEN = 0

TERMS = {
    "clauseRoot": keccak(text="clauses"),
    "documentHash": keccak(text="document"),
    "minSumInsured": 50 * TUSD,
    "maxSumInsured": 1_000 * TUSD,
    "maxEventExposure": 20_000 * TUSD,
    "minPremium": 2 * TUSD,
    "loadingBps": 2_500,
    "minSignatures": 3,
    "cancelledShareBps": 6_000,
    "divertedShareBps": 8_000,
    "minLeadSeconds": HOUR,
    "maxLeadSeconds": 30 * DAY,
    "reportWindowSeconds": 7 * DAY,
    "periodStart": 1_372_636_800,  # 2013-07-01
    "periodEnd": 1_388_534_399,  # 2013-12-31
    "thresholds": [30, 60, 120],
    "sharesBps": [2_000, 5_000, 10_000],
}
_applications = itertools.count(1)


def event_id(text: str) -> int:
    """Id of an insured event."""
    return int.from_bytes(keccak(text=text)) >> 32


def policy_id(text: str, ordinal: int) -> int:
    """Id of the policy bound as number `ordinal` on an event."""
    return event_id(text) << 32 | ordinal


def premium_due(sum_insured: int, expected_share_ppb: int) -> int:
    """Premium under TERMS, in whole numbers: rounded up, never below the minimum."""
    loaded = sum_insured * expected_share_ppb * (10_000 + TERMS["loadingBps"])
    return max(-(-loaded // (10**9 * 10**4)), TERMS["minPremium"])


@dataclass(frozen=True)
class Offer:
    """One application through its papers: what the oracle says, what is quoted, who signs."""

    assessment: dict[str, Any]
    quote: dict[str, Any]
    holder: Person
    underwriter: Person
    permit: tuple[Any, ...] = NO_PERMIT
    accepted: bool = True  # False: no signature, the holder sends the transaction
    forged: dict[str, bytes] = field(default_factory=dict)  # signatures to use instead

    def change(self, **quote: Any) -> Offer:
        """The same offer with other words in the quote."""
        return replace(self, quote={**self.quote, **quote})

    def assess(self, **assessment: Any) -> Offer:
        """The same offer, assessed otherwise."""
        return replace(self, assessment={**self.assessment, **assessment})


@dataclass(frozen=True)
class Market:
    """One product and the people around it."""

    product: Any
    treasury: Any
    nodes: tuple[Person, ...]
    relayer: Person
    epoch: int = 1

    @property
    def domain(self) -> dict[str, Any]:
        return product_domain(self.product, chain.id)

    def offer(self, holder: Person, *, text: str = FLIGHT, sum_insured: int = 500 * TUSD, **changes: Any) -> Offer:
        """A right offer to this holder. `changes`: occurs_at, expected_share_ppb, application_id."""
        application = changes.get("application_id", next(_applications) << 8)
        occurs_at = changes.get("occurs_at", FLIGHT_AT)
        share = changes.get("expected_share_ppb", 80_000_000)
        underwriter = person("underwriter")
        assessment = {
            "applicationId": application,
            "eventId": event_id(text),
            "occursAt": occurs_at,
            "expectedSharePpb": share,
            "sumInsuredCap": TERMS["maxSumInsured"],
            "commitment": keccak(text=f"applicant {application}"),
        }
        quote = {
            "applicationId": application,
            "holder": holder.address,
            "underwriter": underwriter.address,
            "insuredEvent": text,
            "occursAt": occurs_at,
            "sumInsured": sum_insured,
            "premium": premium_due(sum_insured, share),
            "validUntil": now() + DAY,
        }
        return Offer(assessment, quote, holder, underwriter)

    def binding(self, offer: Offer, index: int) -> tuple[Any, ...]:
        """The offer with its signatures, as `bind` takes it."""
        signed = {
            "Quote": offer.underwriter.sign(digest("Quote", offer.quote, self.domain)),
            "Acceptance": offer.holder.sign(digest("Acceptance", offer.quote, self.domain)) if offer.accepted else b"",
            **offer.forged,
        }
        return (index, values("Quote", offer.quote), signed["Quote"], signed["Acceptance"], offer.permit)

    def risk_report(self, offers: Sequence[Offer], **changes: Any) -> dict[str, Any]:
        """A right risk report on these offers, but for `changes`."""
        return {**self._report("modelHash", "assessments", [offer.assessment for offer in offers]), **changes}

    def event_report(self, *measurements: tuple[str, int, int], **changes: Any) -> dict[str, Any]:
        """A right event report of (text, outcome, value), but for `changes`."""
        rows = [{"eventId": event_id(text), "outcome": how, "value": value} for text, how, value in measurements]
        return {**self._report("sourceHash", "measurements", rows), **changes}

    def _report(self, hash_name: str, rows_name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "chainId": chain.id,
            "product": self.product.address,
            "signerEpoch": self.epoch,
            "observedAt": now(),
            "validUntil": now() + HOUR,
            hash_name: keccak(text=hash_name),
            rows_name: rows,
        }

    def signed(
        self, kind: str, report: dict[str, Any], nodes: Sequence[Person] | None = None
    ) -> tuple[Any, list[bytes]]:
        """A report as calls take it, with the signatures of these nodes (default: the first three)."""
        signing = self.nodes[:3] if nodes is None else nodes
        message = digest(kind, report, self.domain)
        return values(kind, report), [node.sign(message) for node in signing]

    def bind_arguments(self, *offers: Offer, **changes: Any) -> tuple[Any, ...]:
        """Arguments of `bind` for these offers; `changes` go into the report."""
        report, signatures = self.signed("RiskReport", self.risk_report(offers, **changes))
        return report, signatures, [self.binding(offer, i) for i, offer in enumerate(offers)]

    def sell(self, *offers: Offer, sender: Person | None = None, **changes: Any) -> Any:
        """Bind these offers. Returns the receipt."""
        return self.product.bind(*self.bind_arguments(*offers, **changes), (sender or self.relayer).sends)

    def refuses(self, offer: Offer, *error: object) -> None:
        """Binding this offer must revert with this error and these arguments."""
        with refused(*error):
            self.product.bind.call(*self.bind_arguments(offer), self.relayer.sends)

    def report_arguments(self, *measurements: tuple[str, int, int], **changes: Any) -> tuple[Any, list[bytes]]:
        """Arguments of `reportEvents` for these measurements."""
        return self.signed("EventReport", self.event_report(*measurements, **changes))

    def report(self, *measurements: tuple[str, int, int], **changes: Any) -> Any:
        """Hand in an event report. Returns the receipt."""
        return self.product.reportEvents(*self.report_arguments(*measurements, **changes), self.relayer.sends)

    def settle_after(self, *measurements: tuple[str, int, int], most: int = 400) -> Any:
        """Let the events pass, report and settle them in one transaction. Returns the receipt."""
        travel_to(max(now(), FLIGHT_AT) + 6 * HOUR)
        arguments = self.report_arguments(*measurements)
        return self.product.reportAndSettle(*arguments, most, self.relayer.sends)
