"""Dossiers: sealed, opened, proven; and refused at the first bit that differs."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.evidence.dossier import Dossier, EvidenceFile, open_dossier, seal_dossier
from domain.evidence.limits import LIMITS
from domain.evidence.refusals import EvidenceAltered, EvidenceRefused

FILES = (
    EvidenceFile("receipt.txt", "text/plain", b"receipt 1"),
    EvidenceFile("bill.pdf", "application/pdf", b"%PDF-1.7 bill"),
    EvidenceFile("照片.png", "image/png", b"\x89PNG\r\n\x1a\n photo"),
)
SALTS = tuple(bytes([number]) * 32 for number in (1, 2, 3))


def sealed() -> Dossier:
    return seal_dossier(FILES, SALTS)


def contents() -> dict[str, bytes]:
    return {file.name: file.content for file in FILES}


def test_open_dossier__as_sealed__is_the_same() -> None:
    dossier = sealed()

    assert open_dossier(dossier.manifest(), contents(), dossier.root) == dossier


def test_seal_dossier__other_order_of_files__gives_the_same_root() -> None:
    assert seal_dossier(FILES[::-1], SALTS[::-1]).root == sealed().root


def test_seal_dossier__other_salts__gives_another_root() -> None:
    assert seal_dossier(FILES, SALTS[::-1]).root != sealed().root


@pytest.mark.parametrize("salts", [SALTS[:2], (SALTS[0],) * 3, (b"short", *SALTS[1:])])
def test_seal_dossier__salts_missing_alike_or_short__is_refused(salts: tuple[bytes, ...]) -> None:
    with pytest.raises(EvidenceAltered, match="salts"):
        seal_dossier(FILES, salts)


@settings(deadline=None)
@given(file=st.sampled_from(FILES), data=st.data())
def test_open_dossier__one_bit_of_a_file__is_refused_and_names_it(file: EvidenceFile, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(file.content) * 8 - 1))
    changed = bytearray(file.content)
    changed[place // 8] ^= 1 << place % 8
    dossier = sealed()

    with pytest.raises(EvidenceAltered) as refused:
        open_dossier(dossier.manifest(), {**contents(), file.name: bytes(changed)}, dossier.root)

    assert refused.value.field == file.name


@settings(deadline=None)
@given(st.data())
def test_open_dossier__one_bit_of_the_manifest__is_refused(data: st.DataObject) -> None:
    dossier = sealed()
    manifest = bytearray(dossier.manifest())
    place = data.draw(st.integers(0, len(manifest) * 8 - 1))
    manifest[place // 8] ^= 1 << place % 8

    with pytest.raises((EvidenceAltered, EvidenceRefused)):
        open_dossier(bytes(manifest), contents(), dossier.root)


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b"null", b'{"version":1,"files":[]}', b'{"version":1,"files":[{}]}', b"[" * 100_000, b"\xff"],
)
def test_open_dossier__no_manifest__is_refused(manifest: bytes) -> None:
    with pytest.raises(EvidenceAltered):
        open_dossier(manifest, {}, bytes(32))


def test_open_dossier__file_missing_or_more__is_refused() -> None:
    dossier = sealed()
    for files in ({"receipt.txt": b"receipt 1"}, {**contents(), "more.txt": b"more"}):
        with pytest.raises(EvidenceAltered, match="not in both"):
            open_dossier(dossier.manifest(), files, dossier.root)


def test_open_dossier__entries_in_another_order__is_refused() -> None:
    dossier = sealed()
    turned = replace(dossier, entries=dossier.entries[::-1])

    with pytest.raises(EvidenceAltered, match="canonical form"):
        open_dossier(turned.manifest(), contents(), turned.root)


def test_proof__of_one_file__holds_without_the_others() -> None:
    dossier = sealed()
    proof = dossier.proof("bill.pdf")

    proof.verify(FILES[1].content, dossier.root)
    with pytest.raises(EvidenceAltered):
        proof.verify(FILES[1].content + b" ", dossier.root)
    with pytest.raises(EvidenceAltered):
        proof.verify(FILES[1].content, bytes(32))


def test_seal_dossier__limits__are_refused_by_name() -> None:
    limits = replace(LIMITS, files=2, file_bytes=20, total_bytes=30)
    big = b"receipt " * 3
    broken = {
        "NO_FILES": [],
        "TOO_MANY_FILES": [("a", b"x"), ("b", b"x"), ("c", b"x")],
        "FILE_EMPTY": [("a", b"")],
        "FILE_TOO_LARGE": [("a", big)],
        "DOSSIER_TOO_LARGE": [("a", big[:20]), ("b", big[:20])],
        "NAME_TWICE": [("a", b"x"), ("a", b"y")],
        "TYPE_DIFFERS": [("a", b"\x89PNG\r\n\x1a\n")],
    }
    for code, files in broken.items():
        handed = [EvidenceFile(name, "text/plain", content) for name, content in files]
        with pytest.raises(EvidenceRefused) as refused:
            seal_dossier(handed, [bytes([place + 1]) * 32 for place in range(len(handed))], limits)
        assert refused.value.code == code


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "C:a", "a\0", "a\n", "\u202efdp.exe", "e\u0301", " a", "a" * 121, "\ud800"]
)
def test_seal_dossier__name_others_read_differently__is_refused(name: str) -> None:
    with pytest.raises(EvidenceRefused) as refused:
        seal_dossier([EvidenceFile(name, "text/plain", b"x")], [bytes(32)])

    assert refused.value.code == "NAME_INVALID"


def test_seal_dossier__type_not_taken__is_refused() -> None:
    with pytest.raises(EvidenceRefused) as refused:
        seal_dossier([EvidenceFile("a.zip", "application/zip", b"PK\x03\x04")], [bytes(32)])

    assert refused.value.code == "TYPE_NOT_TAKEN"
