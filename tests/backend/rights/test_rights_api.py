"""What people may ask about their data, over HTTP: consents, files by approval, restriction, erasure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.audit import service as audit
from backend.audit.sequencer import Sequencer
from backend.claims.models import CaseNoteRow, CaseRow
from backend.database import Database
from backend.evidence import sealed_pieces
from backend.evidence.models import EvidencePictureRow, EvidenceUploadRow
from backend.service import privacy_notice
from backend.vault import service as vault_service
from backend.vault.key_files import FileKeys, make_key_file
from backend.vault.retention import DAY_SECONDS, Category, Purpose
from backend.vault.sealing import Vault
from tests.backend.identity.house import ORIGIN, PASSWORD, House, make_house
from tests.backend.identity.test_identity_api import Page, code_of, make_app

HASH = "0x" + "5a" * 32
DATA = {"name": "Ada Example", "sum": "1000"}
CONTRACT = b"\x00" * 31 + b"\x07"


@dataclass
class Office(Page):
    """An insurer with a vault, whose people ask over HTTP."""

    vault: Vault

    def seal(self, person_id: uuid.UUID, *, ends_at: int | None = None) -> uuid.UUID:
        worker = Principal.worker(self.house.tenant_id)
        with self.house.desk.scope(worker) as session:
            record_id = vault_service.seal_record(
                session, self.vault, worker, person_id=person_id, category=Category.APPLICATION,
                purpose=Purpose.UNDERWRITING, data=DATA, subject=CONTRACT,
            )  # fmt: skip
            if ends_at is not None:
                vault_service.note_contract_end(session, CONTRACT, ends_at)
        return record_id

    def upload(self, person_id: uuid.UUID, state: str) -> uuid.UUID:
        """A file of a case, whole or not."""
        done = state == "complete"
        worker, upload_id = Principal.worker(self.house.tenant_id), uuid.uuid4()
        now = self.house.clock()
        with self.house.desk.scope(worker) as session:
            row = EvidenceUploadRow(
                upload_id=upload_id, tenant_id=self.house.tenant_id, person_id=person_id, case_id=uuid.uuid4(),
                uploaded_by=person_id, state=state, length=10, received=10 if done else 5, pieces=0 if done else 1,
                created_at=now, expires_at=now + DAY_SECONDS, name_print=upload_id.bytes,
            )  # fmt: skip
            session.add(row)
            if done:
                row.exact_print, row.completed_at = b"print", now
                row.record_id = vault_service.seal_stream(
                    session, self.vault, worker, [b"0123456789"], person_id=person_id,
                    category=Category.CLAIM_EVIDENCE, purpose=Purpose.CLAIMS,
                )  # fmt: skip
                session.flush()
                bits = {"upload_id": upload_id, "number": 0, "tenant_id": self.house.tenant_id, "person_id": person_id}
                session.add(EvidencePictureRow(picture="01" * 128, **bits))
            else:
                key = sealed_pieces.new_key(self.vault, row)
                sealed_pieces.describe(key, row, {"name": "bill.pdf"})
                session.flush()
                sealed_pieces.put(session, key, row, 0, b"01234")
        return upload_id

    def case(self, person_id: uuid.UUID, state: str) -> uuid.UUID:
        """A case with a note on it; one that was noticed is on the chain."""
        case_id, now = uuid.uuid4(), self.house.clock()
        about = {"case_id": case_id, "tenant_id": self.house.tenant_id}
        address = "0x" + "12" * 20
        with self.house.desk.scope(Principal.worker(self.house.tenant_id)) as session:
            session.add(
                CaseRow(
                    **about, person_id=person_id, product=address, policy_id=7, claimant=address, coverage=1, peril=2,
                    occurred_at=now, claimed=5_000_000, state=state, channel="web", version=1, created_at=now,
                    claim_id=len(str(case_id)) if state == "noticed" else None,
                )
            )  # fmt: skip
            note = {"note_id": uuid.uuid4(), "author": person_id, "record_id": uuid.uuid4(), "written_at": now}
            session.add(CaseNoteRow(**about, **note))
        return case_id

    def who(self, *roles: Role) -> tuple[uuid.UUID, dict[str, str]]:
        person_id = self.house.person(*roles)
        return person_id, self.bearer(person_id)

    def get(self, path: str, bearer: dict[str, str], **query: Any) -> Any:
        return self.client.get(path, headers=bearer, params=query)

    def told(self) -> set[tuple[str, str]]:
        """Operation and outcome of everything in the insurer's log."""
        database = self.client.app.state.services.database  # type: ignore[attr-defined]  # the app's own
        Sequencer(database).step()
        with database.every_tenant() as session:
            entries = audit.page(session, self.house.tenant_id, after=-1, limit=500)
        return {(entry.operation, entry.outcome) for entry in entries}


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    house: House = make_house(database)
    make_key_file(tmp_path / "vault.key")
    vault = Vault(FileKeys(tmp_path / "vault.key"), clock=house.clock)
    app = make_app(house, database, tmp_path)
    app.state.services = replace(app.state.services, vault=vault)
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield Office(client, house, vault)


