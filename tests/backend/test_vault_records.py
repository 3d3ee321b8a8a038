"""Sealing and opening: for whom, for what, with whose consent; and what the log says of it."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.audit import service as audit
from backend.audit.sequencer import Sequencer
from backend.database import Database
from backend.problems import Problem
from backend.vault import approvals, envelopes, service
from backend.vault.envelopes import CHUNK_BYTES, Label, RecordUnreadable
from backend.vault.retention import Category, Purpose
from tests.backend.vault_room import (
    ADA,
    ADA_HERSELF,
    ADJUSTER,
    BEN,
    BEN_HIMSELF,
    CLERK,
    DATA,
    DAY,
    MANAGER,
    OTHER,
    TENANT,
    UNDERWRITER,
    WORKER,
    make_vault,
    opened,
    seal,
    staff,
)

LABEL = Label(UUID(int=5), TENANT, ADA, "application", "underwriting")
KEY, PREFIX = bytes(range(32)), b"7 bytes"


def refused(database: Database, *arguments: object, code: str, **named: object) -> Problem:
    with pytest.raises(Problem) as caught:
        opened(database, *arguments, **named)  # type: ignore[arg-type]  # as `opened` takes them
    assert caught.value.code == code
    return caught.value


def log(database: Database) -> list[tuple[str, str, str]]:
    Sequencer(database).step()
    with database.every_tenant() as session:
        found = audit.page(session, TENANT, after=-1, limit=100)
    told = [json.loads(entry.leaf)["content"] for entry in found]
    return [(e["operation"], e["outcome"], e["facts"].get("why", "")) for e in told]


def test_open_record__sealed__gives_it_back_and_the_log_knows_both(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)

    record_id = seal(database, vault)

    assert opened(database, vault, record_id) == DATA
    assert log(database) == [("vault.seal", "done", ""), ("vault.open", "done", "")]


def test_seal_record__in_the_database__nothing_of_the_person(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    seal(database, vault)

    with database.every_tenant() as session:
        rows = repr(session.execute(text("SELECT * FROM vault_records, audit_inbox")).all())

    assert "Ada" not in rows
    assert "ada@" not in rows


def test_open_record__who_may_for_what__as_the_rules_say(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    record_id = seal(database, vault)

    for who, purpose in (
        (UNDERWRITER, Purpose.UNDERWRITING), (ADJUSTER, Purpose.CLAIMS), (staff(Role.AUDITOR), Purpose.AUDIT),
        (WORKER, Purpose.UNDERWRITING), (ADA_HERSELF, Purpose.SUBJECT_ACCESS),
    ):  # fmt: skip
        assert opened(database, vault, record_id, who=who, purpose=purpose) == DATA
    for who, purpose, code in (
        (UNDERWRITER, Purpose.CLAIMS, "approval_needed"), (CLERK, Purpose.UNDERWRITING, "approval_needed"),
        (UNDERWRITER, Purpose.SERVICE, "purpose_not_allowed"), (UNDERWRITER, Purpose.SUBJECT_ACCESS, "forbidden"),
        (BEN_HIMSELF, Purpose.SUBJECT_ACCESS, "record_unknown"), (ADA_HERSELF, Purpose.AUDIT, "approval_needed"),
        (staff(Role.JUNIOR_UNDERWRITER, tenant=OTHER), Purpose.UNDERWRITING, "record_unknown"),
        (Principal.anonymous(), Purpose.UNDERWRITING, "record_unknown"),
    ):  # fmt: skip
        refused(database, vault, record_id, who=who, purpose=purpose, code=code)
    refused(database, vault, uuid4(), code="record_unknown")
    assert [why for _, outcome, why in log(database) if outcome == "refused"] == [
        "approval_needed", "approval_needed", "purpose_not_allowed", "forbidden", "approval_needed",
    ]  # fmt: skip


def test_open_record__third_party_data__only_while_the_person_agrees(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    about = {"person_id": ADA, "category": Category.THIRD_PARTY, "purpose": Purpose.UNDERWRITING}

    with pytest.raises(Problem, match="did not agree") as caught:
        seal(database, vault, category=Category.THIRD_PARTY)
    with database.scoped(WORKER) as session:
        service.give_consent(session, vault, WORKER, evidence_hash=bytes(32), **about)  # type: ignore[arg-type]
    record_id = seal(database, vault, category=Category.THIRD_PARTY)
    before = opened(database, vault, record_id)
    with database.scoped(WORKER) as session:
        ended = service.withdraw_consent(session, vault, WORKER, **about)  # type: ignore[arg-type]  # of three kinds

    assert (caught.value.code, before, ended) == ("consent_missing", DATA, 1)
    refused(database, vault, record_id, code="consent_missing")
    assert opened(database, vault, record_id, who=ADA_HERSELF, purpose=Purpose.SUBJECT_ACCESS) == DATA


def test_approve__by_another_approver__opens_for_that_person_and_purpose_until_it_expires(
    database: Database, tmp_path: Path
) -> None:
    vault, clock = make_vault(tmp_path)
    record_id, other_id = seal(database, vault), seal(database, vault, person=BEN)
    clerk = CLERK.principal_id or UUID(int=0)

    with database.scoped(CLERK) as session:
        asked = approvals.ask(session, CLERK, person_id=ADA, purpose=Purpose.CLAIMS, now=clock()).approval_id

    def approve(who: Principal) -> None:
        with database.scoped(who) as session:
            approvals.approve(session, vault.rules, who, asked, now=clock())

    with pytest.raises(Problem, match="Only committee_member approves"):
        approve(UNDERWRITER)
    with pytest.raises(Problem, match="Nobody approves an opening asked for by itself"):
        approve(Principal(PrincipalKind.PERSON, clerk, TENANT, frozenset({Role.COMMITTEE_MEMBER})))
    refused(database, vault, record_id, who=CLERK, purpose=Purpose.CLAIMS, code="approval_needed")
    approve(MANAGER)
    with pytest.raises(Problem, match="was decided before"):
        approve(MANAGER)

    assert opened(database, vault, record_id, who=CLERK, purpose=Purpose.CLAIMS) == DATA
    refused(database, vault, record_id, who=CLERK, purpose=Purpose.AUDIT, code="approval_needed")
    refused(database, vault, other_id, who=CLERK, purpose=Purpose.CLAIMS, code="approval_needed")
    clock.now += 14 * DAY
    refused(database, vault, record_id, who=CLERK, purpose=Purpose.CLAIMS, code="approval_needed")


@pytest.mark.parametrize("category", [Category.APPLICATION, Category.SERVICE, Category.INTAKE])
def test_restrict__staff_says_it_is_for_a_legal_claim__opens_with_anothers_approval_only(
    database: Database, tmp_path: Path, category: Category
) -> None:
    vault, clock = make_vault(tmp_path)
    collected = Purpose.UNDERWRITING if category is Category.APPLICATION else Purpose.SERVICE
    record_id = seal(database, vault, category=category, purpose=collected)
    with database.scoped(WORKER) as session:
        service.restrict(session, vault, WORKER, person_id=ADA, reason="disputed")

    for who in (CLERK, UNDERWRITER, MANAGER):
        refused(database, vault, record_id, who=who, purpose=Purpose.LEGAL_CLAIM, code="approval_needed")
    with database.scoped(CLERK) as session:
        asked = approvals.ask(session, CLERK, person_id=ADA, purpose=Purpose.LEGAL_CLAIM, now=clock()).approval_id
    with database.scoped(MANAGER) as session:
        approvals.approve(session, vault.rules, MANAGER, asked, now=clock())

    assert opened(database, vault, record_id, who=CLERK, purpose=Purpose.LEGAL_CLAIM) == DATA
    refused(database, vault, record_id, who=UNDERWRITER, purpose=Purpose.LEGAL_CLAIM, code="approval_needed")


def test_restrict__person__only_legal_claims_open_it_until_it_is_lifted(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    record_id = seal(database, vault)
    with database.scoped(WORKER) as session:
        service.restrict(session, vault, WORKER, person_id=ADA, reason="disputed")

    refused(database, vault, record_id, code="processing_restricted")
    assert opened(database, vault, record_id, who=WORKER, purpose=Purpose.LEGAL_CLAIM) == DATA
    with database.scoped(WORKER) as session:
        service.lift_restriction(session, vault, WORKER, person_id=ADA)
    assert opened(database, vault, record_id) == DATA


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE vault_records SET tenant_id = '00000000-0000-0000-0000-000000000001', person_id = :other",
        "UPDATE vault_records SET purpose = 'claims'",
        "UPDATE vault_records SET category = 'claim_evidence'",
        "UPDATE vault_records SET ciphertext = set_byte(ciphertext, 3, 255 - get_byte(ciphertext, 3))",
        "UPDATE vault_records SET nonce = set_byte(nonce, 3, 255 - get_byte(nonce, 3))",
        "UPDATE vault_records SET wrapped_key = set_byte(wrapped_key, 20, 255 - get_byte(wrapped_key, 20))",
        "UPDATE vault_records AS a SET wrapped_key = b.wrapped_key FROM vault_records AS b WHERE a.ctid <> b.ctid",
    ],
)
def test_open_record__changed_in_the_database__does_not_open(database: Database, tmp_path: Path, change: str) -> None:
    vault, _ = make_vault(tmp_path)
    record_id = seal(database, vault)
    seal(database, vault)
    with database.every_tenant() as session:
        session.execute(text(change), {"other": BEN} if ":other" in change else {})

    with pytest.raises(RecordUnreadable):
        opened(database, vault, record_id, who=WORKER, purpose=Purpose.CLAIMS)


def pieces(size: int, piece: int = 100_000) -> Iterator[bytes]:
    for start in range(0, size, piece):
        yield bytes([start % 251]) * min(piece, size - start)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_open_stream__sealed__the_same_bytes(size: int) -> None:
    chunks = list(envelopes.seal_stream(KEY, LABEL, PREFIX, pieces(size)))

    assert b"".join(envelopes.open_stream(KEY, LABEL, PREFIX, chunks)) == b"".join(pieces(size))
    assert len(chunks) == max(1, -(-size // CHUNK_BYTES))


def test_open_stream__chunks_cut_moved_mixed_or_changed__refused() -> None:
    a, b, c = envelopes.seal_stream(KEY, LABEL, PREFIX, pieces(3 * CHUNK_BYTES))
    (alien, *_) = envelopes.seal_stream(KEY, LABEL, b"another", pieces(3 * CHUNK_BYTES))
    label = Label(UUID(int=6), TENANT, ADA, "application", "underwriting")

    for chunks in ([], [a], [a, b], [b, c], [a, c], [b, a, c], [a, b, b], [a, b, c, c], [alien, b, c], [a, b, c[:-1]]):
        with pytest.raises(RecordUnreadable):
            list(envelopes.open_stream(KEY, LABEL, PREFIX, chunks))
    with pytest.raises(RecordUnreadable):
        list(envelopes.open_stream(KEY, label, PREFIX, [a, b, c]))


def test_open_record__a_stream__says_that_it_is_a_file(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    with database.scoped(WORKER) as session:
        record_id = service.seal_stream(
            session, vault, WORKER, pieces(9), person_id=ADA, category=Category.CLAIM_EVIDENCE, purpose=Purpose.CLAIMS
        )

    with pytest.raises(Problem) as refused, database.scoped(ADJUSTER) as session:
        service.open_record(session, vault, ADJUSTER, record_id, purpose=Purpose.CLAIMS)

    assert refused.value.code == "record_is_file"


def test_stream__in_the_database__opens_a_chunk_at_a_time_and_misses_one_that_is_gone(
    database: Database, tmp_path: Path
) -> None:
    vault, _ = make_vault(tmp_path)
    size = 12 * CHUNK_BYTES + 17
    with database.scoped(WORKER) as session:
        record_id = service.seal_stream(
            session, vault, WORKER, pieces(size), person_id=ADA, category=Category.CLAIM_EVIDENCE,
            purpose=Purpose.CLAIMS,
        )  # fmt: skip

    tracemalloc.start()
    with database.scoped(ADJUSTER) as session:
        read = sum(
            len(part)
            for part in service.open_stream(session, vault, ADJUSTER, record_id, purpose=Purpose.CLAIMS)
        )  # fmt: skip
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    with database.every_tenant() as session:
        session.execute(text("DELETE FROM vault_chunks WHERE number = 7"))

    assert read == size
    assert most < 7 * CHUNK_BYTES
    with pytest.raises(RecordUnreadable), database.scoped(ADJUSTER) as session:
        list(service.open_stream(session, vault, ADJUSTER, record_id, purpose=Purpose.CLAIMS))
