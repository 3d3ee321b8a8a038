"""`quittance backup`, as an operator uses it."""

from __future__ import annotations

import json
import stat
import uuid
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.audit.checkpoints import make_audit_key
from backend.backups.cli import app
from backend.backups.errors import BackupKeyInvalid
from backend.backups.manifest import DATABASE
from backend.backups.sealing import make_identity, read_identity, read_recipient
from backend.database import Database
from tests.backend.backups.room import flip


def test_cli__key_make_list_check_drill__a_life(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, identity, folder = CliRunner(), tmp_path / "backup.identity", tmp_path / "backups"
    public_key = make_audit_key(tmp_path / "audit.key").hex()
    recipient = runner.invoke(app, ["key", str(identity)]).stdout.strip()
    for name, value in (
        ("DATABASE_URL", database.url), ("BACKUP_RECIPIENT", recipient), ("BACKUP_FOLDER", str(folder)),
        ("AUDIT_KEY_FILE", str(tmp_path / "audit.key")), ("DEPLOYMENT", str(tmp_path / "deployment.json")),
    ):  # fmt: skip
        monkeypatch.setenv(f"QUITTANCE_{name}", value)
    known = ["--public-key", public_key]

    told_made = runner.invoke(app, ["make"])
    assert told_made.exit_code == 0, told_made.output
    made = told_made.stdout.strip()
    checked = runner.invoke(app, ["check", made, *known])
    drilled = runner.invoke(app, ["drill", made, "--identity", str(identity), *known])
    (told,) = runner.invoke(app, ["list"]).stdout.splitlines()

    assert recipient.startswith("age1")
    assert stat.S_IMODE(identity.stat().st_mode) == 0o600
    assert (checked.exit_code, drilled.exit_code) == (0, 0), checked.output + drilled.output
    assert json.loads(told)["backup"] == Path(made).name
    assert json.loads(told)["checked_at"] is not None
    flip(Path(made) / DATABASE)
    assert runner.invoke(app, ["check", made]).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["make"], "QUITTANCE_BACKUP_RECIPIENT is not set"),
        (["check", "nowhere"], "nowhere is no back-up"),
        (["check", "nowhere", "--public-key", "xyz"], "Give the 64 hex digits"),
        (["documents", "nowhere", "--identity", "none", "out"], "none does not exist"),
    ],
)
def test_cli__something_is_missing__one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Database, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUITTANCE_DATABASE_URL", database.url)
    monkeypatch.setenv("QUITTANCE_BACKUP_FOLDER", str(tmp_path))

    told = CliRunner().invoke(app, arguments)

    assert told.exit_code in (1, 2)
    assert words in told.output
    assert "Traceback" not in told.output


@pytest.mark.parametrize("word", ["age1nobody", "AGE-SECRET-KEY-1", ""])
def test_read_recipient__not_one__says_how_to_make_it(word: str) -> None:
    with pytest.raises(BackupKeyInvalid, match="quittance backup key"):
        read_recipient(word)


@pytest.mark.parametrize(("content", "mode", "words"), [("x", 0o600, "no age identity"), (None, 0o644, "chmod 600")])
def test_read_identity__unfit__says_what_to_do(tmp_path: Path, content: str | None, mode: int, words: str) -> None:
    path = tmp_path / f"{uuid.uuid4().hex}.identity"
    make_identity(path)
    if content is not None:
        path.write_text(content)
    path.chmod(mode)

    with pytest.raises(BackupKeyInvalid, match=words):
        read_identity(path)
