"""Dossiers with one bit changed: every one has to give another root, and be refused when opened."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from domain.errors import DomainError
from domain.evidence.dossier import Dossier, EvidenceFile, open_dossier, seal_dossier
from domain.evidence.merkle import leaf_hash, merkle_root, root_of_proof
from domain.evidence.refusals import EvidenceError
from domain.hashing import keccak256
from scripts.figures.figure import Figure

COMMAND: Final = "quittance figures dossiers"
DOSSIERS: Final = 10_000
_TYPES: Final = (("text/plain", b"receipt "), ("image/png", b"\x89PNG\r\n\x1a\n"), ("application/pdf", b"%PDF-1.7\n"))
Contents = dict[str, bytes]


def measure(*, full: bool = False) -> list[Figure]:
    """The same number either way: it takes seconds."""
    del full
    draw = random.Random(20_260_301)  # repeatable, guards nothing
    other_root = refused = honest = proofs = forms = 0
    for number in range(DOSSIERS):
        dossier = _dossier(draw)
        contents = {file.name: file.content for file in dossier.files}
        honest += open_dossier(dossier.manifest(), contents, dossier.root).root == dossier.root
        change = _CHANGES[number % len(_CHANGES)]
        manifest, changed, root = change(dossier, contents, draw)
        other_root += root != dossier.root
        refused += _is_refused(manifest, changed, dossier.root)
        forms += _other_form_is_refused(dossier, contents)
        proofs += _false_proof_is_refused(dossier, draw)
    return [
        Figure("honest dossiers opened", honest, "dossiers", DOSSIERS, "==", COMMAND),
        Figure("dossiers with one bit changed that give another root", other_root, "dossiers", DOSSIERS, "==", COMMAND),
        Figure("dossiers with one bit changed that are refused", refused, "dossiers", DOSSIERS, "==", COMMAND, _WHERE),
        Figure("manifests that say the same in other bytes, refused", forms, "dossiers", DOSSIERS, "==", COMMAND),
        Figure("proofs of one file with one bit changed that fail", proofs, "proofs", DOSSIERS, "==", COMMAND),
    ]


def _dossier(draw: random.Random) -> Dossier:
    files = []
    for number in range(draw.randint(1, 12)):
        media_type, start = draw.choice(_TYPES)
        body = draw.randbytes(draw.randint(1, 400)).hex().encode()
        files.append(EvidenceFile(f"{number:02d}-证据.bin", media_type, start + body))
    return seal_dossier(files, [draw.randbytes(32) for _ in files])


def _in_content(dossier: Dossier, contents: Contents, draw: random.Random) -> tuple[bytes, Contents, bytes]:
    name = draw.choice(sorted(contents))
    changed = {**contents, name: _flipped(contents[name], draw)}
    entries = [
        replace(entry, file_hash=keccak256(changed[entry.name])) if entry.name == name else entry
        for entry in dossier.entries
    ]
    return dossier.manifest(), changed, merkle_root([entry.leaf for entry in entries])


def _in_content_and_manifest(
    dossier: Dossier, contents: Contents, draw: random.Random
) -> tuple[bytes, Contents, bytes]:
    """The file's hash in the manifest is changed along with it, so only the root can tell."""
    name = draw.choice(sorted(contents))
    changed = {**contents, name: _flipped(contents[name], draw)}
    entries = tuple(
        replace(entry, file_hash=keccak256(changed[entry.name])) if entry.name == name else entry
        for entry in dossier.entries
    )
    forged = replace(dossier, entries=entries)
    return forged.manifest(), changed, forged.root


def _in_salt(dossier: Dossier, contents: Contents, draw: random.Random) -> tuple[bytes, Contents, bytes]:
    place = draw.randrange(len(dossier.entries))
    entry = dossier.entries[place]
    entries = (
        *dossier.entries[:place],
        replace(entry, salt=_flipped(entry.salt, draw)),
        *dossier.entries[place + 1 :],
    )
    forged = replace(dossier, entries=entries)
    return forged.manifest(), contents, forged.root


def _in_fields(dossier: Dossier, contents: Contents, draw: random.Random) -> tuple[bytes, Contents, bytes]:
    """One bit of a name, media type or size."""
    place = draw.randrange(len(dossier.entries))
    entry = dossier.entries[place]
    field = draw.choice(("name", "media_type", "size"))
    at = draw.randrange(5)
    if field == "size":
        forged_entry = replace(entry, size=entry.size ^ 1 << at)
    else:
        text = str(getattr(entry, field))
        letter = chr(ord(text[1]) ^ 1)
        changed_text = text[0] + letter + text[2:]
        forged_entry = replace(entry, name=changed_text) if field == "name" else replace(entry, media_type=changed_text)
    entries = (*dossier.entries[:place], forged_entry, *dossier.entries[place + 1 :])
    forged = replace(dossier, entries=entries)
    moved = {(forged_entry.name if name == entry.name else name): content for name, content in contents.items()}
    return forged.manifest(), moved, forged.root


def _in_manifest(dossier: Dossier, contents: Contents, draw: random.Random) -> tuple[bytes, Contents, bytes]:
    """Any bit of the manifest that changes what it says. Where it can be read no more, there is no root at all."""
    while True:
        manifest = _flipped(dossier.manifest(), draw)
        try:
            root = merkle_root([_told_leaf(each) for each in json.loads(manifest)["files"]])
        except (ValueError, KeyError, TypeError, DomainError):
            root = b""
        if root != dossier.root:
            return manifest, contents, root


def _other_form_is_refused(dossier: Dossier, contents: Contents) -> bool:
    """A manifest that says the same in other bytes: the case of a hex digit, a space, another order of fields."""
    told = dossier.manifest()
    forms = (told.replace(b":", b": ", 1), told + b"\n", told.replace(b"0x", b"0X", 1), told[:-1] + b',"more":1}')
    return all(_is_refused(form, contents, dossier.root) for form in forms)


def _told_leaf(told: dict[str, object]) -> bytes:
    salt, file_hash = (bytes.fromhex(str(told[name])[2:]) for name in ("salt", "keccak256"))
    size = told["size"]
    return leaf_hash(salt, file_hash, str(told["media_type"]), str(told["name"]), size if isinstance(size, int) else -1)


_CHANGES: Final[tuple[Callable[[Dossier, Contents, random.Random], tuple[bytes, Contents, bytes]], ...]] = (
    _in_content,
    _in_content_and_manifest,
    _in_salt,
    _in_fields,
    _in_manifest,
)
_WHERE: Final = "a fifth each: file; file and its hash; salt; name, type or size; any byte of the manifest"


def _is_refused(manifest: bytes, contents: Contents, root: bytes) -> bool:
    try:
        open_dossier(manifest, contents, root)
    except EvidenceError:
        return True
    return False


def _false_proof_is_refused(dossier: Dossier, draw: random.Random) -> bool:
    """One bit of leaf, siblings or place changed; before that, the honest proof has to hold."""
    entry = draw.choice(dossier.entries)
    proof = dossier.proof(entry.name)
    if root_of_proof(entry.leaf, proof.index, proof.count, proof.siblings) != dossier.root:
        return False
    path = [entry.leaf, *proof.siblings]
    place = draw.randrange(len(path))
    path[place] = _flipped(path[place], draw)
    return root_of_proof(path[0], proof.index, proof.count, path[1:]) != dossier.root


def _flipped(content: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(content) * 8)
    changed = bytearray(content)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)
