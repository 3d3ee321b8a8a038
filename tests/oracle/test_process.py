"""Real node processes against a real chain: started, agreeing, lied to, killed and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from eth_account import Account

from domain.policy import Outcome
from ledger.bindings import ParametricProduct
from ledger.rpc import Rpc
from ledger.typed_data import event_report_digest, recover, sort_signatures
from oracle.node.messages import EventReportIn, show_id
from oracle.node.process import PortBusy, take_port
from oracle.risk.flights.training import Trained
from oracle.sources.archive import ArchiveSource
from scripts.anvil import free_port, move_clock, running_anvil
from scripts.rehearsal import Rehearsal, Sale, account
from tests.oracle.samples import EVENING, NIGHT

START_SECONDS = 60.0
ROUNDS = 1_000
LIAR = 3


@dataclass
class RunningNode:
    """One node process."""

    url: str
    process: subprocess.Popen[bytes]


class Stage:
    """A chain with a product, policies on it, and the files nodes are started with."""

    def __init__(self, rpc: Rpc, folder: Path, cache: Path, trained: Trained) -> None:
        self.rehearsal = Rehearsal(rpc)
        self.folder, self.cache = folder, cache
        self.launched: list[subprocess.Popen[bytes]] = []
        self.rehearsal.deployment.save(folder / "deployment.json")
        (folder / "scorecard.json").write_bytes(trained.scorecard.to_json())
        for number, node in enumerate(self.rehearsal.nodes):
            sealed = Account.encrypt(node.key, f"password {number}", kdf="pbkdf2", iterations=ROUNDS)
            (folder / f"node-{number}.json").write_text(json.dumps(sealed), "utf-8")
            password = folder / f"node-{number}.password"
            password.write_text(f"password {number}", "utf-8")
            password.chmod(0o600)

    def sell(self, archive: ArchiveSource) -> list[str]:
        """Policies on six flights of the 12th, one of them cancelled."""
        flights = archive.flights_on("2013-09-12")
        cancelled = next(f for f in flights if archive.observe(f, NIGHT).outcome == "cancelled")
        chosen = [*flights[300:305], cancelled]
        holders = [account(f"oracle holder {number}") for number in range(len(chosen))]
        self.rehearsal.fund(holders, 1_000_000_000)
        sales = [Sale(h, f.text(), f.occurs_at) for h, f in zip(holders, chosen, strict=True)]
        assert self.rehearsal.bind(sales, 0).succeeded
        return [flight.text() for flight in chosen]

    def start(self, number: int, *extra: str, **environment: str) -> RunningNode:
        node = self.launch(number, *extra, **environment)
        wait_for(node)
        return node

    def launch(self, number: int, *extra: str, **environment: str) -> RunningNode:
        port = free_port()
        files = {"deployment": "deployment.json", "model": "scorecard.json", "keystore": f"node-{number}.json"}
        files["password-file"] = f"node-{number}.password"
        options = [part for name, file in files.items() for part in (f"--{name}", str(self.folder / file))]
        command = [sys.executable, "-m", "scripts.cli", "oracle", "run", *options, "--port", str(port), *extra]
        home = {"QUITTANCE_HOME": str(self.folder / f"home-{number}"), "QUITTANCE_CACHE": str(self.cache)}
        log = (self.folder / f"node-{number}.log").open("ab")
        process = subprocess.Popen(command, env={**os.environ, **home, **environment}, stdout=log, stderr=log)
        log.close()
        self.launched.append(process)
        return RunningNode(f"http://127.0.0.1:{port}", process)


def wait_for(node: RunningNode) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and node.process.poll() is None:
        try:
            if httpx.get(f"{node.url}/health", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError(f"node at {node.url} did not start: exit code {node.process.poll()}")


def stop(node: RunningNode, how: signal.Signals = signal.SIGTERM) -> int:
    node.process.send_signal(how)
    return node.process.wait(timeout=15)


def post(node: RunningNode, path: str, body: dict[str, Any]) -> httpx.Response:
    return httpx.post(f"{node.url}/v1/{path}", json=body, timeout=30, trust_env=False)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, cache: Path, trained: Trained) -> Iterator[Stage]:
    with running_anvil(timestamp=EVENING) as rpc:
        made = Stage(rpc, tmp_path_factory.mktemp("stage"), cache, trained)
        yield made
        for process in made.launched:  # those that did not start in time are nobody's otherwise
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def texts(stage: Stage, archive: ArchiveSource) -> list[str]:
    sold = stage.sell(archive)
    move_clock(stage.rehearsal.rpc, NIGHT)
    return sold


@pytest.fixture(scope="module")
def nodes(stage: Stage, texts: list[str]) -> Iterator[list[RunningNode]]:
    assert texts
    honest = [stage.launch(number) for number in range(LIAR)]
    running = [*honest, stage.launch(LIAR, "--fault", "lie", QUITTANCE_ALLOW_FAULTS="1")]
    for node in running:
        wait_for(node)
    yield running
    for node in running:
        if node.process.poll() is None:
            stop(node)


def proposal(stage: Stage, seen: dict[str, Any]) -> dict[str, Any]:
    """An event report of what a node observed."""
    numbers = {"measured": Outcome.MEASURED, "cancelled": Outcome.CANCELLED, "diverted": Outcome.DIVERTED}
    measurements = [
        {"event_id": o["event_id"], "outcome": int(numbers[o["status"]]), "value": o["value"]}
        for o in seen["observations"]
    ]
    report = {
        "chain_id": stage.rehearsal.chain_id,
        "product": stage.rehearsal.product,
        "signer_epoch": 1,
        "observed_at": seen["observed_at"],
        "valid_until": seen["observed_at"] + 3_600,
        "source_hash": seen["source_hash"],
        "measurements": measurements,
    }
    return {"report": report, "insured_events": {o["event_id"]: o["insured_event"] for o in seen["observations"]}}


def signatures_over(body: dict[str, Any], nodes: Sequence[RunningNode]) -> list[bytes]:
    """What nodes sign, of which only signatures over this very report count."""
    digest = event_report_digest(EventReportIn.model_validate(body["report"]).to_domain())
    good = []
    for node in nodes:
        answer = post(node, "event-report-signatures", body)
        if answer.status_code == 200:
            signature = bytes.fromhex(answer.json()["signature"][2:])
            if recover(digest, signature) == httpx.get(f"{node.url}/v1/node", trust_env=False).json()["signer"]:
                good.append(signature)
    return sort_signatures(digest, good)


def test_node__started__quickly(nodes: list[RunningNode]) -> None:
    # In seconds of work, not of waiting: a machine that several people share has no honest stopwatch.
    times = [psutil.Process(node.process.pid).cpu_times() for node in nodes]

    assert max(each.user + each.system for each in times) < 6.0


def test_nodes__assessing__identical_to_the_byte(
    stage: Stage, nodes: list[RunningNode], archive: ArchiveSource
) -> None:
    day_after = [flight.text() for flight in archive.flights_on("2013-09-14")[100:150]]
    applications = [
        {"application_id": show_id(n), "insured_event": t, "sum_insured": 500_000_000, "commitment": "0x" + "00" * 32}
        for n, t in enumerate(day_after)
    ]

    answers = [
        post(node, "assessments", {"product": stage.rehearsal.product, "applications": applications})
        for node in nodes[:LIAR]
    ]

    assert len({answer.content for answer in answers}) == 1
    assert len(answers[0].json()["assessments"]) == 50


def test_nodes__one_lying_one_killed_and_restarted__outcome_unchanged(
    stage: Stage, nodes: list[RunningNode], texts: list[str]
) -> None:
    ask = {"product": stage.rehearsal.product, "insured_events": texts}
    truth, lie = (post(nodes[number], "observations", ask).json() for number in (0, LIAR))
    true_report, false_report = proposal(stage, truth), proposal(stage, lie)
    assert false_report["report"]["measurements"] != true_report["report"]["measurements"]

    # Only the liar stands by its lie, and it does not help the truth; three honest nodes are enough.
    assert len(signatures_over(false_report, nodes)) == 1
    refusals = [post(node, "event-report-signatures", false_report) for node in nodes[:LIAR]]
    assert {(answer.status_code, answer.json()["code"]) for answer in refusals} == {(409, "observation_differs")}

    # Killed after it signed, a node comes back and signs the same again, and nothing else.
    before = post(nodes[0], "event-report-signatures", true_report).json()
    stop(nodes[0], signal.SIGKILL)
    nodes[0] = stage.start(0)
    assert post(nodes[0], "event-report-signatures", true_report).json() == before

    signatures = signatures_over(true_report, nodes)
    assert len(signatures) == 3
    report = EventReportIn.model_validate(true_report["report"]).to_domain()
    call = ParametricProduct.report_and_settle(report, signatures, 400)
    assert stage.rehearsal.send(stage.rehearsal.product, call.data).succeeded
    for measurement, text in zip(report.measurements, texts, strict=True):
        event = stage.rehearsal.rpc.eth_call(
            stage.rehearsal.product, ParametricProduct.insured_event(measurement.event_id)
        )
        assert (event.outcome, event.value) == (measurement.outcome, measurement.value), text

    late = post(nodes[1], "event-report-signatures", true_report)
    assert (late.status_code, late.json()["code"]) == (409, "event_closed")


def test_node__told_to_stop__stops_cleanly_and_its_log_has_no_secrets(stage: Stage, nodes: list[RunningNode]) -> None:
    stop(nodes[2])

    log = (stage.folder / "node-2.log").read_text("utf-8")
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert {"node.started", "events.observed", "request.refused", "event_report.signed"} & set(events)
    assert "password" not in log
    assert bytes(stage.rehearsal.nodes[2].key).hex() not in log


def test_node__model_of_another_hash__refused_by_name(stage: Stage, nodes: list[RunningNode]) -> None:
    assert nodes[1].process.poll() is None
    now = int(stage.rehearsal.rpc.block("latest")["timestamp"], 16)
    report = {
        "chain_id": stage.rehearsal.chain_id, "product": stage.rehearsal.product, "signer_epoch": 1,
        "observed_at": now, "valid_until": now + 60, "model_hash": "0x" + "00" * 32,
        "assessments": [{
            "application_id": show_id(1), "event_id": show_id(1), "occurs_at": now, "expected_share_ppb": 1,
            "sum_insured_cap": 1, "commitment": "0x" + "00" * 32,
        }],
    }  # fmt: skip

    answer = post(nodes[1], "risk-report-signatures", {"report": report, "insured_events": {}})

    assert (answer.status_code, answer.json()["code"]) == (409, "model_hash_differs")


def test_take_port__taken__says_so() -> None:
    first = take_port("127.0.0.1", 0)
    port = first.getsockname()[1]

    with pytest.raises(PortBusy, match=f"port {port} on 127.0.0.1 cannot be taken"):
        take_port("127.0.0.1", port)
    first.close()
