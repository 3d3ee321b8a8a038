"""Words around a product's clauses, as people read them on a terminal, on paper and on a page."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.clauses import Clause, ClauseKind


def _frozen(words: dict[str, dict[str, str]]) -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType({language: MappingProxyType(each) for language, each in words.items()})


KIND_WORDS: Final = _frozen(
    {
        "en": {"cover": "cover", "definition": "definition", "exclusion": "exclusion", "procedure": "procedure"},
        "zh": {"cover": "保险责任", "definition": "释义", "exclusion": "责任免除", "procedure": "程序"},
    }
)
"""What a clause is for, by language and `ClauseKind`."""
NAMED_WORDS: Final = MappingProxyType({"en": "only if the policy names it", "zh": "仅适用于载明该项的保单"})
REASONS_TITLE: Final = MappingProxyType({"en": "Reasons that decisions may give", "zh": "决定理由表"})
VERSION_WORDS: Final = MappingProxyType({"en": "version", "zh": "版本"})


def nature(clause: Clause, language: str) -> str:
    """What a clause is for, and of an exclusion that policies name, under which code and bit."""
    kind = KIND_WORDS[language][ClauseKind(clause.kind).value]
    if clause.exclusion is None:
        return kind
    return f"{kind}: {clause.exclusion.code}, bit {clause.exclusion.bit}, {NAMED_WORDS[language]}"