def consent(**others: str) -> dict[str, str]:
    return {"category": "third_party", "purpose": "underwriting", "evidence_hash": HASH} | others


def test_consents__given_listed_withdrawn__by_the_person(office: Office) -> None:
    person_id, bearer = office.who(Role.POLICYHOLDER)

    given = office.post("/v1/consents", consent(), **bearer)
    held = office.get("/v1/consents", bearer).json()["consents"]
    withdrawn = office.post(f"/v1/consents/{given.json()['consent_id']}/withdrawal", None, **bearer)
    again = office.post(f"/v1/consents/{given.json()['consent_id']}/withdrawal", None, **bearer)

    assert (given.status_code, given.json()["person_id"]) == (201, str(person_id))
    assert [(one["evidence_hash"], one["withdrawn_at"]) for one in held] == [(HASH, None)]
    assert held[0]["privacy_notice"] == privacy_notice.in_force().version
    assert withdrawn.json()["consents"][0]["withdrawn_at"] == office.house.clock()
    assert code_of(again) == "consent_withdrawn"
    assert {("consents.give", "done"), ("consents.withdraw", "done"), ("consents.withdraw", "refused")} <= office.told()


def test_consents__by_service_for_a_customer__noted_and_others_see_nothing(office: Office) -> None:
    customer, hers = office.who(Role.POLICYHOLDER)
    _, other = office.who(Role.POLICYHOLDER)
    _, clerk = office.who(Role.CUSTOMER_SERVICE)

    given = office.post("/v1/consents", consent(person_id=str(customer)), **clerk).json()

    assert office.get("/v1/consents", hers).json()["consents"] == [given]
    assert code_of(office.get("/v1/consents", other, person_id=customer)) == "consent_unknown"
    assert code_of(office.post(f"/v1/consents/{given['consent_id']}/withdrawal", None, **other)) == "consent_unknown"
    assert code_of(office.post("/v1/consents", consent(person_id=str(customer)), **other)) == "forbidden"
    unknown = office.post("/v1/consents", consent(person_id=str(uuid.uuid4())), **clerk)
    assert code_of(unknown) == "person_unknown"


def test_consents__for_what_rests_on_none__told_in_both_languages(office: Office) -> None:
    _, bearer = office.who(Role.POLICYHOLDER)

    english = office.post("/v1/consents", consent(category="application"), **bearer)
    chinese = office.post("/v1/consents", consent(category="application"), **bearer, **{"Accept-Language": "zh"})

    assert code_of(english) == code_of(chinese) == "consent_pointless"
    assert "application" in english.json()["detail"]
    assert "同意" in chinese.json()["detail"]


def test_records__own__listed_and_opened_and_nobody_elses(office: Office) -> None:
    person_id, bearer = office.who(Role.POLICYHOLDER)
    _, other = office.who(Role.POLICYHOLDER)
    record_id = office.seal(person_id, ends_at=office.house.clock() + DAY_SECONDS)

    (listed,) = office.get(f"/v1/people/{person_id}/records", bearer).json()["records"]
    opened = office.get(f"/v1/records/{record_id}", bearer, purpose="subject_access")

    assert (listed["record_id"], listed["category"], listed["is_file"]) == (str(record_id), "application", False)
    assert listed["kept_until"] > office.house.clock() + 4 * 365 * DAY_SECONDS
    assert opened.json()["data"] == DATA
    assert code_of(office.get(f"/v1/people/{person_id}/records", other)) == "record_unknown"
    assert code_of(office.get(f"/v1/records/{record_id}", other, purpose="subject_access")) == "record_unknown"


