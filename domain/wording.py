"""Parameters in words: what the placeholders of a clause stand for, in each language.

Clauses never write a number of the terms themselves, so the words people read cannot differ from what is paid.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from domain.errors import TermsInvalid
from domain.money import format_amount
from domain.parametric_terms import ParametricTerms

UNITS: Mapping[str, Mapping[str, str]] = {
    "minutes": {"en": "minutes", "zh": "分钟"},
    "hours": {"en": "hours", "zh": "小时"},
    "millimetres": {"en": "millimetres", "zh": "毫米"},
    "tenths of intensity": {"en": "tenths of a degree of intensity", "zh": "（烈度，以十分之一度计）"},
    "tenths of a millimetre": {"en": "tenths of a millimetre", "zh": "（以十分之一毫米计）"},
    "tenths of a kilometre per hour": {"en": "tenths of a kilometre per hour", "zh": "（以每小时十分之一公里计）"},
}
"""Units a product may measure in, and their names."""
AMOUNTS = ("min_sum_insured", "max_sum_insured", "max_event_exposure", "min_premium")
SHARES = ("loading_bps", "cancelled_share_bps", "diverted_share_bps")
DURATIONS = ("min_lead_seconds", "max_lead_seconds", "report_window_seconds")
TIMES = ("period_start", "period_end")
COUNTS = ("min_signatures",)
PARAMETERS = (*AMOUNTS, *SHARES, *DURATIONS, *TIMES, *COUNTS, "curve")
"""Every parameter of a product file; each must be said in some clause, in both languages."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_DURATION_UNITS = (
    (86_400, {"en": ("day", "days"), "zh": ("天", "天")}),
    (3_600, {"en": ("hour", "hours"), "zh": ("小时", "小时")}),
    (60, {"en": ("minute", "minutes"), "zh": ("分钟", "分钟")}),
    (1, {"en": ("second", "seconds"), "zh": ("秒", "秒")}),
)


def parameter_words(terms: ParametricTerms, *, language: str, unit: str, symbol: str, decimals: int) -> dict[str, str]:
    """Each parameter as a clause says it in one language: amounts with the token's symbol, shares in percent.

    Args:
        terms: Addresses and hashes are not looked at.
        language: "en" or "zh".
        unit: One of `UNITS`.
        symbol, decimals: Of the settlement token.
    """
    words = {name: f"{format_amount(getattr(terms, name), decimals, grouped=True)} {symbol}" for name in AMOUNTS}
    words |= {name: percent(getattr(terms, name), language) for name in SHARES}
    words |= {name: duration(getattr(terms, name), language) for name in DURATIONS}
    words |= {name: moment(getattr(terms, name)) for name in TIMES}
    words |= {name: str(getattr(terms, name)) for name in COUNTS}
    words["curve"] = _curve_words(terms.thresholds, terms.shares_bps, UNITS[unit][language], language)
    return words


def placeholders(text: str) -> frozenset[str]:
    """Names of the placeholders in a clause's text."""
    return frozenset(_PLACEHOLDER.findall(text))


def fill(text: str, words: Mapping[str, str], field: str) -> str:
    """The text with its placeholders filled in.

    Raises:
        TermsInvalid: A placeholder names no parameter, or there is a brace that is no placeholder.
    """
    unknown = sorted(placeholders(text) - words.keys())
    if unknown:
        remedy = f"Use one of {', '.join(sorted(words))}"
        raise TermsInvalid(field, f"{{{unknown[0]}}}", "names no parameter", remedy)
    left = _PLACEHOLDER.sub("", text)
    if "{" in left or "}" in left:
        raise TermsInvalid(field, text, "has a brace outside a placeholder", "Write placeholders as {name}")
    return _PLACEHOLDER.sub(lambda match: words[match[1]], text)


def percent(share_bps: int, language: str) -> str:
    """Basis points in percent: 1250 is "12.5 %"."""
    whole, rest = divmod(share_bps, 100)
    digits = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
    return f"{digits} %" if language == "en" else f"{digits}%"


def duration(seconds: int, language: str) -> str:
    """A duration in the largest unit it is a whole number of: 7200 is "2 hours"."""
    size, names = next(pair for pair in _DURATION_UNITS if seconds % pair[0] == 0)
    count = seconds // size
    singular, plural = names[language]
    if language == "zh":
        return f"{count}{plural}"
    return f"{count} {singular if count == 1 else plural}"


def moment(unix_seconds: int) -> str:
    """A time as people read it, in UTC, to the second if it is not a whole minute."""
    at = datetime.fromtimestamp(unix_seconds, UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S UTC" if at.second else "%Y-%m-%d %H:%M UTC")


def _curve_words(thresholds: Sequence[int], shares_bps: Sequence[int], unit: str, language: str) -> str:
    steps = list(zip(thresholds, shares_bps, strict=True))
    if language == "zh":
        return "，".join(f"达到{threshold}{unit}赔付{percent(share, language)}" for threshold, share in steps)
    return ", ".join(f"{percent(share, language)} from {threshold} {unit}" for threshold, share in steps)
