import numpy as np
import pytest

from domain.tiers import RiskTier
from oracle.risk.derived import coded_row
from oracle.risk.indicators import Case, Line
from oracle.risk.rules import fired
from tests.oracle.risk.subjects import EVERY_CASE, coded, engine, sampled_rows, table_of


@pytest.mark.parametrize("case", EVERY_CASE, ids=lambda case: f"{case.line}-{case.party}")
def test_holds_each__columns__equal_one_by_one(case: Case) -> None:
    table, grading = table_of(case.line), engine().tables.grading
    one_by_one = [coded_row(each, case.line, case.party, grading) for each in sampled_rows(case, 200)]
    one_by_one = [{**each, "score": place * 50} for place, each in enumerate(one_by_one)]
    columns = {name: np.array([each[name] for each in one_by_one]) for name in one_by_one[0]}
    rules = (*table.conditions, *table.declines, *table.exclusions, *table.outliers)
    rules += tuple(rule for _, rule in (*table.behaviour, *table.products))

    for rule in rules:
        assert rule.holds_each(columns, 200).tolist() == [rule.holds(each) for each in one_by_one], rule.code


@pytest.mark.parametrize("line", Line)
def test_fired__nothing_known__fires_nothing(line: Line) -> None:
    table = table_of(line)
    rules = (*table.conditions, *table.declines, *table.exclusions, *table.outliers)

    assert fired(rules, {}) == ()
    assert fired(rules, {rule.requirements[0].indicator: -1 for rule in rules}) == ()


def test_fired__with_a_tier__leaves_out_what_is_meant_for_others() -> None:
    exclusions, ill = table_of(Line.LIFE).exclusions, coded(Line.LIFE, history_mask=1)

    assert [rule.code for rule in fired(exclusions, ill, RiskTier.MEDIUM)] == ["stroke-from-hypertension"]
    assert [rule.code for rule in fired(exclusions, ill, RiskTier.HIGH)] == ["hypertension-complications"]
    assert [rule.code for rule in fired(exclusions, ill)] == ["stroke-from-hypertension", "hypertension-complications"]
