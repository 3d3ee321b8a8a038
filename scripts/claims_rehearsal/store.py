"""The insurer's evidence store: manifests and files over HTTP, behind a key. Faults on demand."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Response

from domain.evidence.dossier import Dossier
from scripts.anvil import free_port

START_SECONDS = 20.0
CLAIM_DIGITS = 66


@dataclass
class Faults:
    """What is wrong with one claim's evidence.

    Attributes:
        missing_until: Monotonic seconds until which there is none (404).
        altered: Names of files whose last byte is another.
        slow_seconds: How long each answer waits.
    """

    missing_until: float = 0.0
    altered: set[str] = field(default_factory=set)
    slow_seconds: float = 0.0


NO_FAULTS = Faults()


class EvidenceStore:
    """Dossiers by claim id. `asked` counts answers by claim, whatever they were."""

    def __init__(self) -> None:
        self.key = secrets.token_hex(32)
        self.faults: dict[int, Faults] = {}
        self.asked: dict[int, int] = {}
        self.url = ""
        self._dossiers: dict[int, Dossier] = {}

    def put(self, claim_id: int, dossier: Dossier) -> None:
        """Keep the evidence of a claim."""
        self._dossiers[claim_id] = dossier

    async def dossier(self, claim: str, authorization: str) -> tuple[Dossier, Faults]:
        """A claim's evidence, for who has the key, after what its faults make it wait."""
        if not secrets.compare_digest(authorization.encode(), f"Bearer {self.key}".encode()):
            raise HTTPException(401, "give the store's key as a bearer token")
        number = int(claim, 16) if len(claim) == CLAIM_DIGITS and claim.startswith("0x") else -1
        faults = self.faults.get(number, NO_FAULTS)
        self.asked[number] = self.asked.get(number, 0) + 1
        await asyncio.sleep(faults.slow_seconds)
        found = self._dossiers.get(number)
        if found is None or time.monotonic() < faults.missing_until:
            raise HTTPException(404, "there is no evidence of this claim")
        return found, faults

    def app(self) -> FastAPI:
        """The two paths that nodes read."""
        app = FastAPI()

        @app.get("/v1/claims/{claim}/manifest")
        async def manifest(claim: str, authorization: Annotated[str, Header()] = "") -> Response:
            dossier, _ = await self.dossier(claim, authorization)
            return Response(dossier.manifest(), media_type="application/json")

        @app.get("/v1/claims/{claim}/files/{name}")
        async def content(claim: str, name: str, authorization: Annotated[str, Header()] = "") -> Response:
            dossier, faults = await self.dossier(claim, authorization)
            for file in dossier.files:
                if file.name == name:
                    return Response(_maybe_altered(file.content, name in faults.altered), media_type=file.media_type)
            raise HTTPException(404, "no file has this name")

        return app


def _maybe_altered(content: bytes, altered: bool) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1]) if altered else content


@contextmanager
def serving(app: FastAPI, port: int) -> Iterator[str]:
    """An application behind real HTTP for the length of a `with` block; gives its address.

    Raises:
        RuntimeError: It did not start.
    """
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    try:
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise RuntimeError(f"the server on port {port} did not start: is the port taken?")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def running_store() -> Iterator[EvidenceStore]:
    """A store for the length of a `with` block."""
    store = EvidenceStore()
    with serving(store.app(), free_port()) as url:
        store.url = url
        yield store
