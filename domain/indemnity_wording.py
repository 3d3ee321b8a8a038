"""The terms of an indemnity product in words: what the placeholders of its clauses stand for, in each language.

A placeholder has the name of its parameter. What is said of a peril or a coverage has its id in front:
`{illness_waiting_seconds}`, `{hospital_deductible}`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.indemnity_terms import IndemnityTerms
from domain.money import format_amount
from domain.tiers import RiskTier
from domain.wording import duration, percent

TERM_AMOUNTS = ("min_sum_insured", "max_sum_insured", "min_premium")
TERM_DURATIONS = ("period_seconds", "max_lead_seconds")
TIER_AMOUNTS = ("capped_sum_insured",)
TIER_SHARES = ("low_factor_bps", "medium_factor_bps", "loaded_factor_bps", "high_factor_bps")
TIER_SCORES = ("committee_above_score",)
BOUND_SCORES = ("medium_from_score", "high_above_score")
BOUND_SHARES = ("medium_from_ratio_bps", "high_above_ratio_bps")
CLAIM_AMOUNTS = ("auto_limit", "second_signature_above", "deposit_cap")
CLAIM_DURATIONS = ("notice_window_seconds", "dispute_window_seconds", "reopen_window_seconds")
CLAIM_DAYS = ("acknowledge_days", "decide_days_low", "decide_days")
CLAIM_SHARES = ("interest_bps", "interest_cap_bps", "min_confidence_bps", "deposit_bps")
CLAIM_SCORES = ("max_fraud_score",)
COVERAGE_SHARES = ("limit_bps", "claim_limit_bps", "share_bps")
AMOUNTS = frozenset({*TERM_AMOUNTS, *TIER_AMOUNTS, *CLAIM_AMOUNTS, "deductible"})
"""Every amount of the terms, by the last part of its name."""

TIER_NAMES = {
    RiskTier.LOW: {"en": "low", "zh": "低"},
    RiskTier.MEDIUM: {"en": "medium", "zh": "中"},
    RiskTier.HIGH: {"en": "high", "zh": "高"},
}
_HIGH_ACCEPTED = {
    True: {"en": "accepted only with exclusions", "zh": "仅在附加除外责任后承保"},
    False: {"en": "refused", "zh": "不予承保"},
}


@dataclass(frozen=True, slots=True)
class Named:
    """A peril or a coverage: its number in the terms is its place in the file, from 0."""

    id: str
    name_en: str
    name_zh: str

    def name(self, language: str) -> str:
        """Its name in "en" or "zh"."""
        return {"en": self.name_en, "zh": self.name_zh}[language]

    def as_json(self) -> dict[str, object]:
        """As it stands in a product document."""
        return {"id": self.id, "name": {"en": self.name_en, "zh": self.name_zh}}


@dataclass(frozen=True, slots=True)
class IndemnityLanguage:
    """How amounts and numbers are said in one language, "en" or "zh"; symbol and decimals are the token's."""

    language: str
    symbol: str
    decimals: int

    def words(
        self, terms: IndemnityTerms, perils: Sequence[Named], coverages: Sequence[Named]
    ) -> list[tuple[str, str]]:
        """Each placeholder and what a clause says for it. A name that comes twice is the caller's to refuse.

        Args:
            terms: Addresses and hashes are not looked at.
            perils, coverages: As many as the terms have, in their order.
        """
        return [*self._terms(terms), *self._perils(terms, perils), *self._coverages(terms, perils, coverages)]

    def _terms(self, terms: IndemnityTerms) -> list[tuple[str, str]]:
        tiers, bounds, claims = terms.tiers, terms.tiers.bounds, terms.claims
        amounts = ((terms, TERM_AMOUNTS), (tiers, TIER_AMOUNTS), (claims, CLAIM_AMOUNTS))
        shares = ((tiers, TIER_SHARES), (bounds, BOUND_SHARES), (claims, CLAIM_SHARES))
        scores = ((tiers, TIER_SCORES), (bounds, BOUND_SCORES), (claims, CLAIM_SCORES))
        durations = ((terms, TERM_DURATIONS), (claims, CLAIM_DURATIONS))
        said = [(name, self._amount(getattr(owner, name))) for owner, names in amounts for name in names]
        said += [(name, percent(getattr(owner, name), self.language)) for owner, names in shares for name in names]
        said += [(name, points(getattr(owner, name))) for owner, names in scores for name in names]
        said += [(name, duration(getattr(owner, name), self.language)) for owner, names in durations for name in names]
        said += [(name, working_days(getattr(claims, name), self.language)) for name in CLAIM_DAYS]
        said.append(("min_signatures", str(terms.min_signatures)))
        said.append(("auto_tier", TIER_NAMES[RiskTier(claims.auto_tier)][self.language]))
        said.append(("high_accepted", _HIGH_ACCEPTED[tiers.high_accepted][self.language]))
        return said

    def _perils(self, terms: IndemnityTerms, perils: Sequence[Named]) -> list[tuple[str, str]]:
        said = []
        for peril, waiting_seconds in zip(perils, terms.waiting_seconds, strict=True):
            said.append((f"{peril.id}_name", peril.name(self.language)))
            said.append((f"{peril.id}_waiting_seconds", duration(waiting_seconds, self.language)))
        return said

    def _coverages(
        self, terms: IndemnityTerms, perils: Sequence[Named], coverages: Sequence[Named]
    ) -> list[tuple[str, str]]:
        said = []
        for named, coverage in zip(coverages, terms.coverages, strict=True):
            insured = [peril.name(self.language) for number, peril in enumerate(perils) if coverage.insures(number)]
            said.append((f"{named.id}_name", named.name(self.language)))
            said.append((f"{named.id}_perils", listed(insured, self.language)))
            said += [
                (f"{named.id}_{name}", percent(getattr(coverage, name), self.language)) for name in COVERAGE_SHARES
            ]
            said.append((f"{named.id}_deductible", self._amount(coverage.deductible)))
        return said

    def _amount(self, amount: int) -> str:
        return f"{format_amount(amount, self.decimals, grouped=True)} {self.symbol}"


def points(hundredths: int) -> str:
    """A score in points: 6050 is "60.5"."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


def working_days(count: int, language: str) -> str:
    """Days on which the legal clock runs: "2 working days"."""
    if language == "zh":
        return f"{count}个工作日"
    return f"{count} working {'day' if count == 1 else 'days'}"


def listed(names: Sequence[str], language: str) -> str:
    """Names one after the other: "illness, accident and childbirth"."""
    if language == "zh":
        return "、".join(names)
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
