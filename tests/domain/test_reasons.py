"""Reasons of decisions: one table, in both languages, of numbers the contracts can hold."""

import pytest

from domain.errors import TermsInvalid
from domain.panel import MAX_REASON_CODE, REASON_PANEL_SILENT
from domain.reasons import REASONS, ReasonUse, reason

RANGES = {
    ReasonUse.GRANT: range(1, 20),
    ReasonUse.REDUCE: range(20, 40),
    ReasonUse.DENY: range(40, 70),
    ReasonUse.SILENCE: range(REASON_PANEL_SILENT, REASON_PANEL_SILENT + 1),
}


def test_reasons__numbers__say_what_they_are_given_for() -> None:
    assert {found.use for found in REASONS.values()} == set(ReasonUse)
    for code, found in REASONS.items():
        assert found.code == code
        assert code in RANGES[found.use]
        assert 0 < code <= MAX_REASON_CODE


def test_reasons__texts__are_in_both_languages_and_differ() -> None:
    for language, end in (("en", "."), ("zh", "。")):
        texts = [found.text(language) for found in REASONS.values()]

        assert all(text.endswith(end) for text in texts)
        assert len(set(texts)) == len(texts)


def test_reason__of_the_table__is_found() -> None:
    assert reason(REASON_PANEL_SILENT).use is ReasonUse.SILENCE
    assert reason(44).text_zh == "损失发生在等待期内。"


@pytest.mark.parametrize("code", [0, -1, 70, 901])
def test_reason__not_of_the_table__names_field_and_choice(code: int) -> None:
    with pytest.raises(TermsInvalid) as refused:
        reason(code, "decision.reason_code")

    assert (refused.value.field, refused.value.value) == ("decision.reason_code", code)
    assert "Choose one of 1, 2, 3, 20" in refused.value.remedy
