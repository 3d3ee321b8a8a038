"""Reading the fields of a product file: each says what it wants, and refuses anything else in a sentence."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypedDict

from domain.errors import TermsInvalid
from domain.money import MAX_DECIMALS, Bps, TokenUnits, parse_amount
from domain.wording import PARAMETERS, UNITS

PARAMETRIC = "parametric"
"""The kind of a product file that names none."""
INDEMNITY = "indemnity"
KINDS = (PARAMETRIC, INDEMNITY)
PRODUCT_ID = re.compile(r"[a-z][a-z0-9-]{0,63}")
CURRENCY = re.compile(r"[A-Z]{3}")
_SYMBOL = re.compile(r"[A-Za-z0-9.]{1,16}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Parameters(TypedDict):
    """The terms a product file sets, typed as `ParametricTerms` has them."""

    min_sum_insured: TokenUnits
    max_sum_insured: TokenUnits
    max_event_exposure: TokenUnits
    min_premium: TokenUnits
    loading_bps: Bps
    min_signatures: int
    cancelled_share_bps: Bps
    diverted_share_bps: Bps
    min_lead_seconds: int
    max_lead_seconds: int
    report_window_seconds: int
    period_start: int
    period_end: int
    thresholds: tuple[int, ...]
    shares_bps: tuple[Bps, ...]


def read_parameters(value: object, decimals: int) -> Parameters:
    """The `parameters` of a product file. Ranges are not looked at here.

    Raises:
        TermsInvalid: One is missing, unknown or of the wrong kind.
        AmountInvalid: An amount is malformed.
    """
    given = read_mapping(value, "parameters", PARAMETERS)

    def amount(name: str) -> TokenUnits:
        return parse_amount(given[name], decimals, f"parameters.{name}")

    def whole(name: str) -> int:
        return read_integer(given[name], f"parameters.{name}")

    thresholds, shares_bps = _read_curve(given["curve"])
    return Parameters(
        min_sum_insured=amount("min_sum_insured"),
        max_sum_insured=amount("max_sum_insured"),
        max_event_exposure=amount("max_event_exposure"),
        min_premium=amount("min_premium"),
        loading_bps=Bps(whole("loading_bps")),
        min_signatures=whole("min_signatures"),
        cancelled_share_bps=Bps(whole("cancelled_share_bps")),
        diverted_share_bps=Bps(whole("diverted_share_bps")),
        min_lead_seconds=whole("min_lead_seconds"),
        max_lead_seconds=whole("max_lead_seconds"),
        report_window_seconds=whole("report_window_seconds"),
        period_start=read_moment(given["period_start"], "parameters.period_start"),
        period_end=read_moment(given["period_end"], "parameters.period_end"),
        thresholds=thresholds,
        shares_bps=shares_bps,
    )


def kind_of(data: object) -> str:
    """Kind of a product file, one of `KINDS`; of what is no product file at all, that of a file that names none.

    Raises:
        TermsInvalid: It names another.
    """
    kind = data.get("kind", PARAMETRIC) if isinstance(data, Mapping) else PARAMETRIC
    if kind not in KINDS:
        raise TermsInvalid("kind", kind, "is no kind of product", f"Choose one of {', '.join(KINDS)}")
    return str(kind)


def read_product(data: object, kind: str, keys: Sequence[str]) -> Mapping[str, object]:
    """A product file of this kind, with these keys."""
    given = kind_of(data)
    if given != kind:
        raise TermsInvalid("kind", given, f"is not {kind}, which is needed here", f"Name a file of kind {kind}")
    return read_mapping(data, "product file", keys, optional=("kind",))


def read_mapping(
    value: object, field: str, keys: Sequence[str], *, optional: Sequence[str] = ()
) -> Mapping[str, object]:
    """A mapping with exactly these keys, and perhaps some of the optional ones."""
    if not isinstance(value, Mapping):
        raise TermsInvalid(field, value, "is not a mapping", f"Write it with the keys {', '.join(keys)}")
    unknown = sorted(str(key) for key in value if key not in (*keys, *optional))
    if unknown:
        raise TermsInvalid(field, unknown[0], "is an unknown key", f"Use only {', '.join((*optional, *keys))}")
    missing = [key for key in keys if key not in value]
    if missing:
        raise TermsInvalid(f"{field}.{missing[0]}", None, "is missing", f"Write {missing[0]}")
    return value


def read_sequence(value: object, field: str) -> Sequence[object]:
    """A list with at least one entry."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        raise TermsInvalid(field, value, "is not a list with entries", "Write at least one entry, each after a dash")
    return value


def read_text(value: object, field: str, pattern: re.Pattern[str] | None = None) -> str:
    """Text that is not blank, and matches `pattern` if there is one."""
    if not isinstance(value, str) or not value.strip():
        raise TermsInvalid(field, value, "is not text", "Write some text, in quotes if it looks like a number")
    if pattern is not None and not pattern.fullmatch(value):
        raise TermsInvalid(field, value, f"does not match {pattern.pattern}", "Use only these characters")
    return value


def read_integer(value: object, field: str) -> int:
    """A whole number; `true` and `10.0` are none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TermsInvalid(field, value, "is not a whole number", "Write digits only")
    return value


def read_moment(value: object, field: str) -> int:
    """Unix seconds of a time in UTC, written as text."""
    remedy = 'Write it in quotes and in UTC, as in "2013-01-01T00:00:00Z"'
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise TermsInvalid(field, value, "is not a time", remedy)
    try:
        at = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise TermsInvalid(field, value, "is no such day or time", remedy) from error
    if at.year < 1970:
        raise TermsInvalid(field, value, "lies before 1970", "Give a later time")
    return int(at.timestamp())


def read_symbol(value: object) -> str:
    """Symbol of the settlement token."""
    return read_text(value, "settlement_token.symbol", _SYMBOL)


def read_decimals(value: object) -> int:
    """Decimals of the settlement token."""
    decimals = read_integer(value, "settlement_token.decimals")
    if not 0 <= decimals <= MAX_DECIMALS:
        problem = f"must be 0 to {MAX_DECIMALS}"
        raise TermsInvalid("settlement_token.decimals", decimals, problem, "Look it up in the token's contract")
    return decimals


def read_unit(value: object) -> str:
    """Unit the thresholds count in."""
    if not isinstance(value, str) or value not in UNITS:
        raise TermsInvalid("unit", value, "is no unit we know", f"Choose one of {', '.join(UNITS)}")
    return value


def _read_curve(value: object) -> tuple[tuple[int, ...], tuple[Bps, ...]]:
    thresholds, shares_bps = [], []
    for index, item in enumerate(read_sequence(value, "parameters.curve")):
        field = f"parameters.curve[{index}]"
        step = read_mapping(item, field, ("threshold", "share_bps"))
        thresholds.append(read_integer(step["threshold"], f"{field}.threshold"))
        shares_bps.append(Bps(read_integer(step["share_bps"], f"{field}.share_bps")))
    return tuple(thresholds), tuple(shares_bps)
