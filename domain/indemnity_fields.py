"""Reading what only the file of an indemnity product has: its parameters, perils, coverages and reasons."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from domain.clauses import LANGUAGES
from domain.errors import AmountInvalid, TermsInvalid
from domain.indemnity_terms import ClaimRules, Coverage, TierTable
from domain.indemnity_wording import TIER_NAMES, Named
from domain.money import Bps, TokenUnits, parse_amount
from domain.product_fields import read_integer, read_mapping, read_sequence, read_text
from domain.reasons import Reason, ReasonUse, reason
from domain.tiers import RiskTier, TierBounds

ID = re.compile(r"[a-z]+(_[a-z]+)*")
_TERMS = (
    *("min_sum_insured", "max_sum_insured", "min_premium", "period_seconds", "max_lead_seconds", "min_signatures"),
    *("tiers", "claims"),
)
_BOUNDS = ("medium_from_score", "high_above_score", "medium_from_ratio_bps", "high_above_ratio_bps")
_TIERS = (
    *("bounds", "low_factor_bps", "medium_factor_bps", "loaded_factor_bps", "high_factor_bps"),
    *("committee_above_score", "capped_sum_insured", "high_accepted"),
)
_CLAIMS = tuple(ClaimRules.__dataclass_fields__)
_COVERAGE = ("id", "name", "perils", "limit_bps", "claim_limit_bps", "share_bps", "deductible")
_TIER_OF = {names["en"]: tier for tier, names in TIER_NAMES.items()}


class Parameters(TypedDict):
    """The terms an indemnity product's file sets under `parameters`, typed as `IndemnityTerms` has them."""

    min_sum_insured: TokenUnits
    max_sum_insured: TokenUnits
    min_premium: TokenUnits
    period_seconds: int
    max_lead_seconds: int
    min_signatures: int
    tiers: TierTable
    claims: ClaimRules


@dataclass(frozen=True, slots=True)
class ClauseReason:
    """A reason decisions under this product may give, and ids of the clauses each may rest on."""

    reason: Reason
    clauses: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """As it stands in a product document."""
        text = {"en": self.reason.text_en, "zh": self.reason.text_zh}
        use = self.reason.use.value
        return {"code": self.reason.code, "use": use, "text": text, "clauses": list(self.clauses)}


class _Fields:
    """A mapping of the file, read field by field under its path."""

    def __init__(self, value: object, path: str, keys: Sequence[str], decimals: int) -> None:
        self._given = read_mapping(value, path, keys)
        self._path = path
        self._decimals = decimals

    def __getitem__(self, name: str) -> object:
        return self._given[name]

    def amount(self, name: str) -> TokenUnits:
        return parse_amount(self._given[name], self._decimals, f"{self._path}.{name}")

    def whole(self, name: str) -> int:
        return read_integer(self._given[name], f"{self._path}.{name}")

    def bps(self, name: str) -> Bps:
        return Bps(self.whole(name))


def read_indemnity_parameters(value: object, decimals: int) -> Parameters:
    """The `parameters` of an indemnity product's file. Ranges are not looked at here.

    Raises:
        TermsInvalid: One is missing, unknown or of the wrong kind.
        AmountInvalid: An amount is malformed.
    """
    given = _Fields(value, "parameters", _TERMS, decimals)
    return Parameters(
        min_sum_insured=given.amount("min_sum_insured"),
        max_sum_insured=given.amount("max_sum_insured"),
        min_premium=given.amount("min_premium"),
        period_seconds=given.whole("period_seconds"),
        max_lead_seconds=given.whole("max_lead_seconds"),
        min_signatures=given.whole("min_signatures"),
        tiers=_read_tiers(given["tiers"], decimals),
        claims=_read_claims(given["claims"], decimals),
    )


def _read_tiers(value: object, decimals: int) -> TierTable:
    given = _Fields(value, "parameters.tiers", _TIERS, decimals)
    accepted = given["high_accepted"]
    if not isinstance(accepted, bool):
        raise TermsInvalid("parameters.tiers.high_accepted", accepted, "is not true or false", "Write true or false")
    return TierTable(
        bounds=_read_bounds(given["bounds"], decimals),
        low_factor_bps=given.bps("low_factor_bps"),
        medium_factor_bps=given.bps("medium_factor_bps"),
        loaded_factor_bps=given.bps("loaded_factor_bps"),
        high_factor_bps=given.bps("high_factor_bps"),
        committee_above_score=given.whole("committee_above_score"),
        capped_sum_insured=given.amount("capped_sum_insured"),
        high_accepted=accepted,
    )


def _read_bounds(value: object, decimals: int) -> TierBounds:
    path = "parameters.tiers.bounds"
    given = _Fields(value, path, _BOUNDS, decimals)
    try:
        return TierBounds(
            medium_from_score=given.whole("medium_from_score"),
            high_above_score=given.whole("high_above_score"),
            medium_from_ratio_bps=given.bps("medium_from_ratio_bps"),
            high_above_ratio_bps=given.bps("high_above_ratio_bps"),
        )
    except AmountInvalid as error:
        raise TermsInvalid(f"{path}.{error.field}", error.value, error.problem, error.remedy) from error


