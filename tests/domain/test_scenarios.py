"""The scenarios of tests/scenarios, played on the Python twin; tests/contracts plays them on the contracts."""

import pytest

from domain.errors import StepRefused
from tests.scenarios.expectations import differences, resolved
from tests.scenarios.scenario import load_scenario, scenario_names
from tests.scenarios.twin import TwinPlayer, nowhere

LEAST_SCENARIOS = 15


def test_scenarios__folder__holds_enough_of_them() -> None:
    assert len(scenario_names()) >= LEAST_SCENARIOS


@pytest.mark.parametrize("name", scenario_names())
def test_scenario__played_on_the_twin__comes_out_as_written(name: str) -> None:
    player = TwinPlayer(nowhere())

    for number, step in enumerate(load_scenario(name).steps, start=1):
        here = f"{name}, step {number}, {step.do}"
        before = player.observe(step.at)
        if step.refused:
            with pytest.raises(StepRefused) as refusal:
                player.play(step)
            assert refusal.value.code == step.refused, here
            if step.arguments:
                assert list(refusal.value.arguments) == [resolved(a, player) for a in step.arguments], here
            assert player.observe(step.at) == before, f"{here}: a refused step changed something"
        else:
            player.play(step)
            assert not differences(before, player.observe(step.at), step), here
