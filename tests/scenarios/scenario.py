"""Scenario files: what happens to policies and claims of one insurer, and what must come of it.

A file is a list of steps, each at its own time:

    title: A small loss is paid by the machine
    steps:
      - at: "2013-09-16 09:00:00"      # UTC; the time of the step's block
        do: notify                     # a step of `twin.TwinPlayer`
        claim: leak                    # its other fields
        claimed: "500.00"
        expect:                        # what is so afterwards; see `observed.py`
          claim leak: {state: NOTICED, reserve: "320.00"}
        refused: NoticeTooLate         # instead of `expect`: the contract's error,
        arguments: [...]               # and its arguments

Amounts are text with two decimals, times text in UTC. Words stand for what has no number before it is played: names
of people, of policies and of claims.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from domain.money import parse_amount

HERE: Final = Path(__file__).parent
DECIMALS: Final = 6
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_AMOUNT: Final = re.compile(r"-?\d+\.\d\d(\d{4})?")


@dataclass(frozen=True)
class Step:
    """One step: at a time, somebody does something, and something comes of it.

    Attributes:
        expect: Subject → field → value; amounts in token units, times in unix seconds.
        refused: Name of the error it must end in; empty: it must not.
        arguments: Of that error, names not yet resolved.
    """

    at: int
    do: str
    fields: dict[str, Any]
    expect: dict[str, dict[str, Any]]
    refused: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Scenario:
    """A file of steps."""

    name: str
    title: str
    steps: tuple[Step, ...]


def scenario_names() -> list[str]:
    """Names of all scenario files."""
    return sorted(path.stem for path in (HERE / "stories").glob("*.yaml"))


def load_scenario(name: str) -> Scenario:
    """The scenario of this name."""
    data = yaml.safe_load((HERE / "stories" / f"{name}.yaml").read_text("utf-8"))
    steps = tuple(_step(given) for given in data["steps"])
    assert [step.at for step in steps] == sorted(step.at for step in steps), f"{name}: steps go back in time"
    return Scenario(name, data["title"], steps)


def meant(value: Any) -> Any:
    """A value as its text means it: an amount in token units, a time in unix seconds, anything else as it is."""
    if isinstance(value, dict):
        return {key: meant(item) for key, item in value.items()}
    if isinstance(value, list):
        return [meant(item) for item in value]
    if isinstance(value, float):
        raise TypeError(f"write {value} in quotes: amounts and times are text")
    if not isinstance(value, str):
        return value
    if _TIME.fullmatch(value):
        return int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp())
    if _AMOUNT.fullmatch(value):
        units = parse_amount(value.removeprefix("-"), DECIMALS)
        return -units if value.startswith("-") else int(units)
    return value


def _step(given: dict[str, Any]) -> Step:
    fields = {name: meant(value) for name, value in given.items()}
    head = {name: fields.pop(name, empty) for name, empty in (("expect", {}), ("refused", ""), ("arguments", []))}
    assert bool(head["refused"]) != bool(head["expect"]), f"{given}: say what is expected, or how it is refused"
    return Step(fields.pop("at"), fields.pop("do"), fields, head["expect"], head["refused"], tuple(head["arguments"]))
