"""Exports and proofs, verified without database and backend; each kind of tampering is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from backend.audit import exports, proofs, repository, service
from backend.audit.checkpoints import ORIGIN_STEM, Head, HeadSigner
from backend.audit.cli import app
from backend.audit.entries import FIRST_PREVIOUS, Entry
from backend.audit.merkle import Frontier, leaf_hash
from backend.audit.repository import KeptHead
from backend.audit.sequencer import Sequencer
from backend.audit.verify import FORMAT, TamperingFound, TrustedHead, read_kept, verify_export, write_kept
from backend.database import Database
from domain.hashing import canonical_json
from tests.backend.test_audit_log import OTHER, TENANT, tell

SIGNER = HeadSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = HeadSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
ANCHOR = "0x" + "11" * 20
SIZES = (2, 5, 7)


def make_export(
    subjects: Sequence[str] = tuple(f"claims/{n}" for n in range(7)), sizes: Sequence[int] = SIZES,
    signer: HeadSigner = SIGNER, tenant: UUID = TENANT,
) -> tuple[list[bytes], list[TrustedHead]]:  # fmt: skip
    """An export made by hand, and its heads as somebody kept them."""
    frontier, previous = Frontier(), FIRST_PREVIOUS
    leaves, notes, kept = [], [], []
    for number, subject in enumerate(subjects):
        leaf = Entry(UUID(int=number + 1), tenant, 1_000_000 + number, {"subject": subject}).leaf(number, previous)
        previous = leaf_hash(leaf)
        frontier.append(previous)
        leaves.append(leaf + b"\n")
        if frontier.size in sizes:
            head = Head(tenant, frontier.size, frontier.root(), 1_700_000_000, 31_337, ANCHOR)
            notes.append(canonical_json({"head": signer.sign(head)}) + b"\n")
            kept.append(TrustedHead(head.size, head.root))
    header = {"format": FORMAT, "origin": f"{ORIGIN_STEM}{tenant}", "public_key": signer.public_key.hex()}
    return [canonical_json(header) + b"\n", *notes, *leaves], kept


LINES, KEPT = make_export()
FIRST_LEAF = 1 + len(SIZES)


def edited(lines: list[bytes], number: int, **changes: object) -> list[bytes]:
    found = json.loads(lines[number]) | changes
    return [*lines[:number], canonical_json(found) + b"\n", *lines[number + 1 :]]


def check(lines: Sequence[bytes], kept: Sequence[TrustedHead] = KEPT) -> None:
    verify_export(lines, public_key=SIGNER.public_key, trusted=kept)


def test_verify_export__as_written__says_what_was_proved() -> None:
    verdict = verify_export(LINES, public_key=SIGNER.public_key, trusted=KEPT)

    assert (verdict.tenant_id, verdict.entries, verdict.heads, verdict.trusted) == (TENANT, 7, 3, 3)
    assert (verdict.pinned, verdict.proven_size) == (True, 7)


def test_verify_export__nothing_brought_along__does_not_claim_more_than_it_can() -> None:
    verdict = verify_export(LINES)

    assert (verdict.pinned, verdict.proven_size) == (False, 0)


TAMPERINGS: dict[str, tuple[Callable[[], list[bytes]], str]] = {
    "an entry edited": (lambda: edited(LINES, FIRST_LEAF + 3, content={"subject": "claims/9"}), "does not follow"),
    "the last entry edited": (lambda: edited(LINES, FIRST_LEAF + 6, recorded_at=1), "not those of a signed head"),
    "an entry taken out": (lambda: LINES[: FIRST_LEAF + 3] + LINES[FIRST_LEAF + 4 :], "is not entry 3"),
    "an entry put in": (lambda: [*LINES[:8], LINES[7], *LINES[8:]], "is not entry"),
    "two entries exchanged": (lambda: [*LINES[:6], LINES[7], LINES[6], *LINES[8:]], "is not entry 2"),
    "the last entry cut off": (lambda: LINES[:-1], "newest head covers 7 entries, the export has 6"),
    "the end cut off with its head": (lambda: [*LINES[:3], *LINES[4:9]], "head kept elsewhere covers 7"),
    "written anew by its keeper": (
        lambda: make_export([*(f"claims/{n}" for n in range(6)), "claims/9"])[0], "not those of a head kept elsewhere",
    ),
    "written anew and signed by another": (
        lambda: make_export(signer=STRANGER)[0], "names key",
    ),
    "a head signed by another": (lambda: [LINES[0], make_export(signer=STRANGER)[0][1], *LINES[2:]], "not signed"),
    "a head of another log": (lambda: [LINES[0], make_export(tenant=OTHER)[0][1], *LINES[2:]], "belongs to the log"),
    "a head taken out": (lambda: [*LINES[:2], *LINES[3:]], "head of 5 entries, kept elsewhere, is missing"),
    "heads exchanged": (lambda: [LINES[0], LINES[2], LINES[1], *LINES[3:]], "out of order"),
    "a head twice": (lambda: [*LINES[:2], *LINES[1:]], "out of order"),
    "no heads": (lambda: [LINES[0], *LINES[4:]], "no signed head"),
    "no entries": (lambda: LINES[:4], "ends before its first entry"),
    "an entry beyond the newest head": (
        lambda: [*make_export()[0][:4], *make_export([f"claims/{n}" for n in range(8)])[0][4:]], "covers 7 entries",
    ),
    "spaces in a line": (lambda: [*LINES[:5], LINES[5].replace(b":", b": ", 1), *LINES[6:]], "not written as"),
    "the last line break gone": (lambda: [*LINES[:-1], LINES[-1][:-1]], "not written as"),
    "another log's name": (lambda: edited(LINES, 0, origin=f"{ORIGIN_STEM}{OTHER}"), "belongs to the log"),
    "another format": (lambda: edited(LINES, 0, format="x"), "not the header"),
    "an empty file": (lambda: [], "line 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_verify_export__tampered_with__found_and_named(name: str) -> None:
    tampered, words = TAMPERINGS[name]

    with pytest.raises(TamperingFound, match=words):
        check(tampered())


def test_verify_export__end_cut_off_and_no_head_kept__cannot_be_found_which_is_why_heads_are_anchored() -> None:
    check([*LINES[:3], *LINES[4:9]], KEPT[:2])

    with pytest.raises(TamperingFound):
        check([*LINES[:3], *LINES[4:9]], KEPT)


def test_lines__log_in_the_database__verify_and_leave_out_what_no_head_covers(database: Database) -> None:
    tell(database, 4)
    Sequencer(database).step()
    sign(database, 3)

    with database.transaction() as session:
        covered = exports.extent(session, TENANT)
        lines = list(exports.lines(session, TENANT, SIGNER.public_key, covered.size))

    assert (covered.size, covered.newer) == (3, 1)
    assert verify_export(lines, public_key=SIGNER.public_key).entries == 3


def sign(database: Database, size: int) -> None:
    with database.transaction() as session:
        head = Head(TENANT, size, service.root_at(session, TENANT, size), 1_700_000_000, 31_337, ANCHOR)
        repository.add_head(session, TENANT, KeptHead(size, head.at, SIGNER.sign(head)))


def test_verify_document__both_proofs__hold_and_any_change_does_not(database: Database) -> None:
    tell(database, 6)
    Sequencer(database).step()
    sign(database, 6)
    with database.transaction() as session:
        note = service.newest_head(session, TENANT).note
        entry = proofs.inclusion_document(service.prove_inclusion(session, TENANT, 2), note)
        growth = proofs.consistency_document(service.prove_consistency(session, TENANT, 4), note)

    for document, what in ((entry, "entry 2"), (growth, "the log of 4 entries")):
        proved = proofs.verify_document(document, public_key=SIGNER.public_key)

        assert (proved.what, proved.size) == (what, 6)
        for name in document:
            value = document[name]
            wrong = value + 1 if isinstance(value, int) else value[1:] if isinstance(value, str | list) else None
            with pytest.raises(TamperingFound):
                proofs.verify_document(document | {name: wrong}, public_key=SIGNER.public_key)
        with pytest.raises(TamperingFound, match="kept elsewhere"):
            proofs.verify_document(
                document, public_key=SIGNER.public_key, trusted=[TrustedHead(6, bytes(32))]
            )  # fmt: skip


def test_read_kept__both_kinds__give_sizes_and_roots() -> None:
    note = json.loads(LINES[1])["head"]

    assert read_kept(note, TENANT, SIGNER.public_key) == KEPT[:1]
    assert read_kept(write_kept(TENANT, KEPT).decode(), TENANT, SIGNER.public_key) == KEPT


def test_verify_command__good_and_cut_off__exit_code_says_so_and_needs_no_database(tmp_path: Path) -> None:
    file, kept = tmp_path / "log.jsonl", tmp_path / "heads.json"
    file.write_bytes(b"".join(LINES))
    kept.write_bytes(write_kept(TENANT, KEPT))
    arguments = ["verify", str(file), "--public-key", SIGNER.public_key.hex(), "--head", str(kept)]
    nowhere = {"QUITTANCE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "QUITTANCE_HOME": str(tmp_path)}

    good = CliRunner().invoke(app, arguments, env=nowhere)
    file.write_bytes(b"".join([*LINES[:3], *LINES[4:9]]))
    cut = CliRunner().invoke(app, arguments, env=nowhere)

    assert (good.exit_code, cut.exit_code) == (0, 1)
    assert "7 entries in their places under 3 signed heads" in good.output
    assert "Nothing is missing up to entry 7" in good.output
    assert "TAMPERED: a head kept elsewhere covers 7 entries, the export has 5" in cut.output


def test_verify_command__proof_cut_or_not_to_be_compared__says_so(database: Database, tmp_path: Path) -> None:
    tell(database, 6)
    Sequencer(database).step()
    sign(database, 6)
    with database.transaction() as session:
        note = service.newest_head(session, TENANT).note
        proof = proofs.inclusion_document(service.prove_inclusion(session, TENANT, 2), note)
        of_four = service.prove_consistency(session, TENANT, 4)
    file, kept = tmp_path / "proof.json", tmp_path / "heads.json"
    kept.write_bytes(write_kept(TENANT, [TrustedHead(4, of_four.first_root)]))

    def verify(document: dict[str, object], *more: str) -> tuple[int, str]:
        file.write_bytes(canonical_json(document) + b"\n")
        arguments = ["verify", str(file), "--public-key", SIGNER.public_key.hex(), *more]
        found = CliRunner().invoke(app, arguments)
        return found.exit_code, found.output

    assert verify(proof) == (0, "entry 2 belongs to the log of 6 entries, signed at 1700000000.\n")
    for name in proof:
        if name != "format":
            changed = {key: value for key, value in proof.items() if key != name}
            code, told = verify(changed)
            assert (code, told.startswith("TAMPERED: ")) == (1, True), (name, told)
    code, told = verify(proof, "--head", str(kept))
    assert (code, "None of the kept heads was compared" in told) == (2, True)
    growth = proofs.consistency_document(of_four, note)
    code, told = verify(growth, "--head", str(kept))
    assert (code, "A kept head of it agrees" in told) == (0, True)
