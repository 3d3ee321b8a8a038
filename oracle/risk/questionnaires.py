"""Questionnaires by line, as data: what is asked, in English and Chinese, and which indicator each answer feeds.

A form is put together from parts; a question stands in it if its indicator applies to the line and party. The loader
proves that every question feeds a known indicator and that nothing a customer can state goes unasked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from domain.errors import AmountInvalid
from domain.money import parse_amount
from oracle.risk.forms import ApplicationInvalid, Problem, checked_values, shown, stated_name, statements_model
from oracle.risk.grading import IllnessTable, OccupationTable, Words
from oracle.risk.indicators import CASES, Case, IndicatorDefinition, Kind, Party, Source, Value
from oracle.risk.table_files import TABLES, Strict, TableInvalid, read_table
from oracle.risk.vocabulary import INDICATORS, asked

FOLDER = TABLES / "questionnaires"
Text = Annotated[str, Field(min_length=1, max_length=1_000)]


class Answer(StrEnum):
    """How a question is answered."""

    NUMBER = "number"
    DECIMAL = "decimal"
    CHOICE = "choice"
    YES_NO = "yes-no"
    LIST = "list"


_KINDS = {
    Answer.NUMBER: Kind.WHOLE,
    Answer.DECIMAL: Kind.WHOLE,
    Answer.CHOICE: Kind.CHOICE,
    Answer.YES_NO: Kind.FLAG,
    Answer.LIST: Kind.SET,
}


class Question(Words):
    """One question.

    Attributes:
        indicator: What the answer feeds.
        decimals: Of a decimal answer: 5.6 with 3 is 5600 in the indicator's unit.
        choices: What the choices are called.
        named_by: The table that names the choices, instead of `choices`.
        corporate: How a company is asked.
    """

    indicator: str
    answer: Answer
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    choices: Annotated[dict[str, Words], Field(default_factory=dict)]
    named_by: str | None = None
    corporate: Words | None = None

    def asked_of(self, party: Party) -> Words:
        """The question as this party is asked it."""
        return self.corporate if self.corporate and party is Party.CORPORATE else self


class Identity(Words):
    """Asked of everybody to know who they are. The answer is no indicator: it never reaches an application or a score.

    Attributes:
        field: What the answer is called where identities are kept.
        corporate: How a company is asked.
    """

    field: Text
    corporate: Words

    def asked_of(self, party: Party) -> Words:
        """The question as this party is asked it."""
        return self.corporate if party is Party.CORPORATE else self


class Part(Strict):
    """Questions that belong together."""

    table: str
    version: Text
    questions: Annotated[tuple[Question, ...], Field(max_length=100)]


class Common(Part):
    """The part of every form."""

    identity: Annotated[tuple[Identity, ...], Field(min_length=1)]
    declaration: Words
    purpose: Words
    authorisations: dict[Source, Words]


class Form(Strict):
    """Which parts, besides the common one, make the form of a line."""

    table: str
    version: Text
    title: Words
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What one form asks.

    Attributes:
        identity: Asked first, and kept apart.
        authorisations: Asked for by the sources that can speak about this form.
        versions: Version by part; changes when any text changes.
    """

    case: Case
    title: Words
    identity: tuple[Identity, ...]
    questions: tuple[Question, ...]
    declaration: Words
    purpose: Words
    authorisations: Mapping[Source, Words]
    versions: Mapping[str, str]

    def question(self, indicator: str) -> Question:
        """The question that feeds an indicator; `KeyError` if none does."""
        return {each.indicator: each for each in self.questions}[indicator]

    def required(self, question: Question) -> bool:
        """Whether the form cannot be submitted without an answer."""
        return INDICATORS[question.indicator].required_for(*self.case)

    def statements(self, answers: Mapping[str, object]) -> dict[str, Value]:
        """Indicators from answers as people write them, checked as in an application.

        Args:
            answers: By indicator: digits, a decimal as text, a choice's code, yes or no, a list of codes.
        Raises:
            ApplicationIncomplete, ApplicationInvalid: All problems are named.
        """
        given: dict[str, object] = {}
        problems = []
        for name, answer in answers.items():
            if not self._asks(name):
                problems.append(Problem(name[:60], shown(answer), "is not asked for in this form", "Leave it out"))
                continue
            try:
                given[stated_name(name)] = answered(self.question(name), answer)
            except ApplicationInvalid as error:
                problems.extend(error.problems)
        if problems:
            raise ApplicationInvalid(problems)
        return checked_values(statements_model(self.case), given)

    def _asks(self, indicator: str) -> bool:
        return any(each.indicator == indicator for each in self.questions)


