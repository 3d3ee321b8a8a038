"""What goes wrong, as RFC 9457 problem details: one table from stable codes to status and title.

Problem
├── any code of `STATUS`, raised by services with a sentence that names field, value and remedy
Handlers also turn DomainError, malformed bodies, unknown paths, an absent chain or database into problems.
"""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from backend.chain.nodes import OracleUnavailable
from backend.chain.simulation import snake_case
from domain.errors import Conflict, DomainError, QuoteRefused
from ledger.rpc import RpcError, RpcUnavailable

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"

STATUS: dict[str, tuple[int, str]] = {
    "json_malformed": (400, "The body is not JSON"),
    "address_invalid": (400, "Not an address"),
    "amount_invalid": (400, "Not an amount"),
    "event_text_invalid": (400, "Not the text of an insured event"),
    "identifier_invalid": (400, "Not an id"),
    "cursor_invalid": (400, "Not a cursor"),
    "unauthenticated": (401, "Nobody known asks"),
    "session_expired": (401, "The session is over"),
    "key_invalid": (401, "The key is not valid"),
    "step_up_required": (401, "A second factor is needed again"),
    "forbidden": (403, "Not allowed"),
    "not_found": (404, "Nothing at this address"),
    "product_unknown": (404, "No such product"),
    "flight_unknown": (404, "No such flight"),
    "event_unknown": (404, "No such insured event"),
    "quote_unknown": (404, "No such quote"),
    "policy_unknown": (404, "No such policy"),
    "intent_unknown": (404, "No such intent"),
    "document_unknown": (404, "No such document"),
    "audit_entry_unknown": (404, "No such entry of the audit log"),
    "audit_head_unknown": (404, "The audit log has no head yet"),
    "audit_size_unknown": (409, "The audit log has not that many entries"),
    "method_not_allowed": (405, "Not possible with this method"),
    "body_too_large": (413, "The body is too large"),
    "acceptance_invalid": (409, "The holder did not sign this"),
    "policy_ambiguous": (409, "Several products have a policy with this id"),
    "quote_already_accepted": (409, "The quote was accepted before"),
    "quote_expired": (409, "The quote's time is past"),
    "duplicate_in_request": (409, "Said twice in one request"),
    "sum_insured_out_of_range": (409, "The sum insured is outside the terms"),
    "sale_closed": (409, "Sale is not open for this event"),
    "sale_suspended": (409, "Sale is suspended"),
    "event_outside_period": (409, "The event is outside the product's period"),
    "event_already_closed": (409, "The event's outcome is final"),
    "event_exposure_too_large": (409, "Too much is insured on this event"),
    "premium_too_high": (409, "The premium reaches the sum insured"),
    "application_refused": (409, "The application is refused"),
    "request_invalid": (422, "The request is not as described"),
    "too_many_pending": (429, "Too much is on its way"),
    "too_many_streams": (429, "Too many streams are open"),
    "internal_error": (500, "Something is wrong on our side"),
    "oracle_unavailable": (503, "Too few oracle nodes answer"),
    "chain_unavailable": (503, "The chain does not answer"),
    "database_unavailable": (503, "The database does not answer"),
    "not_ready": (503, "Not ready yet"),
    "key_missing": (503, "A key is not configured"),
    "frontend_missing": (503, "The frontend is not built"),
}


class Problem(Exception):
    """A request that cannot be met: `code` is a key of `STATUS`, `detail` a sentence; `extra` goes into the body."""

    def __init__(self, code: str, detail: str, **extra: Any) -> None:
        self.code = code if code in STATUS else "application_refused"
        self.status, self.title = STATUS[self.code]
        self.detail = detail
        self.extra = extra
        super().__init__(detail)


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, with its value, and what to do."},
        "code": {"type": "string", "enum": sorted(STATUS)},
    },
}


def _documented(status: int) -> dict[str, Any]:
    codes = [code for code, (number, _) in STATUS.items() if number == status]
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": ", ".join(f"`{code}`" for code in codes), "content": content}


_ANSWERED = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)
PROBLEMS: dict[int | str, dict[str, Any]] = {number: _documented(number) for number in _ANSWERED}
"""For `responses=` of every router."""


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as the client reads it."""
    body = {
        "type": f"urn:quittance:problem:{problem.code}", "title": problem.title, "status": problem.status,
        "detail": problem.detail, "code": problem.code, **problem.extra,
    }  # fmt: skip
    headers = {"Retry-After": "5"} if problem.status in (429, 503) else None
    return JSONResponse(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def problem_of(error: Exception) -> Problem:
    """The problem an exception is. What is not foreseen is logged and told as ours."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _invalid(error)
        case QuoteRefused():
            return Problem(snake_case(error.code), str(error))
        case DomainError():
            code = snake_case(type(error).__name__)
            fallback = "application_refused" if isinstance(error, Conflict) else "amount_invalid"
            return Problem(code if code in STATUS else fallback, str(error))
        case OracleUnavailable():
            return Problem("oracle_unavailable", error.detail)
        case RpcUnavailable() | RpcError():
            return Problem("chain_unavailable", f"The chain's node did not answer as it should ({error}). Try again.")
        case OperationalError():
            return Problem("database_unavailable", "The database did not answer. Try again in some seconds.")
        case HTTPException():
            known = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
            return Problem(known.get(error.status_code, "internal_error"), f"{error.detail}. See /docs.")
    log.error("request.failed", exc_info=error)
    return Problem("internal_error", "The request failed for a reason we did not foresee. It is in the log.")


def _invalid(error: RequestValidationError) -> Problem:
    """The first thing wrong with a request, in a sentence. The value itself is not repeated: it may be personal."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        where = first["loc"][-1]
        reason = first["ctx"]["error"]
        return Problem("json_malformed", f"The body is not JSON: at character {where}, {reason}. Mend it.")
    field = ".".join(str(part) for part in first["loc"])
    others = f" {len(error.errors()) - 1} more fields are wrong." if len(error.errors()) > 1 else ""
    return Problem("request_invalid", f"{field}: {first['msg']}. Mend it as /docs describes.{others}")


def install_handlers(app: FastAPI) -> None:
    """Every error of the app leaves as problem+json."""

    async def handle(_request: Request, error: Exception) -> JSONResponse:
        return problem_response(problem_of(error))

    for kind in (
        Problem, RequestValidationError, DomainError, OracleUnavailable, RpcUnavailable, RpcError, OperationalError,
        HTTPException, Exception,
    ):  # fmt: skip
        app.add_exception_handler(kind, handle)
