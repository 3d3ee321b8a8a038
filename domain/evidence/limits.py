"""What evidence is taken: limits of type, size and count, each with a name that refusals carry."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from domain.evidence.refusals import EvidenceRefused
from domain.evidence.sniff import TAKEN, media_type_of

MEBIBYTE: Final = 1 << 20
_DEVICES: Final = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class Limits:
    """Most of everything that is handed in: files, bytes of one and of all together, bytes of a name in UTF-8."""

    files: int = 32
    file_bytes: int = 20 * MEBIBYTE
    total_bytes: int = 100 * MEBIBYTE
    name_bytes: int = 120
    media_types: tuple[str, ...] = TAKEN


LIMITS: Final = Limits()


class Listed(Protocol):
    """What is known of a file without its bytes."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def size(self) -> int: ...


class Handed(Protocol):
    """A file as it was handed in."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def content(self) -> bytes: ...


def check_files(files: Sequence[Handed], limits: Limits = LIMITS) -> None:
    """Refuse what is too many, too large, badly named, of a type not taken, or not what it says it is.

    Raises:
        EvidenceRefused: `NO_FILES`, `TOO_MANY_FILES`, `NAME_INVALID`, `NAME_TWICE`, `FILE_EMPTY`, `FILE_TOO_LARGE`,
            `DOSSIER_TOO_LARGE`, `TYPE_NOT_TAKEN`, `TYPE_DIFFERS`.
    """
    _check_count(len(files), limits)
    total, names = 0, set[str]()
    for file in files:
        _check_names(file.name, names, limits)
        check_file(file.name, file.media_type, file.content, limits)
        total += len(file.content)
    _check_total(total, limits)


def check_listing(files: Sequence[Listed], limits: Limits = LIMITS) -> None:
    """As `check_files`, of files whose bytes are elsewhere: what they are was seen when they came in.

    Raises:
        EvidenceRefused: As `check_files`, but for `TYPE_DIFFERS`.
    """
    _check_count(len(files), limits)
    names = set[str]()
    for file in files:
        _check_names(file.name, names, limits)
        check_kind(file.name, file.media_type, file.size, limits)
    _check_total(sum(file.size for file in files), limits)


def _check_count(count: int, limits: Limits) -> None:
    if not count:
        raise EvidenceRefused("NO_FILES", "files", 0, "there is no evidence", "Hand in at least one file")
    if count > limits.files:
        problem = f"are more than {limits.files}"
        raise EvidenceRefused("TOO_MANY_FILES", "files", count, problem, "Put pages together into one PDF")


def _check_names(name: str, before: set[str], limits: Limits) -> None:
    check_name(name, limits)
    if name in before:
        raise EvidenceRefused("NAME_TWICE", "name", name, "names two files", "Give each its own name")
    before.add(name)


def _check_total(total: int, limits: Limits) -> None:
    if total > limits.total_bytes:
        problem = f"is more than {limits.total_bytes} bytes in all"
        raise EvidenceRefused("DOSSIER_TOO_LARGE", "total bytes", total, problem, "Leave out or shrink files")


def check_name(name: str, limits: Limits = LIMITS) -> None:
    """Refuse a name that another system could read differently.

    Raises:
        EvidenceRefused: `NAME_INVALID`
    """
    problem = ""
    if not name or len(name.encode("utf-8", "replace")) > limits.name_bytes:
        problem = f"has not 1 to {limits.name_bytes} bytes"
    elif name in _DEVICES or any(sign in "/\\:\0" or unicodedata.category(sign)[0] == "C" for sign in name):
        problem = "holds a path, a control sign or half a character"
    elif unicodedata.normalize("NFC", name) != name or name.strip() != name:
        problem = "is not in normal form (NFC), or starts or ends with a space"
    if problem:
        raise EvidenceRefused("NAME_INVALID", "name", name, problem, "Rename the file")


def check_file(name: str, media_type: str, content: bytes, limits: Limits = LIMITS) -> None:
    """Refuse one file by size, type, or because its bytes are of another type than it says.

    Raises:
        EvidenceRefused: `FILE_EMPTY`, `FILE_TOO_LARGE`, `TYPE_NOT_TAKEN`, `TYPE_DIFFERS`.
    """
    check_kind(name, media_type, len(content), limits)
    found = media_type_of(content)
    if found != media_type:
        problem = f"is said to be {media_type}, its bytes are {found}"
        raise EvidenceRefused("TYPE_DIFFERS", name, found, problem, "Say what it is, or convert it")


def check_kind(name: str, media_type: str, size: int, limits: Limits = LIMITS) -> None:
    """Refuse one file by its size or the type it says it is.

    Raises:
        EvidenceRefused: `FILE_EMPTY`, `FILE_TOO_LARGE`, `TYPE_NOT_TAKEN`.
    """
    if not size:
        raise EvidenceRefused("FILE_EMPTY", name, "0 bytes", "is empty", "Hand in the file itself")
    if size > limits.file_bytes:
        problem = f"is larger than {limits.file_bytes} bytes"
        raise EvidenceRefused("FILE_TOO_LARGE", name, size, problem, "Shrink or split it")
    if media_type not in limits.media_types:
        remedy = f"Convert it to one of {', '.join(limits.media_types)}"
        raise EvidenceRefused("TYPE_NOT_TAKEN", name, media_type, "is a type not taken", remedy)
