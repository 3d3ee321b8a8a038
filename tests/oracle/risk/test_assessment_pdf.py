"""The page of an assessment: complete in both languages, the same bytes, nothing of what the applicant answered."""

import re
import subprocess
import sys
import zlib
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont

from domain.tiers import RiskTier
from oracle.risk import report_page
from oracle.risk.assess import assess
from oracle.risk.assessment import Assessment
from oracle.risk.assessment_pdf import TextUnprintable, assessment_pdf
from oracle.risk.changes import Change
from oracle.risk.explain import notice
from oracle.risk.indicators import CASES, Case, Line, Source
from oracle.risk.questionnaires import load_questionnaires
from oracle.risk.rules import Rule
from tests.oracle.risk.subjects import engine, priced_for, subject

WORST_TERMS = {"application_id": 2**128 - 1, "unread": tuple(Source)}


def text_of(pdf: bytes) -> str:
    """What the page says, from the glyphs it shows and the table of what each stands for."""
    streams = [_plain(found) for found in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.S)]
    signs = {
        int(code, 16): bytes.fromhex(sign.decode()).decode("utf-16-be")
        for stream in streams
        for code, sign in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]{4,8})>\n", stream)
    }
    (page,) = (stream for stream in streams if b" Tf" in stream)
    return "\n".join(_shown(line, signs) for line in re.findall(rb"BT (.*?) ET\n", page, re.S))


def _plain(stream: bytes) -> bytes:
    return zlib.decompress(stream) if stream[:1] == b"x" else stream


def _shown(line: bytes, signs: dict[int, str]) -> str:
    said = ""
    for written in re.findall(rb"\(((?:[^()\\]|\\.)*)\)", line, re.S):
        raw = re.sub(rb"\\(.)", lambda m: {b"n": b"\n", b"r": b"\r"}.get(m[1], m[1]), written, flags=re.S)
        said += "".join(signs[int.from_bytes(raw[n : n + 2], "big")] for n in range(0, len(raw), 2))
    return said


def stuffed(case: Case) -> Assessment:
    """Everything a table can say at once, which no application brings about."""
    found = assess(subject(*case), engine())
    table = engine().tables.lines[case.line]
    changes = tuple(
        Change(each.definition.name, 0, each.definition.decoded(each.definition.most), 0, 0, RiskTier.MEDIUM)
        for each in table.scorecards[case.party].indicators
        if each.changeable
    )
    measured = replace(
        found.measured, contributions=_all_full(found), tiers=replace(found.measured.tiers, together=RiskTier.HIGH)
    )
    exclusion = priced_for(RiskTier.HIGH, Line.LIFE, history=["hypertension"]).decided
    return replace(
        found,
        measured=measured,
        decided=replace(exclusion, exclusions=table.exclusions, declines=table.declines),
        qualitative=replace(found.qualitative, findings=_behaviour(case), conditions=table.conditions),
        review=replace(found.review, reasons=table.outliers, committee=True, unconfirmed=tuple(Source)),
        changes=changes,
        **WORST_TERMS,
    )


def _behaviour(case: Case) -> tuple[Rule, ...]:
    return tuple(rule for _, rule in engine().tables.lines[case.line].behaviour)


def _all_full(found: Assessment) -> tuple[object, ...]:
    return tuple(replace(each, points=10_000) for each in found.measured.contributions)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.line}-{case.party}")
def test_assessment_pdf__everything_a_table_can_say_at_once__fits_one_page(case: Case) -> None:
    pdf = assessment_pdf(stuffed(case), engine().tables)

    assert pdf.count(b"/Type /Page\n") == 1


def test_assessment_pdf__more_than_a_page__refused_instead_of_cut() -> None:
    found = stuffed(Case(*CASES[0]))
    rules = tuple(replace(rule, en=rule.en * 30) for rule in found.decided.exclusions)

    with pytest.raises(TextUnprintable, match="fits one page"):
        assessment_pdf(replace(found, decided=replace(found.decided, exclusions=rules)), engine().tables)


def test_assessment_pdf__sign_the_font_lacks__refused_by_name() -> None:
    found = stuffed(Case(*CASES[0]))
    rules = tuple(replace(rule, zh=rule.zh + "龘") for rule in found.decided.exclusions)

    with pytest.raises(TextUnprintable, match=r"龘.*U\+9F98"):
        assessment_pdf(replace(found, decided=replace(found.decided, exclusions=rules)), engine().tables)


def test_assessment_pdf__medium_risk__says_what_the_file_needs_in_both_languages() -> None:
    found = priced_for(RiskTier.MEDIUM, Line.LIFE, history=["hypertension"], systolic_mmhg=157)

    said = text_of(assessment_pdf(found, engine().tables))

    for words in (
        "medium risk",
        "中风险",
        "Stroke caused by hypertension",
        "高血压所致脑卒中",
        "异议",
        "Objection",
        "7",
    ):
        assert words in said
    assert f"{found.score // 100}.{found.score % 100:02d}" in said
    ratio = found.measured.loss_ratio_bps
    assert f"{ratio // 100}.{ratio % 100:02d} %" in said
    assert found.digest.hex() in said
    assert found.model_hash.hex() in said


def test_assessment_pdf__answers_of_the_applicant__are_not_on_it() -> None:
    found = priced_for(RiskTier.MEDIUM, Line.LIFE, systolic_mmhg=157, bmi_tenths=277, alcohol_grams_week=123)
    tables = engine().tables

    said = text_of(assessment_pdf(found, tables))

    assert "157" in " ".join(notice(found, tables)["en"]) or "157" in found.canonical_bytes.decode()
    for answer in ("157 ", "27.7", "123 g", "30 years", "30岁"):
        assert answer not in said


def test_assessment_pdf__another_process__writes_the_same_bytes_without_a_date() -> None:
    program = (
        "import hashlib; from tests.oracle.risk.subjects import engine, subject; from oracle.risk.assess import assess;"
        "from oracle.risk.assessment_pdf import assessment_pdf; from oracle.risk.indicators import Line;"
        "print(hashlib.sha256(assessment_pdf(assess(subject(Line.MOTOR), engine()), engine().tables)).hexdigest())"
    )
    digests = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    pdf = assessment_pdf(assess(subject(Line.MOTOR), engine()), engine().tables)

    assert len(digests) == 1
    assert b"Date" not in pdf


def test_printable__everything_tables_and_questionnaires_say__has_a_sign() -> None:
    tables = engine().tables
    said = {sign for file in tables.files for sign in file.content.decode()}
    for form in load_questionnaires().values():
        said |= {sign for question in form.questions for sign in question.zh + question.en}
        said |= set(form.declaration.zh + form.purpose.zh + form.title.zh)

    assert {sign for sign in said if ord(sign) not in report_page.printable()} == set()


def test_font__licence_lies_beside_it__and_it_is_small() -> None:
    assert "SIL OPEN FONT LICENSE" in (report_page.FONT.parent / "OFL.txt").read_text("utf-8")
    assert report_page.FONT.stat().st_size < 1_400_000
    with TTFont(report_page.FONT) as font:
        assert "SIL" in str(font["name"].getDebugName(13))
