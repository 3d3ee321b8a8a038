"""Sealing a folder of files, and the commands for it."""

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.evidence.refusals import EvidenceAltered, EvidenceRefused
from oracle.claims.errors import FolderUnfit
from oracle.claims.folder import MANIFEST, open_folder, seal_folder
from oracle.claims.statement import NAME, ClaimStatement
from oracle.cli import app
from tests.oracle.evidence.papers import ENGLISH, pdf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "claim"
    made.mkdir()
    (made / "bill 发票.pdf").write_bytes(pdf(*ENGLISH))
    (made / NAME).write_bytes(ClaimStatement("E12345678").content())
    return made


def quittance(*words: str) -> tuple[int, str]:
    ran = CliRunner().invoke(app, list(words))
    return ran.exit_code, ran.output


def test_seal_folder__files__open_again_under_the_root(folder: Path) -> None:
    sealed = seal_folder(folder)

    assert open_folder(folder, sealed.root) == open_folder(folder) == sealed
    assert [file.media_type for file in sealed.files] == ["application/pdf", "application/json"]
    assert (folder / MANIFEST).read_bytes() == sealed.manifest()
    assert stat.S_IMODE((folder / MANIFEST).stat().st_mode) == 0o600


def test_seal_folder__same_files_in_another_folder__has_another_root(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for path in folder.iterdir():
        (other / path.name).write_bytes(path.read_bytes())

    assert seal_folder(folder).root != seal_folder(other).root


def test_seal_folder__sealed_before__keeps_the_manifest(folder: Path) -> None:
    sealed = seal_folder(folder)

    with pytest.raises(FolderUnfit, match="was sealed before"):
        seal_folder(folder)
    assert open_folder(folder, sealed.root) == sealed


def test_open_folder__changed_file_or_root__is_refused(folder: Path) -> None:
    root = seal_folder(folder).root
    path = folder / NAME
    kept = path.read_bytes()

    with pytest.raises(EvidenceAltered):
        open_folder(folder, bytes(32))
    path.write_bytes(kept.replace(b"E1", b"E2"))
    with pytest.raises(EvidenceAltered):
        open_folder(folder, root)
    path.write_bytes(kept)
    (folder / "more.txt").write_text("more")
    with pytest.raises(EvidenceAltered):
        open_folder(folder, root)


def test_seal_folder__not_a_claims_files__says_what_to_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderUnfit, match="Name the folder of files"):
        seal_folder(tmp_path / "none")
    with pytest.raises(FolderUnfit, match="quittance oracle seal"):
        open_folder(folder)
    (folder / "link").symlink_to(folder / NAME)
    with pytest.raises(FolderUnfit, match="is a folder or a link"):
        seal_folder(folder)
    (folder / "link").unlink()
    (folder / "program.exe").write_bytes(b"MZ" + bytes(50))
    with pytest.raises(EvidenceRefused, match="type not taken"):
        seal_folder(folder)


def test_seal__command__prints_the_root_that_open_checks(folder: Path) -> None:
    code, told = quittance("seal", str(folder))
    root = told.split()[-1]

    assert (code, len(root)) == (0, 66)
    assert quittance("open", str(folder), "--root", root) == (0, f"{root}: 2 files, unchanged\n")
    assert quittance("open", str(folder), "--root", "0x12")[0] == 1
    (folder / NAME).write_bytes(b"{}")
    assert quittance("open", str(folder))[0] == 1
    assert quittance("seal", str(folder))[0] == 1


def test_seal__command_without_a_statement__warns(folder: Path) -> None:
    (folder / NAME).unlink()

    code, told = quittance("seal", str(folder))

    assert code == 0
    assert f"There is no {NAME}" in told


def test_nullifier_key__command__makes_and_rotates(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "nullifier-keys.json"

    made, again = quittance("nullifier-key", "--out", str(path)), quittance("nullifier-key", "--out", str(path))
    rotated = quittance("nullifier-key", "--out", str(path), "--rotate")

    assert (made[0], made[1].startswith("epoch 1, fingerprint 0x")) == (0, True)
    assert (again[0], "--rotate" in again[1]) == (1, True)
    assert (rotated[0], rotated[1].startswith("epoch 2, fingerprint 0x")) == (0, True)
    assert made[1].split()[-1] != rotated[1].split()[-1]
