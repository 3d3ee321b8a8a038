"""Sealing, opening and erasing applicants' records."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from backend.database import Database
from backend.vault import repository
from backend.vault.service import RecordUnreadable, Vault, VaultKeyInvalid, make_key_file
from domain.policy import applicant_commitment

SALT = bytes(range(32))
PERSON = {"name": "Ada Example", "contact": "ada@example.org"}


def test_open__sealed_with_the_same_key__gives_salt_and_data_that_match_the_commitment() -> None:
    vault = Vault(b"k" * 32)

    salt, data = vault.open(vault.seal(7, SALT, PERSON))

    assert (salt, data) == (SALT, PERSON)
    assert applicant_commitment(salt, data) == applicant_commitment(SALT, PERSON)


def test_seal__same_data_twice__nothing_in_common() -> None:
    vault = Vault(b"k" * 32)

    first, second = vault.seal(7, SALT, PERSON), vault.seal(7, SALT, PERSON)

    assert first.ciphertext != second.ciphertext
    assert first.wrapped_key != second.wrapped_key
    assert b"Ada" not in first.ciphertext


@pytest.mark.parametrize("change", ["application_id", "wrapped_key", "nonce", "ciphertext"])
def test_open__record_changed__refused(change: str) -> None:
    vault = Vault(b"k" * 32)
    record = vault.seal(7, SALT, PERSON)
    value = getattr(record, change)
    changed: Any = 8 if change == "application_id" else bytes([value[0] ^ 1]) + value[1:]

    with pytest.raises(RecordUnreadable, match="does not open with this key"):
        vault.open(replace(record, **{change: changed}))


def test_open__another_key__refused() -> None:
    with pytest.raises(RecordUnreadable):
        Vault(b"x" * 32).open(Vault(b"k" * 32).seal(7, SALT, PERSON))


def test_erase__record_kept__gone_and_second_time_nothing(database: Database) -> None:
    record = Vault(b"k" * 32).seal(7, SALT, PERSON)
    with database.transaction() as session:
        repository.add(session, [record])
    with database.transaction() as session:
        kept = repository.get(session, 7)
        erased = repository.erase(session, 7)
    with database.transaction() as session:
        again = repository.erase(session, 7)
        left = session.scalar(text("SELECT count(*) FROM sealed_records"))

    assert kept == record
    assert (erased, again, left) == (True, False, 0)


def test_make_key_file__new__only_the_owner_may_read_it_and_it_loads(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.key"

    make_key_file(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert len(Vault.load(path).key_id) == 16


def test_make_key_file__exists__never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    make_key_file(path)
    before = path.read_text()

    with pytest.raises(VaultKeyInvalid, match="exists already"):
        make_key_file(path)

    assert path.read_text() == before


def test_load__readable_by_others__says_chmod(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    make_key_file(path)
    os.chmod(path, 0o644)

    with pytest.raises(VaultKeyInvalid, match=f"chmod 600 {path}"):
        Vault.load(path)


@pytest.mark.parametrize("content", ["", "zz", "ab" * 31, "ab" * 33])
def test_load__no_key_in_it__says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vault.key"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(VaultKeyInvalid):
        Vault.load(path)


def test_load__missing__says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(VaultKeyInvalid, match="quittance backend vault-key"):
        Vault.load(tmp_path / "none.key")
