"""Why an application cannot be assessed, in words that quote nothing of it: no value, and no key that is not ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.errors import DomainError
from oracle.node.refusals import Refusal
from oracle.risk.application import MAX_APPLICATION_ID, META, Consent, Declaration, Report
from oracle.risk.forms import HISTORY, ApplicationContradictory, ApplicationIncomplete, ApplicationInvalid, Problem
from oracle.risk.indicators import RiskError
from oracle.risk.vocabulary import INDICATORS

MOST_NAMED: Final = 8
UNNAMED: Final = "?"
KNOWN: Final = frozenset(
    {"application", "declaration", "consents", "statements", "reports", HISTORY}
    | {*META, *INDICATORS, *Consent.model_fields, *Declaration.model_fields, *Report.model_fields}
)
"""Names of ours. A key somebody else wrote may hold anything."""

_CAUSES: Final[dict[type[DomainError], tuple[str, str]]] = {
    ApplicationIncomplete: ("application_incomplete", "is required and missing"),
    ApplicationContradictory: ("application_contradictory", "contradicts another answer"),
    ApplicationInvalid: ("application_invalid", "is not what the form allows"),
    RiskError: ("application_invalid", "is not what the form allows"),
    DomainError: ("application_unfit", "does not fit what the contract holds"),
}
"""By kind of error, the narrower before the wider."""


def named(application_id: int | None) -> str:
    """An application, as sentences name it."""
    return "an application without a usable id" if application_id is None else f"application 0x{application_id:064x}"


def application_id_of(document: Mapping[str, object]) -> int | None:
    """The id an application gives itself, if it is one."""
    told = document.get("application_id")
    return told if type(told) is int and 1 <= told <= MAX_APPLICATION_ID else None


def cause(error: DomainError, application_id: int | None) -> Refusal:
    """An error of the engine as a refusal: fields and remedies, which are ours, and no values."""
    code, problem = next(told for kind, told in _CAUSES.items() if isinstance(error, kind))
    found = [(error.field, error.remedy)]
    if isinstance(error, ApplicationInvalid):
        found = [(each.field, _remedy(each)) for each in error.problems]
    said = "; ".join(f"{field(name)} {problem}: {remedy}" for name, remedy in found[:MOST_NAMED])
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return Refusal(code, f"of {named(application_id)}, {said}{more}")


def field(path: str) -> str:
    """A field's path without what is no name of ours."""
    return ".".join(part if part.isdecimal() or part in KNOWN else UNNAMED for part in path.split("."))


def _remedy(problem: Problem) -> str:
    return problem.remedy[:1].lower() + problem.remedy[1:]
