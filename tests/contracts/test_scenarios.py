"""The scenarios of tests/scenarios, played on the contracts and on the Python twin at once: not one unit apart."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from parties import Person
from refusals import typed_error
from scenario_house import ChainPlayer, Household, build_household

from domain.errors import StepRefused
from scripts.brownie.deploy import House
from tests.scenarios.expectations import differences, resolved
from tests.scenarios.random_history import RandomHistory
from tests.scenarios.scenario import Step, load_scenario, scenario_names
from tests.scenarios.twin import TwinPlayer

SEEDS = (1, 2, 3)
STEPS = 40


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
        assert seen == twin.observe(step.at), here
        assert not differences(before, seen, step), here


@pytest.mark.parametrize("seed", SEEDS)
def test_random_history__on_the_contracts__comes_out_as_the_twin_says(household: Household, seed: int) -> None:
    chain, twin = ChainPlayer(household), TwinPlayer(household.place)
    history, refusals = RandomHistory(random.Random(seed)), 0

    for number in range(STEPS):
        step = history.next_step(twin)
        here = f"seed {seed}, step {number}, {step}"
        refusal = answer(twin, step)
        if refusal:
            refusals += 1
            assert chain.refusal(replace(step, refused="something")) == refusal, here
        else:
            chain.play(step)
            assert chain.observe() == twin.observe(step.at), here

    assert 0 < refusals < STEPS


def answer(twin: TwinPlayer, step: Step) -> str:
    """What the twin says to a step: nothing if it takes it."""
    try:
        twin.play(step)
    except StepRefused as refusal:
        return said(refusal)
    return ""


def said(refusal: StepRefused) -> str:
    """A refusal in Brownie's words."""
    return typed_error(refusal.code, *map(plain, refusal.arguments))


def refusal_of_twin(twin: TwinPlayer, step: Step) -> str:
    """What the twin says to a step it refuses, in Brownie's words; as the scenario has it."""
    with pytest.raises(StepRefused) as refusal:
        twin.play(step)
    arguments = [resolved(argument, twin) for argument in step.arguments]
    assert refusal.value.code == step.refused
    assert not arguments or arguments == list(refusal.value.arguments)
    return said(refusal.value)


def plain(argument: object) -> object:
    """An argument of an error as Brownie shows it: enums as numbers."""
    return int(argument) if isinstance(argument, int) else argument
