"""Puts the application together: services, workers, routers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from eth_account.signers.local import LocalAccount
from fastapi import FastAPI
from starlette.routing import BaseRoute

from backend import web
from backend.acceptances import router as acceptances
from backend.access.permit import require_doors
from backend.audit import router as audit
from backend.audit import worker as audit_worker
from backend.backups.opening import backup_workers
from backend.chain.alarms import AlarmKind, clear_alarm, raise_alarm
from backend.chain.endpoints import EndpointsDisagree, Witness
from backend.chain.indexer import Indexer
from backend.chain.intents import workflow as _chain_workflow  # noqa: F401  # registers what a convoy is carried by
from backend.chain.intents.convoys import CONVOYS, Dispatcher
from backend.chain.relayer import Relayer, make_delivery
from backend.chain.sentinel import PAUSE_SECONDS as SENTINEL_SECONDS
from backend.chain.sentinel import Sentinel
from backend.chain.watch import NIGHTLY_REPLAY
from backend.chain.workers import (
    Background,
    Worker,
)
from backend.claims import router as claims
from backend.claims import staff_router as claims_staff
from backend.claims.opening import claims_workers
from backend.custody import router as custody
from backend.dependencies import ServiceSet
from backend.evidence import router as evidence
from backend.evidence import service as evidence_service
from backend.evidence import upload_router as evidence_uploads
from backend.evidence.clerk import POLL_SECONDS as CLERK_POLL_SECONDS
from backend.evidence.clerk import Clerk
from backend.evidence.opening import dossier_reader
from backend.health import router as health
from backend.health.service import NodeWatch
from backend.health.stream import Streams
from backend.http import openapi
from backend.http.answers import install_handlers
from backend.http.forgetting import POLL_SECONDS as FORGETTING_SECONDS
from backend.http.forgetting import Forgetting
from backend.http.routes import MOST_AT_WORK, require_keys
from backend.identity.api_keys import router as api_keys
from backend.identity.grants import router as grants
from backend.identity.passkeys import router as passkeys
from backend.identity.passwords import router as passwords
from backend.identity.people import router as people
from backend.identity.reviews import router as reviews
from backend.identity.sessions import router as sessions
from backend.identity.sign_in import router as sign_in
from backend.identity.totp import router as totp
from backend.identity.wallets import router as wallets
from backend.intake import router as intake
from backend.intake.rules import house_rules
from backend.locks import Lock
from backend.notices import router as notices
from backend.policies import router as policies
from backend.policy_orders import router as policy_orders
from backend.product_files import router as product_files
from backend.products import router as products
from backend.quotes import router as quotes
from backend.rights import erasure_router as erasures
from backend.rights import router as rights
from backend.rights.terms import contract_terms
from backend.security_mail import router as password_resets
from backend.service import privacy_notice
from backend.service import router as service
from backend.service.opening import service_workers
from backend.settlements import router as settlements
from backend.told_events.service import TELLER_POLL_SECONDS, EventTeller
from backend.treasury import router as treasury
from backend.underwriting import office_router as underwriting_office
from backend.underwriting import router as underwriting
from backend.underwriting.staffing import underwriting_objects, underwriting_workers
from backend.underwriting.workflows import QUEUES as UNDERWRITING_QUEUES
from backend.vault.purge import POLL_SECONDS as PURGE_POLL_SECONDS
from backend.vault.purge import DailyPurge
from backend.webhooks import router as webhooks
from backend.webhooks.delivery import Postman
from backend.webhooks.sending import HttpSender
from backend.webhooks.worker import DeliveryWorker
from backend.workflows.runtime import Queue, Runtime, Schedule
from ledger.rpc import Rpc

TITLE = "Quittance"
VERSION = "0.1.0"
_ROUTERS = (
    products.router,
    product_files.router,
    quotes.router,
    acceptances.router,
    policies.router,
    policy_orders.router,
    settlements.router,
    treasury.router,
    audit.router,
    rights.router,
    erasures.router,
    webhooks.router,
    health.router,
    underwriting.router,
    underwriting_office.router,
    notices.router,
    claims.router,
    claims_staff.router,
    evidence.router,
    evidence_uploads.router,
    custody.router,
    sign_in.router,
    sessions.router,
    passwords.router,
    password_resets.router,
    totp.router,
    passkeys.router,
    wallets.router,
    people.router,
    grants.router,
    api_keys.router,
    reviews.router,
    intake.router,
    service.router,
)


QUEUES: tuple[Queue, ...] = UNDERWRITING_QUEUES
"""Queues of workflows that need no key. Whoever adds one imports its workflows here."""
SCHEDULES: tuple[Schedule, ...] = (NIGHTLY_REPLAY,)
WITNESS_SECONDS = 10.0


def make_workers(services: ServiceSet, relayer_account: LocalAccount | None) -> list[Background]:
    """Indexer, audit log's writer, workflows; with a key that pays, the relayer and what carries its intents."""
    settings = services.settings
    index = _intake(services)
    sentinel = Sentinel(services.database, services.rpc, services.deployment, random.SystemRandom())

    def watch() -> bool:
        sentinel.step()
        return True

    workers: list[Background] = [
        Worker("indexer", services.database, Lock.INDEXER, index, poll_seconds=settings.poll_seconds),
        Worker("sentinel", services.database, Lock.SENTINEL, watch, poll_seconds=SENTINEL_SECONDS),
        audit_worker.make_worker(services, relayer_account),
        Worker(
            "forgetting", services.database, Lock.FORGETTING, Forgetting(services.database).step,
            poll_seconds=FORGETTING_SECONDS,
        ),
        *_delivering(services),
    ]  # fmt: skip
    if services.vault is not None:
        daily = DailyPurge(
            services.database, services.vault, contract_terms, evidence_service.forget_looks
        )  # fmt: skip
        workers.append(Worker("purge", services.database, Lock.PURGE, daily.step, poll_seconds=PURGE_POLL_SECONDS))
    if settings.node_urls:
        teller = EventTeller(
            services.database,
            settings.node_urls,
            chain_time=services.now,
            timeout_seconds=settings.node_timeout_seconds,
        )
        workers.append(Worker("teller", services.database, Lock.TELLER, teller.step, poll_seconds=TELLER_POLL_SECONDS))
    workers += [*underwriting_workers(services), *service_workers(services), *_reading_evidence(services)]
    workers += [*claims_workers(services), *backup_workers(settings, services.database)]
    if relayer_account is None:
        return [
            *workers,
            Runtime(
                services.database,
                queues=QUEUES,
                schedules=SCHEDULES,
                objects=[services, services.database, *underwriting_objects(services)],
            ),
        ]
    return [*workers, *_sending(services, relayer_account)]


