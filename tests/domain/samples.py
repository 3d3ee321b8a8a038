"""Terms, clauses and product files that several tests start from, and Hypothesis strategies for them."""

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from domain.curve import PayoutCurve
from domain.money import Bps, TokenUnits
from domain.ranges import MAX_INT32, MAX_UINT8, MAX_UINT16, MAX_UINT32, MAX_UINT40, MAX_UINT96, MIN_INT32
from domain.terms import (
    Clause,
    ClauseKind,
    IndemnityFile,
    ParametricTerms,
    ProductFile,
    parse_indemnity_product,
    parse_product,
)

PRODUCTS = Path(__file__).parents[2] / "products"
FLIGHT_DELAY = PRODUCTS / "flight-delay.yaml"
HOSPITAL_CARE = PRODUCTS / "hospital-care.yaml"
TREASURY = "0x" + "11" * 20
QUORUM = "0x" + "22" * 20
HOLDER = "0x" + "33" * 20
DESK = "0x" + "44" * 20
DISBURSEMENT = "0x" + "55" * 20


@cache
def _file(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def flight_delay_data() -> dict[str, Any]:
    """The flight-delay product file as its YAML is read; a copy of its own for each caller."""
    data: dict[str, Any] = copy.deepcopy(_file(FLIGHT_DELAY))
    return data


@cache
def flight_delay() -> ProductFile:
    """The flight-delay product."""
    return parse_product(flight_delay_data())


def hospital_care_data() -> dict[str, Any]:
    """The hospital-care product file as its YAML is read; a copy of its own for each caller."""
    data: dict[str, Any] = copy.deepcopy(_file(HOSPITAL_CARE))
    return data


@cache
def hospital_care() -> IndemnityFile:
    """The hospital-care product."""
    return parse_indemnity_product(hospital_care_data())


def put(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """A change that sets one entry; path parts are separated by dots, list indices are digits."""

    def change(data: dict[str, Any]) -> None:
        node, last = _place(data, path)
        node[last] = value

    return change


def drop(path: str) -> Callable[[dict[str, Any]], None]:
    """A change that leaves one entry out."""

    def change(data: dict[str, Any]) -> None:
        node, last = _place(data, path)
        del node[last]

    return change


def _place(data: Any, path: str) -> tuple[Any, str | int]:
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        data = data[part]
    return data, last


def three_clauses() -> list[Clause]:
    """The clauses of the worked examples S6."""
    return [Clause(f"C{n}", ClauseKind.COVER, f"text {n}", f"条款{n}") for n in (1, 2, 3)]


amounts = st.integers(0, MAX_UINT96).map(TokenUnits)
shares = st.integers(0, 10_000).map(Bps)
values = st.integers(MIN_INT32, MAX_INT32)
addresses = st.binary(min_size=20, max_size=20).map(lambda raw: f"0x{raw.hex()}")
words = st.binary(min_size=32, max_size=32)


@st.composite
def curves(draw: st.DrawFn) -> PayoutCurve:
    """Any well-formed curve."""
    steps = draw(st.integers(1, 16))
    thresholds = draw(st.lists(values, min_size=steps, max_size=steps, unique=True))
    steps_bps = draw(st.lists(st.integers(1, 10_000), min_size=steps, max_size=steps, unique=True))
    return PayoutCurve(tuple(sorted(thresholds)), tuple(Bps(share) for share in sorted(steps_bps)))


@st.composite
def any_terms(draw: st.DrawFn) -> ParametricTerms:
    """Terms of any content the struct can hold, well-formed or not."""
    return ParametricTerms(
        treasury=draw(addresses),
        quorum=draw(addresses),
        clause_root=draw(words),
        document_hash=draw(words),
        min_sum_insured=draw(amounts),
        max_sum_insured=draw(amounts),
        max_event_exposure=draw(amounts),
        min_premium=draw(amounts),
        loading_bps=Bps(draw(st.integers(0, MAX_UINT16))),
        min_signatures=draw(st.integers(0, MAX_UINT8)),
        cancelled_share_bps=Bps(draw(st.integers(0, MAX_UINT16))),
        diverted_share_bps=Bps(draw(st.integers(0, MAX_UINT16))),
        min_lead_seconds=draw(st.integers(0, MAX_UINT32)),
        max_lead_seconds=draw(st.integers(0, MAX_UINT32)),
        report_window_seconds=draw(st.integers(0, MAX_UINT32)),
        period_start=draw(st.integers(0, MAX_UINT40)),
        period_end=draw(st.integers(0, MAX_UINT40)),
        thresholds=tuple(draw(st.lists(values, max_size=16))),
        shares_bps=tuple(Bps(share) for share in draw(st.lists(st.integers(0, MAX_UINT16), max_size=16))),
    )
