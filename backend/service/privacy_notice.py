"""The privacy notice's editions: each a version and the hashes of its texts, so that what rests on one can name it.

The texts are knowledge like any other (`privacy-notice.en.md`, `.zh.md`). Who changes one adds an edition to
`privacy_editions.yaml`: until then nothing starts, because nobody could say which text a consent was given to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from backend.problems import LANGUAGES, Problem
from backend.service.knowledge_files import FOLDER, KnowledgeInvalid
from backend.vault.records import CitedNotice
from domain.hashing import canonical_json

TOPIC: Final = "privacy-notice"
PATH: Final = Path(__file__).with_name("privacy_editions.yaml")


class _Edition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}(\.[0-9]{1,2})?$")
    in_force_since: date
    sha256: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition. `sha256` has the hash of each language's file, in hex; `hash` is over version and both, 32 bytes."""

    version: str
    in_force_since: date
    sha256: Mapping[str, str]

    @property
    def hash(self) -> bytes:
        """What a consent keeps."""
        return hashlib.sha256(canonical_json({"version": self.version, **self.sha256})).digest()


def read_editions(path: Path = PATH, folder: Path = FOLDER) -> tuple[Edition, ...]:
    """Every edition, oldest first; the last is the one whose texts lie in the folder.

    Raises:
        KnowledgeInvalid: The file is malformed, or the texts are not those of its last edition.
    """
    try:
        given = TypeAdapter(list[_Edition]).validate_python(yaml.safe_load(path.read_text("utf-8")))
    except (ValidationError, yaml.YAMLError, OSError) as error:
        raise KnowledgeInvalid(f"{path.name} cannot be used: {error}") from error
    found = tuple(Edition(each.version, each.in_force_since, dict(each.sha256)) for each in given)
    lie = {name: hashlib.sha256((folder / f"{TOPIC}.{name}.md").read_bytes()).hexdigest() for name in LANGUAGES}
    if not found or found[-1].sha256 != lie:
        raise KnowledgeInvalid(f"{path.name}: its last edition is not the text that is served. Add one with {lie}.")
    if len({each.version for each in found}) < len(found):
        raise KnowledgeInvalid(f"{path.name} has a version twice. Give each edition its own.")
    return found


@cache
def editions() -> tuple[Edition, ...]:
    """The house's editions, read once."""
    return read_editions()


def in_force() -> Edition:
    """The edition that is served now."""
    return editions()[-1]


def cited(shown: str | None) -> CitedNotice:
    """The edition that was shown, or the one in force where nobody says.

    Raises:
        Problem: `privacy_notice_unknown` where it is not the one in force: what is no longer served was not read today.
    """
    now = in_force()
    if shown is not None and shown != now.version:
        raise Problem(
            "privacy_notice_unknown", f"privacy_notice is not {now.version}, the edition in force. Show that one.",
            version=now.version,
        )  # fmt: skip
    return CitedNotice(now.version, now.hash)
