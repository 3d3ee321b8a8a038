"""How long from a notice handed in to the payment, and how long answers take at 50 requests a second."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import httpx

from scripts.anvil import chain_time
from scripts.claims_service import CONFIRMATIONS, DAY, Claimant, ClaimsService, claims_service, nodes_reading
from scripts.figures.figure import Figure

COMMAND: Final = "quittance figures claims_api"
RATE: Final = 50
CLAIMS, FULL_CLAIMS = 2, 20
SECONDS, FULL_SECONDS = 10, 120
NOTICES_OF_TEN: Final = 2
CLAIMED: Final = 1_000_000_000
CLAIMANTS: Final = 8


def measure(*, full: bool) -> list[Figure]:
    """Seconds from notice to payment; p95 of reads and of notices."""
    claims, seconds = (FULL_CLAIMS, FULL_SECONDS) if full else (CLAIMS, SECONDS)
    with claims_service(policies=claims + CLAIMANTS, apart=True) as service:
        with nodes_reading(service):
            paid = [_paid_after(service.claimant(number)) for number in range(claims)]
        people = [service.claimant(claims + number) for number in range(CLAIMANTS)]
        took = _under_load(service, people, seconds)
    note = f"{claims} claims one after the other, 1-second blocks, {CONFIRMATIONS} confirmations at nodes and backend"
    load = f"{RATE} requests a second for {seconds} s, {NOTICES_OF_TEN} of 10 notices, one process answers, one works"
    load += f"; load average of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, others' work included"
    load += f"; ten million additions in Python took {_pace():.2f} s here right after"
    return [
        Figure("notice to paid, automatic claim, slowest", round(max(paid), 1), "s", 15, "<=", COMMAND, note),
        Figure("p95 of reads of claims", _p95(took["read"]), "ms", 100, "<=", COMMAND, load),
        Figure("p95 of notices of claims", _p95(took["notice"]), "ms", 250, "<=", COMMAND, load),
        Figure("answers that were no success", len(took["failed"]), "answers", 0, "==", COMMAND, load),
    ]


def _pace() -> float:
    """Seconds this machine takes to add ten million squares: what milliseconds have to be read beside."""
    began_at, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number * number
    return time.perf_counter() - began_at


def _paid_after(claimant: Claimant) -> float:
    began_at = time.monotonic()
    case_id, _ = claimant.hand_in_case()
    claimant.wait_paid(case_id)
    return time.monotonic() - began_at


@dataclass(frozen=True, slots=True)
class Load:
    """What a process of its own asks of the server, so that asking takes nothing from answering but the machine."""

    url: str
    product: str
    people: tuple[tuple[str, int, str], ...]
    occurred_at: int
    seconds: int


def _under_load(service: ClaimsService, people: list[Claimant], seconds: int) -> dict[str, list[float]]:
    occurred_at = chain_time(service.stack.rpc) - 2 * DAY
    known = tuple((each.token, each.policy_id, each.draft(CLAIMED, occurred_at)) for each in people)
    load = Load(service.url, service.stack.insurer.product, known, occurred_at, seconds)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_run, load).result()


def _run(load: Load) -> dict[str, list[float]]:
    return asyncio.run(_load(load))


async def _load(load: Load) -> dict[str, list[float]]:
    """Requests at a steady rate, whatever answers take: a slow server meets a queue, as in life."""
    took: dict[str, list[float]] = {"read": [], "notice": [], "failed": []}
    whole = httpx.AsyncClient(base_url=load.url, timeout=60, trust_env=False)
    async with whole as client, asyncio.TaskGroup() as group:
        began_at = time.monotonic()
        for number in range(RATE * load.seconds):
            await asyncio.sleep(max(0.0, began_at + number / RATE - time.monotonic()))
            group.create_task(_ask(client, load, number, took))
    return took


async def _ask(client: httpx.AsyncClient, load: Load, number: int, took: dict[str, list[float]]) -> None:
    token, policy_id, case_id = load.people[number % len(load.people)]
    headers = {"Authorization": f"Bearer {token}"}
    began_at = time.monotonic()
    if number % 10 < NOTICES_OF_TEN:
        body: dict[str, Any] = {
            "product": load.product, "policy_id": policy_id, "coverage": 0, "peril": 1,
            "occurred_at": load.occurred_at, "claimed": CLAIMED + number,
        }  # fmt: skip
        kind, expected = "notice", 201
        answer = await client.post("/v1/cases", json=body, headers={**headers, "Idempotency-Key": str(uuid.uuid4())})
    else:
        path = "/v1/cases?limit=20" if number % 3 == 0 else f"/v1/cases/{case_id}/status"
        kind, expected = "read", 200
        answer = await client.get(path, headers=headers)
    milliseconds = (time.monotonic() - began_at) * 1_000
    took[kind if answer.status_code == expected else "failed"].append(milliseconds)


def _p95(took: list[float]) -> float:
    ordered = sorted(took)
    return round(ordered[int(len(ordered) * 0.95)], 1) if ordered else float("inf")
