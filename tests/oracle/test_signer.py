"""Keys: made encrypted, readable by their owner only, and never told."""

import stat
from pathlib import Path

import pytest

from oracle.node.signer import KeyUnusable, ReportSigner, create_keystore


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path, str]:
    keystore, password = tmp_path / "keys" / "node.json", tmp_path / "keys" / "node.password"
    return keystore, password, create_keystore(keystore, password)


def test_create_keystore__new__opens_to_the_same_address(made: tuple[Path, Path, str]) -> None:
    keystore, password, address = made

    assert ReportSigner.from_keystore(keystore, password).address == address
    assert {stat.S_IMODE(path.stat().st_mode) for path in (keystore, password)} == {0o600}
    assert '"crypto"' in keystore.read_text("utf-8")


def test_create_keystore__there_already__not_overwritten(made: tuple[Path, Path, str]) -> None:
    keystore, password, _ = made
    before = keystore.read_bytes()

    with pytest.raises(KeyUnusable, match="is not overwritten"):
        create_keystore(keystore, password.with_suffix(".other"))
    assert keystore.read_bytes() == before


def test_create_keystore__keystore_cannot_be_written__says_which_and_leaves_no_password(tmp_path: Path) -> None:
    blocked, password = tmp_path / "file", tmp_path / "node.password"
    blocked.write_text("in the way", "utf-8")

    with pytest.raises(KeyUnusable, match=r"file/node.json cannot be written"):
        create_keystore(blocked / "node.json", password)
    assert not password.exists()

    with pytest.raises(KeyUnusable, match=r"file/node.password cannot be written"):
        create_keystore(tmp_path / "node.json", blocked / "node.password")
    assert list(tmp_path.iterdir()) == [blocked]


def test_from_keystore__password_file_that_is_none__refused(made: tuple[Path, Path, str], tmp_path: Path) -> None:
    keystore, password, _ = made
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    with pytest.raises(KeyUnusable, match=r"password file .*folder cannot be read"):
        ReportSigner.from_keystore(keystore, folder)

    password.write_bytes(b"\xff\xfe")
    with pytest.raises(KeyUnusable, match=r"password file .* cannot be read"):
        ReportSigner.from_keystore(keystore, password)


def test_from_keystore__password_others_can_read__refused_with_remedy(made: tuple[Path, Path, str]) -> None:
    keystore, password, _ = made
    password.chmod(0o644)

    with pytest.raises(KeyUnusable, match=f"chmod 600 {password}"):
        ReportSigner.from_keystore(keystore, password)


def test_from_keystore__wrong_password_or_broken_file__refused_without_telling(made: tuple[Path, Path, str]) -> None:
    keystore, password, _ = made
    password.write_text("wrong-secret", "utf-8")
    with pytest.raises(KeyUnusable, match="cannot be opened") as refused:
        ReportSigner.from_keystore(keystore, password)
    assert "wrong-secret" not in str(refused.value)

    keystore.write_text("{}", "utf-8")
    with pytest.raises(KeyUnusable, match="cannot be opened"):
        ReportSigner.from_keystore(keystore, password)


@pytest.mark.parametrize(
    ("known", "unknown", "kind"),
    [('"version": 3', '"version": 9', "NotImplementedError"), ('"kdf": "scrypt"', '"kdf": "argon9"', "TypeError")],
)
def test_from_keystore__form_the_library_does_not_know__refused_with_its_file(
    made: tuple[Path, Path, str], known: str, unknown: str, kind: str
) -> None:
    keystore, password, _ = made
    keystore.write_text(keystore.read_text("utf-8").replace(known, unknown), "utf-8")

    with pytest.raises(KeyUnusable, match=rf"keystore {keystore} cannot be opened \(\w*{kind}\)"):
        ReportSigner.from_keystore(keystore, password)


def test_from_keystore__missing__says_which(made: tuple[Path, Path, str], tmp_path: Path) -> None:
    keystore, password, _ = made

    with pytest.raises(KeyUnusable, match=r"keystore .*none.json does not exist"):
        ReportSigner.from_keystore(tmp_path / "none.json", password)
    with pytest.raises(KeyUnusable, match=r"password file .*none does not exist"):
        ReportSigner.from_keystore(keystore, tmp_path / "none")


def test_signer__shown__no_key_in_sight() -> None:
    key = bytes(range(1, 33))
    signer = ReportSigner.of_key(key)

    assert key.hex() not in repr(signer) + str(signer)
