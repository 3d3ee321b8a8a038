"""Metrics over a port of their own, readiness with reasons, and alarms an operator clears."""

from __future__ import annotations

import json
import socket

import httpx
import pytest
from prometheus_client import generate_latest
from typer.testing import CliRunner

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import HOUSE_TENANT
from backend.audit.sequencer import Sequencer
from backend.chain import cli
from backend.chain.alarms import AlarmKind, alarms, raise_alarm
from backend.database import Database
from backend.health.service import require_ready
from backend.observability.house import House
from backend.observability.requests import REQUESTS
from backend.observability.server import MetricsPortTaken, MetricsServer
from backend.problems import Problem
from tests.backend.api import Api
from tests.backend.observability.house import NOW, PretendedChain, PretendedKeys, PretendedWorker
from tests.backend.observability.promql import NAME, scraped

STUCK = PretendedWorker("indexer", "OperationalError: Ada Example could not connect to ada@example.org")


def house_of(database: Database) -> House:
    return House(database, PretendedChain(), [PretendedWorker()], PretendedKeys(), lambda: NOW, None)


def test_metrics_server__asked__tells_the_house_and_what_the_process_counted(database: Database) -> None:
    server = MetricsServer(house_of(database), host="127.0.0.1", port=0)
    try:
        answer = httpx.get(f"http://127.0.0.1:{server.port}/metrics", trust_env=False)
    finally:
        server.close()

    names = {dict(labels)[NAME] for labels in scraped(answer.text)}
    assert answer.headers["content-type"].startswith("text/plain")
    assert {"quittance_intents", "quittance_rpc_endpoints_agree", "process_cpu_seconds_total"} <= names


def test_metrics_server__port_in_use__says_which_setting(database: Database) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(MetricsPortTaken, match="QUITTANCE_METRICS_PORT"):
            MetricsServer(house_of(database), host="127.0.0.1", port=taken.getsockname()[1])


def test_requests__answered__counted_by_operation_and_status(api: Api) -> None:
    asked = {"/v1/products": ("products.list", "200"), "/v1/nothing/ada@example.org": ("page.read", "404")}
    before = {path: REQUESTS.labels(*labels)._value.get() for path, labels in asked.items()}

    for path in asked:
        api.client.get(path)

    after = {path: REQUESTS.labels(*labels)._value.get() for path, labels in asked.items()}
    assert after == {path: count + 1 for path, count in before.items()}
    assert "ada@" not in generate_latest().decode()


def test_require_ready__nothing_in_the_way__passes(database: Database) -> None:
    chain = PretendedChain()

    require_ready(database, chain, [PretendedWorker()])


def test_require_ready__several_things_amiss__every_reason_and_nobodys_data() -> None:
    chain, nowhere = PretendedChain(), Database("postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=1")
    chain.head = None

    with pytest.raises(Problem) as caught:
        require_ready(nowhere, chain, [PretendedWorker("audit"), STUCK])

    reasons = caught.value.values["reasons"]
    assert [(each["code"], each["part"]) for each in reasons] == [
        ("database_away", "database"), ("chain_away", "chain"), ("worker_stuck", "indexer"),
    ]  # fmt: skip
    assert "Ada" not in json.dumps(reasons) + caught.value.detail
    assert "OperationalError" in reasons[2]["detail"]


def test_require_ready__database_behind__says_by_how_much(database: Database) -> None:
    chain = PretendedChain()
    chain.head = 1_000

    with pytest.raises(Problem, match="1001 blocks behind") as caught:
        require_ready(database, chain, [])

    assert caught.value.values["reasons"][0]["code"] == "behind_chain"


@pytest.fixture
def operator(database: Database, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("QUITTANCE_DATABASE_URL", database.url)
    monkeypatch.setattr(cli, "configure_logs", lambda: None)
    return CliRunner()


def test_alarms__none_stands__says_so(operator: CliRunner) -> None:
    told = operator.invoke(cli.app, ["alarms"])

    assert (told.exit_code, json.loads(told.stdout)) == (0, [])


def test_alarms__one_cleared__gone_and_told_to_the_audit_log(operator: CliRunner, database: Database) -> None:
    with database.transaction() as session:
        raise_alarm(session, AlarmKind.SENTINEL, "block 7: premium is not what the chain says")
        raise_alarm(session, AlarmKind.REPLAY, "one difference")
    assert operator.invoke(cli.app, ["alarms"]).exit_code == 1

    told = operator.invoke(cli.app, ["alarms", "--clear", "sentinel", "--because", "inc-4711"])

    assert told.exit_code == 0, told.output
    Sequencer(database).step()
    with database.every_tenant() as session:
        assert [each.kind for each in alarms(session)] == ["replay"]
        (entry,) = audit.page(session, HOUSE_TENANT, after=-1, limit=9)
    assert (entry.operation, entry.subject) == ("chain.clear_alarm", "chain_alarms/sentinel")
    assert json.loads(entry.leaf)["content"]["facts"] == {"because": "inc-4711"}
    assert Principal.worker(HOUSE_TENANT).kind == json.loads(entry.leaf)["content"]["principal"]["kind"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--clear", "sentinel", "--because", "inc-1"], "stands"),
        (["--clear", "sentinel"], "because"),
        (["--clear", "sentinel", "--because", "Ada Example said so"], "because"),
    ],
)
def test_alarms__cleared_without_cause_or_alarm__refused(operator: CliRunner, arguments: list[str], says: str) -> None:
    told = operator.invoke(cli.app, ["alarms", *arguments])

    assert told.exit_code == 2
    assert says in told.output
