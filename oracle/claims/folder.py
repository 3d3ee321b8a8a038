"""A claim's files in a folder of their own, with `manifest.json` beside them: what an evidence store hands out."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from domain.evidence.dossier import SALT_BYTES, Dossier, EvidenceFile, open_dossier, read_manifest, seal_dossier
from domain.evidence.limits import LIMITS
from domain.evidence.refusals import EvidenceAltered, EvidenceRefused
from domain.evidence.sniff import media_type_of
from ledger.atomic_file import write_atomically
from oracle.claims.errors import FolderUnfit

MANIFEST: Final = "manifest.json"


def seal_folder(folder: Path) -> Dossier:
    """Seal every file of a folder under fresh salts and write the manifest, readable by this user only.

    Raises:
        FolderUnfit: It is no folder, holds folders, or was sealed before: a manifest is never overwritten, as the root
            that was notified would be lost with its salts.
        EvidenceRefused: A limit is broken.
    """
    manifest = folder / MANIFEST
    if manifest.exists():
        remedy = "Open it, or move the manifest away if no notice was given with its root"
        raise FolderUnfit("sealed", "folder", str(folder), "was sealed before", remedy)
    contents = {path.name: _content(path) for path in _paths(folder)}
    files = [EvidenceFile(name, media_type_of(content), content) for name, content in contents.items()]
    dossier = seal_dossier(files, [secrets.token_bytes(SALT_BYTES) for _ in files])
    write_atomically(manifest, dossier.manifest().decode("utf-8"), mode=0o600)
    return dossier


def open_folder(folder: Path, root: bytes | None = None) -> Dossier:
    """A sealed folder's dossier, proven.

    Args:
        root: As notified; left out: the manifest's own, so that only files and manifest are compared.
    Raises:
        FolderUnfit: It is no folder, or was not sealed.
        EvidenceAltered: Files, manifest and root disagree.
        EvidenceRefused
    """
    paths = _paths(folder)
    try:
        manifest = (folder / MANIFEST).read_bytes()
    except OSError as error:
        remedy = "Seal it with `quittance oracle seal`"
        raise FolderUnfit("unsealed", "folder", str(folder), f"has no {MANIFEST} that can be read", remedy) from error
    contents = {path.name: _content(path) for path in paths}
    entries = read_manifest(manifest)
    own = Dossier(entries, ()).root if entries else bytes(32)
    return open_dossier(manifest, contents, own if root is None else root)


def read_root(text: str) -> bytes:
    """A root as people write it.

    Raises:
        EvidenceAltered: It is not 0x and 64 hex digits.
    """
    try:
        root = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        root = b""
    if len(root) != 32:
        raise EvidenceAltered("root", text, "is not 0x and 64 hex digits", "Copy it from the notice")
    return root


def _paths(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.name != MANIFEST)
    except OSError as error:
        problem = f"cannot be read as a folder ({error.strerror})"
        raise FolderUnfit("no_folder", "folder", str(folder), problem, "Name the folder of files") from error
    for path in found:
        if path.is_symlink() or not path.is_file():
            remedy = "Put only the claim's own files into it"
            raise FolderUnfit("not_a_file", "entry", path.name, "is a folder or a link", remedy)
    if len(found) > LIMITS.files:
        remedy = "Put pages together into one PDF"
        raise EvidenceRefused("TOO_MANY_FILES", "files", len(found), f"are more than {LIMITS.files}", remedy)
    return found


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LIMITS.file_bytes:
            problem = f"is larger than {LIMITS.file_bytes} bytes"
            raise EvidenceRefused("FILE_TOO_LARGE", path.name, path.stat().st_size, problem, "Shrink or split it")
        return path.read_bytes()
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise FolderUnfit("not_a_file", "file", path.name, problem, "Let this user read it") from error
