"""Uploads by tus 1.0.0, over HTTP."""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID

import pytest

from backend.access.principal import Principal
from backend.evidence.uploads import PIECE_BYTES
from domain.hashing import keccak256
from tests.backend.api import assert_problem
from tests.backend.evidence.conftest import PDF, House
from tests.backend.vault_room import CLERK, DAY


def offset_of(house: House, location: str) -> str:
    answer = house.request("HEAD", location)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.headers["upload-offset"])


def checksum(content: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def test_upload_options__anybody__what_is_understood(house: House) -> None:
    house.known.principal = Principal.anonymous()

    answer = house.client.options("/v1/evidence-uploads")

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,expiration,checksum,termination"
    assert answer.headers["tus-max-size"] == "20971520"
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256,sha512"


def test_append__in_two_requests__whole_and_read_back_as_it_came(house: House) -> None:
    case_id = house.cases.add()
    location = house.begin(case_id, PDF)

    first = house.append(location, PDF[:1000])
    between = offset_of(house, location)
    second = house.append(location, PDF[1000:], 1000)

    assert (first.status_code, first.headers["upload-offset"], between) == (204, "1000", "1000")
    assert (second.status_code, second.headers["upload-offset"]) == (204, str(len(PDF)))
    assert second.headers["tus-resumable"] == "1.0.0"
    (listed,) = house.get(f"/v1/cases/{case_id}/evidence").json()["files"]
    assert (listed["complete"], listed["name"], listed["media_type"]) == (True, "bill.pdf", "application/pdf")
    assert (listed["size"], listed["file_hash"]) == (len(PDF), "0x" + keccak256(PDF).hex())
    read = house.get(f"/v1/cases/{case_id}/evidence/{listed['upload_id']}")
    assert (read.status_code, read.content) == (200, PDF)
    assert read.headers["content-disposition"] == "attachment; filename*=UTF-8''bill.pdf"


def test_append__three_mebibytes_of_more__kept_in_sealed_pieces_and_nothing_else(house: House) -> None:
    content = PDF[:9] + bytes(range(1, 65)) * (3 * 16_384)
    location = house.begin(house.cases.add(), content)

    house.append(location, content[: 3 * PIECE_BYTES - 5])

    upload_id = UUID(location.rpartition("/")[2])
    kept = house.rows("SELECT sealed FROM evidence_pieces WHERE upload_id = :u ORDER BY number", u=upload_id)
    assert [len(row.sealed) - 28 for row in kept] == [PIECE_BYTES, PIECE_BYTES, PIECE_BYTES - 5]
    assert all(content[9:100] not in bytes(row.sealed) for row in kept)
    assert offset_of(house, location) == str(3 * PIECE_BYTES - 5)
    house.append(location, content[3 * PIECE_BYTES - 5 :], 3 * PIECE_BYTES - 5)
    assert house.rows("SELECT 1 FROM evidence_pieces WHERE upload_id = :u", u=upload_id) == []
    (stream,) = house.rows(
        "SELECT sum(length(ciphertext) - 16) AS size FROM vault_chunks JOIN evidence_uploads USING (record_id)"
        " WHERE upload_id = :u", u=upload_id,
    )  # fmt: skip
    assert stream.size == len(content)


@pytest.mark.parametrize("offset", [0, 999, 1001])
def test_append__at_another_offset__conflict_that_says_how_far_it_is(house: House, offset: int) -> None:
    location = house.begin(house.cases.add(), PDF)
    house.append(location, PDF[:1000])

    answer = house.append(location, PDF[offset:], offset)

    assert_problem(answer, "upload_offset_conflict", "1000 bytes")
    assert answer.json()["received"] == 1000


def test_append__another_version_of_tus__precondition_failed_and_the_version_told(house: House) -> None:
    location = house.begin(house.cases.add(), PDF)

    answer = house.append(location, PDF, 0, **{"Tus-Resumable": "0.2.2"})

    assert_problem(answer, "tus_version_unsupported")
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-resumable"] == "1.0.0"


def test_append__another_content_type__unsupported(house: House) -> None:
    location = house.begin(house.cases.add(), PDF)

    answer = house.append(location, PDF, 0, **{"Content-Type": "application/pdf"})

    assert_problem(answer, "upload_media_type", "application/offset+octet-stream")


def test_append__more_than_said__too_large_and_nothing_of_it_kept(house: House) -> None:
    location = house.begin(house.cases.add(), PDF)

    answer = house.append(location, PDF + b"!")

    assert_problem(answer, "upload_too_large")
    assert offset_of(house, location) == "0"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_append__checksum_fits__kept(house: House, algorithm: str) -> None:
    location = house.begin(house.cases.add(), PDF)

    answer = house.append(location, PDF[:500], 0, **{"Upload-Checksum": checksum(PDF[:500], algorithm)})

    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "500")


