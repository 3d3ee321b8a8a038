"""Schemathesis against a real server: nothing it thinks of may end in a 5xx or in an answer the description lacks.

Every operation, with requests that fit the description and with requests that do not, asked by a visitor, by people
and by machines of several roles. 503 is described, for a chain, database or oracle that is gone; here nothing is
gone, so it counts as a fault.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok

from backend.access.operator_keys import add_operator_key
from backend.access.permit import operations
from backend.access.roles import Role
from backend.database import Database
from backend.dependencies import wall_clock
from backend.identity.desk import Desk, Rules
from backend.identity.grants import service as grants
from backend.identity.grants.service import Asked
from backend.identity.oidc.providers import Providers
from backend.identity.passwords.hashing import PasswordHasher, Profile
from backend.identity.people import service as people
from backend.identity.personal_data import KeyedPersonalData
from backend.identity.sessions import service as sessions
from backend.main import routed
from backend.tenants import service as tenants
from ledger.rpc import Rpc
from scripts.anvil import running_anvil
from scripts.figures.crash import BackendProcess, environment, opened_database
from scripts.figures.figure import Figure
from scripts.figures.idempotency import GENESIS, UNHURRIED, selling
from scripts.rehearsal import Rehearsal
from scripts.rehearsal_nodes import World, serving

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

COMMAND: Final = "quittance figures schemathesis"
CASES: Final = 20_000
STREAM: Final = "/v1/events"
"""Never ends, so it is tested by itself."""
CHECKS: Final = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
)  # fmt: skip
MACHINES: Final = (Role.CUSTOMER_SERVICE, Role.ORACLE_NODE, Role.INSTITUTION)
"""Roles of keys; they may ask for every subject, so that roles alone keep them out."""
PEOPLE: Final = (
    Role.ADMINISTRATOR, Role.PRODUCT_MANAGER, Role.SENIOR_UNDERWRITER, Role.ADJUSTER, Role.TREASURER,
    Role.CUSTOMER_SERVICE, Role.AUDITOR, Role.POLICYHOLDER,
)  # fmt: skip
"""Roles of people who have just shown a second factor."""
MAIL: Final = {"QUITTANCE_SMTP_HOST": "127.0.0.1", "QUITTANCE_SMTP_PORT": "9", "QUITTANCE_SMTP_SECURITY": "none"}
"""Where nobody takes mail: what is asked for over HTTP waits in the outbox."""
Asker = Callable[[], dict[str, str]]
"""Headers of somebody's next requests."""


@dataclass(slots=True)
class Tried:
    """What came of all cases. `faults` says each kind of fault once, with how often it came."""

    cases: int = 0
    operations: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def server_errors(self) -> int:
        """Answers of 500 and above."""
        return sum(count for status, count in self.statuses.items() if status >= 500)


def run(*, cases: int) -> Tried:
    """Try about `cases` requests: as many on every operation for everybody, or when they are too few for that, on every
    operation for some in turn."""
    with ExitStack() as stack:
        rpc = stack.enter_context(running_anvil(timestamp=GENESIS))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quittance-schemathesis-")))
        rehearsal = Rehearsal(rpc)
        urls = stack.enter_context(serving(rehearsal.nodes, World()))
        database = stack.enter_context(opened_database(home))
        setting = environment(home, rehearsal, urls) | selling(home, rehearsal) | UNHURRIED | MAIL
        desk = _desk(database, rpc, Path(setting["QUITTANCE_IDENTITY_KEY_FILE"]))
        with database.every_tenant() as session:
            insurer = tenants.add(session, name="Tried", slug="tried", insurer_address=None, now=wall_clock()).tenant_id
        askers: list[Asker] = [dict, *(_person(desk, insurer, role) for role in PEOPLE)]
        askers += [_machine(Path(setting["QUITTANCE_OPERATOR_KEY_FILE"]), insurer, role) for role in MACHINES]
        server = BackendProcess(home, setting)
        stack.callback(server.kill)
        server.start()
        return _try_all(server.address, askers, cases)


