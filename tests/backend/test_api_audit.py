"""The audit log over the API: who may read it, and proofs that hold without the backend."""

from __future__ import annotations

import base64
from hashlib import sha256, sha512
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
from backend.audit.verify import TamperingFound
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


class Auditor:
    """Holds proofs against the standards alone: RFC 9162 (trees), RFC 8032 (Ed25519), C2SP (checkpoints).

    Written from their texts, with nothing of the project's and no library of cryptography but SHA-2.
    """

    PRIME = 2**255 - 19
    ORDER = 2**252 + 27742317777372353535851937790883648493
    CURVE = -121665 * pow(121666, -1, PRIME) % PRIME

    def __init__(self, public_key: bytes) -> None:
        self._key = public_key

    def holds(self, document: dict[str, Any]) -> bool:
        """Whether what a proof says follows from the head that the log's key signed."""
        text, _, signature = document["head"].rpartition("\n\n")
        blob = base64.b64decode(signature.split(" ")[-1])
        _, size, root, *_ = text.split("\n")
        path = [bytes.fromhex(found) for found in document["path"]]
        if not self._signed((text + "\n").encode(), blob[4:]) or int(size) != document["size"]:
            return False
        if "leaf" in document:
            leaf = sha256(b"\x00" + document["leaf"].encode()).digest()
            return self._included(leaf, document["sequence"], int(size), path) == base64.b64decode(root)
        return self._grew(
            document["first"], bytes.fromhex(document["first_root"]), int(size), base64.b64decode(root), path
        )

    @staticmethod
    def _included(found: bytes, place: int, size: int, path: list[bytes]) -> bytes | None:
        """RFC 9162, section 2.1.3.2."""
        at, last = place, size - 1
        for other in path:
            if last == 0:
                return None
            if at & 1 or at == last:
                found = sha256(b"\x01" + other + found).digest()
                while not at & 1 and at:
                    at, last = at >> 1, last >> 1
            else:
                found = sha256(b"\x01" + found + other).digest()
            at, last = at >> 1, last >> 1
        return found if last == 0 and place < size else None

    @staticmethod
    def _grew(first: int, first_root: bytes, size: int, root: bytes, path: list[bytes]) -> bool:
        """RFC 9162, section 2.1.4.2."""
        if first == size:
            return not path and first_root == root
        whole = [first_root, *path] if first & (first - 1) == 0 else list(path)
        at, last = first - 1, size - 1
        while at & 1:
            at, last = at >> 1, last >> 1
        old = new = whole[0]
        for other in whole[1:]:
            if last == 0:
                return False
            if at & 1 or at == last:
                old, new = sha256(b"\x01" + other + old).digest(), sha256(b"\x01" + other + new).digest()
                while not at & 1 and at:
                    at, last = at >> 1, last >> 1
            else:
                new = sha256(b"\x01" + new + other).digest()
            at, last = at >> 1, last >> 1
        return last == 0 and old == first_root and new == root

    def _signed(self, text: bytes, signature: bytes) -> bool:
        """RFC 8032, section 5.1.7."""
        nonce, scalar = self._point(signature[:32]), int.from_bytes(signature[32:], "little")
        challenge = int.from_bytes(sha512(signature[:32] + self._key + text).digest(), "little") % self.ORDER
        base = self._point((4 * pow(5, -1, self.PRIME) % self.PRIME).to_bytes(32, "little"))
        if nonce is None or base is None or (key := self._point(self._key)) is None or scalar >= self.ORDER:
            return False
        return self._times(scalar, base) == self._sum(nonce, self._times(challenge, key))

    def _point(self, encoded: bytes) -> tuple[int, int] | None:
        y, prime = int.from_bytes(encoded, "little") & ((1 << 255) - 1), self.PRIME
        square = (y * y - 1) * pow(self.CURVE * y * y + 1, -1, prime) % prime
        x = pow(square, (prime + 3) // 8, prime)
        if (x * x - square) % prime:
            x = x * pow(2, (prime - 1) // 4, prime) % prime
        if (x * x - square) % prime:
            return None
        return (prime - x if x & 1 != encoded[31] >> 7 else x), y

    def _sum(self, p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int]:
        prime, both = self.PRIME, self.CURVE * p[0] * q[0] * p[1] * q[1]
        x = (p[0] * q[1] + q[0] * p[1]) * pow(1 + both, -1, prime)
        y = (p[1] * q[1] + p[0] * q[0]) * pow(1 - both, -1, prime)
        return x % prime, y % prime

    def _times(self, number: int, point: tuple[int, int]) -> tuple[int, int]:
        found = (0, 1)
        while number:
            if number & 1:
                found = self._sum(found, point)
            point, number = self._sum(point, point), number >> 1
        return found


def test_proofs__over_the_api__an_auditor_who_has_only_the_standards_and_the_key_agrees(audit_api: AuditApi) -> None:
    tell(audit_api.database, 7)
    Sequencer(audit_api.database).step()
    sign(audit_api.database, 7)
    auditor = Auditor(SIGNER.public_key)
    entries = [audit_api.get(f"entries/{sequence}/proof").json() for sequence in range(7)]
    growth = [audit_api.get("consistency", first=first).json() for first in range(1, 8)]

    assert all(map(auditor.holds, entries + growth))

    forged = [document | {"leaf": document["leaf"].replace("claims", "clairs")} for document in entries]
    forged += [document | {"sequence": (document["sequence"] + 1) % 7} for document in entries]
    forged += [document | {"path": document["path"][::-1]} for document in growth if len(document["path"]) > 1]
    forged += [document | {"first_root": "00" * 32} for document in growth]
    forged += [document | {"head": document["head"].replace("\n7\n", "\n8\n"), "size": 8} for document in entries]
    assert not any(map(auditor.holds, forged))
    for document in forged:
        with pytest.raises(TamperingFound):
            verify_document(document, public_key=SIGNER.public_key)
