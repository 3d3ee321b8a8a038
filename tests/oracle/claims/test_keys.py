"""Files of secrets."""

import json
import os
import stat
from pathlib import Path

import pytest

from oracle.claims.errors import SecretUnsafe
from oracle.claims.keys import load_nullifier_keys, make_nullifier_keys, read_store_key, rotate_nullifier_keys


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "nullifier-keys.json"


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def document(**changes: object) -> str:
    told = {"schema": "quittance nullifier keys 1", "keys": {"1": "0x" + bytes(range(32)).hex()}}
    return json.dumps(told | changes)


def test_make_nullifier_keys__new_file__only_this_user_reads_it(path: Path) -> None:
    made = make_nullifier_keys(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_nullifier_keys(path) == made
    assert (made.current, len(made.by_epoch[1])) == (1, 32)
    with pytest.raises(SecretUnsafe, match="not overwritten"):
        make_nullifier_keys(path)


def test_rotate_nullifier_keys__twice__keeps_the_last_two(path: Path) -> None:
    first = make_nullifier_keys(path)
    second, third = rotate_nullifier_keys(path), rotate_nullifier_keys(path)

    assert (sorted(second.by_epoch), sorted(third.by_epoch)) == ([1, 2], [2, 3])
    assert second.by_epoch[1] == first.by_epoch[1]
    assert third.by_epoch[2] == second.by_epoch[2]
    assert len({keys.fingerprint() for keys in (first, second, third)}) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_load_nullifier_keys__others_may_read__is_refused_with_remedy(path: Path, mode: int) -> None:
    with pytest.raises(SecretUnsafe, match=f"chmod 600 {path}") as refused:
        load_nullifier_keys(write(path, document(), mode))

    assert refused.value.code == "readable"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "malformed"),
        ("[]", "malformed"),
        (document(schema="other"), "malformed"),
        (document(more=1), "malformed"),
        (document(keys={}), "malformed"),
        (document(keys=[]), "malformed"),
        (document(keys={"1": "0x00ff"}), "malformed"),
        (document(keys={"1": bytes(range(32)).hex()}), "malformed"),
        (document(keys={"0": "0x" + bytes(range(32)).hex()}), "malformed"),
        (document(keys={"1": "0x" + bytes(range(32)).hex(), "01": "0x" + bytes(range(32)).hex()}), "malformed"),
        (document(keys={"1": "0x" + bytes(range(32)).hex(), "2": "0x" + bytes(range(32)).hex()}), "malformed"),
        (document(keys={"1": "0x" + "00" * 32}), "weak"),
        (document(keys={"1": "0x" + (b"password" * 4).hex()}), "weak"),
    ],
)
def test_load_nullifier_keys__not_such_a_file__is_refused_and_shows_no_key(path: Path, text: str, code: str) -> None:
    with pytest.raises(SecretUnsafe) as refused:
        load_nullifier_keys(write(path, text))

    assert refused.value.code == code
    assert "0001" not in str(refused.value)


def test_load_nullifier_keys__no_file_or_a_folder__says_what_to_do(path: Path) -> None:
    with pytest.raises(SecretUnsafe, match="quittance oracle nullifier-key"):
        load_nullifier_keys(path)
    with pytest.raises(SecretUnsafe):
        load_nullifier_keys(path.parent)


def test_read_store_key__file__is_its_text(path: Path) -> None:
    assert read_store_key(write(path, "0123456789abcdef\n")) == "0123456789abcdef"
    for text in ("short", "with a space in the key", "x" * 600, "0123456789abcdef\nX-Header: 1"):
        with pytest.raises(SecretUnsafe, match="visible ASCII"):
            read_store_key(write(path, text))
    with pytest.raises(SecretUnsafe, match="chmod 600"):
        read_store_key(write(path, "0123456789abcdef", 0o644))
    assert os.access(path, os.R_OK)