def _read_claims(value: object, decimals: int) -> ClaimRules:
    given = _Fields(value, "parameters.claims", _CLAIMS, decimals)
    return ClaimRules(
        notice_window_seconds=given.whole("notice_window_seconds"),
        acknowledge_days=given.whole("acknowledge_days"),
        decide_days_low=given.whole("decide_days_low"),
        decide_days=given.whole("decide_days"),
        dispute_window_seconds=given.whole("dispute_window_seconds"),
        reopen_window_seconds=given.whole("reopen_window_seconds"),
        interest_bps=given.bps("interest_bps"),
        interest_cap_bps=given.bps("interest_cap_bps"),
        auto_tier=_read_tier(given["auto_tier"]),
        max_fraud_score=given.whole("max_fraud_score"),
        min_confidence_bps=given.bps("min_confidence_bps"),
        auto_limit=given.amount("auto_limit"),
        second_signature_above=given.amount("second_signature_above"),
        deposit_bps=given.bps("deposit_bps"),
        deposit_cap=given.amount("deposit_cap"),
    )


def _read_tier(value: object) -> RiskTier:
    if not isinstance(value, str) or value not in _TIER_OF:
        remedy = f"Choose one of {', '.join(_TIER_OF)}"
        raise TermsInvalid("parameters.claims.auto_tier", value, "is no tier", remedy)
    return _TIER_OF[value]


def read_perils(value: object) -> tuple[tuple[Named, ...], tuple[int, ...]]:
    """The `perils` of the file in their order, and the waiting period of each, seconds.

    Raises:
        TermsInvalid
    """
    names, waiting = [], []
    for index, item in enumerate(read_sequence(value, "perils")):
        field = f"perils[{index}]"
        entry = read_mapping(item, field, ("id", "name", "waiting_seconds"))
        names.append(_read_named(entry, field))
        waiting.append(read_integer(entry["waiting_seconds"], f"{field}.waiting_seconds"))
    _check_ids("perils", names)
    return tuple(names), tuple(waiting)


def read_coverages(
    value: object, perils: Sequence[Named], decimals: int
) -> tuple[tuple[Named, ...], tuple[Coverage, ...]]:
    """The `coverages` of the file in their order: names, and what each promises.

    Raises:
        TermsInvalid, AmountInvalid
    """
    names, coverages = [], []
    for index, item in enumerate(read_sequence(value, "coverages")):
        field = f"coverages[{index}]"
        given = _Fields(item, field, _COVERAGE, decimals)
        names.append(_read_named(read_mapping(item, field, _COVERAGE), field))
        bitmap = _read_bitmap(given["perils"], f"{field}.perils", perils)
        shares = (given.bps("limit_bps"), given.bps("claim_limit_bps"), given.bps("share_bps"))
        coverages.append(Coverage(bitmap, *shares, given.amount("deductible")))
    _check_ids("coverages", names)
    return tuple(names), tuple(coverages)


def _read_bitmap(value: object, field: str, perils: Sequence[Named]) -> int:
    ids = [peril.id for peril in perils]
    insured = read_sequence(value, field)
    for index, peril in enumerate(insured):
        if peril not in ids:
            raise TermsInvalid(f"{field}[{index}]", peril, "is no peril", f"Choose from {', '.join(ids)}")
        if peril in insured[:index]:
            raise TermsInvalid(f"{field}[{index}]", peril, "is named twice", "Name every peril once")
    return sum(1 << number for number, peril in enumerate(ids) if peril in insured)


def _read_named(entry: Mapping[str, object], field: str) -> Named:
    name = read_mapping(entry["name"], f"{field}.name", LANGUAGES)
    en, zh = (read_text(name[language], f"{field}.name.{language}") for language in LANGUAGES)
    return Named(read_text(entry["id"], f"{field}.id", ID), en, zh)


def _check_ids(field: str, names: Sequence[Named]) -> None:
    ids = [named.id for named in names]
    for index, id_ in enumerate(ids):
        if id_ in ids[:index]:
            raise TermsInvalid(f"{field}[{index}].id", id_, "is used twice", "Give each its own id")


def read_reasons(value: object, clause_ids: Sequence[str]) -> tuple[ClauseReason, ...]:
    """The `reasons` of the file: numbers of the table in `domain/reasons.py`, with the clauses each may rest on.

    Raises:
        TermsInvalid: One is unknown, twice there or without clauses, or there is none to grant or none to deny with.
    """
    found: list[ClauseReason] = []
    for index, item in enumerate(read_sequence(value, "reasons")):
        field = f"reasons[{index}]"
        entry = read_mapping(item, field, ("code", "clauses"))
        given = reason(read_integer(entry["code"], f"{field}.code"), f"{field}.code")
        if given.use is ReasonUse.SILENCE:
            raise TermsInvalid(f"{field}.code", given.code, "is the panel's own", "Leave it out: it needs no listing")
        if any(given == other.reason for other in found):
            raise TermsInvalid(f"{field}.code", given.code, "is used twice", "List every reason once")
        clauses = [read_text(each, f"{field}.clauses") for each in read_sequence(entry["clauses"], f"{field}.clauses")]
        unknown = [each for each in clauses if each not in clause_ids]
        if unknown:
            raise TermsInvalid(f"{field}.clauses", unknown[0], "is no clause of this file", "Name clauses by their ids")
        found.append(ClauseReason(given, tuple(clauses)))
    for use in (ReasonUse.GRANT, ReasonUse.DENY):
        if all(each.reason.use is not use for each in found):
            codes = [each.reason.code for each in found]
            raise TermsInvalid("reasons", codes, f"hold none to {use.value} with", "See domain/reasons.py")
    return tuple(found)
