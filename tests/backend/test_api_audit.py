"""The audit log over the API: who may read it, and proofs that hold without the backend."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from backend.access.operator_keys import OperatorKeys, add_operator_key
from backend.access.roles import Role
from backend.audit.edge import subject_of
from backend.audit.proofs import verify_document
from backend.audit.sequencer import Sequencer
from backend.database import Database
from backend.main import create_app
from tests.backend.api import assert_problem, make_services
from tests.backend.conftest import Backend
from tests.backend.test_audit_log import OTHER, TENANT, tell
from tests.backend.test_audit_verify import SIGNER, sign


class AuditApi:
    """Clients of two insurers' auditors and of one who is none."""

    def __init__(self, backend: Backend, folder: Path) -> None:
        self.database: Database = backend.database
        file = folder / "operator-keys.json"
        scopes = ["audit.*"]
        self._keys = {
            name: add_operator_key(file, tenant_id=tenant, roles=[role], scopes=scopes)
            for name, tenant, role in (
                ("auditor", TENANT, Role.AUDITOR),
                ("other", OTHER, Role.AUDITOR),
                ("adjuster", TENANT, Role.ADJUSTER),
            )
        }
        services = make_services(backend, folder)
        assert isinstance(services.authenticator, OperatorKeys)
        self._client = TestClient(create_app(services, []), raise_server_exceptions=False)

    def get(self, path: str, who: str = "auditor", **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._keys[who]}"} if who else {}
        return self._client.get(f"/v1/audit/{path}", params=query, headers=headers)


@pytest.fixture
def audit_api(backend: Backend, tmp_path: Path) -> AuditApi:
    return AuditApi(backend, tmp_path)


def test_audit__over_the_api__pages_proofs_and_walls(audit_api: AuditApi) -> None:
    tell(audit_api.database, 5)
    Sequencer(audit_api.database).step()
    sign(audit_api.database, 5)

    first = audit_api.get("entries", limit=3).json()
    rest = audit_api.get("entries", limit=3, cursor=first["next_cursor"]).json()
    about = audit_api.get("entries", subject="claims/2").json()["entries"]
    inclusion = audit_api.get("entries/2/proof").json()
    growth = audit_api.get("consistency", first=3).json()
    heads = audit_api.get("heads").json()["heads"]

    assert [e["sequence"] for e in first["entries"] + rest["entries"]] == [0, 1, 2, 3, 4]
    assert [e["sequence"] for e in about] == [2]
    assert [h["size"] for h in heads] == [5]
    assert verify_document(inclusion, public_key=SIGNER.public_key).what == "entry 2"
    assert verify_document(growth, public_key=SIGNER.public_key).what == "the log of 3 entries"
    assert audit_api.get("entries", who="other").json()["entries"] == []
    assert_problem(audit_api.get("entries/2/proof", who="other"), "audit_head_unknown")
    assert_problem(audit_api.get("entries/9/proof"), "audit_entry_unknown", "Entry 9 is not among the 5")
    assert_problem(audit_api.get("entries", who="adjuster"), "forbidden")
    assert_problem(audit_api.get("entries", who=""), "unauthenticated")


def test_entries__read__is_itself_recorded(audit_api: AuditApi) -> None:
    audit_api.get("entries")
    Sequencer(audit_api.database).step()

    (entry,) = audit_api.get("entries").json()["entries"]

    assert (entry["operation"], entry["subject"], entry["outcome"]) == ("audit.list", "v1/audit/entries", "done")
    assert UUID(entry["principal_id"])


@pytest.mark.parametrize(
    ("template", "values", "told"),
    [
        ("/v1/quotes/{quote_id}", {"quote_id": "0xab"}, "v1/quotes/0xab"),
        ("/v1/people/{person_id}/grants", {"person_id": str(TENANT)}, f"v1/people/{TENANT}/grants"),
        ("/v1/audit/entries/{sequence}/proof", {"sequence": 7}, "v1/audit/entries/7/proof"),
        (
            "/v1/files/{name:path}",
            {"name": "Ada Example"},
            "v1/files/sha256:" + sha256(b"Ada Example").hexdigest()[:16],
        ),
    ],
)
def test_subject_of__path__ids_as_they_are_and_words_as_hashes(
    template: str, values: dict[str, object], told: str
) -> None:
    request = Request({"type": "http", "route": SimpleNamespace(path=template), "path_params": values})

    assert subject_of(request) == told
