"""Quality of data (R17): which applications are checked for authenticity, and where third parties contradict customers.

The sample is drawn by a keyed hash of the application id: every node, worker and year draws the same, in any order, and
nobody who does not know the key can tell beforehand who is drawn. With a public key anybody can check the draw
afterwards; then applicants who choose their own id could avoid it, so ids are given by the insurer.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field

from domain.money import BPS_WHOLE
from oracle.risk.application import MAX_APPLICATION_ID, Application
from oracle.risk.forms import illnesses_of
from oracle.risk.indicators import IndicatorDefinition, IndicatorInvalid, Kind, Source, Value
from oracle.risk.table_files import TABLES, Strict, TableFile, TableInvalid, read_table
from oracle.risk.vocabulary import INDICATORS

LEAST_KEY_BYTES = 16
_DRAW_BYTES = 8
_DRAWS = 1 << 8 * _DRAW_BYTES


class Tolerance(Strict):
    """How far two values may lie apart: the greater of `units` and `bps` of what the customer stated."""

    units: Annotated[int, Field(ge=0)]
    bps: Annotated[int, Field(ge=0, le=BPS_WHOLE)]


class QualityTable(Strict):
    """`tables/quality.yaml`."""

    table: Literal["quality"]
    version: str
    sample_bps: Annotated[int, Field(ge=0, le=BPS_WHOLE)]
    tolerances: dict[str, Tolerance]


class Favours(StrEnum):
    """Whom a mismatch would have favoured: only the first hints at concealment."""

    CUSTOMER = "customer"
    INSURER = "insurer"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A third party says otherwise than the customer.

    Attributes:
        stated, reported: As a person reads them; of a medical history, what only one of the two names.
        obtained_at: When the third party said so, unix seconds.
        favours: Whom the customer's own value makes look better.
    """

    indicator: str
    source: Source
    stated: str
    reported: str
    obtained_at: int
    favours: Favours


def quality_table(file: TableFile | None = None) -> QualityTable:
    """The table, checked.

    Raises:
        TableInvalid: A tolerance is for something that is no number a third party reports.
    """
    written = (file or read_table(TABLES / "quality.yaml")).parsed(QualityTable)
    for name in written.tolerances:
        about = INDICATORS.get(name)
        if about is None or about.kind is not Kind.WHOLE or len(about.sources) < 2:
            problem = "is no number that both customer and third party give"
            raise TableInvalid(f"quality.tolerances.{name}", name, problem, "Leave it out")
    return written


def drawn(application_id: int, key: bytes, sample_bps: int) -> bool:
    """Whether an application is in the sample for authenticity checks.

    Args:
        application_id: 1 to 2^128 - 1.
        key: At least 16 bytes. Secret: nobody can foresee the draw. Public: anybody can repeat it.
        sample_bps: Share of applications to draw, basis points; the sample of a smaller share lies within that of a
            greater one.
    Raises:
        IndicatorInvalid: The id is out of range.
        ValueError: The key is too short, or the share is above the whole.
    """
    if not 1 <= application_id <= MAX_APPLICATION_ID:
        raise IndicatorInvalid("application_id", application_id, "is not from 1 to 2^128 - 1", "Give the id on chain")
    if len(key) < LEAST_KEY_BYTES or not 0 <= sample_bps <= BPS_WHOLE:
        raise ValueError(
            f"key of {len(key)} bytes (at least {LEAST_KEY_BYTES}), share of {sample_bps} bps (at most 10000)"
        )
    digest = hmac.new(key, application_id.to_bytes(16, "big"), sha256).digest()
    return int.from_bytes(digest[:_DRAW_BYTES], "big") * BPS_WHOLE < sample_bps * _DRAWS


def sample(application_ids: Iterable[int], key: bytes, table: QualityTable) -> list[int]:
    """Those to be checked, in the order given."""
    return [each for each in application_ids if drawn(each, key, table.sample_bps)]


def mismatches(application: Application, table: QualityTable) -> list[Mismatch]:
    """Where authorised third parties differ from the customer beyond tolerance: reports in order of time, then the
    indicators in the order of the vocabulary.
    """
    found = []
    for report in application.reports:
        for name, about in INDICATORS.items():
            stated, reported = application.stated.get(name), report.values.get(name)
            if stated is None or reported is None or _agree(about, stated, reported, table.tolerances):
                continue
            direction = about.monotone(application.line)
            ours, theirs = _told(about, stated, reported)
            favours = _favours(about, stated, reported, direction)
            found.append(Mismatch(name, report.source, ours, theirs, report.obtained_at, favours))
    return found


def _agree(about: IndicatorDefinition, stated: Value, reported: Value, tolerances: Mapping[str, Tolerance]) -> bool:
    tolerance = tolerances.get(about.name)
    if tolerance is None or about.kind is not Kind.WHOLE:
        return stated == reported
    ours, theirs = about.coded(stated), about.coded(reported)
    allowed = max(tolerance.units, ours * tolerance.bps // BPS_WHOLE)
    return abs(ours - theirs) <= allowed


def _told(about: IndicatorDefinition, stated: Value, reported: Value) -> tuple[str, str]:
    if about.kind is not Kind.SET:
        return str(stated), str(reported)
    ours, theirs = about.coded(stated), about.coded(reported)
    return ", ".join(illnesses_of(ours & ~theirs)), ", ".join(illnesses_of(theirs & ~ours))


def _favours(about: IndicatorDefinition, stated: Value, reported: Value, direction: int) -> Favours:
    ours, theirs = about.coded(stated), about.coded(reported)
    if about.kind is Kind.SET:
        return Favours.CUSTOMER if theirs & ~ours else Favours.INSURER
    if direction == 0:
        return Favours.NEITHER
    return Favours.CUSTOMER if (theirs - ours) * direction > 0 else Favours.INSURER
