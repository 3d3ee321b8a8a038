"""Which language an answer is in: what Accept-Language weighs most among ours, English when it says nothing."""

from __future__ import annotations

from backend.problems import LANGUAGES, Language

_LONGEST_HEADER = 512


def preferred_language(accept_language: str) -> Language:
    """English or Chinese, from a header as RFC 9110 writes it. What cannot be read counts as nothing said.

    Source: RFC 9110 section 12.5.4; a tag matches by its first part, `zh-Hant-HK` as `zh`.
    """
    weights: dict[Language, float] = {}
    rest = 0.0
    for part in accept_language[:_LONGEST_HEADER].split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = _weight(parameter)
        if tag.strip() == "*":
            rest = weight
        for language in LANGUAGES:
            if tag.strip().lower().split("-")[0] == language:
                weights[language] = max(weight, weights.get(language, 0.0))
    best = max(LANGUAGES, key=lambda language: weights.get(language, rest))
    return best if weights.get(best, rest) > 0 else "en"


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(1.0, max(0.0, float(value))) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
