"""Product files from the upload to the product on a real chain, and its wording."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pypdf
import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.dependencies import ServiceSet
from backend.main import create_app
from backend.product_files import service
from backend.product_files.kind import ProductKind
from backend.tenants import repository
from backend.tenants.repository import Tenant
from domain.document import check_document
from ledger.bindings import IndemnityProduct, ParametricProduct
from ledger.product_creation import creation_of
from ledger.product_file import read_product_file
from scripts import ROOT
from scripts.anvil import running_anvil
from scripts.rehearsal import Rehearsal
from tests.backend.api import assert_problem, keyed, make_services
from tests.backend.conftest import Backend, database_from_template, index_all, make_backend
from tests.backend.flights import GENESIS

NOW = 1_800_000_000
TENANT, MANAGER = UUID(int=1), UUID(int=0x301)
HOSPITAL = (ROOT / "products" / "hospital-care.yaml").read_text("utf-8")
WIND = (ROOT / "products" / "wind.yaml").read_text("utf-8")


class Told:
    """Takes everybody for whom the test says."""

    def __init__(self) -> None:
        self.principal = Principal(PrincipalKind.PERSON, MANAGER, TENANT, frozenset({Role.PRODUCT_MANAGER}), None, NOW)

    def authenticate(self, _request: Request) -> Principal:
        return self.principal


@dataclass
class Yard:
    client: TestClient
    backend: Backend
    services: ServiceSet
    told: Told

    def upload(self, content: str) -> Any:
        return self.client.post("/v1/product-files", json={"content": content}, headers=keyed())

    def deploy(self, file_id: str) -> Any:
        return self.client.post(f"/v1/product-files/{file_id}/deployment", headers=keyed())

    def read(self, file_id: str) -> Any:
        return self.client.get(f"/v1/product-files/{file_id}").json()

    def deployed(self, content: str) -> dict[str, Any]:
        """A file whose product stands."""
        file_id = self.upload(content).json()["file_id"]
        assert self.deploy(file_id).status_code == 202
        self.backend.settle_down()
        found: dict[str, Any] = self.read(file_id)
        assert found["state"] == "deployed", found
        return found


@pytest.fixture(scope="module")
def yard(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    folder = tmp_path_factory.mktemp("yard")
    with running_anvil(timestamp=GENESIS) as rpc, database_from_template(template) as database:
        backend = make_backend(database, Rehearsal(rpc), payer="administrator")
        index_all(backend.indexer)
        insurer = backend.rehearsal.deployment.contracts["AccessManager"]
        with database.every_tenant() as session:
            repository.add(session, Tenant(TENANT, "One", "one", insurer, 0))
        told, made = Told(), make_services(backend, folder)
        services = replace(
            made, authenticator=told, clock=lambda: NOW, sender=backend.rehearsal.administrator.address,
            documents=replace(made.documents, database=database),
        )  # fmt: skip
        with TestClient(create_app(services, []), raise_server_exceptions=False) as client:
            yield Yard(client, backend, services, told)


def version(content: str, number: str) -> str:
    return content.replace('version: "1"', f'version: "{number}"')


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("product_id: [", "file"),
        ("- 1\n- 2", "product file"),
        ("!!python/object/apply:os.system ['true']", "file"),
        ("a: &x [1]\nb: *x", "file"),
        ("a: 1\na: 2", "a"),
        ("[" * 40 + "]" * 40, "file"),
        (WIND.replace('version: "1"', f'version: "{"9" * 70}"'), "version"),
        (WIND.replace("decimals: 6", "decimals: many"), "settlement_token.decimals"),
        (HOSPITAL.replace("kind: indemnity", "kind: magic"), "kind"),
    ],
)
def test_upload__not_a_product__refused_by_field_value_and_remedy(yard: Yard, content: str, field: str) -> None:
    answer = yard.upload(content)

    assert_problem(answer, "product_file_invalid")
    assert answer.json()["field"] == field
    assert answer.json()["remedy"]


def test_upload__character_no_database_keeps__refused_before_it_is_read(yard: Yard) -> None:
    assert_problem(yard.upload("a: \x00"), "request_invalid", "content", "U+0000", "Leave it out")


def test_upload__larger_than_a_product_can_be__refused(yard: Yard) -> None:
    assert_problem(yard.upload("产" * 90_000), "product_file_invalid", "bytes")


def test_upload__same_bytes_again__same_file(yard: Yard) -> None:
    first, again = yard.upload(version(WIND, "7")), yard.upload(version(WIND, "7"))

    assert first.json() == again.json()
    assert first.json()["state"] == "uploaded"
    listed = yard.client.get("/v1/product-files", params={"product_id": "wind", "limit": 1}).json()["files"]
    assert listed[0]["version"] == "7"
    content = yard.client.get(f"/v1/product-files/{first.json()['file_id']}/content").json()["content"]
    assert content == version(WIND, "7")


def test_preview__indemnity_file__says_the_clauses_with_their_numbers_in_both_languages(yard: Yard) -> None:
    file = read_product_file(HOSPITAL.encode())

    found = yard.client.get(f"/v1/product-files/{yard.upload(HOSPITAL).json()['file_id']}/preview").json()

    assert [each["id"] for each in found["clauses"]] == [clause.id for clause in file.clauses]
    for shown, clause in zip(found["clauses"], file.clauses, strict=True):
        assert shown["text"] == {"en": clause.text_en, "zh": clause.text_zh}
    assert len(found["coverages"]) > 0
    assert len(found["reasons"]) > 0
    assert found["unprintable"] == ""
    assert "{" not in "".join(each["text"]["en"] for each in found["clauses"])


@pytest.mark.parametrize("content", [version(HOSPITAL, "20"), version(WIND, "20")], ids=["indemnity", "parametric"])
def test_deploy__either_kind__product_on_chain_has_the_files_terms_and_its_words_can_be_had(
    yard: Yard, content: str
) -> None:
    deployment = yard.backend.rehearsal.deployment
    expected = creation_of(read_product_file(content.encode()), deployment.contracts)

    found = yard.deployed(content)

    ask = (IndemnityProduct if expected.kind == "indemnity" else ParametricProduct).terms_hash()
    on_chain = yard.backend.rehearsal.rpc.eth_call(found["product"], ask)
    assert on_chain == expected.terms_hash
    assert found["terms_hash"] == f"0x{on_chain.hex()}"
    document = yard.client.get(f"/documents/{found['terms_hash']}.json").json()
    assert check_document(document, terms_hash=on_chain) == expected.terms
    record = yard.client.get("/deployment.json").json()
    assert found["product"] in [each["address"] for each in record["products"]]
    _assert_wordings(yard, found, content)


def _assert_wordings(yard: Yard, found: dict[str, Any], content: str) -> None:
    file = read_product_file(content.encode())
    listed = yard.client.get(f"/v1/products/{found['product']}/wordings").json()
    assert listed["terms_hash"] == found["terms_hash"]
    assert len(listed["wordings"]) == 4
    for each in listed["wordings"]:
        answer = yard.client.get(each["href"])
        assert hashlib.sha256(answer.content).hexdigest() == each["sha256"]
        digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
        assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
        assert answer.headers["Quittance-Terms-Hash"] == found["terms_hash"]
        said = _bare(answer.text if each["format"] == "text" else _pdf_text(answer.content, found["terms_hash"]))
        for clause in file.clauses:
            assert _bare(clause.text(each["language"])) in said
        assert found["terms_hash"] in said


def _pdf_text(content: bytes, foot: str) -> str:
    """What the pages say, without the hash and the number at their feet."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "".join(re.sub(rf"{foot}\s*{n}(?!\d)", "", page.extract_text()) for n, page in enumerate(pages, start=1))


