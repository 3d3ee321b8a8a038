"""The scenarios of tests/scenarios, played on the contracts and on the Python twin at once: not one unit apart."""

from __future__ import annotations

import pytest
from parties import Person
from refusals import typed_error
from scenario_house import ChainPlayer, Household, build_household

from domain.errors import StepRefused
from scripts.brownie.deploy import House
from tests.scenarios.scenario import Step, load_scenario, scenario_names
from tests.scenarios.twin import TwinPlayer, differences, resolved

DERIVED = {"acknowledge_by", "decide_by", "dispute_by", "reopen_by"}
"""What only the twin works out; the contracts keep when a clock started."""


@pytest.fixture(scope="module")
def household(house: House, nodes: tuple[Person, ...], module_undone: None) -> Household:
    """The product of the scenarios, nothing sold."""
    return build_household(house, nodes)


@pytest.mark.parametrize("name", scenario_names())
def test_scenario__on_the_contracts__comes_out_as_the_twin_says(household: Household, name: str) -> None:
    chain, twin = ChainPlayer(household), TwinPlayer(household.place)

    for number, step in enumerate(load_scenario(name).steps, start=1):
        here = f"{name}, step {number}, {step.do}"
        if step.refused:
            assert chain.refusal(step) == refusal_of_twin(twin, step), here
            continue
        before = twin.observe(step.at)
        twin.play(step)
        chain.play(step)
        seen = chain.observe()
        assert seen == kept(twin.observe(step.at)), here
        assert not differences(before, {**seen, **derived(twin.observe(step.at), seen)}, step), here


def refusal_of_twin(twin: TwinPlayer, step: Step) -> str:
    """What the twin says to a step it refuses, in Brownie's words; as the scenario has it."""
    with pytest.raises(StepRefused) as refusal:
        twin.play(step)
    arguments = [resolved(argument, twin) for argument in step.arguments]
    assert refusal.value.code == step.refused
    assert not arguments or arguments == list(refusal.value.arguments)
    return typed_error(refusal.value.code, *map(plain, refusal.value.arguments))


def plain(argument: object) -> object:
    """An argument of an error as Brownie shows it: enums as numbers."""
    return int(argument) if isinstance(argument, int) else argument


def kept(seen: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """What both keep."""
    return {who: {name: value for name, value in of.items() if name not in DERIVED} for who, of in seen.items()}


def derived(twin: dict[str, dict[str, object]], seen: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """What the contracts show, with what the twin derives of it."""
    return {who: {**of, **seen[who]} for who, of in twin.items()}
