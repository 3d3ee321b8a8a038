"""How an office works, and by what right its people underwrite: changed by administrators, version by version."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.database import Database
from backend.underwriting import repository
from backend.underwriting.models import OfficeRow
from tests.backend.identity.house import ORIGIN, make_house
from tests.backend.identity.test_identity_api import Page, make_app

OFFICE = {
    "calendar": "weekdays", "machine_accepts": False, "sample_bps": 500, "quote_valid_seconds": 3_600,
    "how_to_object_en": "Call us.", "how_to_object_zh": "请致电。",
}  # fmt: skip


@pytest.fixture
def page(database: Database, tmp_path: Path) -> Iterator[Page]:
    house = make_house(database)
    app = make_app(house, database, tmp_path)
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield Page(client, house)


def put(page: Page, path: str, body: dict[str, Any], bearer: dict[str, str], **headers: str) -> Any:
    keyed = {"Idempotency-Key": uuid.uuid4().hex, **bearer, **headers}
    return page.client.put(path, json=body, headers=keyed)


def test_office__two_administrators_from_one_reading__the_second_is_refused_and_reads_again(page: Page) -> None:
    bearer = page.bearer(page.house.person(Role.ADMINISTRATOR))
    path = "/v1/underwriting-office"

    unread = put(page, path, OFFICE, bearer)
    before = page.client.get(path, headers=bearer)
    first = put(page, path, OFFICE, bearer, **{"If-Match": before.headers["etag"]})
    second = put(page, path, {**OFFICE, "sample_bps": 1}, bearer, **{"If-Match": before.headers["etag"]})
    after = page.client.get(path, headers=bearer)
    third = put(page, path, {**OFFICE, "sample_bps": 1}, bearer, **{"If-Match": after.headers["etag"]})

    assert (unread.status_code, unread.json()["code"]) == (428, "precondition_required")
    assert (before.json()["calendar"], before.headers["etag"]) == ("china", '"0"')
    assert (first.status_code, first.headers["etag"]) == (204, '"1"')
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    assert (after.json(), after.headers["etag"]) == (OFFICE, '"1"')
    assert third.status_code == 204
    assert page.client.get(path, headers=bearer).json()["sample_bps"] == 1


def test_set_row__both_begin_before_there_is_one__only_the_first_is_kept(page: Page) -> None:
    values = {
        "calendar": "china", "machine_accepts": True, "sample_bps": 1, "quote_valid_seconds": 600, "how_to_object": {}
    }  # fmt: skip
    keys = {"tenant_id": page.house.tenant_id}

    kept = []
    for sample in (1, 2):
        with page.house.desk.scope(Principal.worker(page.house.tenant_id)) as session:
            kept.append(repository.set_row(session, OfficeRow, keys, {**values, "sample_bps": sample}, before=0))

    with page.house.desk.scope(Principal.worker(page.house.tenant_id)) as session:
        found = repository.office(session, page.house.tenant_id)
    assert kept == [True, False]
    assert found is not None
    assert (found.sample_bps, found.version) == (1, 1)


def test_licence__changed_by_its_etag__a_stranger_is_unknown(page: Page) -> None:
    bearer = page.bearer(page.house.person(Role.ADMINISTRATOR))
    ada = page.house.person(Role.JUNIOR_UNDERWRITER)
    path = f"/v1/underwriting-licences/{ada}"

    nothing = page.client.get(path, headers=bearer)
    said = put(page, path, {"licensed_on": "2020-01-02"}, bearer, **{"If-Match": nothing.headers["etag"]})
    stale = put(page, path, {}, bearer, **{"If-Match": nothing.headers["etag"]})
    found = page.client.get(path, headers=bearer)

    assert nothing.json() == {"licensed_on": None, "intermediate_exam_on": None, "offices": []}
    assert (said.status_code, stale.status_code) == (204, 412)
    assert (found.json()["licensed_on"], found.headers["etag"]) == ("2020-01-02", '"1"')
    assert page.client.get(f"/v1/underwriting-licences/{uuid.uuid4()}", headers=bearer).status_code == 404
    assert page.client.get(path, headers=page.bearer(ada)).status_code == 403
