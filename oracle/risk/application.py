"""An application: who asks for which cover, what they state, what third parties report, and what they authorised.

What a source says counts only with the customer's written authorisation, signed before the source was asked and not
taken back, and no longer than `oracle.risk.sources` lets it. Otherwise the values are dropped on reading, unseen:
`unread` names the source, and indicators nobody else speaks of are None. A report confirms what it gives and nothing
else; a source whose reports give nothing was not read.
Where statement and report differ, the one that means more risk counts if the manual says which way risk moves, else the
report; `oracle.risk.quality` lists the differences, and `reconciled` settles what contradicts itself then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.ranges import MAX_UINT40
from oracle.risk.contradictions import reconciled, refuse_contradictions
from oracle.risk.documents import read_document
from oracle.risk.forms import (
    MAX_PROBLEMS,
    ApplicationContradictory,
    ApplicationIncomplete,
    ApplicationInvalid,
    Problem,
    checked_values,
    report_model,
    shown,
    statements_model,
)
from oracle.risk.indicators import Case, IndicatorDefinition, Kind, Line, Party, Row, Source, Value
from oracle.risk.shape_errors import shape_problem
from oracle.risk.sources import greatest_ages
from oracle.risk.vocabulary import INDICATORS, asked

MAX_APPLICATION_ID = (1 << 128) - 1
META = ("application_id", "line", "party", "received_at")
"""What a record has besides the indicators of its row, and the sources that were read."""
READ: dict[str, Source] = {
    f"read_{source.value.replace('-', '_')}": source for source in Source if source is not Source.CUSTOMER
}
"""Fields of a record: true says that the source gave every value of the row it can say, but for those in STATED_ONLY;
false or empty that it gave none of those the customer can state too."""
STATED_ONLY = "stated_only"
"""Field of a record: names, parted by commas, of what a source that was read can say and did not give."""
Time = Annotated[int, Field(ge=0, le=MAX_UINT40, description="Unix seconds.")]
Values = Annotated[dict[str, object], Field(max_length=100)]
"""Values before they are checked against their form, or dropped."""
Reference = Annotated[str, Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_max_length=300)


class Consent(_Part):
    """The customer's written authorisation to ask a source."""

    source: Annotated[Source, Field(strict=False)]
    signed_at: Time
    withdrawn_at: Time | None = None


class Declaration(_Part):
    """The customer's signature under the declaration of truth; without it there is no application."""

    truthful: Literal[True]
    signed_at: Time


class Report(_Part):
    """What a source other than the customer says.

    Attributes:
        reference: The source's own number for it, or the seal and contact it was checked with.
        values: By indicator; emptied on reading if the source is not authorised.
    """

    source: Annotated[Source, Field(strict=False)]
    obtained_at: Time
    reference: Reference = ""
    values: Values


class _Envelope(_Part):
    """An application as written, before its statements and reports are held against the form."""

    application_id: Annotated[int, Field(ge=1, le=MAX_APPLICATION_ID)]
    line: Annotated[Line, Field(strict=False)]
    party: Annotated[Party, Field(strict=False)]
    received_at: Time
    declaration: Declaration
    consents: Annotated[tuple[Consent, ...], Field(strict=False, max_length=20)] = ()
    statements: Values
    reports: Annotated[tuple[Report, ...], Field(strict=False, max_length=50)] = ()


class Unread(StrEnum):
    """Why a source was not read."""

    NOT_AUTHORISED = "not-authorised"
    WITHDRAWN = "withdrawn"
    ASKED_TOO_EARLY = "asked-before-authorisation"
    TOO_OLD = "older-than-reports-count"


@dataclass(frozen=True, slots=True)
class CheckedReport:
    """What an authorised source said, checked and coded as in a row."""

    source: Source
    obtained_at: int
    reference: str
    values: Row


@dataclass(frozen=True)
class Application:
    """A complete application, free of contradictions.

    Attributes:
        application_id: uint128, as on chain.
        received_at: Unix seconds.
        stated: What the customer stated, by indicator.
        reports: What authorised sources said, in the order they said it.
        unread: Sources of this form of which nothing was read, and why.
    """

    application_id: int
    case: Case
    received_at: int
    stated: Row
    reports: tuple[CheckedReport, ...]
    unread: Mapping[Source, Unread]

    @property
    def line(self) -> Line:
        """Line of business."""
        return self.case.line

    @property
    def party(self) -> Party:
        """Personal or corporate."""
        return self.case.party

    @property
    def sources(self) -> tuple[Source, ...]:
        """Who was read and gave something, the customer first."""
        gave = {source for name in self.confirmed for source in INDICATORS[name].sources}
        return tuple(source for source in Source if source is Source.CUSTOMER or source in gave)

    @cached_property
    def confirmed(self) -> tuple[str, ...]:
        """What of the row some report gave, in the order of the vocabulary."""
        given = {name for report in self.reports for name, value in report.values.items() if value is not None}
        return tuple(name for name, value in self.row().items() if value is not None and name in given)

    def row(self) -> dict[str, Value]:
        """Every indicator the form asks for, in the order of the vocabulary; None: nobody said."""
        return reconciled({each.name: self._counting(each) for each in asked(*self.case)})

    def record(self) -> dict[str, Value]:
        """The row with id, line, party, time and what was read: one row of a portfolio."""
        meta = (self.application_id, self.line.value, self.party.value, self.received_at)
        row, sources, confirmed = self.row(), self.sources, self.confirmed
        read = {name: source in sources for name, source in READ.items()}
        unsaid = [
            name
            for name, value in row.items()
            if value is not None and name not in confirmed and set(INDICATORS[name].sources[1:]) & set(sources)
        ]
        return {**dict(zip(META, meta, strict=True)), **read, STATED_ONLY: ",".join(unsaid), **row}

    def _counting(self, about: IndicatorDefinition) -> Value:
        reported = [value for report in self.reports if (value := report.values.get(about.name)) is not None]
        stated = self.stated.get(about.name)
        said = [value for value in (stated, *reported) if value is not None]
        if len(said) < 2:
            return said[0] if said else None
        if about.kind is Kind.SET:
            return _united(said)
        direction = about.monotone(self.line)
        # Of equal weight, the latest report.
        return max(reversed(said), key=lambda value: about.coded(value) * direction) if direction else reported[-1]


