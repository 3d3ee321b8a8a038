"""Idempotency keys: a request repeated with its key has one effect and gets the answer of the first time.

A route asks for it with `dependencies=[Permit(…), IdempotencyKey]` on a router made by
`backend.http.routes.api_router`, and does all it does in the request's `Transaction`. The door comes first: whoever may
not do it any more is not given the kept answer either. The answer is written in that very transaction, so no crash can
part them. While a request runs, a lock of its transaction says so: it ends with the transaction, also when the process
dies. Decision record 0045.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.orm import Session, SessionTransaction

from backend.access.principal import Principal
from backend.dependencies import Services, Transaction
from backend.http import repository
from backend.http.answers import problem_of, problem_response
from backend.http.repository import KeptAnswer
from backend.http.server_key import SealBroken, ServerKey
from backend.problems import Problem

REPLAYED_HEADER: Final = "Idempotent-Replayed"
_SCOPE: Final = "quittance.idempotency"
_PURPOSE: Final = "idempotent-answer"
_NOT_KEPT: Final = frozenset({401, 403, 429})
_KEPT_HEADERS: Final = ("content-type", "content-language", "etag", "link", "location", "retry-after", "vary")
_NOBODY: Final = uuid.UUID(int=0)

KeyText = Annotated[
    str,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$",
        description="Made by you for this request, for example a UUID; the same again when you repeat it.",
        examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    ),
]  # fmt: skip


class Replay(Exception):
    """The request was answered before: this is that answer."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__("answered before")


@dataclass(frozen=True, slots=True)
class Claim:
    """A key this request holds until its transaction ends. What the route does hangs on `savepoint`."""

    session: Session
    savepoint: SessionTransaction
    server_key: ServerKey
    key: str
    lookup: bytes
    tenant_id: uuid.UUID
    principal_id: uuid.UUID
    operation: str
    fingerprint: bytes

    def keep(self, response: Response) -> None:
        """Keep the answer in the transaction of the effect."""
        self.session.flush()
        self.savepoint.commit()
        self._add(response)

    def keep_refusal(self, response: Response) -> None:
        """Undo what the route did, and keep the refusal."""
        self.savepoint.rollback()
        self._add(response)

    def _add(self, response: Response) -> None:
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        head = json.dumps([response.status_code, headers]).encode()
        plain = len(head).to_bytes(4, "big") + head + bytes(response.body)
        sealed = self.server_key.seal(_PURPOSE, plain, about=self.lookup, salt=self.key.encode())
        answer = KeptAnswer(
            self.lookup, self.tenant_id, self.principal_id, self.operation, self.fingerprint, sealed
        )  # fmt: skip
        repository.add(self.session, answer)


async def _parameters(request: Request) -> bytes:
    """What makes two requests the same: method, path, query, If-Match and body; JSON however it is spaced."""
    body = await request.body()
    with suppress(ValueError, RecursionError):
        body = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    query = sorted(request.query_params.multi_items())
    said = [request.method, request.url.path, query, request.headers.get("if-match")]
    return json.dumps(said).encode() + b"\n" + body


def claim_key(
    request: Request, session: Transaction, services: Services, key: KeyText,
    parameters: Annotated[bytes, Depends(_parameters)],
) -> None:  # fmt: skip
    """Hold the key for this request.

    Raises:
        Replay: The request was answered before.
        Problem: `idempotency_key_in_flight`, `idempotency_key_reused`, `idempotency_answer_unreadable`.
    """
    principal: Principal = getattr(request.state, "principal", None) or Principal.anonymous()
    tenant_id, principal_id = principal.tenant_id or _NOBODY, principal.principal_id or _NOBODY
    operation = operation_of(request)
    place = f"{tenant_id}/{principal_id}/{operation}/".encode() + key.encode()
    lookup = hashlib.sha256(place).digest()
    fingerprint = hmac.digest(place, parameters, "sha256")
    if not repository.try_claim(session, lookup):
        raise Problem("idempotency_key_in_flight")
    found = repository.find(session, lookup)
    if found is not None:
        raise _replay(found, services.server_key, key, fingerprint)
    request.scope[_SCOPE] = Claim(
        session, session.begin_nested(), services.server_key, key, lookup, tenant_id, principal_id, operation,
        fingerprint,
    )  # fmt: skip


IdempotencyKey: Any = Depends(claim_key)
"""For `dependencies=` of a route, after its permit."""


def operation_of(request: Request) -> str:
    """Name of the operation a request asks for."""
    route = request.scope["route"]
    return str(route.operation_id or route.name)[:80]


def claim_of(request: Request) -> Claim | None:
    """The key this request holds; None when its route asks for none or did not get so far."""
    claim: Claim | None = request.scope.get(_SCOPE)
    return claim


def forget(session: Session, tenant_id: uuid.UUID, principal_id: uuid.UUID) -> int:
    """Forget every answer given to somebody who is erased. Returns how many."""
    return repository.forget_principal(session, tenant_id, principal_id)


def refused(request: Request, error: Exception) -> Response:
    """Keep a refusal that would come again, and answer it.

    Raises:
        Exception: The error itself, when it came before the route began or may not come again: nothing is kept then.
    """
    claim = claim_of(request)
    if claim is None or isinstance(error, RequestValidationError):
        raise error
    problem = problem_of(error)
    if problem.status >= 500 or problem.status in _NOT_KEPT:
        raise error
    response = problem_response(problem, request)
    claim.keep_refusal(response)
    return response


def _replay(found: KeptAnswer, server_key: ServerKey, key: str, fingerprint: bytes) -> Exception:
    if not hmac.compare_digest(found.fingerprint, fingerprint):
        return Problem("idempotency_key_reused")
    try:
        plain = server_key.open(_PURPOSE, found.sealed, about=found.lookup, salt=key.encode())
    except SealBroken:
        return Problem("idempotency_answer_unreadable")
    length = int.from_bytes(plain[:4], "big")
    status, headers = json.loads(plain[4 : 4 + length])
    return Replay(Response(plain[4 + length :], status_code=status, headers=headers | {REPLAYED_HEADER: "true"}))