def _machine(file: Path, insurer: UUID, role: Role) -> Asker:
    everything = sorted({f"{operation.name.partition('.')[0]}.*" for operation in operations(routed())})
    key = add_operator_key(file, tenant_id=insurer, roles=[role], scopes=everything)
    return lambda: {"Authorization": f"Bearer {key}"}


def _desk(database: Database, rpc: Rpc, identity_key: Path) -> Desk:
    return Desk(
        scope=database.scoped, every_tenant=database.every_tenant, data=KeyedPersonalData.load(identity_key),
        hasher=PasswordHasher(Profile.OWASP_MINIMUM), rules=Rules(origin="http://localhost:8000", chain_id=31_337),
        clock=wall_clock, rpc=rpc, providers=Providers(wall_clock),
    )  # fmt: skip


def _person(desk: Desk, insurer: UUID, role: Role) -> Asker:
    """Somebody of this role. Each operation meets a new session, because one of them ends the session it comes in."""
    with desk.tenant_scope(insurer) as session:
        name = f"{role.value.replace('_', '.')}@example.org"
        person = people.add(session, desk, insurer, email=name, name="Ada Example", language="en")
        grants.make_by_operator(session, insurer, Asked(person, role), now=desk.clock())

    def sign_in() -> dict[str, str]:
        with desk.tenant_scope(insurer) as session:
            opened = sessions.open_new(
                session, desk, insurer, person, sessions.Method.PASSWORD,
                roles=frozenset({role}), pending=False, strong=True,
            )  # fmt: skip
        return {"Authorization": f"Bearer {opened.token}"}

    return sign_in


def _try_all(address: str, askers: Sequence[Asker], cases: int) -> Tried:
    described = httpx.get(f"{address}/openapi.json", timeout=60, trust_env=False).json()
    schema = schemathesis.openapi.from_dict(described)
    schema.config.base_url = address
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    wanted = [operation for operation in operations if operation.path != STREAM]
    tried = Tried(operations=len(wanted))
    step = min(max(len(wanted) * len(askers) * len(GenerationMode) // cases, 1), len(askers))
    each = -(-cases * step // (len(wanted) * len(askers) * len(GenerationMode)))
    for place, operation in enumerate(wanted):
        for asker in askers[place % step :: step]:
            headers = asker()
            for mode in GenerationMode:
                _try(operation, mode, headers, each, tried)
    return tried


def _try(operation: Any, mode: GenerationMode, headers: dict[str, str], each: int, tried: Tried) -> None:
    """Cases of one operation, one way of making them, one asker. Operations without input have no wrong ones."""

    def one(case: Any) -> None:
        answer = case.call(headers=headers)
        tried.cases += 1
        tried.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=list(CHECKS))
        except Exception as error:
            tried.faults[f"{operation.label}: {answer.status_code}: {' '.join(str(error).split())[:300]}"] += 1

    quick = settings(
        max_examples=each, deadline=None, database=None, derandomize=False, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        seed(1)(quick(given(case=operation.as_strategy(mode))(one)))()
    except Exception as error:
        if type(error).__name__ not in ("Unsatisfiable", "SkipTest", "Skipped"):
            raise


def measure(*, full: bool) -> list[Figure]:
    """20,000 cases with `--full`, 600 without."""
    found = run(cases=CASES if full else 600)
    note = f"{found.operations} operations, {1 + len(PEOPLE) + len(MACHINES)} askers; " + ", ".join(
        f"{status}: {count}" for status, count in sorted(found.statuses.items())
    )
    return [
        Figure("cases Schemathesis tried", found.cases, "cases", CASES if full else 500, ">=", COMMAND, note),
        Figure("of them answered with 5xx", found.server_errors, "answers", 0, "==", COMMAND),
        Figure("of them answered otherwise than described", found.faults.total(), "answers", 0, "==", COMMAND),
    ]