def _intake(services: ServiceSet) -> Callable[[], bool]:
    """What the indexer does again and again: take in what is new, and tell when the endpoints disagree."""
    second = services.settings.second_rpc_url
    witness = Witness(Rpc(second, timeout_seconds=WITNESS_SECONDS)) if second else None
    indexer = Indexer(services.database, services.rpc, services.deployment, witness)

    def index() -> bool:
        try:
            step = indexer.step()
        except EndpointsDisagree as error:
            with services.database.transaction() as session:
                raise_alarm(session, AlarmKind.ENDPOINTS, str(error))
            raise
        if step.events:
            with services.database.transaction() as session:
                clear_alarm(session, AlarmKind.ENDPOINTS)
        return step.indexed >= step.head

    return index


def _reading_evidence(services: ServiceSet) -> list[Background]:
    """Who lets unfinished uploads go and has dossiers read."""
    if services.evidence is None:
        return []
    clerk = Clerk(services.database, services.evidence, dossier_reader(services.settings))
    return [Worker("evidence", services.database, Lock.EVIDENCE, clerk.step, poll_seconds=CLERK_POLL_SECONDS)]


def _delivering(services: ServiceSet) -> list[Background]:
    """Threads that deliver webhooks: rows are shared, so there may be as many as wanted, here and elsewhere."""
    settings = services.settings
    sender = HttpSender(allow_loopback=settings.webhooks_to_loopback)
    postman = Postman(services.database, sender, services.server_key, services.clock)
    return [DeliveryWorker(postman) for _ in range(settings.webhook_workers)]


def _sending(services: ServiceSet, account: LocalAccount) -> list[Background]:
    settings, database = services.settings, services.database
    delivery = make_delivery(database, services.rpc, services.deployment, account, confirmations=settings.confirmations)
    relaying, dispatching = Dispatcher(database), Dispatcher(database)
    relayer = Relayer(
        database, services.rpc, services.nodes, services.deployment, account,
        report_valid_seconds=settings.report_valid_seconds, delivery=delivery, deliver=relaying.step,
    )  # fmt: skip
    poll = settings.poll_seconds
    return [
        Runtime(
            database,
            queues=[*QUEUES, CONVOYS],
            schedules=SCHEDULES,
            objects=[services, database, delivery, *underwriting_objects(services)],
        ),
        Worker("relayer", database, Lock.RELAYER, lambda: relayer.step().idle, poll_seconds=poll),
        Worker("dispatcher", database, Lock.DISPATCHER, lambda: dispatching.step() == 0, poll_seconds=poll),
    ]


def create_app(services: ServiceSet, workers: Sequence[Background]) -> FastAPI:
    """The application. Workers start and stop with it.

    Raises:
        DoorMissing: A route does not say who may use it.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        app.state.places = asyncio.Semaphore(MOST_AT_WORK)
        for worker in workers:
            await asyncio.to_thread(worker.start)
        yield
        for worker in reversed(workers):
            await asyncio.to_thread(worker.stop)

    # /docs is a page of the built frontend: FastAPI's own would load its scripts from another server.
    app = FastAPI(title=TITLE, version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.services = services
    app.state.workers = workers
    app.state.node_watch = NodeWatch(services.nodes)
    app.state.streams = Streams()
    install_handlers(app)
    app.router.routes.extend(_routes())
    require_keys(route for router in _ROUTERS for route in router.routes)
    rpc_url = services.settings.public_rpc_url or services.deployment.rpc_url
    web.install_web(app, services.settings.frontend_dir, rpc_url)
    require_doors(app, services.authoriser)
    privacy_notice.in_force()
    house_rules()
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _routes() -> list[BaseRoute]:
    """Every route as it was declared.

    `include_router` would build each a second time, to add what an application gives to all of its routes. Ours gives
    them nothing, and half a second is dear in every process that starts.
    """
    return [route for router in (*_ROUTERS, web.router) for route in router.routes]


def routed() -> FastAPI:
    """The routes alone, without anything running: for descriptions and tables of them."""
    app = FastAPI(title=TITLE, version=VERSION, docs_url=None, redoc_url=None)
    app.router.routes.extend(_routes())
    return app


def describe() -> dict[str, Any]:
    """The API's description, without anything running."""
    return openapi.describe(routed())


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = openapi.describe(app)
    return app.openapi_schema
