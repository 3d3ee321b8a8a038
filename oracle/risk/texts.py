"""Words an assessment is told in, in both languages, from `tables/texts.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.clauses import LANGUAGES
from domain.tiers import RiskTier
from oracle.risk.grading import GradeName, Words
from oracle.risk.indicators import Line
from oracle.risk.table_files import TableInvalid
from oracle.risk.table_schema import TextsEntry

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
PHRASES: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "tier": "tier line",
        "basis_score": "score medium high",
        "basis_ratio": "ratio medium high",
        "basis_contribution": "indicator value points share",
        "absent": "",
        "decision_accept": "",
        "decision_conditional": "",
        "decision_exclude": "",
        "decision_refer_decline": "",
        "measure_none": "",
        "measure_loading": "loading",
        "measure_cap": "cap currency",
        "measure_exclusion": "",
        "reason_score": "score",
        "reason_ratio": "ratio",
        "reason_decline": "",
        "condition": "",
        "manual_review": "",
        "committee": "",
        "unread": "sources",
        "change": "indicator before after tier",
        "no_change": "",
        "objection": "",
        "person_decides": "",
    }.items()
}
"""Every phrase there must be, and what it fills in."""


@dataclass(frozen=True)
class Texts:
    """Lines, tiers, services and phrases, each as a mapping from language to words."""

    lines: Mapping[Line, Mapping[str, str]]
    tiers: Mapping[RiskTier, Mapping[str, str]]
    services: Mapping[str, Mapping[str, str]]
    phrases: Mapping[str, Mapping[str, str]]

    def say(self, phrase: str, language: str, **filled: object) -> str:
        """A phrase with its placeholders filled in; the table was checked to have exactly these."""
        return _PLACEHOLDER.sub(lambda match: str(filled[match[1]]), self.phrases[phrase][language])


def texts_of(entry: TextsEntry) -> Texts:
    """The texts, complete in both languages.

    Raises:
        TableInvalid
    """
    _check_complete("texts.lines", set(entry.lines), set(Line))
    _check_complete("texts.tiers", set(entry.tiers), set(GradeName))
    _check_complete("texts.phrases", set(entry.phrases), set(PHRASES))
    for name, words in entry.phrases.items():
        for language in LANGUAGES:
            found = frozenset(_PLACEHOLDER.findall(_in(words)[language]))
            if found != PHRASES[name]:
                field = f"texts.phrases.{name}.{language}"
                remedy = f"Fill in exactly {', '.join(sorted(PHRASES[name])) or 'nothing'}"
                raise TableInvalid(field, sorted(found), "are other placeholders than the engine fills", remedy)
    return Texts(
        lines={line: _in(words) for line, words in entry.lines.items()},
        tiers={RiskTier[name.name]: _in(words) for name, words in entry.tiers.items()},
        services={code: _in(words) for code, words in entry.services.items()},
        phrases={name: _in(words) for name, words in entry.phrases.items()},
    )


def _in(words: Words) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh}


def _check_complete(field: str, given: set[str], needed: set[str]) -> None:
    differing = sorted(given ^ needed)
    if differing:
        raise TableInvalid(field, differing, "are missing or unknown", "Give exactly what the engine says")
