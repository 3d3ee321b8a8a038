"""Words an assessment is told in, in both languages, from `tables/texts.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.clauses import LANGUAGES
from domain.tiers import RiskTier
from oracle.risk.derived import definition
from oracle.risk.grading import GradeName, Words
from oracle.risk.indicators import Line, Source
from oracle.risk.table_files import TableInvalid
from oracle.risk.table_schema import TextsEntry, UnitEntry

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
PHRASES: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "tier": "tier line",
        "basis_score": "score medium high",
        "basis_ratio": "ratio medium high",
        "basis_parts": "",
        "basis_contribution": "indicator value points",
        "finding": "",
        "service": "",
        "basis_floor": "scored score",
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
        "fast_lane": "",
        "lacking": "facts",
        "unconfirmed": "sources",
        "unread": "sources",
        "outdated": "sources",
        "change": "indicator before after tier",
        "no_change": "",
        "objection": "",
        "person_decides": "",
    }.items()
}
"""Every phrase there must be, and what it fills in."""


Spoken = Mapping[str, str]
"""Words by language."""


@dataclass(frozen=True)
class Texts:
    """Names, units and phrases, each as a mapping from language to words.

    Attributes:
        choices: By indicator, then by choice.
    """

    lines: Mapping[Line, Spoken]
    tiers: Mapping[RiskTier, Spoken]
    services: Mapping[str, Spoken]
    sources: Mapping[Source, Spoken]
    units: Mapping[str, UnitEntry]
    flags: Mapping[bool, Spoken]
    choices: Mapping[str, Mapping[str, Spoken]]
    phrases: Mapping[str, Spoken]

    def say(self, phrase: str, language: str, **filled: object) -> str:
        """A phrase with its placeholders filled in; the table was checked to have exactly these."""
        return _PLACEHOLDER.sub(lambda match: str(filled[match[1]]), self.phrases[phrase][language])


def unit_of(texts: Texts, indicator: str) -> UnitEntry:
    """The unit an indicator's values are told in: its own, else that of the unit it is kept in."""
    return texts.units.get(indicator) or texts.units[definition(indicator).unit]


def texts_of(entry: TextsEntry) -> Texts:
    """The texts, complete in both languages.

    Raises:
        TableInvalid
    """
    _check_complete("texts.lines", set(entry.lines), set(Line))
    _check_complete("texts.tiers", set(entry.tiers), set(GradeName))
    _check_complete("texts.sources", set(entry.sources), set(Source))
    _check_complete("texts.flags", set(entry.flags), {"true", "false"})
    _check_choices(entry)
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
        sources={source: _in(words) for source, words in entry.sources.items()},
        units=entry.units,
        flags={name == "true": _in(words) for name, words in entry.flags.items()},
        choices={name: {code: _in(each) for code, each in of.items()} for name, of in entry.choices.items()},
        phrases={name: _in(words) for name, words in entry.phrases.items()},
    )


def _check_choices(entry: TextsEntry) -> None:
    for name, words in entry.choices.items():
        _check_complete(f"texts.choices.{name}", set(words), set(definition(name).choices))


def _in(words: Words) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh}


def _check_complete(field: str, given: set[str], needed: set[str]) -> None:
    differing = sorted(given ^ needed)
    if differing:
        raise TableInvalid(field, differing, "are missing or unknown", "Give exactly what the engine says")
