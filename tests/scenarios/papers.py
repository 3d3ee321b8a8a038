"""What is signed and handed in during a scenario, as the domain's plain data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.claim_reports import Decision, LossReport, Notice
from domain.clauses import clause_proof
from domain.hashing import ZERO_ADDRESS, keccak256
from domain.indemnity import premium_due
from domain.indemnity_reports import (
    Cancellation,
    Endorsement,
    IndemnityBinding,
    IndemnityQuote,
    Measure,
    RiskAssessment,
    UnderwritingReport,
)
from domain.indemnity_terms import IndemnityTerms
from domain.indemnity_underwriting import factor_of
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import tier_of
from tests.scenarios.household import CLAUSES, COVERAGES, DAY, EXCLUSIONS, PERILS, TUSD
from tests.scenarios.scenario import Step

CLAUSE_IDS = tuple(clause.id for clause in CLAUSES)


@dataclass
class Papers:
    """Writes papers for one product.

    Attributes:
        address_of: Name of a person → address.
        policies, claims: Name → id, as they come up.
    """

    chain_id: int
    product: str
    desk: str
    terms: IndemnityTerms
    address_of: Callable[[str], str]
    policies: dict[str, int] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    applications: int = 0

    def binding(self, step: Step) -> tuple[UnderwritingReport, IndemnityBinding]:
        """Report and binding of a `bind` step. Its price is right unless the step names another."""
        given = step.fields
        self.applications += 1
        assessment = self._assessment(given)
        quote = self._quote(given, assessment, step.at)
        committee = sorted((self.address_of(name) for name in given.get("committee", [])), key=lambda a: int(a, 16))
        report = UnderwritingReport(
            chain_id=self.chain_id,
            product=self.product,
            signer_epoch=1,
            observed_at=step.at,
            valid_until=step.at + DAY,
            model_hash=keccak256(b"model"),
            assessments=(assessment,),
        )
        signatures = tuple(bytes(65) for _ in committee)
        return report, IndemnityBinding(0, quote, b"", b"", tuple(committee), signatures)

    def notice(self, step: Step) -> Notice:
        """Notice of a `notify` step."""
        given = step.fields
        return Notice(
            product=self.product,
            policy_id=self.policies[given["policy"]],
            coverage=COVERAGES.index(given.get("coverage", "contents")),
            peril=PERILS.index(given["peril"]),
            occurred_at=given["occurred_at"],
            claimed=TokenUnits(given["claimed"]),
            evidence_root=keccak256(f"evidence {given['claim']}".encode()),
        )

    def loss_report(self, step: Step) -> LossReport:
        """Report of a `report` step, made now; `incident` names what happened, null: nothing is named."""
        given = step.fields
        incident = given.get("incident", given["claim"])
        return LossReport(
            chain_id=self.chain_id,
            desk=self.desk,
            signer_epoch=1,
            observed_at=given.get("observed_at", step.at),
            valid_until=given.get("valid_until", step.at + DAY),
            claim_id=self.claims[given["claim"]],
            loss=TokenUnits(given["loss"]),
            fraud_score=given.get("fraud_score", 500),
            confidence_bps=Bps(given.get("confidence_bps", 9_500)),
            exclusions=_bitmap(given.get("exclusions", [])),
            evidence_root=keccak256(b"evidence"),
            model_hash=keccak256(b"model"),
            nullifiers=() if incident is None else (keccak256(f"incident {incident}".encode()),),
        )

    def decision(self, step: Step) -> Decision:
        """Decision of a `decide` step; `clause` is a clause's id, or null for one that is not in the terms."""
        given = step.fields
        clause_id = given.get("clause", "C2")
        clause = CLAUSES[CLAUSE_IDS.index(clause_id)].words_hash() if clause_id else keccak256(b"no clause")
        return Decision(
            claim_id=self.claims[given["claim"]],
            loss=TokenUnits(given["loss"]),
            reason_code=given.get("reason", 7),
            clause=clause,
            proof=clause_proof(CLAUSES, clause_id or "C2"),
            letter_hash=keccak256(b"letter"),
            instalments=given.get("instalments", 0),
            interval_seconds=given.get("interval_days", 0) * DAY,
            valid_until=given.get("valid_until", step.at + DAY),
        )

    def endorsement(
        self, step: Step, price: Callable[[Endorsement], TokenUnits], now_is: Mapping[str, Any]
    ) -> Endorsement:
        """Order of an `endorse` step; what it does not name stays as it is."""
        given = {**now_is, **step.fields}
        order = Endorsement(
            policy_id=self.policies[given["policy"]],
            sequence=given["sequence"],
            sum_insured=TokenUnits(given["sum_insured"]),
            premium_change=TokenUnits(0),
            exclusions=_bitmap(given["exclusions"]) if "exclusions" in step.fields else given["exclusions"],
            beneficiary=self._maybe(given.get("beneficiary")),
            underwriter=self.address_of("underwriter"),
            effective_at=given.get("effective_at", step.at),
            valid_until=step.at + DAY,
        )
        # A policy that ended before it began has no time left to price.
        due = price(order) if given["starts_at"] < given["ends_at"] else TokenUnits(0)
        due = TokenUnits(given.get("premium_change", due))
        return Endorsement(**{name: getattr(order, name) for name in order.__slots__} | {"premium_change": due})

    def cancellation(self, step: Step, sequence: int) -> Cancellation:
        """Order of a `cancel` step."""
        policy_id = self.policies[step.fields["policy"]]
        return Cancellation(policy_id, step.fields.get("sequence", sequence), step.at + DAY)

    def _assessment(self, given: Mapping[str, Any]) -> RiskAssessment:
        score, ratio = given.get("score", 2_000), given.get("loss_ratio_bps", 3_000)
        return RiskAssessment(
            application_id=self.applications << 8,
            score=score,
            loss_ratio_bps=Bps(ratio),
            tier=tier_of(score, ratio, self.terms.tiers.bounds),
            rate_ppb=Ppb(given.get("rate_ppb", 20_000_000)),
            sum_insured_cap=TokenUnits(given.get("cap", 5_000 * TUSD)),
            exclusions=_bitmap(given.get("assessed_exclusions", given.get("exclusions", []))),
            commitment=keccak256(b"applicant"),
        )

    def _quote(self, given: Mapping[str, Any], assessment: RiskAssessment, now: int) -> IndemnityQuote:
        holder = self.address_of(given["holder"])
        quote = IndemnityQuote(
            application_id=assessment.application_id,
            holder=holder,
            beneficiary=self._maybe(given.get("beneficiary")),
            payer=holder,
            underwriter=self.address_of(given.get("underwriter", "underwriter")),
            subject=keccak256(b"home"),
            sum_insured=TokenUnits(given["sum_insured"]),
            premium=TokenUnits(given.get("premium", 0)),
            exclusions=_bitmap(given.get("exclusions", [])),
            measure=Measure[given.get("measure", "NONE")],
            starts_at=given.get("starts_at", now),
            valid_until=given.get("valid_until", now + DAY),
            renews=self.policies[given["renews"]] if "renews" in given else 0,
        )
        if "premium" in given or "unpriced" in given:
            return quote
        factor = factor_of(self.terms.tiers, assessment, quote)
        premium = premium_due(quote.sum_insured, assessment.rate_ppb, factor, self.terms.min_premium)
        return IndemnityQuote(**{name: getattr(quote, name) for name in quote.__slots__} | {"premium": premium})

    def _maybe(self, name: str | None) -> str:
        return self.address_of(name) if name else ZERO_ADDRESS


def _bitmap(names: list[str]) -> int:
    return sum(1 << EXCLUSIONS.index(name) for name in names)
