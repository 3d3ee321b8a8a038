"""How parameters are said in clauses."""

import pytest

from domain.errors import TermsInvalid
from domain.terms import ParametricTerms
from domain.wording import PARAMETERS, duration, fill, moment, parameter_words, percent, placeholders


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            {
                "min_sum_insured": "100.00 TUSD",
                "max_event_exposure": "2,000,000.00 TUSD",
                "loading_bps": "25 %",
                "min_lead_seconds": "1 hour",
                "report_window_seconds": "30 days",
                "period_end": "2014-01-01 05:00 UTC",
                "min_signatures": "3",
                "curve": "20 % from 60 minutes, 50 % from 120 minutes, 100 % from 180 minutes",
            },
        ),
        (
            "zh",
            {
                "loading_bps": "25%",
                "min_lead_seconds": "1小时",
                "max_lead_seconds": "3天",
                "curve": "达到60分钟赔付20%，达到120分钟赔付50%，达到180分钟赔付100%",
            },
        ),
    ],
)
def test_parameter_words__flight_delay__read_well(
    flight_terms: ParametricTerms, language: str, expected: dict[str, str]
) -> None:
    words = parameter_words(flight_terms, language=language, unit="minutes", symbol="TUSD", decimals=6)

    assert set(words) == set(PARAMETERS)
    assert {name: words[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("share", "en", "zh"),
    [(0, "0 %", "0%"), (1, "0.01 %", "0.01%"), (1_250, "12.5 %", "12.5%"), (10_000, "100 %", "100%")],
)
def test_percent__basis_points__lose_nothing(share: int, en: str, zh: str) -> None:
    assert (percent(share, "en"), percent(share, "zh")) == (en, zh)


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (1, "1 second", "1秒"),
        (90, "90 seconds", "90秒"),
        (60, "1 minute", "1分钟"),
        (5_400, "90 minutes", "90分钟"),
        (7_200, "2 hours", "2小时"),
        (86_400, "1 day", "1天"),
        (90_000, "25 hours", "25小时"),
    ],
)
def test_duration__seconds__in_the_largest_whole_unit(seconds: int, en: str, zh: str) -> None:
    assert (duration(seconds, "en"), duration(seconds, "zh")) == (en, zh)


@pytest.mark.parametrize(
    ("at", "text"),
    [(0, "1970-01-01 00:00 UTC"), (1_388_552_400, "2014-01-01 05:00 UTC"), (1, "1970-01-01 00:00:01 UTC")],
)
def test_moment__unix_seconds__in_utc(at: int, text: str) -> None:
    assert moment(at) == text


def test_fill__placeholders__are_replaced_each_time() -> None:
    text = "{a} and {b_c} and {a}"

    assert placeholders(text) == {"a", "b_c"}
    assert fill(text, {"a": "1", "b_c": "2"}, "clause") == "1 and 2 and 1"


def test_fill__a_word_with_braces__is_not_filled_again() -> None:
    assert fill("{a}", {"a": "{b}", "b": "x"}, "clause") == "{b}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{nope}", "names no parameter"),
        ("{a", "has a brace outside a placeholder"),
        ("a}", "has a brace outside a placeholder"),
        ("{A}", "has a brace outside a placeholder"),
        ("{{a}}", "has a brace outside a placeholder"),
        ("{a.b}", "has a brace outside a placeholder"),
    ],
)
def test_fill__anything_but_a_known_placeholder__is_refused(text: str, problem: str) -> None:
    with pytest.raises(TermsInvalid) as refused:
        fill(text, {"a": "1"}, "clauses[0].text.en")

    assert (refused.value.field, refused.value.problem) == ("clauses[0].text.en", problem)
