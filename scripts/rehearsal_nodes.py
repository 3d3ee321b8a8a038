"""Oracle nodes played by one process: real signatures over what a test says happened, and faults on demand.

They answer the same paths as `quittance oracle run` but read no archive and price by one number, so that what is
tested or measured is the backend and the chain. The real nodes have tests of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from eth_account.signers.local import LocalAccount
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from backend.chain.nodes import NodeHealth
from domain.errors import EventTextInvalid
from domain.flight import parse_flight_key
from domain.hashing import keccak256
from domain.money import Ppb, TokenUnits
from domain.policy import Outcome, event_id
from domain.reports import Assessment, EventReport, Measurement, RiskReport
from ledger.typed_data import event_report_digest, risk_report_digest, sign_digest
from scripts.anvil import free_port

Answer = dict[str, Any]
MODEL_HASH = keccak256(b"rehearsal model")
SOURCE_HASH = keccak256(b"rehearsal source")
SHARE_PPB = 20_000_000
CAP = 1_000_000_000
LIE_MINUTES = 777


@dataclass
class World:
    """What happened: outcome and value by event text. What is not here has not landed yet.

    Attributes:
        unknown: Texts no node knows.
        down, lying, forging: Numbers of nodes that do not answer, report another value, sign with another key.
        slow: Seconds by which a node is late.
    """

    outcomes: dict[str, tuple[Outcome, int]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    down: set[int] = field(default_factory=set)
    lying: set[int] = field(default_factory=set)
    forging: set[int] = field(default_factory=set)
    slow: dict[int, float] = field(default_factory=dict)


class RehearsalNode:
    """One node: a key and the world as it sees it."""

    def __init__(self, number: int, account: LocalAccount, world: World) -> None:
        self.number = number
        self.account = account
        self.world = world

    def answer(self, path: str, body: Answer) -> tuple[int, Answer]:
        """Status and body for a POST."""
        handlers: dict[str, Callable[[Answer], Answer]] = {
            "/v1/assessments": self._assess,
            "/v1/observations": self._observe,
            "/v1/risk-report-signatures": self._sign_risk,
            "/v1/event-report-signatures": self._sign_events,
        }
        return 200, handlers[path](body)

    def _assess(self, body: Answer) -> Answer:
        good: list[Answer] = []
        bad: list[Answer] = []
        for a in body["applications"]:
            text = a["insured_event"]
            try:
                if text in self.world.unknown:
                    raise EventTextInvalid("insured_event", text, "is no flight of this archive", "Check the flight")
                occurs_at = parse_flight_key(text).occurs_at
            except EventTextInvalid as error:
                bad.append({"application_id": a["application_id"], "code": "flight_unknown", "detail": str(error)})
                continue
            share = SHARE_PPB * 9 if self.number in self.world.lying else SHARE_PPB
            good.append(
                {
                    "application_id": a["application_id"], "event_id": f"0x{event_id(text):064x}",
                    "occurs_at": occurs_at, "expected_share_ppb": share, "sum_insured_cap": CAP,
                    "commitment": a["commitment"],
                }
            )  # fmt: skip
        return {"model_hash": _hex(MODEL_HASH), "observed_at": 0, "assessments": good, "refusals": bad}

    def _observe(self, body: Answer) -> Answer:
        seen = []
        for text in body["insured_events"]:
            outcome, value = self.world.outcomes.get(text, (Outcome.OPEN, 0))
            if self.number in self.world.lying:
                outcome, value = Outcome.MEASURED, LIE_MINUTES
            status = "not_due" if outcome is Outcome.OPEN else outcome.name.lower()
            seen.append(
                {"event_id": f"0x{event_id(text):064x}", "insured_event": text, "status": status, "value": value}
            )
        return {"observed_at": 0, "source_hash": _hex(SOURCE_HASH), "observations": seen}

    def _sign_risk(self, body: Answer) -> Answer:
        r = body["report"]
        assessments = tuple(
            Assessment(
                int(a["application_id"], 16), int(a["event_id"], 16), a["occurs_at"], Ppb(a["expected_share_ppb"]),
                TokenUnits(a["sum_insured_cap"]), bytes.fromhex(a["commitment"][2:]),
            )
            for a in r["assessments"]
        )  # fmt: skip
        report = RiskReport(*_head(r), bytes.fromhex(r["model_hash"][2:]), assessments)
        return self._signed(risk_report_digest(report))

    def _sign_events(self, body: Answer) -> Answer:
        r = body["report"]
        measurements = tuple(
            Measurement(int(m["event_id"], 16), Outcome(m["outcome"]), m["value"]) for m in r["measurements"]
        )
        report = EventReport(*_head(r), bytes.fromhex(r["source_hash"][2:]), measurements)
        return self._signed(event_report_digest(report))

    def _signed(self, digest: bytes) -> Answer:
        key = keccak256(b"somebody else") if self.number in self.world.forging else bytes(self.account.key)
        return {"signer": self.account.address, "signature": _hex(sign_digest(key, digest))}


class RehearsalNodes:
    """Implements `backend.chain.nodes.OracleNodes` without sockets."""

    def __init__(self, accounts: Sequence[LocalAccount], world: World) -> None:
        self.world = world
        self.nodes = [RehearsalNode(number, account, world) for number, account in enumerate(accounts)]
        self.asked: list[str] = []

    def ask(self, path: str, body: Answer, enough: Callable[[Sequence[Answer]], bool]) -> list[Answer]:
        """Answers in the order of lateness; those that are down give none."""
        self.asked.append(path)
        answers: list[Answer] = []
        for node in sorted(self.nodes, key=lambda n: self.world.slow.get(n.number, 0.0)):
            if node.number in self.world.down:
                continue
            answers.append(node.answer(path, body)[1])
            if enough(answers):
                break
        return answers

    def health(self) -> list[NodeHealth]:
        """Which of them are up."""
        return [
            NodeHealth(f"node-{n.number}", n.number not in self.world.down, n.account.address, None) for n in self.nodes
        ]


@contextmanager
def serving(accounts: Sequence[LocalAccount], world: World) -> Iterator[list[str]]:
    """The nodes behind real HTTP, each on its own port, for the length of a `with` block."""
    servers = [_server(RehearsalNode(number, account, world)) for number, account in enumerate(accounts)]
    threads = [threading.Thread(target=server.run, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        while not all(server.started for server in servers):
            time.sleep(0.01)
        yield [f"http://127.0.0.1:{server.config.port}" for server in servers]
    finally:
        for server in servers:
            server.should_exit = True
        for thread in threads:
            thread.join(timeout=10)


def _server(node: RehearsalNode) -> uvicorn.Server:
    app = FastAPI()

    @app.get("/v1/node")
    def who() -> Answer:
        return {"signer": node.account.address, "version": "rehearsal"}

    @app.post("/v1/{path}")
    async def post(path: str, request: Request) -> JSONResponse:
        if node.number in node.world.down:
            return JSONResponse({"code": "down"}, status_code=503)
        status, body = node.answer(f"/v1/{path}", await request.json())
        return JSONResponse(body, status_code=status)

    return uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=free_port(), log_level="critical"))


def _head(r: Answer) -> tuple[int, str, int, int, int]:
    return r["chain_id"], r["product"], r["signer_epoch"], r["observed_at"], r["valid_until"]


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
