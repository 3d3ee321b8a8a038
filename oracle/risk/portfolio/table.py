"""Applications as a table: which columns there may be, and what they become as columns of whole numbers.

A file is refused as a whole where its columns are wrong. A row is set aside where its values are.

PortfolioInvalid (a RiskError)    a file, a column or a cluster cannot be used; nothing was scored
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.ranges import MAX_UINT40
from oracle.risk.application import MAX_APPLICATION_ID, META, READ, STATED_ONLY
from oracle.risk.indicators import ABSENT, IndicatorDefinition, Kind, Line, Party, RiskError, Source
from oracle.risk.records import CONFIRMABLE, only_reported, stated_only_names
from oracle.risk.rounding import Ints
from oracle.risk.rules import Flags
from oracle.risk.vocabulary import INDICATORS

UNKNOWN: Final = -2
"""Code of a value that is given and cannot be: the row is set aside."""
LINES: Final = tuple(line.value for line in Line)
PARTIES: Final = tuple(party.value for party in Party)
STATED: Final = {name: about for name, about in INDICATORS.items() if not about.derived}
_BITS: Final = {name: 1 << place for place, name in enumerate(CONFIRMABLE)}
_ONLY_REPORTED: Final = {name: about.sources[0] for name, about in STATED.items() if only_reported(name)}
_LONGEST_ID: Final = str(MAX_APPLICATION_ID)
_WHOLE: Final = "int64, empty where not given"
_TEXT: Final = "string"
_FLAG: Final = "bool, empty where not given"


class PortfolioInvalid(RiskError):
    """A file, a column or a cluster cannot be used; nothing was scored."""


@dataclass(frozen=True, slots=True)
class Read:
    """What third parties gave of applications.

    Attributes:
        by_source: Rows of which a source gave every value it can say, but for what `stated_only` names.
        stated_only: Bitmaps of `CONFIRMABLE`; None: nothing in any row.
    """

    by_source: Mapping[Source, Flags]
    stated_only: Ints | None = None

    def gave(self, name: str, source: Source, values: Ints) -> Flags:
        """In which rows this source gave this indicator; what no customer can state was given where it is there."""
        if name in _ONLY_REPORTED:
            given: Flags = values != ABSENT
            return given
        read = self.by_source[source]
        return read if self.stated_only is None else read & (self.stated_only & _BITS[name] == 0)

    def at(self, rows: Ints) -> Self:
        """The same of some rows."""
        stated_only = None if self.stated_only is None else self.stated_only[rows]
        return replace(
            self, by_source={source: flags[rows] for source, flags in self.by_source.items()}, stated_only=stated_only
        )


@dataclass(frozen=True, slots=True)
class Coded:
    """Applications as columns.

    Attributes:
        line, party: Places in `LINES` and `PARTIES`; negative where unknown.
        columns: Indicators, coded as in `IndicatorDefinition.coded`; all-absent ones are left out.
        bad: Rows with a value that cannot be.
    """

    rows: int
    line: Ints
    party: Ints
    read: Read
    columns: Mapping[str, Ints]
    bad: Flags


def check_columns(schema: pa.Schema, extras: Sequence[str] = ()) -> None:
    """Refuse a table whose columns are not those of applications.

    Args:
        extras: Further columns a learned model asks for.
    Raises:
        PortfolioInvalid
    """
    names = schema.names
    for name in names:
        if names.count(name) > 1:
            raise PortfolioInvalid("column", name, "stands twice", "Keep one of them")
        if name not in (*META, *READ, STATED_ONLY, *extras) and name not in STATED:
            remedy = "Drop it, or call it as oracle/risk/vocabulary.py does"
            raise PortfolioInvalid("column", name, "is nothing an application says", remedy)
    for name in (*META, *extras):
        if name not in names:
            raise PortfolioInvalid("column", name, "is missing", f"Give {', '.join((*META, *extras))}")
    for field in schema:
        wanted = None if field.name in extras else _wanted(field.name, field.type)
        if wanted is not None:
            raise PortfolioInvalid(field.name, str(field.type), "is another type than is read", f"Write {wanted}")


def coded_table(table: pa.Table) -> Coded:
    """A table of applications as columns of whole numbers. Its columns passed `check_columns`."""
    line, party = (_placed(flat(table, name), names) for name, names in (("line", LINES), ("party", PARTIES)))
    bad = (line < 0) | (party < 0) | ~identified(flat(table, "application_id"))
    received_at, odd = _numbers(flat(table, "received_at"), 0, MAX_UINT40)
    bad |= odd | (received_at == ABSENT)
    columns = {}
    for name, about in STATED.items():
        if name not in table.schema.names or table.column(name).null_count == table.num_rows:
            continue
        coded = _coded(flat(table, name), about)
        bad |= coded == UNKNOWN
        columns[name] = coded
    by_source, denied = _read_each(table, columns)
    stated_only = _stated_only(table)
    if stated_only is not None:
        denied |= stated_only == UNKNOWN
    return Coded(table.num_rows, line, party, Read(by_source, stated_only), columns, bad | denied)


def _stated_only(table: pa.Table) -> Ints | None:
    """Bitmaps of what `STATED_ONLY` names; `UNKNOWN` where it names what it must not."""
    if STATED_ONLY not in table.schema.names or table.column(STATED_ONLY).null_count == table.num_rows:
        return None
    array = flat(table, STATED_ONLY)
    words = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    masks = np.array([*(_mask(word) for word in words.dictionary.to_pylist()), 0], dtype=np.int64)
    indices = pc.fill_null(pc.cast(words.indices, pa.int64()), len(masks) - 1)
    found: Ints = masks[indices.to_numpy(zero_copy_only=False)]
    return found if found.any() else None


def _mask(word: str | None) -> int:
    names = stated_only_names(word) if word else ()
    return UNKNOWN if names is None else sum(_BITS[name] for name in set(names))


def _read_each(table: pa.Table, columns: Mapping[str, Ints]) -> tuple[dict[Source, Flags], Flags]:
    """By source, which rows say it was read; and rows that deny it and hold what only that source says."""
    read: dict[Source, Flags] = {}
    denied = np.zeros(table.num_rows, dtype=np.bool_)
    for name, source in READ.items():
        held = np.zeros(table.num_rows, dtype=np.bool_)
        for indicator in (each for each, its_source in _ONLY_REPORTED.items() if its_source is source):
            if indicator in columns:
                held |= columns[indicator] != ABSENT
        said = _flags(flat(table, name)) if name in table.schema.names else np.full(table.num_rows, ABSENT)
        read[source] = said == 1
        denied |= (said == 0) & held
    return read, denied


def _flags(array: pa.Array) -> Ints:
    flags: Ints = pc.fill_null(pc.cast(array, pa.int64()), ABSENT).to_numpy(zero_copy_only=False)
    return flags


def readable(table: pa.Table) -> pa.Table:
    """The same table with text that is not UTF-8 made readable, so that its rows can be set aside by name."""
    for place, field in enumerate(table.schema):
        if not _is_text(field.type):
            continue
        try:
            table.column(place).validate(full=True)
        except pa.ArrowInvalid:
            plain = table.column(place).cast(pa.large_binary())
            texts = [None if each is None else each.decode("utf-8", "replace") for each in plain.to_pylist()]
            table = table.set_column(place, field.name, pa.array(texts, pa.large_string()))
    return table


def _wanted(name: str, kind: pa.DataType) -> str | None:
    """What a column should be of; None where it is."""
    if name == "application_id":
        fits = pa.types.is_integer(kind) or _is_plain_text(kind) or (pa.types.is_decimal(kind) and kind.scale == 0)
        return None if fits else "int64, decimal without decimals, or string"
    about = STATED.get(name)
    if pa.types.is_null(kind) and (about is not None or name in READ or name == STATED_ONLY):
        return None
    if name in ("line", "party", STATED_ONLY):
        return None if _is_text(kind) else _TEXT
    if name in READ:
        return None if pa.types.is_boolean(kind) else _FLAG
    if about is not None and about.kind is Kind.CHOICE:
        return None if _is_text(kind) else _TEXT
    if about is not None and about.kind is Kind.FLAG:
        return None if pa.types.is_boolean(kind) else _FLAG
    return None if pa.types.is_integer(kind) else _WHOLE


def _is_plain_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_text(kind: pa.DataType) -> bool:
    return _is_plain_text(kind.value_type if pa.types.is_dictionary(kind) else kind)


def flat(table: pa.Table, name: str) -> pa.Array:
    """A column in one piece."""
    column = table.column(name).combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


def _coded(array: pa.Array, about: IndicatorDefinition) -> Ints:
    match about.kind:
        case Kind.CHOICE:
            return _placed(array, about.choices)
        case Kind.FLAG:
            return _flags(array)
        case Kind.WHOLE | Kind.SET:
            numbers, odd = _numbers(array, about.least, about.most)
            numbers[odd] = UNKNOWN
            return numbers


def _numbers(array: pa.Array, least: int, most: int) -> tuple[Ints, Flags]:
    """Numbers, `ABSENT` where none is given; and where one is out of range."""
    absent = pc.is_null(array).to_numpy(zero_copy_only=False)
    given = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
    odd: Flags = ((given < least) | (given > most)) & ~absent
    numbers = np.where(odd, 0, given).astype(np.int64)
    numbers[absent] = ABSENT
    return numbers, odd


def _placed(array: pa.Array, choices: Sequence[str]) -> Ints:
    """Places of words among the choices; an empty word counts as not given."""
    words = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    known = {"": ABSENT, **{choice: place for place, choice in enumerate(choices)}}
    places = [ABSENT if word is None else known.get(word, UNKNOWN) for word in words.dictionary.to_pylist()]
    coded = np.array([*places, ABSENT], dtype=np.int64)
    indices = pc.fill_null(pc.cast(words.indices, pa.int64()), len(places))
    placed: Ints = coded[indices.to_numpy(zero_copy_only=False)]
    return placed


def identified(array: pa.Array) -> Flags:
    """Rows with an application id from 1 to 2^128 - 1."""
    if pa.types.is_integer(array.type):
        positive: Flags = pc.fill_null(array, 0).to_numpy(zero_copy_only=False) > 0
        return positive
    text = pc.fill_null(pc.cast(array, pa.large_string()), "")
    digits = pc.match_substring_regex(text, "^[1-9][0-9]{0,38}$")
    fits = pc.or_(pc.less(pc.binary_length(text), len(_LONGEST_ID)), pc.less_equal(text, _LONGEST_ID))
    found: Flags = pc.and_(digits, fits).to_numpy(zero_copy_only=False)
    return found
