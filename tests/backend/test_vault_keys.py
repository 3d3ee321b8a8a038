"""Where keys come from, what they open, and how one follows another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.config import Settings
from backend.vault.key_files import FileKeys, make_key_file, read_key_file
from backend.vault.keys import HeldKeys, KeyUnfit, KeyUnknown, VaultKeyInvalid, WrappedKey
from backend.vault.opening import open_vault

DATA_KEY, LABEL = bytes(range(32)), b"record 1 of tenant 1 for underwriting"


def test_unwrap__same_label__gives_the_key_back_and_nothing_else_does() -> None:
    keys = HeldKeys.of(b"k" * 32)
    wrapped = keys.wrap(DATA_KEY, LABEL)

    assert keys.unwrap(wrapped, LABEL) == DATA_KEY
    with pytest.raises(KeyUnfit):
        keys.unwrap(wrapped, LABEL.replace(b"tenant 1", b"tenant 2"))
    for place in range(len(wrapped.blob)):
        changed = bytearray(wrapped.blob)
        changed[place] ^= 1
        with pytest.raises(KeyUnfit):
            keys.unwrap(WrappedKey(wrapped.key_id, bytes(changed)), LABEL)


def test_unwrap__key_not_held__says_which() -> None:
    wrapped = HeldKeys.of(b"k" * 32).wrap(DATA_KEY, LABEL)

    with pytest.raises(KeyUnknown, match=wrapped.key_id):
        HeldKeys.of(b"x" * 32).unwrap(wrapped, LABEL)


def test_from_text__several__first_is_current_and_all_open() -> None:
    old = HeldKeys.of(b"o" * 32)
    both = HeldKeys.from_text(f"{(b'n' * 32).hex()}, {(b'o' * 32).hex()}")

    assert both.unwrap(old.wrap(DATA_KEY, LABEL), LABEL) == DATA_KEY
    assert both.current_id() == HeldKeys.of(b"n" * 32).current_id()


@pytest.mark.parametrize("text", ["", "zz", "ab" * 31, f"{'ab' * 32},"])
def test_from_text__no_keys__says_so(text: str) -> None:
    with pytest.raises(VaultKeyInvalid):
        HeldKeys.from_text(text)


def test_make_key_file__new__only_the_owner_may_read_it_and_it_loads(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.key"

    make_key_file(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert FileKeys(path).ids() == {FileKeys(path).current_id()}


def test_make_key_file__exists__never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    make_key_file(path)
    before = path.read_text()

    with pytest.raises(VaultKeyInvalid, match="exists already"):
        make_key_file(path)

    assert path.read_text() == before


def test_file_keys__readable_by_others__says_chmod(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    make_key_file(path)
    os.chmod(path, 0o644)

    with pytest.raises(VaultKeyInvalid, match=f"chmod 600 {path}"):
        FileKeys(path)


@pytest.mark.parametrize(
    "content", ["", "zz", "ab" * 31, "{}", '{"current": "a", "keys": {}}', '{"current": "a", "keys": {"a": {}}}']
)
def test_file_keys__no_keys_in_it__says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vault.key"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(VaultKeyInvalid):
        FileKeys(path)


def test_file_keys__a_key_under_another_id__refused(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    make_key_file(path)
    name = read_key_file(path).current
    path.write_text(path.read_text().replace(name, name[::-1]))

    with pytest.raises(VaultKeyInvalid, match="is not the one of that id"):
        FileKeys(path)


def test_file_keys__missing__says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(VaultKeyInvalid, match="quittance backend vault-key"):
        FileKeys(tmp_path / "none.key")


def test_rotate__another_process_holds_the_file__it_sees_the_new_key_at_once_and_opens_the_old(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    path.write_text("ab" * 32)  # as the first version wrote it
    path.chmod(0o600)
    ours, theirs = FileKeys(path, clock=lambda: 100), FileKeys(path)
    old = theirs.wrap(DATA_KEY, LABEL)

    fresh = ours.rotate()

    assert theirs.current_id() == theirs.wrap(DATA_KEY, LABEL).key_id == fresh != old.key_id
    assert theirs.unwrap(old, LABEL) == DATA_KEY
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key_file(path).keys[old.key_id].retired_at == 100


def test_destroy__retired_long_enough__gone_for_everybody_and_the_current_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    make_key_file(path)
    keys = FileKeys(path, clock=lambda: 100)
    wrapped = keys.wrap(DATA_KEY, LABEL)
    current = keys.rotate()

    assert keys.destroy(100) == frozenset()
    assert keys.destroy(101) == {wrapped.key_id}
    assert FileKeys(path).ids() == {current}
    with pytest.raises(KeyUnknown):
        keys.unwrap(wrapped, LABEL)


def test_open_vault__two_sources__names_both(tmp_path: Path) -> None:
    settings = Settings(vault_key_file=tmp_path / "vault.key", vault_keys="ab" * 32)  # type: ignore[arg-type]  # text

    with pytest.raises(VaultKeyInvalid, match="QUITTANCE_VAULT_KEYS and QUITTANCE_VAULT_KEY_FILE are set"):
        open_vault(settings)


def test_settings__shown__keys_are_not() -> None:
    assert "abab" not in repr(Settings(vault_keys="ab" * 32))  # type: ignore[arg-type]  # text
