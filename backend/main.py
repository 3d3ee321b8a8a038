"""Puts the application together: services, workers, routers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from eth_account.signers.local import LocalAccount
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from backend import web
from backend.acceptances import router as acceptances
from backend.audit import worker as audit_worker
from backend.chain.indexer import Indexer
from backend.chain.relayer import Relayer
from backend.chain.workers import INDEXER_LOCK, RELAYER_LOCK, Worker
from backend.dependencies import ServiceSet
from backend.health import router as health
from backend.health.service import NodeWatch
from backend.health.stream import Streams
from backend.http.answers import install_handlers
from backend.http.routes import require_keys
from backend.policies import router as policies
from backend.policies import service as policies_service
from backend.problems import PROBLEM_SCHEMA
from backend.products import router as products
from backend.quotes import router as quotes
from backend.settlements import router as settlements
from backend.treasury import router as treasury
from backend.vault.purge import POLL_SECONDS as PURGE_POLL_SECONDS
from backend.vault.purge import PURGE_LOCK, DailyPurge

TITLE = "Quittance"
VERSION = "0.1.0"
_ROUTERS = (
    products.router,
    quotes.router,
    acceptances.router,
    policies.router,
    settlements.router,
    treasury.router,
    health.router,
)


def make_workers(services: ServiceSet, relayer_account: LocalAccount | None) -> list[Worker]:
    """The indexer, the audit log's writer, and the relayer when there is a key that pays."""
    settings = services.settings
    indexer = Indexer(services.database, services.rpc, services.deployment)

    def index() -> bool:
        step = indexer.step()
        return step.indexed >= step.head

    workers = [Worker("indexer", services.database, INDEXER_LOCK, index, poll_seconds=settings.poll_seconds)]
    workers.append(audit_worker.make_worker(services, relayer_account))
    if services.vault is not None:
        daily = DailyPurge(services.database, services.vault, policies_service.contract_ends)
        workers.append(Worker("purge", services.database, PURGE_LOCK, daily.step, poll_seconds=PURGE_POLL_SECONDS))
    if relayer_account is not None:
        relayer = Relayer(
            services.database, services.rpc, services.nodes, services.deployment, relayer_account,
            report_valid_seconds=settings.report_valid_seconds,
        )  # fmt: skip

        def relay() -> bool:
            return relayer.step().idle

        workers.append(Worker("relayer", services.database, RELAYER_LOCK, relay, poll_seconds=settings.poll_seconds))
    return workers


def create_app(services: ServiceSet, workers: list[Worker]) -> FastAPI:
    """The application. Workers start and stop with it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        for worker in workers:
            worker.start()
        yield
        for worker in workers:
            worker.stop()

    # /docs is a page of the built frontend: FastAPI's own would load its scripts from another server.
    app = FastAPI(title=TITLE, version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.services = services
    app.state.workers = workers
    app.state.node_watch = NodeWatch(services.nodes)
    app.state.streams = Streams()
    install_handlers(app)
    for router in (*_ROUTERS, web.router):
        app.include_router(router)
    require_keys(route for router in _ROUTERS for route in router.routes)
    web.install_web(app, services.settings.frontend_dir, services.deployment.rpc_url)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=TITLE, version=VERSION, routes=app.routes)
        schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        app.openapi_schema = schema
    return app.openapi_schema