def test_file_approvals__asked_given_by_another_expired__opens_only_meanwhile(office: Office) -> None:
    customer, _ = office.who(Role.POLICYHOLDER)
    record_id = office.seal(customer)
    clerk_id, clerk = office.who(Role.CUSTOMER_SERVICE)
    manager_id, manager = office.who(Role.COMMITTEE_MEMBER)

    before = office.get(f"/v1/records/{record_id}", clerk, purpose="claims")
    asked = office.post("/v1/file-approvals", {"person_id": str(customer), "purpose": "claims"}, **clerk).json()
    by_clerk = office.post(f"/v1/file-approvals/{asked['approval_id']}/approval", None, **clerk)
    given = office.post(f"/v1/file-approvals/{asked['approval_id']}/approval", None, **manager).json()
    opened = office.get(f"/v1/records/{record_id}", clerk, purpose="claims")
    for_audit = office.get(f"/v1/records/{record_id}", clerk, purpose="audit")
    late = office.post(f"/v1/file-approvals/{asked['approval_id']}/refusal", None, **manager)

    assert code_of(before) == code_of(for_audit) == "approval_needed"
    assert (asked["state"], asked["opener_id"], code_of(by_clerk)) == ("asked", str(clerk_id), "forbidden")
    assert (given["state"], given["approved_by"]) == ("approved", str(manager_id))
    assert given["expires_at"] == given["approved_at"] + 14 * DAY_SECONDS
    assert (opened.json()["data"], code_of(late)) == (DATA, "file_approval_decided")

    office.house.clock.now = given["expires_at"]
    _, manager = office.who(Role.COMMITTEE_MEMBER)
    assert [a["state"] for a in office.get("/v1/file-approvals", manager).json()["approvals"]] == ["expired"]


def test_file_approvals__own_question_or_own_file__not_even_by_an_approver(office: Office) -> None:
    manager_id, manager = office.who(Role.COMMITTEE_MEMBER)
    _, other = office.who(Role.COMMITTEE_MEMBER)
    customer, _ = office.who(Role.POLICYHOLDER)
    office.seal(customer)
    office.seal(manager_id)

    mine = office.post("/v1/file-approvals", {"person_id": str(customer), "purpose": "audit"}, **manager).json()
    about_me = office.post("/v1/file-approvals", {"person_id": str(manager_id), "purpose": "audit"}, **other).json()

    for approval in (mine, about_me):
        for verb in ("approval", "refusal"):
            refused = office.post(f"/v1/file-approvals/{approval['approval_id']}/{verb}", None, **manager)
            assert code_of(refused) == "forbidden"
    refused = office.post(f"/v1/file-approvals/{mine['approval_id']}/refusal", None, **other).json()
    assert refused["state"] == "refused"


def test_restriction__imposed_by_service_lifted_by_an_administrator__file_opens_for_nobody_meanwhile(
    office: Office,
) -> None:
    customer, hers = office.who(Role.POLICYHOLDER)
    record_id = office.seal(customer)
    _, clerk = office.who(Role.CUSTOMER_SERVICE)
    _, underwriter = office.who(Role.JUNIOR_UNDERWRITER)
    _, administrator = office.who(Role.ADMINISTRATOR)
    path = f"/v1/people/{customer}/restriction"

    imposed = office.post(path, {"reason": "disputed"}, **clerk)
    restricted = office.get(f"/v1/records/{record_id}", underwriter, purpose="underwriting")
    seen = office.get("/v1/restrictions", hers).json()["restrictions"]
    by_clerk = office.delete(path, **clerk)
    lifted = office.delete(path, **administrator)

    assert (imposed.status_code, seen) == (201, [imposed.json()])
    assert code_of(restricted) == "processing_restricted"
    assert (code_of(by_clerk), lifted.json()) == ("forbidden", {"lifted": 1})
    assert office.get(f"/v1/records/{record_id}", underwriter, purpose="underwriting").json()["data"] == DATA
    assert office.get("/v1/restrictions", administrator).json()["restrictions"] == []
    assert code_of(office.post(f"/v1/people/{uuid.uuid4()}/restriction", {"reason": "x"}, **clerk)) == "person_unknown"


