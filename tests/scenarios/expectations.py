"""What a story expects, held against what is seen."""

from collections import defaultdict
from typing import Any

from tests.scenarios.scenario import Step
from tests.scenarios.twin import CONTRACTS, HOLDERS, TwinPlayer


def resolved(argument: Any, player: TwinPlayer) -> Any:
    """An argument of an error: names of claims, policies and people as what they stand for."""
    if not isinstance(argument, str):
        return argument
    known = {**player.papers.policies, **player.papers.claims}
    if argument in known:
        return known[argument]
    contracts = {name: getattr(player.place, name) for name in CONTRACTS}
    return contracts.get(argument) or player.place.address_of(argument)


def differences(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]], step: Step) -> list[str]:
    """What a step was expected to lead to and did not. `received` is what somebody's balance gained by it."""
    found = []
    gained = defaultdict(dict, {who: {"received": after[who]["balance"] - before[who]["balance"]} for who in HOLDERS})
    for subject, fields in step.expect.items():
        for name, value in fields.items():
            seen = gained[subject].get(name) if name == "received" else after[subject][name]
            if seen != value:
                found.append(f"{subject}: {name} is {seen}, expected {value}")
    return found
