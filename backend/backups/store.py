"""The folder of back-ups: which there are, which were checked, which are old enough to go."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from backend.backups.errors import BackupInvalid
from backend.backups.making import PARTIAL
from backend.backups.manifest import MANIFEST, Manifest, read_manifest
from ledger.atomic_file import write_atomically

CHECKED: Final = "checked.json"
ABANDONED_SECONDS: Final = 86_400
SKEW_SECONDS: Final = 3_600
"""How far another host's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A back-up was restored, and found to be what was backed up.

    Attributes:
        at: Unix second.
        rows: Counted in the restored database.
        logs: Audit logs that were followed from their first entry.
        records: Sealed records opened with the vault's keys.
    """

    at: int
    rows: int
    logs: int
    records: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A back-up in the folder."""

    folder: Path
    manifest: Manifest
    checked: Checked | None


def kept(folder: Path) -> list[Kept]:
    """Back-ups there are, the oldest first. What is not one, or not whole, is passed over."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if (path / MANIFEST).is_file() and path.suffix != PARTIAL:
            try:
                found.append(Kept(path, read_manifest(path), read_checked(path)))
            except BackupInvalid:
                continue
    return sorted(found, key=lambda each: (each.manifest.made_at, each.folder.name))


def until(found: list[Kept], now: int) -> list[Kept]:
    """Those made by now. One from the future, made while a clock was wrong, stands for none made since."""
    return [each for each in found if each.manifest.made_at <= now + SKEW_SECONDS]


def read_checked(folder: Path) -> Checked | None:
    """When a back-up was restored last, and what was found."""
    try:
        told = json.loads((folder / CHECKED).read_text("ascii"))
        return Checked(int(told["at"]), int(told["rows"]), int(told["logs"]), int(told["records"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def note_checked(folder: Path, found: Checked) -> None:
    """Leave a word beside a back-up that it was restored."""
    write_atomically(folder / CHECKED, json.dumps(asdict(found)) + "\n", mode=0o600)


def prune(folder: Path, now: int, keep_days: int) -> list[str]:
    """Delete what is older than so many days, but never the newest, nor the newest that was checked.

    What a run that was killed left half-done goes after a day. Returns the names that went.
    """
    found = until(kept(folder), now)
    checked = [each for each in found if each.checked is not None]
    spared = {each.folder for each in (*found[-1:], *checked[-1:])}
    old = [each.folder for each in found if each.manifest.made_at < now - keep_days * 86_400]
    gone = [path for path in old if path not in spared]
    for path in folder.glob(f"*{PARTIAL}") if folder.is_dir() else ():
        if path.stat().st_mtime < now - ABANDONED_SECONDS:
            gone.append(path)
    for path in gone:
        shutil.rmtree(path)
    return sorted(path.name for path in gone)
