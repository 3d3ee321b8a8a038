"""Files: deployment record, product documents, the built frontend."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse

from backend.access.permit import Public
from backend.audit.edge import Teller
from backend.dependencies import Services
from backend.http.edge import Edge
from backend.observability.requests import Observed
from backend.problems import PROBLEMS, Problem
from backend.products.service import published
from ledger.deployment import Deployment

_DOCUMENT = re.compile(r"0x[0-9a-f]{64}\.json")
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Quittance</title>
<p>The frontend is not built. Run <code>npm --prefix frontend ci</code> and <code>npm --prefix frontend run
build</code>, then reload. The API is described at <a href="/docs">/docs</a>.</p></html>"""

router = APIRouter(tags=["files"], responses=PROBLEMS)


@router.get(
    "/deployment.json",
    operation_id="files.deployment",
    dependencies=[Public("files.deployment", counted=False, told=False)],
)
def deployment(services: Services) -> Response:
    """Where the contracts are, with the products that were made since the record was written."""
    record = Deployment.load(services.settings.deployment)
    with services.database.transaction() as session:
        since = published(session, record)
    for product in since:
        record = record.with_product(product)
    told = asdict(record) | {"rpc_url": services.settings.public_rpc_url or record.rpc_url}
    body = json.dumps(told, indent=2) + "\n"
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})


@router.get(
    "/documents/{name}",
    operation_id="files.document",
    dependencies=[Public("files.document", counted=False, told=False)],
)
def document(name: str, services: Services) -> Response:
    """A product's document, by the hash of its terms."""
    written = None
    if _DOCUMENT.fullmatch(name):
        written = services.documents.text(bytes.fromhex(name[2:66]))
    if written is None:
        raise Problem("document_unknown", f"document {name[:80]!r} is not here. Names are in GET /v1/products.")
    return Response(written, media_type="application/json")


def frontend_file(folder: Path, path: str) -> Response:
    """A file of the built frontend; its front page for every path of its own."""
    root = folder.resolve()
    front = root / "index.html"
    if "\0" in path:
        raise Problem("not_found", "No file has U+0000 in its name. Leave it out.")
    if not front.is_file():
        return HTMLResponse(_NOT_BUILT, status_code=503 if path else 200)
    wanted = (root / path).resolve()
    if path and (wanted / "index.html").is_file():
        wanted = wanted / "index.html"
    if wanted.is_relative_to(root) and wanted.is_file():
        immutable = "assets" in wanted.relative_to(root).parts
        caching = "public, max-age=31536000, immutable" if immutable else "no-cache"
        return FileResponse(wanted, headers={"Cache-Control": caching})
    if "." in path.rsplit("/", 1)[-1]:
        raise Problem("not_found", f"There is no file {path[:120]!r}. Build the frontend again if it should be there.")
    return FileResponse(front, headers={"Cache-Control": "no-cache"})


def install_web(app: FastAPI, frontend: Path, rpc_url: str) -> None:
    """The edge around everything, and the frontend for every path nothing else takes.

    Args:
        rpc_url: The page reads the chain itself: scripts may connect there and to us, nowhere else.
    """
    policy = (
        f"default-src 'self'; connect-src 'self' {rpc_url}; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )

    app.add_middleware(Teller)
    app.add_middleware(Edge, page_policy=policy)
    app.add_middleware(Observed)

    visitors = Public("page.read", counted=False, told=False)

    @app.get("/{path:path}", operation_id="page.read", dependencies=[visitors], include_in_schema=False)
    def page(path: str) -> Response:
        if path.startswith("v1/"):
            raise Problem("not_found", f"There is nothing at /{path[:120]}. See /docs for what there is.")
        return frontend_file(frontend, path)
