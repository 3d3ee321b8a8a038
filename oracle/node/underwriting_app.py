"""Underwriting over HTTP. HTTP in, HTTP out; bodies hold people's data, so nothing of a body is logged or told back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from oracle.node.messages import SignatureOut
from oracle.node.refusals import Refusal
from oracle.node.underwriting_messages import (
    FIELD_NAMES,
    UnderwritingAssessmentsIn,
    UnderwritingAssessmentsOut,
    UnderwritingOut,
    UnderwritingSignatureIn,
)
from oracle.node.underwriting_node import UnderwritingNode, log

Problems = dict[int | str, dict[str, Any]]


class QuietRoute(APIRoute):
    """Whatever goes wrong is told by fields and places in the code: a library's message may quote the body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As the framework asks for it."""
        handle = super().get_route_handler()

        async def quietly(request: Request) -> Response:
            try:
                answer = await handle(request)
            except Refusal:
                raise
            except RequestValidationError as error:
                raise _malformed(error) from None
            except HTTPException:
                raise Refusal("body_malformed", "body cannot be read: send JSON of ordinary depth") from None
            except Exception as error:
                log.error("underwriting.failed", kind=type(error).__name__, at=_place(error))
                detail = f"this node failed with {type(error).__name__}: see its log, and ask the others"
                raise Refusal("node_failed", detail) from None
            answer.headers["Cache-Control"] = "no-store"
            return answer

        return quietly


def add_underwriting(app: FastAPI, node: UnderwritingNode, problems: Problems) -> None:
    """Serve underwriting on an application that answers a `Refusal`, and bounds bodies."""
    router = APIRouter(prefix="/v1", route_class=QuietRoute, responses=problems)

    @router.get("/underwriting")
    def about() -> UnderwritingOut:
        """What this node underwrites, and with which tables."""
        return UnderwritingOut(
            signer=node.signer,
            model_hash=node.engine.hash,
            tables={file.name: file.version for file in node.engine.tables.files},
            products={product: line.value for product, line in node.lines.items()},
        )

    @router.post("/underwriting-assessments")
    def assess(body: UnderwritingAssessmentsIn) -> UnderwritingAssessmentsOut:
        """What this node thinks of applications, at chain time."""
        return UnderwritingAssessmentsOut.of(node.engine.hash, *node.assess(body.product, body.handed()))

    @router.post("/underwriting-report-signatures")
    def sign(body: UnderwritingSignatureIn) -> SignatureOut:
        """Sign an underwriting report, if this node agrees with it."""
        return SignatureOut(signer=node.signer, signature=node.sign(body.report.to_domain(), body.handed()))

    app.include_router(router)


def _malformed(error: RequestValidationError) -> Refusal:
    first = error.errors()[0]
    parts = [str(part) if isinstance(part, int) or part in FIELD_NAMES else "?" for part in first["loc"][1:]]
    return Refusal("body_malformed", f"{'.'.join(parts) or 'body'} is wrong ({first['type']}): send what is documented")


def _place(error: BaseException) -> str:
    """File and line where it was raised."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return "" if last is None else f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}"
