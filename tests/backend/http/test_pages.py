"""Pages, ETags and preconditions."""

from __future__ import annotations

import base64

import pytest

from backend.http.pages import make_cursor, read_cursor
from backend.http.server_key import ServerKey
from backend.problems import Problem
from tests.backend.api import assert_problem, keyed
from tests.backend.http.conftest import House

PLACE = b'["entries.list", {}, []]'


def test_list__followed_by_link__every_row_once_and_the_filter_stays(house: House) -> None:
    for amount in range(7):
        house.write(amount)
    seen: list[int] = []
    address: str | None = "/v1/entries?limit=2&least=1"
    while address is not None:
        response = house.client.get(address)
        seen += [entry["amount"] for entry in response.json()["entries"]]
        assert (response.json()["next_cursor"] is None) == ("link" not in response.headers)
        address = response.links["next"]["url"] if response.links else None

    assert seen == [1, 2, 3, 4, 5, 6]


def test_list__cursor_with_other_filters__cursor_invalid(house: House) -> None:
    for amount in range(3):
        house.write(amount)
    cursor = house.client.get("/v1/entries?limit=1").json()["next_cursor"]

    assert_problem(house.client.get(f"/v1/entries?limit=1&least=1&cursor={cursor}"), "cursor_invalid", "next_cursor")
    assert house.client.get(f"/v1/entries?limit=2&cursor={cursor}").status_code == 200


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "====", "A" * 44, base64.urlsafe_b64encode(b"0" * 16 + b"[1]").decode()]
)
def test_read_cursor__not_ours__cursor_invalid(cursor: str) -> None:
    with pytest.raises(Problem) as caught:
        read_cursor(ServerKey(b"s" * 32), PLACE, cursor)

    assert caught.value.code == "cursor_invalid"


def test_read_cursor__every_single_altered_character__cursor_invalid() -> None:
    key = ServerKey(b"s" * 32)
    cursor = make_cursor(key, PLACE, ("0x12", 7))
    assert read_cursor(key, PLACE, cursor) == ("0x12", 7)

    for index in range(len(cursor)):
        altered = cursor[:index] + ("A" if cursor[index] != "A" else "B") + cursor[index + 1 :]
        decoded = base64.urlsafe_b64decode(altered + "=" * (-len(altered) % 4))
        if decoded == base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)):
            continue  # the last character's unused bits
        with pytest.raises(Problem):
            read_cursor(key, PLACE, altered)


def test_get__etag_known__not_modified_until_it_changes(house: House) -> None:
    house.write()
    first = house.client.get("/v1/entries")

    same = house.client.get("/v1/entries", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    house.write()
    changed = house.client.get("/v1/entries", headers={"If-None-Match": first.headers["etag"]})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("header", "code"), [({}, "precondition_required"), ({"If-Match": '"2"'}, "precondition_failed")]
)
def test_change__version_not_named_or_old__refused(house: House, header: dict[str, str], code: str) -> None:
    assert_problem(house.client.put("/v1/entries/1", json={"amount": 1}, headers=keyed() | header), code, "ETag")


@pytest.mark.parametrize("tag", ['"3"', '"2", "3"', "*"])
def test_change__version_named__done(house: House, tag: str) -> None:
    response = house.client.put("/v1/entries/1", json={"amount": 1}, headers=keyed() | {"If-Match": tag})

    assert response.status_code == 200
