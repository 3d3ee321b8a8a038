"""Every source and the evidence store against every fault of the world, and every field of an answer spoilt."""

from __future__ import annotations

import copy
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel

from domain.flight import parse_flight_key
from oracle.sources.conformance import KINDS
from oracle.sources.errors import SourceUnavailable
from oracle.sources.flight_status_api import AeroApiSource
from oracle.sources.http_fetch import Fetcher, new_client
from oracle.sources.open_meteo import OpenMeteo, Service
from oracle.sources.records import RecordSource
from oracle.sources.usgs_earthquakes import UsgsEarthquakes
from scripts import source_samples as samples
from scripts.figures.figure import Figure
from scripts.figures.store_faults import Came, Tally, tallied
from scripts.source_lies import lies
from scripts.source_replay import AGELESS, Fault, Replay, replaying

COMMAND: Final = "quittance figures source_faults"
TOTAL_SECONDS: Final = 0.4
LATENESS_SECONDS: Final = 0.6
"""How much longer than its deadline a question may take on a busy machine."""
FLIGHT: Final = parse_flight_key("flight/UA/1545/EWR/IAH/2013-01-01T10:15Z")
FLIGHT_MINUTES: Final = 11
SPOILT: Final[tuple[Any, ...]] = (None, "", "x", -1, 10**30, 1.5, True, [], {}, [None])


class Answer(StrEnum):
    """What became of a question."""

    CORRECT = "correct"
    MISSING = "missing"
    REFUSED = "refused"
    WRONG = "wrong"
    CRASH = "crash"


@dataclass(frozen=True)
class Case:
    """One source under test.

    Attributes:
        name: Of the source and what it is asked.
        body: Its documented answer.
        served_at: Unix seconds the answer is dated.
        ask: The question, asked through a fetcher; None when the source has no value.
        expected: The right value, as JSON has it.
        dated_by_header: The body does not say when it was made.
    """

    name: str
    body: Any
    served_at: int
    ask: Callable[[Fetcher], Any]
    expected: Any
    dated_by_header: bool = False


def cases() -> list[Case]:
    """Every source a node can ask over the network."""
    quake_at = samples.final_at(samples.NAPA)
    found = [
        Case(
            "earthquake, USGS", samples.usgs(), quake_at,
            lambda f: UsgsEarthquakes(f).fetch(samples.NAPA, quake_at).value, samples.NAPA_INTENSITY,
        ),
        Case("flight, AeroAPI", samples.flight(), int(time.time()), _flight, FLIGHT_MINUTES),
    ]  # fmt: skip
    for service in Service:
        for insured, value in ((samples.RAIN, samples.RAIN_TENTHS), (samples.WIND, samples.GUST_TENTHS)):
            found.append(_weather(service, insured, value))
    return [*found, *(_record(kind) for kind in KINDS)]


def _weather(service: Service, insured: Any, value: int) -> Case:
    now = samples.final_at(insured)
    ask = lambda f: OpenMeteo(f, service).fetch(insured, now).value  # noqa: E731
    return Case(
        f"{insured.trigger}, Open-Meteo {service}", samples.open_meteo(insured), now, ask, value, dated_by_header=True
    )


def _record(kind: str) -> Case:
    def ask(fetcher: Fetcher) -> Any:
        source: RecordSource[Any] = RecordSource(KINDS[kind], fetcher)
        return source.fetch(samples.REFERENCE, samples.RECORD_NOW).value

    return Case(f"record, {kind}", samples.record(kind), samples.RECORD_NOW, ask, samples.record(kind)["content"])


def _flight(fetcher: Fetcher) -> int | None:
    status = AeroApiSource(fetcher).observe(FLIGHT, FLIGHT.occurs_at + 86_400)
    return status.value if status.is_final else None


def measure(*, full: bool = False) -> list[Figure]:
    """Sources × faults; then every field of every documented answer left out or spoilt. Then the evidence store."""
    return [*_of_sources(full=full), *of_store(tallied(TOTAL_SECONDS))]


@dataclass
class _Asked:
    """What became of all questions.

    Attributes:
        seen, spoilt, lied: Under a fault of the network, with a spoilt field, with another truth.
        ageless: Answers taken although they are old or do not say.
        slowest: Seconds of the longest question under a fault.
    """

    right: int = 0
    ageless: int = 0
    slowest: float = 0.0
    seen: Counter[Answer] = field(default_factory=Counter)
    spoilt: Counter[Answer] = field(default_factory=Counter)
    lied: Counter[Answer] = field(default_factory=Counter)

    def ask(self, case: Case, replay: Replay, *, full: bool) -> None:
        """Ask one source everything."""
        replay.served_at = case.served_at
        self.right += _answer(case, replay)[0] is Answer.CORRECT
        for fault in [each for each in Fault if each is not Fault.NONE]:
            replay.fault = fault
            answer, took = _answer(case, replay)
            self.seen[answer] += 1
            self.ageless += case.dated_by_header and fault in AGELESS and answer is not Answer.REFUSED
            self.slowest = max(self.slowest, took)
        replay.fault = Fault.NONE
        for found, bodies in ((self.spoilt, spoilt_bodies(case.body, full=full)), (self.lied, lies(case.body))):
            for body in bodies:
                replay.body = body
                found[_answer(case, replay)[0]] += 1


