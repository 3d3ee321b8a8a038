"""Whole rounds with liars: few here, 100,000 by `quittance figures rounds --full`."""

import pytest

from oracle.rounds.adversaries import Fault
from oracle.rounds.simulation import Result, Simulation

FAULTS = [fault for fault in Fault if fault is not Fault.COLLUDING]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("count", [4, 6, 7])
def test_play__f_faulty__one_right_report_and_live(count: int, fault: Fault) -> None:
    simulation = Simulation(count, seed=3)

    results = [simulation.play([fault] * ((count - 1) // 3)) for _ in range(6)]

    assert all(len(result.accepted) == 1 and not result.wrong and result.live for result in results)


@pytest.mark.parametrize(("count", "liars"), [(4, 2), (7, 3), (7, 4)])
def test_play__more_than_f_collude__nothing_wrong_is_accepted(count: int, liars: int) -> None:
    simulation = Simulation(count, seed=4, deadline_ms=3_000)

    results = [simulation.play([Fault.COLLUDING] * liars) for _ in range(6)]

    assert not any(result.wrong for result in results)
    assert all(result.refused >= 3 for result in results)


@pytest.mark.parametrize(("count", "liars"), [(4, 2), (7, 3), (7, 4)])
def test_play__colluders_among_nodes_that_check_nothing__wrong_is_found(
    count: int, liars: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: no check against the own observation, and no tolerance. The attack is a real one."""
    monkeypatch.setattr("oracle.rounds.examine.check_own", lambda *_: None)
    monkeypatch.setattr("oracle.rounds.rules.FieldRule.near", lambda *_: True)
    monkeypatch.setattr("oracle.rounds.rules.FieldRule.is_tight", lambda *_: True)
    simulation = Simulation(count, seed=4, deadline_ms=3_000)

    results = [simulation.play([Fault.COLLUDING] * liars) for _ in range(6)]

    assert any(result.wrong for result in results)


def test_play__equivocating__is_found_out() -> None:
    simulation = Simulation(4, seed=5)

    results = [simulation.play([Fault.EQUIVOCATING]) for _ in range(6)]

    assert all(len(result.equivocators) == 1 for result in results)


def test_play__same_seed__same_course() -> None:
    def course(result: Result) -> tuple[object, ...]:
        return result.took_ms, sorted(result.accepted), result.refused

    one, other = Simulation(7, seed=9), Simulation(7, seed=9)

    assert [course(one.play([Fault.EQUIVOCATING])) for _ in range(4)] == [
        course(other.play([Fault.EQUIVOCATING])) for _ in range(4)
    ]


def test_play__check_against_own_observation_left_out__wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: nodes believe whoever is near the middle, and every tolerance is met."""
    monkeypatch.setattr("oracle.rounds.examine.check_own", lambda *_: None)
    monkeypatch.setattr("oracle.rounds.rules.FieldRule.is_tight", lambda *_: True)
    monkeypatch.setattr("oracle.rounds.agreement._agree_on", lambda _r, _n, values: (max(values), 0, True))
    simulation = Simulation(4, seed=6)

    results = [simulation.play([Fault.OUTLIER]) for _ in range(4)]

    assert any(result.wrong for result in results)
