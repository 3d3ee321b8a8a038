"""Schemathesis against a real server: nothing it thinks of may end in a 5xx or in an answer the description lacks.

Every operation, with requests that fit the description and with requests that do not, asked by a visitor, by people
and by machines of several roles. 503 is described, for a chain, database or oracle that is gone; here nothing is
gone, so it counts as a fault.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

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
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from scripts.anvil import running_anvil
from scripts.figures.askers import MACHINES, PEOPLE, Asker, askers
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
MAIL: Final = {"QUITTANCE_SMTP_HOST": "127.0.0.1", "QUITTANCE_SMTP_PORT": "9", "QUITTANCE_SMTP_SECURITY": "none"}
"""Where nobody takes mail: what is asked for over HTTP waits in the outbox."""


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
        asking = askers(
            database, rpc, identity_key=Path(setting["QUITTANCE_IDENTITY_KEY_FILE"]),
            operator_keys=Path(setting["QUITTANCE_OPERATOR_KEY_FILE"]),
        )  # fmt: skip
        server = BackendProcess(home, setting)
        stack.callback(server.kill)
        server.start()
        return _try_all(server.address, asking, cases)


def _try_all(address: str, asking: Sequence[Asker], cases: int) -> Tried:
    described = httpx.get(f"{address}/openapi.json", timeout=60, trust_env=False).json()
    schema = schemathesis.openapi.from_dict(described)
    schema.config.base_url = address
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    wanted = [operation for operation in operations if operation.path != STREAM]
    tried = Tried(operations=len(wanted))
    step = min(max(len(wanted) * len(asking) * len(GenerationMode) // cases, 1), len(asking))
    each = -(-cases * step // (len(wanted) * len(asking) * len(GenerationMode)))
    for place, operation in enumerate(wanted):
        for asker in asking[place % step :: step]:
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
        except (Exception, FailureGroup) as error:  # several failures come as a BaseExceptionGroup
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
