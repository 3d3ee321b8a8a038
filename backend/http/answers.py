"""Problems as answers: every error of the app leaves as problem+json, in the language asked for."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException

from backend.chain.nodes import OracleUnavailable
from backend.chain.simulation import snake_case
from backend.http.languages import preferred_language
from backend.notices.ports import RecordGone
from backend.problems import MEDIA_TYPE, STATUS, Language, Problem
from domain.errors import Conflict, DomainError, QuoteRefused
from ledger.rpc import RpcError, RpcUnavailable

log = structlog.get_logger()
MAX_BODY_BYTES = 1 << 20
_BY_STATUS = {400: "body_unreadable", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
_BY_MISSING_HEADER = {"idempotency-key": "idempotency_key_missing", "if-match": "precondition_required"}
_CHALLENGES = {
    "session_expired": ', error="invalid_token"',
    "key_invalid": ', error="invalid_token"',
    "step_up_required": ', error="insufficient_user_authentication", max_age=300',
}
"""What follows the realm in WWW-Authenticate: RFC 6750, and RFC 9470 for the second factor."""
_RETRY_SECONDS = {"idempotency_key_in_flight": "1"}


def request_id_of(request: Request) -> str:
    """The id the edge gave this request."""
    return str(request.scope.get("quittance.request_id", ""))


def language_of(request: Request) -> Language:
    """The language this request wants."""
    return preferred_language(request.headers.get("accept-language", ""))


def problem_response(problem: Problem, request: Request) -> JSONResponse:
    """The problem as the client reads it. The request remembers its code, for the audit log."""
    request.state.problem_code = problem.code
    language = language_of(request)
    body = {
        **problem.values,
        "type": f"urn:quittance:problem:{problem.code}", "title": problem.title_in(language),
        "status": problem.status, "detail": problem.detail_in(language), "code": problem.code,
        "request_id": request_id_of(request),
    }  # fmt: skip
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if problem.status in (429, 503) or problem.code in _RETRY_SECONDS:
        headers["Retry-After"] = str(problem.values.get("retry_after_seconds", _RETRY_SECONDS.get(problem.code, "5")))
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="quittance"' + _CHALLENGES.get(problem.code, "")
    return JSONResponse(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def problem_of(error: Exception) -> Problem:
    """The problem an exception is. What is not foreseen is logged and told as ours."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _invalid(error)
        case QuoteRefused():
            return Problem(snake_case(error.code), str(error), field=error.field)
        case DomainError():
            code = snake_case(type(error).__name__)
            fallback = "application_refused" if isinstance(error, Conflict) else "amount_invalid"
            return Problem(code if code in STATUS else fallback, str(error), field=error.field)
        case OracleUnavailable():
            return Problem("oracle_unavailable", error.detail)
        case RecordGone():
            return Problem("record_gone", str(error))
        case RpcUnavailable():
            log.warning("chain.unavailable", reason=str(error))  # which node it is concerns no visitor
            return Problem("chain_unavailable")
        case RpcError():
            return Problem("chain_unavailable", f"The chain's node did not answer as it should ({error}). Try again.")
        case OperationalError() | PoolExhausted():
            log.warning("database.unavailable", reason=type(error).__name__)
            return Problem("database_unavailable")
        case HTTPException():
            return _of_status(error)
        case DataError() if "NUL" in str(error.orig):  # in a query or a path; bodies are looked at when they are read
            return Problem("request_invalid", "A text holds the character U+0000. Leave it out.", field="query")
    log.error("request.failed", exc_info=error)
    return Problem("internal_error")


def _of_status(error: HTTPException) -> Problem:
    code = _BY_STATUS.get(error.status_code, "internal_error")
    return Problem(code, most=MAX_BODY_BYTES) if code == "body_too_large" else Problem(code)


def _invalid(error: RequestValidationError) -> Problem:
    """The first thing wrong with a request, in a sentence. The value itself is not repeated: it may be personal."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        where, reason = first["loc"][-1], first["ctx"]["error"]
        sentence = f"The body is not JSON: at character {where}, {reason}. Mend it."
        return Problem("json_malformed", sentence, position=where)
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing" and first["loc"][0] == "header":
        named = _BY_MISSING_HEADER.get(str(first["loc"][-1]).lower())
        if named is not None:
            return Problem(named)
    others = f" {len(error.errors()) - 1} more fields are wrong." if len(error.errors()) > 1 else ""
    sentence = f"{field}: {first['msg']}. Mend it as /docs describes.{others}"
    return Problem("request_invalid", sentence, field=field)


def install_handlers(app: FastAPI) -> None:
    """Every error of the app leaves as problem+json. What nobody foresaw is the edge's."""

    async def handle(request: Request, error: Exception) -> JSONResponse:
        return problem_response(problem_of(error), request)

    for kind in (
        Problem, RequestValidationError, DomainError, OracleUnavailable, RecordGone, RpcUnavailable, RpcError,
        OperationalError, PoolExhausted, HTTPException,
    ):  # fmt: skip
        app.add_exception_handler(kind, handle)