def test_append__checksum_of_other_bytes__thrown_away_and_taken_when_sent_again(house: House) -> None:
    location = house.begin(house.cases.add(), PDF)

    wrong = house.append(location, PDF[:500], 0, **{"Upload-Checksum": checksum(PDF[1:501])})
    between = offset_of(house, location)
    right = house.append(location, PDF, 0, **{"Upload-Checksum": checksum(PDF)})

    assert_problem(wrong, "upload_checksum_mismatch")
    assert wrong.status_code == 460
    assert between == "0"
    assert right.status_code == 204
    assert offset_of(house, location) == str(len(PDF))


@pytest.mark.parametrize("header", ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1 !!", "sha1 AAAA"])
def test_append__checksum_that_is_none__refused(house: House, header: str) -> None:
    location = house.begin(house.cases.add(), PDF)

    assert_problem(
        house.append(location, PDF, 0, **{"Upload-Checksum": header}), "upload_header_invalid", "Upload-Chec"
    )


def test_append__whole_file_of_another_hash__thrown_away(house: House) -> None:
    location = house.begin(house.cases.add(), PDF, sha256="ab" * 32)

    answer = house.append(location, PDF)

    assert_problem(answer, "upload_hash_mismatch")
    assert house.request("HEAD", location).status_code == 404


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"MZ" + bytes(2000), "application/pdf"), (PDF, "image/png"), (b'{"a":', "application/json"), (PDF, "text/plain")],
)
def test_append__bytes_of_another_type_than_said__thrown_away(house: House, content: bytes, kind: str) -> None:
    case_id = house.cases.add()
    location = house.begin(case_id, content, kind=kind)

    answer = house.append(location, content)

    assert_problem(answer, "evidence_refused", kind)
    assert answer.json()["limit"] == "TYPE_DIFFERS"
    assert house.get(f"/v1/cases/{case_id}/evidence").json()["files"] == []


@pytest.mark.parametrize(
    ("told", "limit"),
    [
        ({"name": "../bill.pdf"}, "NAME_INVALID"),
        ({"name": "claim.json", "kind": "application/json"}, "NAME_INVALID"),
        ({"kind": "application/zip"}, "TYPE_NOT_TAKEN"),
        ({"length": 0}, "FILE_EMPTY"),
        ({"length": 20 * 1024 * 1024 + 1}, "FILE_TOO_LARGE"),
    ],
)
def test_create__beyond_a_limit__refused_by_its_name(house: House, told: dict[str, object], limit: str) -> None:
    answer = house.create(house.cases.add(), PDF, **told)  # type: ignore[arg-type]  # each case gives one of them

    assert_problem(answer, "evidence_refused")
    assert answer.json()["limit"] == limit


def test_create__name_of_another_file_of_the_case__refused_and_free_in_another_case(house: House) -> None:
    case_id, other = house.cases.add(), PDF + b"%"
    house.begin(case_id, PDF)

    again, elsewhere = house.create(case_id, other), house.create(house.cases.add(), PDF)
    house.known.principal = CLERK
    by_somebody_else = house.create(case_id, PDF)

    assert again.json()["limit"] == by_somebody_else.json()["limit"] == "NAME_TWICE"
    assert elsewhere.status_code == 201


def test_create__again_since_the_reply_was_lost__the_upload_there_is_until_it_is_whole(house: House) -> None:
    case_id = house.cases.add()
    location = house.begin(case_id, PDF)
    house.append(location, PDF[:1000])

    again = house.create(case_id, PDF)
    house.append(location, PDF[1000:], 1000)
    after = house.create(case_id, PDF)

    assert (again.status_code, again.headers["location"], again.headers["upload-offset"]) == (201, location, "1000")
    assert after.json()["limit"] == "NAME_TWICE"


def test_create__name_of_one_whose_day_is_over__free_at_once(house: House) -> None:
    case_id = house.cases.add()
    location = house.begin(case_id, PDF)
    house.clock.now += DAY

    again = house.create(case_id, PDF)

    assert again.status_code == 201
    assert again.headers["location"] != location


def test_create__more_than_a_dossier_holds__refused(house: House) -> None:
    case_id = house.cases.add()
    for number in range(5):
        house.begin(case_id, PDF, name=f"{number}.pdf", length=20 * 1024 * 1024)

    answer = house.create(case_id, PDF, name="last.pdf")

    assert answer.json()["limit"] == "DOSSIER_TOO_LARGE"


@pytest.mark.parametrize("missing", ["filename", "filetype", "sha256"])
def test_create__metadata_without_a_part__named(house: House, missing: str) -> None:
    told = {"filename": "a.pdf", "filetype": "application/pdf", "sha256": "ab" * 32}
    pairs = [f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items() if key != missing]
    headers = {"Upload-Length": "10", "Upload-Metadata": ",".join(pairs)}

    answer = house.request("POST", f"/v1/cases/{house.cases.add()}/evidence-uploads", headers)

    assert_problem(answer, "upload_header_invalid", missing)


def test_create__closed_case__refused(house: House) -> None:
    assert_problem(house.create(house.cases.add(opened=False), PDF), "case_closed_for_evidence")
