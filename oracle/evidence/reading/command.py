"""Reads the files of one dossier as a node would, for a program that must not look at them itself.

    python -m oracle.evidence.reading.command < dossier > findings.json

Standard input is one line of JSON, then the files' bytes one after the other, in its order:

    {"cover_from":0,"occurred_at":0,"noticed_at":0,"files":[{"name":"…","media_type":"…","size":1}]}

Times are unix seconds. The answer is one JSON: of each file how reading it ended and its pictures' perceptual hashes,
and the signs that a document may be forged. What a file says is not in it. Exit code 1: `{"refused": sentence}`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, BinaryIO, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.evidence.limits import LIMITS
from oracle.evidence.clues import ClaimDays, DocumentClue, ReadFile, document_clues
from oracle.evidence.reading.reader import Reader
from oracle.evidence.reading.result import FileReading
from oracle.evidence.refusals import EvidenceUnread

MOST_HEAD: Final = 65_536
_TIME: Final = (1 << 40) - 1
Seconds = Annotated[int, Field(ge=0, le=_TIME)]


class Listed(BaseModel):
    """A file that follows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=LIMITS.name_bytes)]
    media_type: Annotated[str, Field(max_length=80)]
    size: Annotated[int, Field(ge=1, le=LIMITS.file_bytes)]


class Asked(BaseModel):
    """What is to be read, and the days it is held against."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cover_from: Seconds
    occurred_at: Seconds
    noticed_at: Seconds
    files: Annotated[tuple[Listed, ...], Field(min_length=1, max_length=LIMITS.files)]


class NotAsDescribed(Exception):
    """Standard input is no dossier. The text says what to do."""


def read_dossier(source: BinaryIO, *, require_seal: bool = True) -> dict[str, object]:
    """What there is to say of the files that `source` gives.

    Raises:
        NotAsDescribed: It is not as this module says.
        EvidenceUnread: A file broke a limit of time or memory, or took its reader with it.
    """
    asked = _head(source)
    readings: list[ReadFile] = []
    with Reader(require_seal=require_seal) as reader:
        for file in asked.files:
            content = source.read(file.size)
            if len(content) != file.size:
                raise NotAsDescribed(f"a file has {len(content)} of {file.size} bytes. Send all of them.")
            readings.append(ReadFile(file.name, reader.read(content, file.media_type)))
        versions = dict(reader.versions)
    if source.read(1):
        raise NotAsDescribed("more bytes follow than the files have. Send these alone.")
    days = ClaimDays.of(asked.cover_from, asked.occurred_at, asked.noticed_at)
    clues = document_clues(readings, days, (), 0)
    return {
        "versions": versions,
        "files": [_told(file.name, file.reading) for file in readings],
        "clues": [_clue(clue) for clue in clues],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Read standard input, write standard output."""
    parser = argparse.ArgumentParser(description="Read a dossier from standard input, print what was noticed as JSON.")
    parser.add_argument("--unsealed", action="store_true", help="Read where no seal can be had: limits alone.")
    chosen = parser.parse_args(arguments)
    try:
        told: Mapping[str, object] = read_dossier(sys.stdin.buffer, require_seal=not chosen.unsealed)
        code = 0
    except (EvidenceUnread, NotAsDescribed) as error:
        told, code = {"refused": str(error)}, 1
    sys.stdout.write(json.dumps(told, ensure_ascii=True) + "\n")
    return code


def _head(source: BinaryIO) -> Asked:
    line = source.readline(MOST_HEAD + 1)
    if len(line) > MOST_HEAD:
        raise NotAsDescribed(f"the first line is longer than {MOST_HEAD} bytes. Shorten it.")
    try:
        return Asked.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the first line"
        raise NotAsDescribed(f"{where}: {first['msg']}. Write it as the module says.") from None


def _told(name: str, reading: FileReading) -> dict[str, object]:
    return {
        "name": name, "outcome": reading.outcome.value, "problem": reading.problem, "pages": reading.pages,
        "has_text": reading.has_text, "is_bill": reading.invoice is not None,
        "provenance": reading.provenance.value, "pictures": list(reading.pictures),
    }  # fmt: skip


def _clue(clue: DocumentClue) -> dict[str, object]:
    finding = None if clue.finding is None else clue.finding.value
    return {"code": clue.code, "file": clue.file, "finding": finding, "en": clue.en, "zh": clue.zh}


if __name__ == "__main__":
    raise SystemExit(main())
