"""What may be opened for what, and how long it is kept: `retention.yaml`, read once and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from backend.access.roles import Role

PATH: Final = Path(__file__).with_name("retention.yaml")
DAY_SECONDS: Final = 86_400


class RetentionInvalid(Exception):
    """The rules contradict themselves. The text says where."""


class Purpose(StrEnum):
    """What somebody opens a record for."""

    UNDERWRITING = "underwriting"
    CLAIMS = "claims"
    AUDIT = "audit"
    NOTICES = "notices"
    SERVICE = "service"
    SUBJECT_ACCESS = "subject_access"
    LEGAL_CLAIM = "legal_claim"
    SIGNING = "signing"


class Category(StrEnum):
    """What a record is."""

    INTAKE = "intake"
    APPLICATION = "application"
    ASSESSMENT = "assessment"
    NOTICE = "notice"
    OBJECTION = "objection"
    CLAIM_EVIDENCE = "claim_evidence"
    THIRD_PARTY = "third_party"
    CONTACT = "contact"
    SERVICE = "service"
    CUSTODIAL_KEY = "custodial_key"


class Basis(StrEnum):
    """Why a record may be processed at all."""

    CONTRACT = "contract"
    LEGAL_DUTY = "legal_duty"
    CONSENT = "consent"


class CategoryRule(BaseModel):
    """What holds for one category; see the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purposes: frozenset[Purpose]
    basis: Basis
    file: bool
    keep_years: int = Field(ge=0, le=100)
    keep_years_long_term: int = Field(ge=0, le=100)
    purge_years: int = Field(ge=1, le=100)
    purge_years_long_term: int = Field(ge=1, le=100)
    without_contract_days: int = Field(ge=1, le=3650)

    @model_validator(mode="after")
    def _in_order(self) -> CategoryRule:
        if self.purge_years < self.keep_years or self.purge_years_long_term < self.keep_years_long_term:
            raise ValueError("the purge comes before the duty to keep ends")
        return self


class RetentionRules(BaseModel):
    """All rules."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    long_term_years: int = Field(ge=1)
    categories: Mapping[Category, CategoryRule]
    file_roles: Mapping[Purpose, frozenset[Role]]
    approvers: frozenset[Role] = Field(min_length=1)
    approval_days: int = Field(ge=1, le=90)

    @model_validator(mode="after")
    def _complete(self) -> RetentionRules:
        missing = set(Category) - set(self.categories)
        if missing:
            raise ValueError(f"there is no rule for {sorted(missing)[0]}")
        return self


@dataclass(frozen=True, slots=True)
class Term:
    """When a contract ends (unix seconds, None: there is none) and whether it is a long term."""

    ends_at: int | None
    long: bool = False


def load_rules(path: Path = PATH) -> RetentionRules:
    """The rules of a file.

    Raises:
        RetentionInvalid
    """
    try:
        return RetentionRules.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (ValidationError, yaml.YAMLError, OSError) as error:
        raise RetentionInvalid(f"{path} cannot be used: {error}") from error


@cache
def house_rules() -> RetentionRules:
    """The rules this backend ships."""
    return load_rules()


def term_of(rules: RetentionRules, starts_at: int, agreed_until: int, ends_at: int) -> Term:
    """The term of a contract, in unix seconds. A long one stays long if it ends before the day that was agreed."""
    return Term(ends_at, long=max(agreed_until, ends_at) > add_years(starts_at, rules.long_term_years))


def kept_until(rule: CategoryRule, term: Term) -> int | None:
    """Unix second until which a record must be kept; None where no duty runs."""
    years = rule.keep_years_long_term if term.long else rule.keep_years
    if term.ends_at is None or years == 0:
        return None
    return add_years(term.ends_at, years)


def purged_at(rule: CategoryRule, term: Term, sealed_at: int) -> int:
    """Unix second from which the purge destroys a record."""
    if term.ends_at is None:
        return sealed_at + rule.without_contract_days * DAY_SECONDS
    return add_years(term.ends_at, rule.purge_years_long_term if term.long else rule.purge_years)


def add_years(moment: int, years: int) -> int:
    """The same day so many UTC calendar years later; from 29 February, 1 March where there is none."""
    then = datetime.fromtimestamp(moment, UTC)
    try:
        return int(then.replace(year=then.year + years).timestamp())
    except ValueError:
        return int(then.replace(year=then.year + years, month=3, day=1).timestamp())
