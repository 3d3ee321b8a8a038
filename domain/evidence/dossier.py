"""Evidence of one claim: files as they came, each with a salt, under one root.

The *manifest* (names, types, sizes, hashes and salts) is what a node needs besides the bytes. Whoever holds neither
salts nor files learns nothing from the root; deleting both erases the evidence and leaves the ledger verifiable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.evidence.limits import LIMITS, Limits, check_files
from domain.evidence.merkle import leaf_hash, merkle_proof, merkle_root, root_of_proof
from domain.evidence.refusals import EvidenceAltered
from domain.hashing import canonical_json, keccak256

MANIFEST_VERSION: Final = 1
SALT_BYTES: Final = 32
_FIELDS: Final = frozenset({"name", "media_type", "size", "keccak256", "salt"})


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file as it came."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest says of one file."""

    name: str
    media_type: str
    size: int
    file_hash: bytes
    salt: bytes

    @property
    def leaf(self) -> bytes:
        """Its leaf in the tree."""
        return leaf_hash(self.salt, self.file_hash, self.media_type, self.name, self.size)


@dataclass(frozen=True, slots=True)
class Dossier:
    """Files with their entries, in the order of names."""

    entries: tuple[Entry, ...]
    files: tuple[EvidenceFile, ...]

    @property
    def root(self) -> bytes:
        """The `evidence_root` of notice and loss report."""
        return merkle_root([entry.leaf for entry in self.entries])

    def manifest(self) -> bytes:
        """Canonical JSON that `open_dossier` takes."""
        return manifest_bytes(self.entries)

    def proof(self, name: str) -> FileProof:
        """Proof that one file belongs to the root, without any other.

        Raises:
            EvidenceAltered: No file has this name.
        """
        for index, entry in enumerate(self.entries):
            if entry.name == name:
                siblings = merkle_proof([each.leaf for each in self.entries], index)
                return FileProof(entry, index, len(self.entries), siblings)
        raise EvidenceAltered("name", name, "is no file of this dossier", "Choose one of its names")


@dataclass(frozen=True, slots=True)
class FileProof:
    """One file's entry, its place among `count`, and the hashes beside the way up."""

    entry: Entry
    index: int
    count: int
    siblings: tuple[bytes, ...]

    def verify(self, content: bytes, root: bytes) -> None:
        """Raises:
        EvidenceAltered: The bytes are others, or the proof leads to another root.
        """
        _check_bytes(self.entry, content)
        found = root_of_proof(self.entry.leaf, self.index, self.count, self.siblings)
        _check_root(found, root)


def seal_dossier(files: Sequence[EvidenceFile], salts: Sequence[bytes], limits: Limits = LIMITS) -> Dossier:
    """A dossier of files as they came.

    Args:
        salts: 32 random bytes for each file, used nowhere else: `secrets.token_bytes(32)`.
    Raises:
        EvidenceRefused: A limit is broken.
        EvidenceAltered: Salts are missing, short, or two are alike.
    """
    check_files(files, limits)
    if len(salts) != len(files) or len(set(salts)) != len(salts) or any(len(salt) != SALT_BYTES for salt in salts):
        remedy = f"Draw {SALT_BYTES} random bytes for each file"
        raise EvidenceAltered("salts", len(salts), f"are not {len(files)} different ones of {SALT_BYTES} bytes", remedy)
    pairs = sorted(zip(files, salts, strict=True), key=lambda pair: pair[0].name.encode("utf-8"))
    entries = tuple(
        Entry(file.name, file.media_type, len(file.content), keccak256(file.content), salt) for file, salt in pairs
    )
    return Dossier(entries, tuple(file for file, _ in pairs))


def open_dossier(manifest: bytes, contents: Mapping[str, bytes], root: bytes, limits: Limits = LIMITS) -> Dossier:
    """A dossier that is proven to be the one behind `root`.

    Args:
        contents: Bytes by name, exactly those the manifest names.
        root: As notified on chain.
    Raises:
        EvidenceAltered: Manifest, bytes or root disagree, or the manifest is not in canonical form.
        EvidenceRefused: A limit is broken.
    """
    entries = read_manifest(manifest)
    names = [entry.name for entry in entries]
    if set(names) != set(contents) or len(names) != len(contents):
        odd = ", ".join(sorted(set(names) ^ set(contents))) or "a name twice"
        raise EvidenceAltered("files", odd, "is in the manifest or among the files, not in both", "Fetch them anew")
    for entry in entries:
        _check_bytes(entry, contents[entry.name])
    files = tuple(EvidenceFile(entry.name, entry.media_type, contents[entry.name]) for entry in entries)
    dossier = Dossier(entries, files)
    _check_root(dossier.root, root)
    check_files(files, limits)
    return dossier


def manifest_bytes(entries: Sequence[Entry]) -> bytes:
    """Entries as canonical JSON."""
    told = [
        {
            "name": entry.name,
            "media_type": entry.media_type,
            "size": entry.size,
            "keccak256": f"0x{entry.file_hash.hex()}",
            "salt": f"0x{entry.salt.hex()}",
        }
        for entry in entries
    ]
    return canonical_json({"version": MANIFEST_VERSION, "files": told})


def read_manifest(manifest: bytes) -> tuple[Entry, ...]:
    """Entries of a manifest; only the one canonical form is read, so that no two manifests say the same.

    Raises:
        EvidenceAltered
    """
    try:
        document = json.loads(manifest)
        entries = tuple(_entry(each) for each in document["files"])
        same = manifest_bytes(entries) == manifest
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvidenceAltered("manifest", manifest[:80], "is not a manifest", "Take the one made at notice") from error
    if not same or sorted(entries, key=lambda entry: entry.name.encode("utf-8")) != list(entries):
        remedy = "Write version, then files in the order of names, as canonical JSON"
        raise EvidenceAltered("manifest", manifest[:80], "is not in canonical form", remedy)
    return entries


def _entry(told: Mapping[str, object]) -> Entry:
    if set(told) != _FIELDS:
        raise ValueError(f"fields are {sorted(told)}")
    name, media_type, size = told["name"], told["media_type"], told["size"]
    if not isinstance(name, str) or not isinstance(media_type, str) or isinstance(size, bool):
        raise TypeError("name and media type are texts, size is a number")
    if not isinstance(size, int) or size < 0:
        raise TypeError("size is a whole number")
    return Entry(name, media_type, size, _word(told["keccak256"]), _word(told["salt"]))


def _word(told: object) -> bytes:
    if not isinstance(told, str) or len(told) != 66 or not told.startswith("0x"):
        raise ValueError("a hash is 0x and 64 hex digits")
    return bytes.fromhex(told[2:])


def _check_bytes(entry: Entry, content: bytes) -> None:
    found = keccak256(content)
    if found != entry.file_hash or len(content) != entry.size:
        problem = f"its bytes hash to 0x{found.hex()}, the manifest says 0x{entry.file_hash.hex()}"
        raise EvidenceAltered(entry.name, f"{len(content)} bytes", problem, "Fetch the file as it was handed in")


def _check_root(found: bytes, root: bytes) -> None:
    if found != root:
        problem = f"the root notified is 0x{root.hex()}"
        raise EvidenceAltered("evidence root", f"0x{found.hex()}", problem, "Fetch manifest and files anew")