def test_erasure__duty_to_keep_runs__refused_with_its_day_and_nothing_is_done(office: Office) -> None:
    customer, hers = office.who(Role.POLICYHOLDER)
    _, administrator = office.who(Role.ADMINISTRATOR)
    record_id = office.seal(customer, ends_at=office.house.clock() + DAY_SECONDS)
    kept_until = office.get(f"/v1/people/{customer}/records", administrator).json()["records"][0]["kept_until"]

    refused = office.post(f"/v1/people/{customer}/erasure", {"reason": "asked"}, **administrator)

    assert (refused.status_code, code_of(refused)) == (409, "retention_running")
    assert refused.json()["keep_until"] == kept_until > office.house.clock()
    assert office.get(f"/v1/records/{record_id}", hers, purpose="subject_access").json()["data"] == DATA
    assert office.get("/v1/people/me", hers).status_code == 200
    assert ("erasures.make", "refused") in office.told()


def test_erasure__nothing_must_be_kept__record_and_account_are_gone_and_certified(
    office: Office, database: Database
) -> None:
    customer, hers = office.who(Role.POLICYHOLDER)
    email = office.house.email_of(customer)
    _, administrator = office.who(Role.ADMINISTRATOR)
    record_id = office.seal(customer)
    office.client.put("/v1/notice-phone", json={"phone": "+8613800138000"}, headers=hers)

    made = office.post(f"/v1/people/{customer}/erasure", {"reason": "asked"}, **administrator)

    certificate = made.json()
    assert (made.status_code, certificate["destroyed_records"]) == (201, [str(record_id)])
    read = office.get(f"/v1/erasures/{certificate['certificate_id']}", administrator).json()
    assert read == certificate == office.get("/v1/erasures", administrator).json()["certificates"][0]
    assert code_of(office.get("/v1/people/me", hers)) == "session_expired"
    body = {"tenant": office.house.slug, "email": email, "password": PASSWORD, "carrier": "bearer"}
    assert code_of(office.post("/v1/sessions", body)) == "sign_in_refused"
    person = office.get(f"/v1/people/{customer}", administrator).json()
    assert (person["email"], person["name"]) == ("", "")
    opened = office.get(f"/v1/records/{record_id}", administrator, purpose="legal_claim")
    assert code_of(opened) == "forbidden"
    with database.every_tenant() as session:
        left = [
            session.scalar(text(f"SELECT count(*) FROM {table} WHERE person_id = :p"), {"p": customer})  # nosec B608
            for table in ("passwords", "totp_apps", "recovery_codes", "passkeys", "wallets", "notice_phones")
        ]
        log = json.dumps([row[0] for row in session.execute(text("SELECT content FROM audit_inbox"))])
    assert left == [0] * 6
    assert email not in log
    assert certificate["certificate_hash"].removeprefix("0x") in log
    again = office.house.person(Role.POLICYHOLDER, email=email)
    assert again != customer


def test_erasure__files_begun_and_known_factors_unconfirmed__nothing_is_left_in_any_table(
    office: Office, database: Database
) -> None:
    customer, hers = office.who(Role.POLICYHOLDER)
    _, administrator = office.who(Role.ADMINISTRATOR)
    office.seal(customer)
    office.post("/v1/consents", consent(), **hers)
    begun, kept = office.upload(customer, "receiving"), office.upload(customer, "complete")
    with database.every_tenant() as session:
        session.execute(text("UPDATE sessions SET address = '0xAb' WHERE person_id = :p"), {"p": customer})
        session.execute(text("UPDATE totp_apps SET confirmed_at = NULL WHERE person_id = :p"), {"p": customer})
        before = left_of(session, customer)

    made = office.post(f"/v1/people/{customer}/erasure", {"reason": "asked"}, **administrator)

    with database.every_tenant() as session:
        after = left_of(session, customer)
        uploads = [row[0] for row in session.execute(text("SELECT upload_id FROM evidence_uploads"))]
    assert made.status_code == 201
    assert before == dict.fromkeys(before, 1)
    assert after == dict.fromkeys(before, 0)
    assert (begun in uploads, kept in uploads) == (False, True)


