"""As much of PromQL as the alert rules use, evaluated on two scrapes of the metrics. Anything else is refused."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
NAME = "__name__"
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?P<text>\"[^\"]*\")"
    r"|(?P<range>\[\d+[smhd]\])|(?P<sign>=~|!~|!=|==|>=|<=|[-+*/(){},<>=]))"
)
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {"==": operator.eq, ">": operator.gt, "<": operator.lt}
_AGGREGATE: Mapping[str, Callable[[Sequence[float]], float]] = {"min": min, "max": max, "sum": sum}


def scraped(text: str) -> Vector:
    """Every sample of a scrape."""
    found: Vector = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[frozenset({(NAME, sample.name), *sample.labels.items()})] = sample.value
    return found


@dataclass
class Scrapes:
    """Two scrapes, and how many seconds lie between them. For ranges of days, nothing was counted before the first."""

    before: Vector
    after: Vector
    seconds: float = 60.0


class Expression:
    """One rule's expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.metrics: list[tuple[str, tuple[tuple[str, str, str], ...]]] = []
        self._tokens = self._split(text)
        self._at = 0
        self._days = 0.0
        self._tree = self._comparison()
        assert self._at == len(self._tokens), f"{text!r} is not understood from {self._tokens[self._at :]}"

    def fires(self, scrapes: Scrapes) -> bool:
        return bool(self._tree(scrapes))

    def _split(self, text: str) -> list[str]:
        tokens, at = [], 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            assert found, f"{text[at:]!r} is not understood"
            tokens.append(found.group().strip())
            at = found.end()
        return tokens

    def _next(self, *wanted: str) -> str | None:
        if self._at < len(self._tokens) and (not wanted or self._tokens[self._at] in wanted):
            self._at += 1
            return self._tokens[self._at - 1]
        return None

    def _need(self, wanted: str) -> None:
        assert self._next(wanted), f"{self.text!r}: {wanted!r} is missing at {self._tokens[self._at :]}"

    def _comparison(self) -> Any:
        left = self._sum()
        sign = self._next("==", ">", "<")
        if sign is None:
            return left
        return _joined(left, self._sum(), _COMPARE[sign], keep=True)

    def _sum(self) -> Any:
        left = self._product()
        while sign := self._next("+", "-"):
            left = _joined(left, self._product(), _ARITHMETIC[sign])
        return left

    def _product(self) -> Any:
        left = self._single()
        while sign := self._next("*", "/"):
            left = _joined(left, self._single(), _ARITHMETIC[sign])
        return left

    def _single(self) -> Any:
        token = self._next()
        assert token is not None
        if token[0].isdigit():
            number = float(token)
            return lambda _scrapes: number
        if token == "(":
            inner = self._comparison()
            self._need(")")
            return inner
        if token in _AGGREGATE:
            return self._aggregate(token)
        if token in ("rate", "delta"):
            self._need("(")
            inner = self._selector(self._next() or "", over_time=True)
            self._need(")")
            return _change(inner, per_second=token == "rate", days=self._days)
        if token == "histogram_quantile":
            self._need("(")
            share = float(self._next() or 0)
            self._need(",")
            inner = self._comparison()
            self._need(")")
            return _quantile(share, inner)
        return self._selector(token, over_time=False)

    def _aggregate(self, name: str) -> Any:
        kept: list[str] = []
        if self._next("by"):
            self._need("(")
            while (label := self._next()) != ")":
                kept += [label] if label and label != "," else []
        self._need("(")
        inner = self._comparison()
        self._need(")")

        def aggregated(scrapes: Scrapes) -> Vector:
            groups: dict[Labels, list[float]] = {}
            for labels, value in inner(scrapes).items():
                groups.setdefault(frozenset(x for x in labels if x[0] in kept), []).append(value)
            return {labels: _AGGREGATE[name](values) for labels, values in groups.items()}

        return aggregated

    def _selector(self, name: str, *, over_time: bool) -> Any:
        matchers: list[tuple[str, str, str]] = []
        if self._next("{"):
            while (label := self._next()) != "}":
                if label != ",":
                    matchers.append((label or "", self._next() or "", (self._next() or "").strip('"')))
        if over_time:
            over = self._next() or ""
            assert over.startswith("["), f"{name} needs a range"
            self._days = float(over[1:-2]) if over.endswith("d]") else 0.0
        self.metrics.append((name, tuple(matchers)))

        def selected(scrape: Vector) -> Vector:
            return {
                frozenset(x for x in labels if x[0] != NAME): value
                for labels, value in scrape.items()
                if dict(labels)[NAME] == name and _matches(dict(labels), matchers)
            }

        return selected if over_time else lambda scrapes: selected(scrapes.after)


def _matches(labels: Mapping[str, str], matchers: Sequence[tuple[str, str, str]]) -> bool:
    how: Mapping[str, Callable[[str, str], bool]] = {
        "=": operator.eq, "!=": operator.ne, "=~": lambda a, b: bool(re.fullmatch(b, a)),
    }  # fmt: skip
    return all(how[sign](labels.get(name, ""), wanted) for name, sign, wanted in matchers)


def _change(selected: Any, *, per_second: bool, days: float) -> Any:
    def changed(scrapes: Scrapes) -> Vector:
        before = selected(scrapes.before)
        by = (days * 86_400 or scrapes.seconds) if per_second else 1
        return {labels: (value - before.get(labels, 0)) / by for labels, value in selected(scrapes.after).items()}

    return changed


def _quantile(share: float, inner: Any) -> Any:
    def quantile(scrapes: Scrapes) -> Vector:
        buckets = sorted((float(dict(labels)["le"]), value) for labels, value in inner(scrapes).items())
        if not buckets or buckets[-1][1] == 0:
            return {}
        return {frozenset(): next(bound for bound, value in buckets if value >= share * buckets[-1][1])}

    return quantile


def _joined(left: Any, right: Any, how: Callable[[float, float], float | bool], *, keep: bool = False) -> Any:
    def joined(scrapes: Scrapes) -> Vector:
        a, b = left(scrapes), right(scrapes)
        a, b = (x if isinstance(x, dict) else None for x in (a, b))
        first, second = left(scrapes), right(scrapes)
        if a is None and b is None:
            return {frozenset(): float(how(first, second))}
        found: Vector = {}
        for labels in a if a is not None else b or {}:
            x = a.get(labels) if a is not None else first
            y = b.get(labels) if b is not None else second
            if x is None or y is None:
                continue
            value = how(x, y)
            if not keep:
                found[labels] = float(value)
            elif value:
                found[labels] = x
        return found

    return joined
