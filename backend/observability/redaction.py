"""What may leave in a log line or on a span. Deny by default: fields nobody named, and values that are not of their
field's kind, go out as `[masked]`.

A pattern cannot tell a name from a word, so texts pass word by word: small letters, identifiers of the code, numbers
of at most nine digits. What begins with a capital letter, is not ASCII, or looks like an address, a key or a signature
does not. Decision record 0055.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from structlog.typing import EventDict

from backend.observability.fields import FieldKind, kind_of

MASKED: Final = "[masked]"
MOST_TEXT: Final = 600
MOST_ITEMS: Final = 50
_ROOT: Final = Path(__file__).resolve().parents[2]
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./:{}-]{0,79}|[0-9]{1,4}|/[a-z0-9_./{}-]{0,99}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z")
_DIGITS_ALONE: Final = re.compile(r"[0-9+.-]{8,}")
_TOKEN: Final = re.compile(r"(?=[A-Za-z0-9_-]*[a-z])(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{16,}")
_ID: Final = re.compile(r"[A-Za-z0-9_.:/#+=-]{1,160}")
_HASH: Final = re.compile(r"0x[0-9a-f]{64}")
_REQUEST_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|sha256:[0-9a-f]{16}")
_HOST: Final = re.compile(r"[a-z0-9.:-]{1,253}")
_PLACE: Final = re.compile(
    r"[A-Za-z0-9_./-]+\.py:[0-9]+ [A-Za-z0-9_<>]+|[A-Z][A-Za-z]+|caused by|<[a-z ]+>:[0-9]+ [a-z_<>]+"
)
_WORD: Final = re.compile(
    r"[a-z]{1,20}(?:['-][a-z]{1,20})*"  # a word
    r"|[a-z]{1,20}[0-9]{0,3}(?:[_.][a-z]{1,20}[0-9]{0,3}){1,5}"  # a name in the code: of_this or of.that
    r"|(?:[A-Z][a-z0-9]+){2,6}|[A-Z]{2,5}|QUITTANCE_[A-Z_]{1,40}"  # an error's name, an abbreviation, a setting
    r"|-?[0-9]{1,9}|0x[0-9a-fA-F]{1,8}"
)
_NAMED_HASH: Final = re.compile(r"(?<=[a-z][/:])(?:0x)?[0-9a-f]{64}(?![0-9a-fA-F])")
_LONG_HEX: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{40,}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLAIN_HEX: Final = re.compile(r"[0-9a-fA-F]{33,}")
_TOKENS: Final = re.compile(r"[\s,;()'\"!?=<>]+|(?<=[a-zA-Z0-9])[.:](?=\s|$)")
_LONGEST_DIGITS: Final = 20
_DIALLED: Final = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){7,}")


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: what is left is fit to be read by whoever reads logs."""
    return {name: looked_at(name, value) for name, value in event.items() if _NAME.fullmatch(name)}


def looked_at(name: str, value: object) -> object:
    """A field's value, or `[masked]` where it is not what the field is for."""
    kind = kind_of(name)
    if kind is None:
        return MASKED
    if value is None:
        return None
    if isinstance(value, list | tuple | set | frozenset):
        return [_one(kind, each) for each in list(value)[:MOST_ITEMS]]
    return _one(kind, value)


def safe_text(text: str) -> str:
    """A sentence with every word masked that could be somebody's name, number, address or key."""
    text = _DIALLED.sub(_dialled, text[:MOST_TEXT])
    parts, at = [], 0
    for gap in _TOKENS.finditer(text):
        parts += [_word(text[at : gap.start()]), gap.group()]
        at = gap.end()
    shown = "".join([*parts, _word(text[at:])])
    return re.sub(r"\[masked\](?:\s*\[masked\])+", MASKED, shown)


def frames(error: BaseException | None) -> list[str]:
    """Where an error arose: its type, and file, line and function from the outermost in. Nothing of what it says."""
    if error is None:
        return []
    return [type(error).__name__, *_places(error.__traceback__), *_caused(error)]


def told_id(given: str) -> str:
    """A request's id, as logs and the audit log have it: random ones as they are, what callers made up as its hash.

    What was told so already stays as it is.
    """
    if _REQUEST_ID.fullmatch(given):
        return given
    return f"sha256:{sha256(given.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _one(kind: FieldKind, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(kind, value)
    if not isinstance(value, str):
        value = str(value)
    match kind:
        case FieldKind.CODE:
            return value if _fits(_CODE, value) else MASKED
        case FieldKind.ID:
            return value if _fits(_ID, value) else MASKED
        case FieldKind.HASH:
            return value if _HASH.fullmatch(value) else MASKED
        case FieldKind.TIME:
            return value if _TIME.fullmatch(value) else MASKED
        case FieldKind.ADDRESS:
            return _machine(value)
        case FieldKind.TEXT | FieldKind.TRACE:
            return safe_text(value) if kind is FieldKind.TEXT else _place(value)
        case _:
            return MASKED


def _number(kind: FieldKind, value: float) -> object:
    """Numbers where numbers belong: in an id they are at most 20 digits, and a telephone number is in no text."""
    if kind in (FieldKind.NUMBER, FieldKind.CODE, FieldKind.ID):
        return value if abs(value) < 10**_LONGEST_DIGITS else MASKED
    return MASKED


def _fits(pattern: re.Pattern[str], value: str) -> bool:
    """Of the pattern, and neither a number to dial nor a token, a key or a signature.

    Those are mixed letters and digits that are no hex, or longer runs of hex than any id but a named hash.
    """
    bare = _NAMED_HASH.sub("", _UUID.sub("", value))
    if _DIGITS_ALONE.fullmatch(bare) or any(not _LONG_HEX.fullmatch(run) for run in _TOKEN.findall(bare)):
        return False
    return bool(pattern.fullmatch(value)) and all(len(run) <= 42 for run in _LONG_HEX.findall(bare))


def _machine(url: str) -> str:
    """Scheme, host and port of an address: a password, a path or a query in it stay out."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return MASKED
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return MASKED
    return f"{parts.scheme}://{host}:{port}" if port else f"{parts.scheme}://{host}"


def _dialled(found: re.Match[str]) -> str:
    """Numbers in groups, as telephones and cards have them; a plain number is looked at as a word."""
    return found.group() if found.group().isdecimal() else MASKED


def _word(word: str) -> str:
    if not word or word == MASKED or _UUID.fullmatch(word):
        return word
    bare = word.strip(".:/%*-…")
    if not bare:
        return word
    if _WORD.fullmatch(bare) and not _PLAIN_HEX.fullmatch(bare):
        return word
    return MASKED


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{_file(f.filename)}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace, limit=MOST_ITEMS)]


def _caused(error: BaseException) -> list[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return ["caused by", *frames(cause)] if cause is not None and cause is not error else []


def _file(path: str) -> str:
    found = Path(path)
    return str(found.relative_to(_ROOT)) if found.is_relative_to(_ROOT) else "/".join(found.parts[-2:])


def _place(text: str) -> str:
    """As `frames` writes it, and nothing else."""
    return text if _PLACE.fullmatch(text) else MASKED


def exception_frames(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: what went wrong, without what it said; errors quote what they were given."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()[1]
    if isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        event["exception"] = frames(given)
    return event


def known(fields: Mapping[str, object]) -> dict[str, str | int | float | bool]:
    """Attributes of a span: as in logs, and without what is not there."""
    found = {name: looked_at(name, value) for name, value in fields.items() if value is not None}
    return {name: value for name, value in found.items() if isinstance(value, str | int | float | bool)}