def _bare(text: str) -> str:
    return "".join(text.split())


def test_deploy__again__nothing_more_is_sent(yard: Yard) -> None:
    found = yard.deployed(version(WIND, "21"))

    again = yard.deploy(found["file_id"]).json()

    assert again == found


def test_upload__other_words_under_a_deployed_version__refused(yard: Yard) -> None:
    yard.deployed(version(WIND, "22"))

    answer = yard.upload(version(WIND, "22") + "# other\n")

    assert_problem(answer, "product_version_taken", "22")


def test_deploy__second_file_of_a_version_on_its_way__refused(yard: Yard) -> None:
    one, other = (yard.upload(version(WIND, "23") + end).json()["file_id"] for end in ("", "# other\n"))
    assert yard.deploy(one).status_code == 202

    assert_problem(yard.deploy(other), "product_version_taken")
    yard.backend.settle_down()


def test_deploy__made_by_another_transaction__intent_is_superseded(yard: Yard) -> None:
    content = version(WIND, "24")
    rehearsal = yard.backend.rehearsal
    made = creation_of(read_product_file(content.encode()), rehearsal.deployment.contracts)
    file_id = yard.upload(content).json()["file_id"]
    key = yard.deploy(file_id).json()["intent"]
    rehearsal.send(rehearsal.deployment.contracts["ProductFactory"], made.call.data)
    index_all(yard.backend.indexer)

    with yard.backend.database.transaction() as session:
        done = ProductKind().done(session, key)
    yard.backend.settle_down()

    assert done
    with yard.backend.database.every_tenant() as session:
        intent = service.intents.find(session, key)
        assert intent is not None
        assert (intent.status, intent.failure_code) == ("superseded", "done_by_another")
        assert intent.tenant_id == TENANT
    assert yard.read(file_id)["state"] == "deployed"


