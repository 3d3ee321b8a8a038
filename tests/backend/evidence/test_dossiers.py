"""Sealing, and the store that nodes read: the same root, manifest and bytes as anywhere else."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.evidence import statement, store, uploads
from backend.problems import Problem
from domain.evidence.dossier import EvidenceFile, open_dossier, read_manifest, seal_dossier
from domain.hashing import keccak256
from oracle.claims.errors import DossierUnavailable
from oracle.claims.statement import ClaimStatement, read_statement, statement_in
from oracle.claims.store import EvidenceStore
from scripts.anvil import free_port
from scripts.claims_rehearsal.evidence import Kind, make_case
from scripts.claims_rehearsal.store import EvidenceStore as RehearsalStore
from scripts.claims_rehearsal.store import serving
from tests.backend.api import assert_problem
from tests.backend.evidence.cases import FACTS
from tests.backend.evidence.conftest import ADJUSTER, PDF, House
from tests.backend.vault_room import ADA_HERSELF, CLERK, OTHER, START, TENANT, WORKER, staff

SCOPES = frozenset({"evidence.fetch_manifest", "evidence.fetch_file"})
NODE = Principal(PrincipalKind.MACHINE, UUID(int=501), TENANT, frozenset({Role.ORACLE_NODE}), SCOPES)
CLAIM = 0x5A << 200


def bills(number: int = 1) -> list[EvidenceFile]:
    """Bills of the rehearsal, as their claimant holds them."""
    case = make_case(number, Kind.TWO_BILLS, START, random.Random(number))
    return [file for file in case.dossier.files if file.name != statement.NAME]


def hand_in(house: House, case_id: UUID, files: list[EvidenceFile]) -> None:
    for file in files:
        house.upload(case_id, file.content, name=file.name, kind=file.media_type)


def manifest_of(house: House, claim_id: int) -> bytes:
    return bytes(house.get(f"/v1/claims/0x{claim_id:064x}/manifest", NODE).content)


@contextmanager
def real_http(house: House) -> Iterator[str]:
    """The backend behind real HTTP, asked by a node."""
    house.known.principal = NODE
    with serving(house.app, free_port()) as url:
        yield url


def waits_for_a_lock(house: House) -> bool:
    with house.database.every_tenant() as session:
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(session.scalar(query))


def test_seal__while_a_file_is_taken_back__sealed_without_it(house: House) -> None:
    """The two at once: never a dossier that names a file that is gone, nor an error of the database."""
    case_id = house.cases.add()
    stays, goes = house.upload(case_id), house.upload(case_id, PDF + b"2", name="second.pdf")

    with ThreadPoolExecutor(1) as other, house.database.scoped(ADA_HERSELF) as session:
        uploads.terminate(session, house.desk, ADA_HERSELF, goes)
        sealing = other.submit(house.seal, case_id)
        deadline = time.monotonic() + 20
        while not waits_for_a_lock(house) and time.monotonic() < deadline and not sealing.done():
            time.sleep(0.01)
        session.commit()
        sealed = sealing.result(timeout=20)

    assert [file.upload_id for file in sealed.files if file.upload_id] == [stays]


def test_seal__files_of_a_case__the_root_a_node_works_out(house: House) -> None:
    case_id, files = house.cases.add(), bills()
    hand_in(house, case_id, files)

    sealed = house.seal(case_id)

    house.attach(case_id, CLAIM)
    manifest = manifest_of(house, CLAIM)
    contents = {file.name: file.content for file in files} | {"claim.json": statement.statement_of(FACTS)}
    dossier = open_dossier(manifest, contents, sealed.evidence_root)
    assert keccak256(manifest) == sealed.manifest_hash
    assert [file.name for file in sealed.files] == [entry.name for entry in dossier.entries]
    salts = [entry.salt for entry in dossier.entries]
    assert seal_dossier(dossier.files, salts).manifest() == manifest
    assert statement_in(dossier) == ClaimStatement("E12345678", None, (12_000,))


def test_seal__again_with_more__another_root_and_both_can_be_attached(house: House) -> None:
    case_id = house.cases.add()
    house.upload(case_id)
    first = house.seal(case_id)
    house.attach(case_id, CLAIM + 1)
    house.upload(case_id, PDF + b"2", name="second.pdf")

    house.clock.now += 1
    second = house.seal(case_id)
    before = manifest_of(house, CLAIM + 1)
    house.attach(case_id, CLAIM + 1)
    after = manifest_of(house, CLAIM + 1)
    house.clock.now += 1
    house.attach(case_id, CLAIM + 1, first.evidence_root)

    assert [keccak256(before), keccak256(after)] == [first.manifest_hash, second.manifest_hash]
    assert {entry.name for entry in read_manifest(after)} == {"bill.pdf", "second.pdf", "claim.json"}
    assert keccak256(manifest_of(house, CLAIM + 1)) == first.manifest_hash


def test_seal__no_file__nothing_but_the_statement(house: House) -> None:
    sealed = house.seal(house.cases.add())

    assert [file.name for file in sealed.files] == ["claim.json"]


def test_seal__an_upload_unfinished__refused_and_nothing_kept(house: House) -> None:
    case_id = house.cases.add()
    location = house.begin(case_id, PDF)

    with pytest.raises(Problem) as refused:
        house.seal(case_id)

    assert refused.value.code == "upload_unfinished"
    assert location.rpartition("/")[2] in refused.value.detail
    assert house.rows("SELECT 1 FROM evidence_dossiers WHERE case_id = :c", c=case_id) == []


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, subject=""), replace(FACTS, subject="--"), replace(FACTS, subject="E1\n"),
        replace(FACTS, sum_raised_at=-1), replace(FACTS, past_amounts_minor=(-5,)),
        replace(FACTS, past_amounts_minor=(1,) * 1_001),
    ],
)  # fmt: skip
def test_statement_of__facts_no_node_would_read__refused(facts: object) -> None:
    with pytest.raises(Problem) as refused:
        statement.statement_of(facts)  # type: ignore[arg-type]  # all are ClaimFacts

    assert refused.value.code == "claim_facts_invalid"
    assert "E12345678" not in refused.value.detail


def test_statement_of__facts__what_the_oracle_writes_and_reads() -> None:
    facts = replace(FACTS, subject="京A·12345", sum_raised_at=START)

    content = statement.statement_of(facts)

    assert content == ClaimStatement("京A·12345", START, (12_000,)).content()
    assert read_statement(content) == ClaimStatement("京A·12345", START, (12_000,))


@pytest.mark.parametrize("who", [ADA_HERSELF, CLERK, WORKER], ids=["the insured", "customer service", "a worker"])
def test_seal__by_anybody_who_may_act_for_the_case__the_insured_owns_it(house: House, who: Principal) -> None:
    case_id = house.cases.add()
    house.upload(case_id)

    sealed = house.seal(case_id, who)

    (row,) = house.rows("SELECT person_id FROM evidence_dossiers WHERE dossier_id = :d", d=sealed.dossier_id)
    assert row.person_id == ADA_HERSELF.principal_id


def test_attach_claim__never_sealed__refused(house: House) -> None:
    with pytest.raises(Problem) as refused:
        house.attach(house.cases.add(), CLAIM)

    assert refused.value.code == "dossier_unknown"


def test_dossier__a_node_over_http__comes_to_the_sealed_root(house: House) -> None:
    case_id, files = house.cases.add(), bills(2)
    hand_in(house, case_id, files)
    sealed = house.seal(case_id)
    house.attach(case_id, CLAIM + 2)

    with real_http(house) as url:
        store = EvidenceStore(url, "any key: the test says who asks")
        dossier = store.dossier(CLAIM + 2, sealed.evidence_root)
        with pytest.raises(DossierUnavailable) as missing:
            store.dossier(CLAIM + 3, sealed.evidence_root)
        store.close()

    assert dossier.root == sealed.evidence_root
    assert {file.name: file.content for file in dossier.files if file.name != statement.NAME} == {
        file.name: file.content for file in files
    }
    assert missing.value.code == "dossier_missing"


def test_store__beside_the_rehearsal_s__the_same_bytes_and_types(house: House) -> None:
    case_id = house.cases.add()
    hand_in(house, case_id, bills(3))
    sealed = house.seal(case_id)
    house.attach(case_id, CLAIM + 4)
    rehearsal = RehearsalStore()
    auth = {"Authorization": f"Bearer {rehearsal.key}", "Accept": "*/*"}

    with real_http(house) as url, serving(rehearsal.app(), free_port()) as other:
        store = EvidenceStore(url, "any key")
        dossier = store.dossier(CLAIM + 4, sealed.evidence_root)
        store.close()
        rehearsal.put(CLAIM + 4, dossier)
        paths = ["manifest", *(f"files/{quote(file.name, safe='')}" for file in dossier.files), "files/none.pdf"]
        answers = [
            [httpx.get(f"{base}/v1/claims/0x{CLAIM + 4:064x}/{path}", headers=auth) for base in (url, other)]
            for path in paths
        ]

    *found, (none, neither) = answers
    assert len(found) == 4
    for ours, theirs in found:
        assert (ours.status_code, ours.content) == (200, theirs.content)
        assert ours.headers["content-type"] == theirs.headers["content-type"]
        assert ours.headers["content-length"] == theirs.headers["content-length"]
    assert none.status_code == neither.status_code == 404


@pytest.mark.parametrize("path", ["manifest", "files/bill.pdf"])
@pytest.mark.parametrize(
    ("who", "code"),
    [
        (replace(NODE, tenant_id=OTHER), "dossier_unknown"),
        (replace(NODE, scopes=frozenset({"audit.*"})), "forbidden"),
        (ADJUSTER, "forbidden"),
        (staff(Role.AUDITOR), "forbidden"),
        (ADA_HERSELF, "forbidden"),
        (Principal.anonymous(), "unauthenticated"),
    ],
    ids=["another insurer's node", "without the scope", "adjuster", "auditor", "the insured", "visitor"],
)
def test_fetch__anybody_but_a_node_of_the_insurer__nothing(house: House, who: Principal, code: str, path: str) -> None:
    case_id = house.cases.add()
    house.upload(case_id)
    house.seal(case_id)
    house.attach(case_id, CLAIM + 5)

    assert_problem(house.get(f"/v1/claims/0x{CLAIM + 5:064x}/{path}", who), code)


def test_stream__taken_slowly__leaves_connections_to_others(house: House) -> None:
    """Who opens files and does not take them must not hold every connection there is."""
    case_id = house.cases.add()
    upload_id = house.upload(case_id)
    (record_id,) = house.rows("SELECT record_id FROM evidence_uploads WHERE upload_id = :u", u=upload_id)[0]

    def taken_by(asker: UUID) -> Iterator[bytes]:
        return store.stream(house.database, house.desk, WORKER, record_id, asker=asker)

    slow = [taken_by(UUID(int=1)) for _ in range(store.MOST_OF_ONE)]
    with pytest.raises(Problem) as of_one:
        taken_by(UUID(int=1))
    others = [taken_by(UUID(int=10 + n)) for n in range(store.MOST_AT_ONCE - store.MOST_OF_ONE)]
    with pytest.raises(Problem) as of_all:
        taken_by(UUID(int=2))
    left, slow[0] = slow[0], iter(())
    assert b"".join(left) == PDF
    again = taken_by(UUID(int=1))

    assert (of_one.value.code, of_all.value.code) == ("too_many_streams", "too_many_streams")
    assert [b"".join(each) for each in (*slow[1:], *others, again)] == [PDF] * store.MOST_AT_ONCE


def test_fetch_manifest__processing_restricted__not_handed_out(house: House) -> None:
    from backend.vault import service as vault

    house.known.principal = staff(Role.CUSTOMER_SERVICE)
    person = UUID(int=77)
    case_id = house.cases.add(person)
    house.upload(case_id)
    house.seal(case_id, WORKER)
    house.attach(case_id, CLAIM + 6)
    with house.database.scoped(WORKER) as session:
        vault.restrict(session, house.desk.vault, WORKER, person_id=person, reason="disputed")

    assert_problem(house.get(f"/v1/claims/0x{CLAIM + 6:064x}/manifest", NODE), "processing_restricted")


def test_purge__evidence__follows_the_end_of_its_contract(house: House) -> None:
    case_id = house.cases.add()
    house.upload(case_id)
    house.seal(case_id)

    ends = house.rows(
        "SELECT DISTINCT contract_ends_at, long_term FROM vault_records WHERE subject = :s", s=b"case" + case_id.bytes
    )

    assert [(row.contract_ends_at, row.long_term) for row in ends] == [(FACTS.cover_until, False)]
