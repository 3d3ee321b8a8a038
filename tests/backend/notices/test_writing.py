"""Templates: every kind in both languages, every placeholder known, nothing left out."""

from __future__ import annotations

import pytest

from backend.notices.kinds import KINDS, Language, NoticeKind
from backend.notices.writing import FOLDER, NoticeUnwritable, Value, day, money, names_in, sections, write
from tests.backend.notices.office import WORDS


def values(kind: NoticeKind, **changes: Value) -> dict[str, Value]:
    link = {"confirm_link": "https://insurer.example/confirm#abc"} if KINDS[kind].receipt else {}
    common = {"name": "Ada Example", "insurer": "Example Life", "reference": "n-1"}
    return {**WORDS[kind], **common, **link, **changes}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", NoticeKind)
def test_templates__every_kind_and_language__name_exactly_the_declared_values(
    kind: NoticeKind, language: Language
) -> None:
    named = set().union(*(names_in(source) for source in sections(kind, language).values()))

    assert named == KINDS[kind].names


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", NoticeKind)
def test_write__every_kind_and_language__says_every_value(kind: NoticeKind, language: Language) -> None:
    given = values(kind)

    written = write(kind, language, given)

    said = written.subject + written.body + (written.short or "")
    for value in given.values():
        for text in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            assert text in said
    assert "{{" not in said
    assert "\n" not in written.subject
    assert (written.short is None) == (KINDS[kind].written)


def test_folder__templates__are_those_of_the_kinds() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{kind}.{each}.txt" for kind in NoticeKind for each in Language
    }


@pytest.mark.parametrize("language", Language)
def test_write__decline__states_reason_ground_and_basis_and_how_to_object(language: Language) -> None:
    told = values(
        NoticeKind.UNDERWRITING_DECISION, accepted=False, reason="Stage IV.", ground="Too serious.", ground_basis="R7",
    )  # fmt: skip

    body = write(NoticeKind.UNDERWRITING_DECISION, language, told).body

    for words in ("Stage IV.", "Too serious.", "R7", "Call 10 5555 0100.", "confirm#abc"):
        assert words in body
    assert "loading of 20 %" not in body


@pytest.mark.parametrize(
    ("granted", "denied", "words"), [(True, False, "as claimed"), (False, True, "nothing"), (False, False, "in part")]
)
def test_write__claim_decision__says_which_it_is(granted: bool, denied: bool, words: str) -> None:
    body = write(
        NoticeKind.CLAIM_DECISION, Language.EN, values(NoticeKind.CLAIM_DECISION, granted=granted, denied=denied)
    ).body

    assert words in body
    assert ("Payable" in body) is not denied


@pytest.mark.parametrize(("language", "words"), [(Language.EN, "until"), (Language.ZH, "期限至")])
def test_write__the_panel_s_last_word__no_day_until_which_to_object(language: Language, words: str) -> None:
    told = values(NoticeKind.CLAIM_DECISION, granted=False, denied=True)

    open_, final = (write(NoticeKind.CLAIM_DECISION, language, {**told, "dispute_by": at}).body for at in ("x", ""))

    assert (words in open_, words in final) == (True, False)


def test_write__value_missing_or_unknown__is_refused_by_its_name() -> None:
    given = values(NoticeKind.QUOTE_READY)
    del given["premium"]

    with pytest.raises(NoticeUnwritable, match="premium"):
        write(NoticeKind.QUOTE_READY, Language.EN, given)
    with pytest.raises(NoticeUnwritable, match="extra"):
        write(NoticeKind.QUOTE_READY, Language.EN, values(NoticeKind.QUOTE_READY, extra="x"))


def test_write__value_that_looks_like_a_template__is_told_as_it_is() -> None:
    told = values(NoticeKind.UNDERWRITING_LAPSED, name="{{ 7 * 7 }}{% raise %}")

    assert "{{ 7 * 7 }}{% raise %}" in write(NoticeKind.UNDERWRITING_LAPSED, Language.EN, told).body


def test_write__line_break_in_a_subject__stays_one_line() -> None:
    told = values(NoticeKind.STAFF_DEADLINE, subject="case 17\r\nBcc: all@example.org")

    assert write(NoticeKind.STAFF_DEADLINE, Language.EN, told).subject == "Overdue: case 17 Bcc: all@example.org"


def test_day__evening_in_utc__is_the_next_day_in_china() -> None:
    evening = 1_767_571_200 + 20 * 3_600

    assert day(Language.EN, evening, 0) == "5 January 2026"
    assert day(Language.ZH, evening, 8 * 3_600) == "2026年1月6日"


def test_money__minor_units__as_people_write_it() -> None:
    assert money(Language.ZH, 50_000_000, "CNY") == "¥500,000.00"
    assert money(Language.EN, 61_005, "USD") == "US$610.05"


@pytest.mark.parametrize(
    ("premium", "returned", "words"),
    [("$12.00", False, "extra premium"), ("$12.00", True, "get back"), ("", False, "stays as it is")],
)
def test_write__change_offered__says_whether_premium_is_due_or_comes_back(
    premium: str, returned: bool, words: str
) -> None:
    told = values(NoticeKind.POLICY_ORDER_OFFERED, premium=premium, returned=returned)

    assert words in write(NoticeKind.POLICY_ORDER_OFFERED, Language.EN, told).body