def test_deploy__sender_no_product_manager__refused_before_anything_is_sent(yard: Yard) -> None:
    services = replace(yard.services, sender="0x" + "00" * 19 + "05")
    file_id = yard.upload(version(WIND, "25")).json()["file_id"]
    with TestClient(create_app(services, []), raise_server_exceptions=False) as client:
        answer = client.post(f"/v1/product-files/{file_id}/deployment", headers=keyed())

    assert_problem(answer, "deployment_refused", "product manager")
    assert answer.json()["refusal"] == "product_manager_required"
    assert yard.read(file_id)["state"] == "uploaded"


def test_deploy__amounts_of_another_token__refused(yard: Yard) -> None:
    file_id = yard.upload(version(WIND, "26").replace("decimals: 6", "decimals: 8")).json()["file_id"]

    answer = yard.deploy(file_id)

    assert_problem(answer, "product_file_invalid", "check every amount")
    assert answer.json()["field"] == "settlement_token.decimals"


def test_deploy__insurer_without_a_treasury__refused_and_never_from_another_s_capital(yard: Yard) -> None:
    other = UUID(int=9)
    with yard.services.database.every_tenant() as session:
        repository.add(session, Tenant(other, "Nine", "nine", "0x" + "99" * 20, 0))
    before, yard.told.principal = yard.told.principal, replace(yard.told.principal, tenant_id=other)
    file_id = yard.upload(version(WIND, "90")).json()["file_id"]

    answer = yard.deploy(file_id)
    state = yard.read(file_id)["state"]
    yard.told.principal = before

    assert_problem(answer, "deployment_refused", "no treasury")
    assert answer.json()["refusal"] == "treasury_missing"
    assert state == "uploaded"


def test_deploy__two_files_of_a_version_at_once__one_goes_and_the_other_is_told(yard: Yard) -> None:
    contents = [version(WIND, "91") + end for end in ("", "\n# the same words, another file\n")]
    files = [yard.upload(content).json()["file_id"] for content in contents]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(yard.deploy, [*files, *reversed(files)]))

    codes = {(answer.status_code, answer.json().get("code")) for answer in answers}
    assert codes == {(202, None), (409, "product_version_taken")}


def test_deploy__without_second_factor__asks_for_it(yard: Yard) -> None:
    file_id = yard.upload(version(WIND, "27")).json()["file_id"]
    before, yard.told.principal = yard.told.principal, replace(yard.told.principal, strong_at=NOW - 301)
    try:
        answer = yard.deploy(file_id)
    finally:
        yard.told.principal = before

    assert_problem(answer, "step_up_required")


def test_get_file__another_tenants__not_there(yard: Yard) -> None:
    file_id = yard.upload(version(WIND, "28")).json()["file_id"]
    before, yard.told.principal = yard.told.principal, replace(yard.told.principal, tenant_id=UUID(int=2))
    try:
        answer = yard.client.get(f"/v1/product-files/{file_id}")
        same = yard.upload(version(WIND, "28"))
    finally:
        yard.told.principal = before

    assert_problem(answer, "product_file_unknown")
    assert same.status_code == 201
    assert same.json()["file_id"] != file_id


def test_get_wording__unknown_product__not_there(yard: Yard) -> None:
    assert_problem(yard.client.get(f"/v1/products/0x{'00' * 20}/wordings/en/pdf"), "product_unknown")
