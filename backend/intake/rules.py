"""`rules.yaml`, read once and checked: needs, estimates, and what findings are in words."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from backend.problems import LANGUAGES, Language
from domain.intake import Finding, Need
from domain.money import format_amount

PATH: Final = Path(__file__).with_name("rules.yaml")
_LINES: Final = frozenset({"", "life", "health", "accident", "motor", "property"})
_VALUES: Final[Mapping[Finding, frozenset[str]]] = {
    Finding.NEED_COVERED: frozenset({"need"}),
    Finding.NEED_NOT_COVERED: frozenset({"need"}),
    Finding.SALE_SUSPENDED: frozenset(),
    **dict.fromkeys(
        (Finding.SUM_POSSIBLE, Finding.SUM_TOO_SMALL, Finding.SUM_TOO_LARGE),
        frozenset({"sum_insured", "least", "most"}),
    ),
    **dict.fromkeys(
        (Finding.START_POSSIBLE, Finding.STARTS_TOO_SOON, Finding.STARTS_TOO_LATE, Finding.SALE_ENDED),
        frozenset({"earliest_at", "latest_at"}),
    ),
    **dict.fromkeys((Finding.NO_ESTIMATE, Finding.LEAST_PREMIUM_ABOVE_BUDGET), frozenset({"budget", "least_premium"})),
    **dict.fromkeys(
        (Finding.ESTIMATE_WITHIN_BUDGET, Finding.ESTIMATE_ABOVE_BUDGET),
        frozenset({"budget", "least_premium", "estimate", "policies"}),
    ),
}
"""What each finding's words may name."""


class RulesInvalid(Exception):
    """The rules contradict themselves. The text says where."""


def _complete_words(words: Mapping[Language, str]) -> Mapping[Language, str]:
    if set(words) != set(LANGUAGES) or not all(words.values()):
        raise ValueError(f"words are needed in {' and '.join(LANGUAGES)}")
    return words


Words = Annotated[Mapping[Language, str], AfterValidator(_complete_words)]


class NeedRule(BaseModel):
    """One kind of need; see the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Words
    perils: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    line: str = ""

    @model_validator(mode="after")
    def _serves(self) -> NeedRule:
        if not self.perils and not self.products:
            raise ValueError("nothing serves this need; name perils or products")
        if self.line not in _LINES or bool(self.line) != bool(self.perils):
            raise ValueError(f"line {self.line!r} does not go with it; perils need a line, named products have none")
        return self


class IntakeRules(BaseModel):
    """All rules."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    least_policies: int = Field(ge=1, le=1000)
    most_policies: int = Field(ge=1, le=1000)
    needs: Mapping[str, NeedRule]
    words: Mapping[Finding, Words]

    @model_validator(mode="after")
    def _complete(self) -> IntakeRules:
        missing = set(Finding) - set(self.words)
        if missing:
            raise ValueError(f"there are no words for {sorted(missing)[0]}")
        if self.most_policies < self.least_policies:
            raise ValueError("most_policies is below least_policies")
        for finding, words in self.words.items():
            for language in LANGUAGES:
                named = {name for _, name, _, _ in string.Formatter().parse(words[language]) if name is not None}
                if not named <= _VALUES[finding]:
                    raise ValueError(f"{finding} names {sorted(named - _VALUES[finding])}, which it does not know")
        return self

    def need(self, code: str) -> Need | None:
        """A kind of need; None where there is no such."""
        found = self.needs.get(code)
        return Need(code, found.perils, found.products, found.line) if found else None


@cache
def house_rules() -> IntakeRules:
    """The rules this backend ships."""
    return load_rules()


@cache
def rules_hash() -> bytes:
    """SHA-256 of the file the rules were read from: what an advice rests on."""
    return hashlib.sha256(PATH.read_bytes()).digest()


def load_rules(path: Path = PATH) -> IntakeRules:
    """The rules of a file.

    Raises:
        RulesInvalid
    """
    try:
        return IntakeRules.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (ValidationError, yaml.YAMLError, OSError) as error:
        raise RulesInvalid(f"{path} cannot be used: {error}") from error


def spoken(
    finding: Finding, values: Mapping[str, int], *, need: str, decimals: int, symbol: str, language: Language
) -> str:
    """A finding in words.

    Args:
        need: Code of the need.
        decimals, symbol: Of the token the amounts are in.
    """
    rules = house_rules()
    named = rules.needs.get(need)
    told = {name: _written(name, value, decimals, symbol) for name, value in values.items()}
    return rules.words[finding][language].format(need=named.name[language] if named else need, **told)


def _written(name: str, value: int, decimals: int, symbol: str) -> str:
    if name.endswith("_at"):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return str(value) if name == "policies" else f"{format_amount(value, decimals, grouped=True)} {symbol}"