def load_application(path: Path) -> Application:
    """An application from a JSON file of at most a megabyte, or YAML of 64 KiB.

    Raises:
        DocumentInvalid, ApplicationInvalid
    """
    return parse_application(read_document(path))


def parse_application(document: object) -> Application:
    """An application from plain values.

    Raises:
        ApplicationIncomplete: A required field is missing; all are named.
        ApplicationContradictory: Two answers cannot both be true.
        ApplicationInvalid: Anything else; all problems are named.
    """
    if not isinstance(document, dict):
        raise ApplicationInvalid([Problem("application", shown(document), "is no mapping", "Give fields by name")])
    try:
        written = _Envelope.model_validate(document)
    except ValidationError as error:
        raise _refused(error) from error
    _refuse_later("declaration.signed_at", written.declaration.signed_at, written)
    case = Case(written.line, written.party)
    stated = checked_values(statements_model(case), written.statements)
    refuse_contradictions(stated)
    reports, unread = _read(case, written)
    return Application(written.application_id, case, written.received_at, stated, reports, unread)


def _read(case: Case, written: _Envelope) -> tuple[tuple[CheckedReport, ...], dict[Source, Unread]]:
    """Reports of authorised sources, checked, oldest first; and the sources of which nothing was read."""
    third = [source for source in Source if source.sensitive and any(source in each.sources for each in asked(*case))]
    unread = {source: why for source in third if (why := _unread(written, source, None)) is not None}
    read = []
    for place, report in sorted(enumerate(written.reports), key=lambda each: each[1].obtained_at):
        _refuse_later(f"reports.{place}.obtained_at", report.obtained_at, written)
        why = _unread(written, report.source, report.obtained_at)
        if why is not None:
            unread[report.source] = why
            continue
        read.append(_checked_report(case, report, f"reports.{place}.values."))
    heard = {each.source for each in read if each.values}
    return tuple(read), {source: why for source, why in unread.items() if source not in heard}


def _refuse_later(field: str, at: int, written: _Envelope) -> None:
    if at > written.received_at:
        problem = f"is after the application came in (received_at is {written.received_at})"
        raise ApplicationContradictory([Problem(field, at, problem, "Correct the times")])


def _checked_report(case: Case, report: Report, place: str) -> CheckedReport:
    if report.source is Source.CUSTOMER:
        field, remedy = place.replace("values.", "source"), "Put what the customer says under statements"
        raise ApplicationInvalid([Problem(field, "customer", "is no third party", remedy)])
    values = checked_values(report_model(case, report.source), report.values, place)
    refuse_contradictions(values, place)
    return CheckedReport(report.source, report.obtained_at, report.reference, values)


def _unread(written: _Envelope, source: Source, obtained_at: int | None) -> Unread | None:
    """Why a source, or its report of this time, is not read."""
    why = _unauthorised(written, source, obtained_at) if source.sensitive else None
    if why is not None or obtained_at is None or source is Source.CUSTOMER:
        return why
    return Unread.TOO_OLD if written.received_at - obtained_at > greatest_ages()[source] else None


def _unauthorised(written: _Envelope, source: Source, obtained_at: int | None) -> Unread | None:
    """Of consents that stand the earliest counts: signing again takes nothing away."""
    consents = [each for each in written.consents if each.source is source]
    if not consents:
        return Unread.NOT_AUTHORISED
    standing = [each.signed_at for each in consents if each.withdrawn_at is None]
    if not standing:
        return Unread.WITHDRAWN
    return Unread.ASKED_TOO_EARLY if obtained_at is not None and obtained_at < min(standing) else None


def _united(masks: Sequence[Value]) -> int:
    united = 0
    for mask in masks:
        united |= int(mask or 0)
    return united


def _refused(error: ValidationError) -> ApplicationInvalid:
    found = error.errors(include_url=False)
    places = {".".join(str(part)[:60] for part in each["loc"][:4]): each for each in found}
    if missing := [place for place, each in places.items() if each["type"] == "missing"]:
        return ApplicationIncomplete([Problem(place, None, "is required and missing", "Give it") for place in missing])
    return ApplicationInvalid(
        [
            Problem(place, shown(each["input"]), *shape_problem(each))
            for place, each in list(places.items())[:MAX_PROBLEMS]
        ]
    )
