"""The figures of the oracle network: that what goes wrong on chain would be missed, not hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.claims_rehearsal.chaos import KILL_POINTS
from scripts.claims_rehearsal.findings import Findings
from scripts.claims_rehearsal.play import Latency, Ordeal
from scripts.figures import oracle_chain, oracle_latency, runner
from scripts.figures.figure import Figure
from scripts.figures.store import verdict

CLEAN = Findings(claims=12, lost=0, twice=0, wrong=0, paid_wrongly=0, signed_twice=0, unkept=0, heard=36)


def missed(figures: list[Figure]) -> int:
    return [verdict(figure) for figure in figures].count("missed")


def of_chain(findings: Findings, *, unreached: tuple[str, ...] = (), all_labels: bool = True) -> list[Figure]:
    reached = tuple(label for label in KILL_POINTS if label not in unreached)
    return oracle_chain.figures_of(Ordeal(findings, 3, reached, unreached, 60.0), "x", all_labels=all_labels)


def test_set_names__oracle_sets__are_found() -> None:
    assert {"oracle_chain", "oracle_latency"} <= set(runner.set_names())


@pytest.mark.parametrize("field", ["lost", "twice", "wrong", "paid_wrongly", "signed_twice", "unkept"])
def test_oracle_chain__one_thing_wrong__one_figure_missed(field: str) -> None:
    assert missed(of_chain(CLEAN)) == 0
    assert missed(of_chain(replace(CLEAN, **{field: 1}))) == 1


def test_oracle_chain__nothing_heard_on_the_wire__missed() -> None:
    assert missed(of_chain(replace(CLEAN, heard=0))) == 1


def test_oracle_chain__a_label_not_reached__missed_at_full_size_only() -> None:
    assert missed(of_chain(CLEAN, unreached=("open.kept",))) == 1
    assert missed(of_chain(CLEAN, unreached=("open.kept",), all_labels=False)) == 0


def test_oracle_latency__one_in_ten_late__p95_missed_by_both_clocks() -> None:
    quick, late = Latency(2.0, 2), Latency(7.0, 7)

    assert missed(oracle_latency.figures_of([quick] * 60, CLEAN, "x")) == 0
    assert missed(oracle_latency.figures_of([quick] * 54 + [late] * 6, CLEAN, "x")) == 2


def test_oracle_latency__claims_without_report__counted_although_they_have_no_latency() -> None:
    assert missed(oracle_latency.figures_of([Latency(2.0, 2)], replace(CLEAN, lost=1), "x")) == 1
    assert missed(oracle_latency.figures_of([], replace(CLEAN, lost=12), "x")) == 1