def answered(question: Question, answer: object) -> object:
    """An answer in the unit of its indicator; its range is checked with the form.

    Raises:
        ApplicationInvalid
    """
    if answer is None or answer == "" or not isinstance(answer, str):
        return answer
    text = answer.strip()
    if question.answer in (Answer.NUMBER, Answer.DECIMAL):
        try:
            return int(parse_amount(text, question.decimals, question.indicator))
        except AmountInvalid as error:
            raise ApplicationInvalid(
                [Problem(question.indicator, shown(answer), error.problem, _how(question))]
            ) from error
    if question.answer is Answer.YES_NO:
        meant = {"yes": True, "no": False, "是": True, "否": False}.get(text.lower())
        if meant is None:
            raise ApplicationInvalid(
                [Problem(question.indicator, shown(answer), "is neither yes nor no", _how(question))]
            )
        return meant
    return [code.strip() for code in text.split(",")] if question.answer is Answer.LIST else text


@cache
def load_questionnaires(folder: Path = FOLDER) -> Mapping[Case, Questionnaire]:
    """Every form, proved complete.

    Raises:
        TableInvalid: A question feeds nothing known, one indicator is asked for twice or not at all, an answer does not
            fit its indicator, a choice has no name, or an authorisation is missing.
    """
    return {case: _questionnaire(folder, case) for case in CASES}


def _questionnaire(folder: Path, case: Case) -> Questionnaire:
    form = read_table(folder / f"{case.line}.yaml").parsed(Form)
    common = read_table(folder / "common.yaml").parsed(Common)
    others = [read_table(folder / f"{name}.yaml").parsed(Part) for name in form.parts]
    names = _names(folder.parent)
    questions = []
    for part in (common, *others):
        for question in part.questions:
            if _checked(part.table, question, names).applies_to(*case):
                choices = names.get(str(question.named_by), question.choices)
                questions.append(question.model_copy(update={"choices": choices}))
    _check_complete(case, questions)
    versions = {form.table: form.version, **{part.table: part.version for part in (common, *others)}}
    sources = _authorised(case, common)
    return Questionnaire(
        case, form.title, common.identity, tuple(questions), common.declaration, common.purpose, sources, versions
    )


def _names(folder: Path) -> dict[str, dict[str, Words]]:
    """What codes are called, by the table that says so."""
    occupations = read_table(folder / "occupations.yaml").parsed(OccupationTable).occupations
    illnesses = read_table(folder / "illnesses.yaml").parsed(IllnessTable).illnesses
    return {
        "occupations": {each.code: Words(en=each.en, zh=each.zh) for each in occupations},
        "illnesses": {each.code: Words(en=each.en, zh=each.zh) for each in illnesses},
    }


def _checked(part: str, question: Question, names: Mapping[str, Mapping[str, Words]]) -> IndicatorDefinition:
    field = f"{part}.{question.indicator}"
    about = INDICATORS.get(question.indicator)
    if about is None or about.derived or Source.CUSTOMER not in about.sources:
        raise TableInvalid(field, question.indicator, "is nothing a customer states", "Name an indicator")
    if _KINDS[question.answer] is not about.kind or (question.decimals and question.answer is not Answer.DECIMAL):
        raise TableInvalid(field, question.answer, f"does not answer for a {about.kind}", "Choose a fitting answer")
    named = names.get(question.named_by, {}) if question.named_by else question.choices
    differing = sorted(set(named) ^ set(about.choices))
    if differing:
        raise TableInvalid(f"{field}.choices", differing, "have no name or are no choices", "Name each choice once")
    return about


def _check_complete(case: Case, questions: list[Question]) -> None:
    stated = [question.indicator for question in questions]
    wanted = [each.name for each in asked(*case) if Source.CUSTOMER in each.sources]
    wrong = sorted({name for name in stated if stated.count(name) > 1} | (set(wanted) - set(stated)))
    if wrong:
        raise TableInvalid(f"{case.line}.questions", wrong, f"not asked exactly once of {case.party}", "Add or remove")


def _authorised(case: Case, common: Common) -> dict[Source, Words]:
    sources = [source for source in Source if source.sensitive and any(source in each.sources for each in asked(*case))]
    missing = [source for source in sources if source not in common.authorisations]
    if missing:
        raise TableInvalid("common.authorisations", missing, "cannot be authorised", "Add a text for each")
    return {source: common.authorisations[source] for source in sources}


def _how(question: Question) -> str:
    if question.answer is Answer.DECIMAL:
        return f"Write digits, at most {question.decimals} of them after the point"
    return "Write digits" if question.answer is Answer.NUMBER else "Answer yes or no"
