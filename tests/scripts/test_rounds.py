"""The figures of rounds: which faults are played, and that a wrong report would be missed, not hidden."""

from collections import Counter

import pytest

from oracle.rounds.adversaries import Fault
from scripts.figures import rounds, runner
from scripts.figures.store import verdict


def test_set_names__rounds__is_found() -> None:
    assert "rounds" in runner.set_names()


def test_faulty__many_rounds__every_fault_and_mixes_of_f() -> None:
    played = [rounds.faulty(number, 3) for number in range(90)]

    assert all(len(faults) == 3 for faults in played)
    assert Counter(fault for faults in played for fault in faults).keys() == set(rounds.FAULTS)
    assert any(len(set(faults)) == 3 for faults in played)


def test_colluders__many_rounds__f_plus_1_to_2f() -> None:
    assert {len(rounds.colluders(number, 3)) for number in range(9)} == {4, 5, 6}
    assert set(rounds.colluders(0, 1)) == {Fault.COLLUDING}


def test_chunks__more_than_one__cover_all_rounds_with_seeds_of_their_own() -> None:
    parts = rounds.chunks(7, 2 * rounds.CHUNK + 1, colluding=False)

    assert [part.rounds for part in parts] == [rounds.CHUNK, rounds.CHUNK, 1]
    assert len({part.seed for part in [*parts, *rounds.chunks(7, 1_000, colluding=True)]}) == 7


@pytest.mark.parametrize("tally", [rounds.Tally(10, wrong=1), rounds.Tally(10, not_live=1), rounds.Tally(10, twice=1)])
def test_of_faults__something_wrong_or_not_live__missed(tally: rounds.Tally) -> None:
    verdicts = [verdict(figure) for figure in rounds.of_faults(4, tally, "x")]

    assert verdicts.count("missed") == 1


def test_measure__few_rounds__all_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "ROUNDS", 40)

    figures = rounds.measure()

    assert all(figure.holds for figure in figures)
    assert sum("wrong reports accepted" in figure.name for figure in figures) == 8
    assert figures[-1].name == "rounds played on one core"