def test_erasure__notices_of_claims_never_given__are_gone_and_those_on_their_way_stay(
    office: Office, database: Database
) -> None:
    customer, _ = office.who(Role.POLICYHOLDER)
    neighbour, _ = office.who(Role.POLICYHOLDER)
    _, administrator = office.who(Role.ADMINISTRATOR)
    never = [office.case(customer, state) for state in ("draft", "prepared", "failed")]
    stay = [office.case(customer, "handed_in"), office.case(customer, "noticed"), office.case(neighbour, "draft")]

    made = office.post(f"/v1/people/{customer}/erasure", {"reason": "asked"}, **administrator)

    with database.every_tenant() as session:
        cases = set(session.scalars(text("SELECT case_id FROM cases")))
        noted = set(session.scalars(text("SELECT case_id FROM case_notes")))
    assert made.status_code == 201
    assert cases == noted == set(stay)
    assert not cases & set(never)


def left_of(session: Session, person_id: uuid.UUID) -> dict[str, int]:
    """Rows by which something of a person could be read or known again."""
    queries = {
        "secrets of apps": "totp_apps WHERE person_id = :p",
        "addresses of sessions": "sessions WHERE person_id = :p AND address IS NOT NULL",
        "pieces of files": "evidence_pieces WHERE person_id = :p",
        "keys of uploads": "evidence_uploads WHERE person_id = :p AND wrapped_key IS NOT NULL",
        "prints of files": "evidence_uploads WHERE person_id = :p AND exact_print IS NOT NULL",
        "pictures": "evidence_pictures WHERE person_id = :p",
        "answers": "idempotent_answers WHERE principal_id = :p AND operation = 'consents.give'",
        "records": "vault_records WHERE person_id = :p AND category = 'application' AND wrapped_key IS NOT NULL",
    }
    return {
        name: session.scalar(text(f"SELECT count(*) FROM {query}"), {"p": person_id}) or 0  # nosec B608
        for name, query in queries.items()
    }


def test_erasure__of_oneself_or_of_nobody__refused(office: Office) -> None:
    administrator_id, administrator = office.who(Role.ADMINISTRATOR)
    _, clerk = office.who(Role.CUSTOMER_SERVICE)

    themselves = office.post(f"/v1/people/{administrator_id}/erasure", {"reason": "asked"}, **administrator)
    nobody = office.post(f"/v1/people/{uuid.uuid4()}/erasure", {"reason": "asked"}, **administrator)
    by_clerk = office.post(f"/v1/people/{administrator_id}/erasure", {"reason": "asked"}, **clerk)

    assert [code_of(one) for one in (themselves, nobody, by_clerk)] == ["grant_refused", "person_unknown", "forbidden"]
    assert office.get("/v1/erasures", administrator).json()["certificates"] == []


def test_rights__another_insurers_staff__finds_nobody(office: Office, database: Database) -> None:
    customer, _ = office.who(Role.POLICYHOLDER)
    record_id = office.seal(customer)
    other = make_house(database, slug="bolt")
    elsewhere = House(office.house.desk, office.house.clock, other.tenant_id, other.slug)
    stranger = Office(office.client, elsewhere, office.vault)
    _, administrator = stranger.who(Role.ADMINISTRATOR, Role.JUNIOR_UNDERWRITER, Role.CUSTOMER_SERVICE)

    answers = [
        stranger.get(f"/v1/people/{customer}/records", administrator),
        stranger.get(f"/v1/records/{record_id}", administrator, purpose="underwriting"),
        stranger.post("/v1/file-approvals", {"person_id": str(customer), "purpose": "claims"}, **administrator),
        stranger.post(f"/v1/people/{customer}/restriction", {"reason": "disputed"}, **administrator),
        stranger.post(f"/v1/people/{customer}/erasure", {"reason": "asked"}, **administrator),
    ]

    assert [code_of(one) for one in answers] == [
        "record_unknown", "record_unknown", "record_unknown", "person_unknown", "person_unknown",
    ]  # fmt: skip
