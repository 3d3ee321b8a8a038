"""Every code raised anywhere is in the table, with both texts and the values these name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from backend.chain.simulation import snake_case
from backend.problems import LANGUAGES, PROBLEM_SCHEMA, STATUS, Problem, problem_texts
from domain import errors
from scripts import ROOT


@dataclass(frozen=True)
class Raised:
    """One place where a problem is made."""

    place: str
    code: str
    values: frozenset[str]
    own_sentence: bool


def _raised() -> Iterator[Raised]:
    for path in sorted((ROOT / "backend").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Problem" or not node.args:
                continue
            for code in _codes(node.args[0]):
                values = frozenset(keyword.arg or "**" for keyword in node.keywords)
                yield Raised(f"{path.relative_to(ROOT)}:{node.lineno}", code, values, len(node.args) > 1)


def _codes(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.Constant):
        yield str(argument.value)
    if isinstance(argument, ast.IfExp):
        yield from _codes(argument.body)
        yield from _codes(argument.orelse)


RAISED = list(_raised())


def test_raised__somewhere__found() -> None:
    assert len(RAISED) > 25


@pytest.mark.parametrize("raised", RAISED, ids=lambda r: f"{r.place}-{r.code}")
def test_problem__raised__its_code_is_in_the_table_and_its_values_are_given(raised: Raised) -> None:
    assert raised.code in STATUS, f"{raised.place} raises {raised.code!r}: add it to backend/problem_texts.yaml"
    text = problem_texts()[raised.code]
    wanted = text.placeholders("zh") | (frozenset() if raised.own_sentence else text.placeholders("en"))
    missing = wanted - raised.values
    assert "**" in raised.values or not missing, f"{raised.place}: the texts name {sorted(missing)}, give these values"
    assert not raised.values & set(PROBLEM_SCHEMA["properties"]), f"{raised.place}: the name of a value is taken"


@pytest.mark.parametrize("code", sorted(STATUS))
def test_text__every_code__title_and_detail_in_both_languages(code: str) -> None:
    text = problem_texts()[code]

    assert code == snake_case(code)
    assert 400 <= text.status < 600
    for texts in (text.title, text.detail):
        assert set(texts) == set(LANGUAGES)
        assert texts["en"].isascii()
        assert any("\u4e00" <= sign <= "\u9fff" for sign in texts["zh"])
    assert text.detail["en"].endswith(".")
    assert text.detail["zh"].endswith("。")
    assert text.placeholders("zh") <= text.placeholders("en") | {"field"}


@pytest.mark.parametrize("error", [errors.AddressInvalid, errors.EventTextInvalid, errors.IdentifierInvalid])
def test_text__errors_of_the_domain__want_no_more_than_the_field(error: type[errors.DomainError]) -> None:
    text = problem_texts()[snake_case(error.__name__)]

    assert text.placeholders("en") | text.placeholders("zh") <= {"field"}


def test_problem__own_sentence__in_english_only() -> None:
    problem = Problem("quote_expired", "Quote 7 was valid until noon.", field="quote_id", valid_until=12, now=13)

    assert problem.detail_in("en") == str(problem) == "Quote 7 was valid until noon."
    assert "12" in problem.detail_in("zh")
    assert "13" in problem.detail_in("zh")


def test_problem__code_nobody_knows__application_refused() -> None:
    assert Problem("nobody_knows").code == "application_refused"