def _of_sources(*, full: bool) -> list[Figure]:
    asked, tested = _Asked(), cases()
    for case in tested:
        with replaying(case.body) as replay:
            asked.ask(case, replay, full=full)
    seen, spoilt, lied = asked.seen, asked.spoilt, asked.lied
    note = f"{len(tested)} sources × {len(Fault) - 1} faults: {_told(seen)}"
    fields = f"fields left out, or another type put in: {_told(spoilt)}"
    return [
        Figure("sources read right without a fault", asked.right, "sources", len(tested), "==", COMMAND),
        Figure("wrong answers under faults of the network", seen[Answer.WRONG], "answers", 0, "==", COMMAND, note),
        Figure("answers taken that are old or do not say", asked.ageless, "answers", 0, "==", COMMAND),
        Figure("crashes under faults of the network", seen[Answer.CRASH], "crashes", 0, "==", COMMAND, note),
        Figure("wrong answers from spoilt fields", spoilt[Answer.WRONG], "answers", 0, "==", COMMAND, fields),
        Figure("crashes from spoilt fields", spoilt[Answer.CRASH], "crashes", 0, "==", COMMAND, fields),
        Figure(
            "stale or contradictory answers refused", lied[Answer.REFUSED], "answers", lied.total(), "==", COMMAND,
            "too old, of another time, place or reference, lines that do not sum to the total, counts that differ",
        ),
        Figure(
            "longest question under a fault", round(asked.slowest, 2), "s", TOTAL_SECONDS + LATENESS_SECONDS, "<=",
            COMMAND, f"deadline {TOTAL_SECONDS} s",
        ),
    ]  # fmt: skip


def of_store(found: Tally) -> list[Figure]:
    """No wrong report, no crash, every lie refused."""
    faults = f"at manifest, one file, and everywhere: {_told(found.faults)}"
    lies = "of another claim, of before, files and manifest that do not match, one bit in any file, names that lead out"
    wrong, crashes = (found.faults[each] + found.lies[each] for each in (Came.WRONG, Came.CRASH))
    return [
        Figure(
            "evidence store: reports right before and after all faults", found.honest[Came.CORRECT], "reports",
            found.honest.total(), "==", COMMAND,
        ),
        Figure("evidence store: wrong reports", wrong, "reports", 0, "==", COMMAND, faults),
        Figure("evidence store: crashes", crashes, "crashes", 0, "==", COMMAND),
        Figure(
            "evidence store: contradictory or stale dossiers refused", found.lies[Came.REFUSED], "dossiers",
            found.lies.total(), "==", COMMAND, lies,
        ),
        Figure(
            "evidence store: longest dossier under a fault", round(found.slowest, 2), "s",
            TOTAL_SECONDS + LATENESS_SECONDS, "<=", COMMAND, f"deadline {TOTAL_SECONDS} s",
        ),
    ]  # fmt: skip


def _answer(case: Case, replay: Replay) -> tuple[Answer, float]:
    started = time.monotonic()
    with new_client(replay.url) as client:
        answer = judged(case, Fetcher(client, sleep=lambda _: None, total_seconds=TOTAL_SECONDS))
    return answer, time.monotonic() - started


def judged(case: Case, fetcher: Fetcher) -> Answer:
    """What the source makes of what is served, held against the right value. A refusal must explain itself."""
    try:
        value = case.ask(fetcher)
    except SourceUnavailable as refusal:
        return Answer.REFUSED if refusal.code and len(str(refusal)) > 20 else Answer.CRASH
    except Exception:  # whatever else comes out is what this counts
        return Answer.CRASH
    if value is None:
        return Answer.MISSING
    shown = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return Answer.CORRECT if _agrees(shown, case.expected) else Answer.WRONG


def _agrees(value: Any, expected: Any) -> bool:
    """The same, or openly missing in places; zero, false or an empty list in place of a value is not."""
    if value is None:
        return True
    if isinstance(expected, dict):
        same = isinstance(value, dict) and value.keys() == expected.keys()
        return same and all(_agrees(value[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        same = isinstance(value, list | tuple) and len(value) == len(expected)
        return same and all(_agrees(one, other) for one, other in zip(value, expected, strict=True))
    return type(value) is type(expected) and bool(value == expected)


def spoilt_bodies(body: Any, *, full: bool = True) -> Iterator[Any]:
    """The answer with one field left out or of another kind. In long columns the first entries only, unless full."""
    for path in _paths(body, 400 if full else 3):
        original = _at(body, path)
        for other in (_ABSENT, *SPOILT):
            if other is _ABSENT and isinstance(path[-1], int):
                continue  # a shorter list is another documented answer, not a spoilt one
            if original is None and other is not _ABSENT:
                continue  # what may be missing may also be there
            if type(other) is type(original) or (isinstance(original, float) and isinstance(other, int)):
                continue  # another value of the right kind is another truth, which nobody can tell from this one
            changed = copy.deepcopy(body)
            parent = _at(changed, path[:-1])
            if other is _ABSENT:
                del parent[path[-1]]
            else:
                parent[path[-1]] = other
            yield changed


_ABSENT: Final = object()


def _paths(value: Any, longest: int, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value[:longest]) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, longest, (*path, key))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _told(seen: Counter[Answer] | Counter[Came]) -> str:
    return ", ".join(f"{count} {answer}" for answer, count in sorted(seen.items()) if count)
