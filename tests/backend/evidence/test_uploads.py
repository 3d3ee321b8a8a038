"""Uploads beside the protocol: whose they are, how they end, what breaks them off."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.evidence import upload_router, uploads
from backend.evidence.clerk import Clerk
from backend.evidence.reading import DossierReader
from backend.evidence.service import forget_looks, subject_of
from backend.evidence.uploads import Writer
from backend.problems import Problem
from backend.vault.purge import purge
from backend.vault.service import note_contract_end
from tests.backend.api import assert_problem
from tests.backend.evidence.conftest import ADJUSTER, PDF, House
from tests.backend.evidence.test_tus import offset_of
from tests.backend.vault_room import ADA_HERSELF, BEN, BEN_HIMSELF, CLERK, DAY, OTHER, START, no_contracts, staff


def test_terminate__complete_file__gone_with_its_key(house: House) -> None:
    case_id = house.cases.add()
    upload_id = house.upload(case_id)
    (record,) = house.rows("SELECT record_id FROM evidence_uploads WHERE upload_id = :u", u=upload_id)

    answer = house.request("DELETE", f"/v1/evidence-uploads/{upload_id}")

    assert answer.status_code == 204
    assert house.request("HEAD", f"/v1/evidence-uploads/{upload_id}").status_code == 404
    (left,) = house.rows("SELECT wrapped_key FROM vault_records WHERE record_id = :r", r=record.record_id)
    assert left.wrapped_key is None


def test_terminate__customer_service__takes_back_its_own_uploads_only(house: House) -> None:
    case_id = house.cases.add()
    hers = house.upload(case_id)
    house.known.principal = CLERK
    handed_in_for_her = house.upload(case_id, name="letter.pdf")

    refused = house.request("DELETE", f"/v1/evidence-uploads/{hers}")
    taken = house.request("DELETE", f"/v1/evidence-uploads/{handed_in_for_her}")

    assert_problem(refused, "evidence_not_yours")
    assert taken.status_code == 204
    assert [
        row.upload_id for row in house.rows("SELECT upload_id FROM evidence_uploads WHERE case_id = :c", c=case_id)
    ] == [hers]


def test_terminate__by_whose_case_it_is__also_what_customer_service_handed_in(house: House) -> None:
    case_id, herself = house.cases.add(), house.known.principal
    house.known.principal = CLERK
    upload_id = house.upload(case_id)
    house.known.principal = herself

    assert house.request("DELETE", f"/v1/evidence-uploads/{upload_id}").status_code == 204


def test_terminate__file_in_a_dossier__stays(house: House) -> None:
    case_id = house.cases.add()
    upload_id = house.upload(case_id)
    house.seal(case_id)

    assert_problem(house.request("DELETE", f"/v1/evidence-uploads/{upload_id}"), "evidence_sealed")


def test_step__unfinished_for_a_day__said_to_be_gone_and_let_go(house: House) -> None:
    location = house.begin(house.cases.add(), PDF)
    upload_id = UUID(location.rpartition("/")[2])
    house.clock.now += DAY

    answer = house.append(location, PDF)
    Clerk(house.database, house.desk, DossierReader(["/nowhere/reader"])).step()

    assert_problem(answer, "upload_gone")
    assert house.rows("SELECT 1 FROM evidence_uploads WHERE upload_id = :u", u=upload_id) == []


def test_purge__kept_long_enough__nothing_is_left_by_which_files_would_be_known_again(house: House) -> None:
    case_id = house.cases.add()
    upload_id = house.upload(case_id)
    looks = "SELECT exact_print, name_print, (SELECT count(*) FROM evidence_pictures p WHERE p.upload_id = u.upload_id)"
    with house.database.every_tenant() as session:
        row = {"u": upload_id, "t": ADA_HERSELF.tenant_id, "p": ADA_HERSELF.principal_id}
        session.execute(text("INSERT INTO evidence_pictures VALUES (:u, 0, :t, :p, repeat('1', 256)::bit(256))"), row)
        note_contract_end(session, subject_of(case_id), START)
    (before,) = house.rows(f"{looks} FROM evidence_uploads u WHERE upload_id = :u", u=upload_id)  # nosec B608

    now, house.clock.now = house.clock.now, START + 6 * 366 * DAY
    purge(house.database, house.desk.vault, no_contracts, forget_looks, dry=False)
    house.clock.now = now

    (after,) = house.rows(f"{looks} FROM evidence_uploads u WHERE upload_id = :u", u=upload_id)  # nosec B608
    assert before.exact_print is not None
    assert (before.count, after.count, after.exact_print) == (1, 0, None)
    assert after.name_print != before.name_print


@pytest.mark.parametrize(
    "who",
    [BEN_HIMSELF, staff(Role.CUSTOMER_SERVICE, tenant=OTHER), staff(Role.ADJUSTER, tenant=OTHER)],
    ids=["a colleague", "another insurer's service", "another insurer's adjuster"],
)
def test_append__upload_of_somebody_else__not_there(house: House, who: Principal) -> None:
    location = house.begin(house.cases.add(), PDF)
    house.known.principal = who

    appended, asked = house.append(location, PDF), house.request("HEAD", location)

    assert_problem(appended, "evidence_unknown")
    assert asked.status_code == 404


def test_create__customer_service_for_a_customer__the_customer_s_file(house: House) -> None:
    case_id = house.cases.add(BEN)
    house.known.principal = CLERK
    upload_id = house.upload(case_id)

    listed = house.get(f"/v1/cases/{case_id}/evidence", BEN_HIMSELF)

    assert [each["upload_id"] for each in listed.json()["files"]] == [str(upload_id)]
    assert house.get(f"/v1/cases/{case_id}/evidence", CLERK).status_code == 403
    assert house.get(f"/v1/cases/{case_id}/evidence", ADA_HERSELF).status_code == 404


def test_read__adjuster__opened_for_claims_and_audited(house: House) -> None:
    case_id = house.cases.add()
    upload_id = house.upload(case_id)

    read = house.get(f"/v1/cases/{case_id}/evidence/{upload_id}", ADJUSTER)

    assert read.content == PDF
    told = house.rows("SELECT content::text AS content FROM audit_inbox WHERE content::text LIKE '%vault.open%'")
    assert any(str(ADJUSTER.principal_id) in row.content for row in told)


def test_take__a_newer_request_goes_on__the_older_one_ends_and_nothing_is_mixed(house: House) -> None:
    location = house.begin(house.cases.add(), PDF)
    upload_id = UUID(location.rpartition("/")[2])

    def begin() -> Writer:
        return Writer.begin(house.database, house.desk, ADA_HERSELF, upload_id, offset=0, size=None, checksum=None)

    older, newer = begin(), begin()
    newer.take(PDF[:100])

    with pytest.raises(Problem) as refused:
        older.take(b"x" * 50)
    assert refused.value.code == "upload_taken_over"
    newer.take(PDF[100:])
    assert newer.finish() == len(PDF)


def test_write__the_sender_goes_away__what_came_is_kept(house: House) -> None:
    location = house.begin(house.cases.add(), PDF)
    upload_id = UUID(location.rpartition("/")[2])
    writer = Writer.begin(house.database, house.desk, ADA_HERSELF, upload_id, offset=0, size=None, checksum=None)
    messages: list[Message] = [
        {"type": "http.request", "body": PDF[:700], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    with pytest.raises(ClientDisconnect):
        asyncio.run(upload_router._write(Request({"type": "http"}, receive), writer))

    assert offset_of(house, location) == "700"
    assert house.append(location, PDF[700:], 700).status_code == 204


def test_take__piece_after_piece__refused_before_there_are_too_many(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_PIECES", 2)
    location = house.begin(house.cases.add(), PDF)

    answers = [house.append(location, PDF[n : n + 1], n) for n in range(3)]

    assert [answer.status_code for answer in answers] == [204, 204, 409]
    assert answers[2].json()["limit"] == "PIECES"
