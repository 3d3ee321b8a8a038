"""Schemathesis against a real server: nothing it thinks of may end in a 5xx or in an answer the description lacks.

Every operation, with requests that fit the description and with requests that do not, asked by a visitor and by
machines of several roles. 503 is described, for a chain, database or oracle that is gone; here nothing is
gone, so it counts as a fault.
"""

from __future__ import annotations

import tempfile
from collections import Counter
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
from backend.access.roles import Role
from scripts.anvil import running_anvil
from scripts.figures.crash import BackendProcess, environment, opened_database
from scripts.figures.figure import Figure
from scripts.figures.idempotency import GENESIS, selling
from scripts.rehearsal import Rehearsal
from scripts.rehearsal_nodes import World, serving

COMMAND: Final = "quittance figures schemathesis"
CASES: Final = 20_000
STREAM: Final = "/v1/events"
"""Never ends, so it is tested by itself."""
CHECKS: Final = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
)  # fmt: skip
ROLES: Final = (Role.CUSTOMER_SERVICE, Role.ADMINISTRATOR, Role.AUDITOR, Role.INSTITUTION)
FREE: Final = {
    "QUITTANCE_ADDRESS_REQUESTS_PER_SECOND": "100000", "QUITTANCE_ADDRESS_REQUEST_BURST": "100000",
    "QUITTANCE_PRINCIPAL_REQUESTS_PER_SECOND": "100000", "QUITTANCE_PRINCIPAL_REQUEST_BURST": "100000",
}  # fmt: skip


schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


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
    """Try at least `cases` requests, as many on every operation for everybody."""
    with ExitStack() as stack:
        rpc = stack.enter_context(running_anvil(timestamp=GENESIS))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quittance-schemathesis-")))
        rehearsal = Rehearsal(rpc)
        urls = stack.enter_context(serving(rehearsal.nodes, World()))
        stack.enter_context(opened_database(home))
        setting = environment(home, rehearsal, urls) | selling(home, rehearsal) | FREE
        keys = Path(setting["QUITTANCE_OPERATOR_KEY_FILE"])
        askers = [{}, *({"Authorization": f"Bearer {_key(keys, role)}"} for role in ROLES)]
        server = BackendProcess(home, setting)
        stack.callback(server.kill)
        server.start()
        return _try_all(server.address, askers, cases)


def _key(file: Path, role: Role) -> str:
    everything = ["quotes.*", "acceptances.*", "webhooks.*", "policies.*", "evidence.*"]
    return add_operator_key(file, tenant_id=UUID(int=1), roles=[role], scopes=everything)


def _try_all(address: str, askers: list[dict[str, str]], cases: int) -> Tried:
    described = httpx.get(f"{address}/openapi.json", timeout=60, trust_env=False).json()
    schema = schemathesis.openapi.from_dict(described)
    schema.config.base_url = address
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    wanted = [operation for operation in operations if operation.path != STREAM]
    each = -(-cases // (len(wanted) * len(askers) * len(GenerationMode)))
    tried = Tried(operations=len(wanted))
    for operation in wanted:
        for asker in askers:
            for mode in GenerationMode:
                _try(operation, mode, asker, each, tried)
    return tried


def _try(operation: Any, mode: GenerationMode, asker: dict[str, str], each: int, tried: Tried) -> None:
    """Cases of one operation, one way of making them, one asker. Operations without input have no wrong ones."""

    def one(case: Any) -> None:
        answer = case.call(headers=asker)
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
    note = f"{found.operations} operations, {len(ROLES) + 1} askers; " + ", ".join(
        f"{status}: {count}" for status, count in sorted(found.statuses.items())
    )
    return [
        Figure("cases Schemathesis tried", found.cases, "cases", CASES if full else 500, ">=", COMMAND, note),
        Figure("of them answered with 5xx", found.server_errors, "answers", 0, "==", COMMAND),
        Figure("of them answered otherwise than described", found.faults.total(), "answers", 0, "==", COMMAND),
    ]
