"""Alert rules: metrics and labels they name are told, runbooks are there, and each fires when its condition holds."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from backend.backups.manifest import DATABASE, DOCUMENTS, Manifest, SealedFile
from backend.backups.store import Checked, note_checked
from backend.chain.alarms import AlarmKind, raise_alarm
from backend.database import Database
from backend.observability.requests import REQUESTS, SECONDS
from scripts import ROOT
from tests.backend.observability.house import DAY, NOW, Watched
from tests.backend.observability.promql import NAME, Expression, Scrapes

FILES = sorted((ROOT / "ops/alerts").glob("*.yaml"))
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for path in FILES
    for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
WORD = "'\\x" + "5a" * 32 + "'"


@pytest.fixture
def watched(database: Database, tmp_path: Path) -> Watched:
    found = Watched(database, backups=tmp_path)
    backed_up(NOW, checked_at=NOW)(found)
    return found


def backed_up(made_at: int, *, checked_at: int | None = None) -> Callable[[Watched], None]:
    """The only back-up there is was made then."""

    def only(watched: Watched) -> None:
        folder = watched.backups / "one" if watched.backups else None
        assert folder is not None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        sealed_file = SealedFile(1, "00" * 32)
        files = {DATABASE: sealed_file, DOCUMENTS: sealed_file}
        Manifest(made_at, "0001", "postgres", "age1", {}, files, None, ()).write(folder, None)
        if checked_at is not None:
            note_checked(folder, Checked(checked_at, rows=0, logs=0, records=0))

    return only


def intent(key: str, status: str, *, age: int = 0, kind: str = "plain") -> str:
    return (
        "INSERT INTO intents (key, kind, contract, calldata, calldata_hash, status, sender_key, created_at) VALUES"
        f" ('{key}', '{kind}', '\\x00', '\\x00', {WORD}, '{status}', '{key}', to_timestamp({NOW - age}))"
    )


def signed(key: str, age: int) -> tuple[str, str]:
    lane = "INSERT INTO sender_intents (chain_id, key, sender, nonce, final) VALUES"
    attempt = "INSERT INTO sender_attempts (chain_id, key, attempt, raw, hash, gas, max_fee, priority_fee, created_at)"
    return (
        f"{lane} (1, '{key}', '\\x{'0a' * 20}', {age}, false)",
        f"{attempt} VALUES (1, '{key}', 1, '\\x00', {WORD}, 1, 1, 1, {NOW - age})",
    )


def entry(sequence: int, age: int, log: int = 1) -> str:
    columns = "tenant_id, sequence, entry_id, recorded_at, operation, outcome, subject, leaf"
    return (
        f"INSERT INTO audit_entries ({columns}) VALUES ('{UUID(int=log)}', {sequence},"
        f" gen_random_uuid(), {(NOW - age) * 1_000_000}, 'claims.read', 'done', 'claims/7', '{{}}')"
    )


def sealed(key: str, age: int) -> str:
    columns = "record_id, tenant_id, person_id, category, purpose, subject, scheme, key_id, wrapped_key, sealed_at"
    return (
        f"INSERT INTO vault_records ({columns}, long_term) VALUES (gen_random_uuid(), gen_random_uuid(),"
        f" gen_random_uuid(), 'notice', 'audit', '\\x00', 2, '{key}', '\\x00', {NOW - age}, false)"
    )


def noticed_case(stuck_since: str) -> str:
    columns = "case_id, tenant_id, product, policy_id, claimant, coverage, peril, occurred_at, claimed, state, channel"
    return (
        f"INSERT INTO cases ({columns}, version, created_at, stuck_since) VALUES (gen_random_uuid(),"
        f" gen_random_uuid(), '\\x{'0b' * 20}', 1, '\\x{'0c' * 20}', 0, 0, 1, 1, 'noticed', 'web', 1, 1, {stuck_since})"
    )


def case_due(age: int) -> str:
    return (
        "INSERT INTO underwriting_objections (objection_id, case_id, case_events, state, outcome, waits_for, due_at,"
        " events, raised_at, tenant_id, person_id) VALUES (1, 1, 1, 'raised', 'open', 'senior_underwriter',"
        f" {NOW - age}, 1, 1, gen_random_uuid(), gen_random_uuid())"
    )


def office(calendar: str) -> str:
    """Of an insurer whose clock is past what the Chinese calendar knows."""
    columns = "tenant_id, calendar, machine_accepts, sample_bps, quote_valid_seconds, how_to_object, version"
    values = f"gen_random_uuid(), '{calendar}', true, 0, 600, '{{}}', 1"
    return f"INSERT INTO underwriting_offices ({columns}) VALUES ({values})"


def workflows(status: str, count: int) -> tuple[str, ...]:
    return (
        "CREATE SCHEMA dbos",
        "CREATE TABLE dbos.workflow_status (workflow_uuid TEXT, queue_name TEXT, status TEXT, updated_at BIGINT)",
        "INSERT INTO dbos.workflow_status SELECT 'w' || n, 'chain-convoys', '" + status + f"', {NOW * 1000}"
        f" FROM generate_series(1, {count}) AS n",
    )


def requests(status: str, count: int) -> None:
    REQUESTS.labels(operation="policies.read", status=status).inc(count)


def fails_of(count: int) -> Callable[[Watched], None]:
    return lambda w: w.run(*(intent(f"f{n}", "failed") for n in range(count)))


def alarm(kind: AlarmKind) -> Callable[[Watched], None]:
    def raised(watched: Watched) -> None:
        with watched.database.transaction() as session:
            raise_alarm(session, kind, "block 7, log 3: premium is not what the chain says")

    return raised


def key_replaced(watched: Watched) -> None:
    watched.keys.current = "two"


def chain_away(watched: Watched) -> None:
    watched.chain.head = None


def worker_stuck(watched: Watched) -> None:
    watched.worker.failure = "RuntimeError: nobody foresaw this"


def database_away(watched: Watched) -> None:
    watched.database = Database("postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=1")


def slow(_watched: Watched) -> None:
    for _ in range(100):
        SECONDS.labels(operation="policies.read").observe(2.0)


def head_at(number: int) -> Callable[[Watched], None]:
    def grown(watched: Watched) -> None:
        watched.run(f"INSERT INTO blocks (number, hash, parent_hash, timestamp) VALUES (0, {WORD}, {WORD}, 1)")
        watched.chain.head = number

    return grown


@dataclass(frozen=True)
class Trial:
    """What does not make a rule fire yet, and what does."""

    almost: Callable[[Watched], None]
    enough: Callable[[Watched], None]


def nothing(_watched: Watched) -> None:
    """All is well."""


def alerts_of(kind: str, count: int, age: int = 0) -> str:
    return (
        "INSERT INTO security_alerts (alert_id, tenant_id, kind, raised_at) SELECT gen_random_uuid(),"
        f" gen_random_uuid(), '{kind}', {NOW - age} FROM generate_series(1, {count})"
    )


def opened_by(reader: int, first: int, last: int, *, age: int = 0, log: int = 9) -> str:
    """One of the staff opened a record of each of these people; a person with the reader's own number is the reader."""
    columns = "tenant_id, sequence, entry_id, recorded_at, operation, outcome, subject, principal_id, leaf"
    at = (NOW - age) * 1_000_000
    person = "'00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0')"
    leaf = (
        "json_build_object('content', json_build_object('principal', json_build_object('kind', 'person'), 'facts',"
        f" json_build_object('person', {person})))::text"
    )
    return (
        f"INSERT INTO audit_entries ({columns}) SELECT '{UUID(int=log)}', {reader * 10_000} + {age} * 1000 + n,"
        f" gen_random_uuid(), {at}, 'vault.open', 'done', 'records/7', '{UUID(int=reader)}', {leaf}"
        f" FROM generate_series({first}, {last}) AS n"
    )


def paid(amount: int, age: int) -> str:
    columns = "treasury, product, claim_id, payee, indemnity, interest, reserve_before, reserve_after, paid_at"
    return (
        f"INSERT INTO claim_payments ({columns}, block_number, log_index, transaction_hash) SELECT '\\x{'0a' * 20}',"
        f" '\\x{'0b' * 20}', {WORD}, '\\x{'0c' * 20}', {amount - 1}, 1, 1, 1, {NOW - age}, 1, {age}, '\\x00'"
    )


def tip() -> str:
    return f"INSERT INTO blocks (number, hash, parent_hash, timestamp) VALUES (1, {WORD}, {WORD}, {NOW})"


TRIALS: dict[str, Trial] = {
    "SignInsFail": Trial(
        lambda _: REQUESTS.labels(operation="sessions.open", status="401").inc(12),
        lambda _: REQUESTS.labels(operation="sessions.open_by_passkey", status="429").inc(1),
    ),
    "GuessersDelayed": Trial(
        lambda w: w.run(alerts_of("attempts_address", 5), alerts_of("attempts_account", 9, age=3_600),
                        alerts_of("recovery_code_used", 9)),
        lambda w: w.run(alerts_of("attempts_account", 1)),
    ),
    "PasskeyCopied": Trial(
        lambda w: w.run(alerts_of("attempts_pair", 1)), lambda w: w.run(alerts_of("passkey_copied", 1))
    ),
    "RefusalsRise": Trial(lambda _: requests("403", 3), lambda _: requests("403", 30)),
    "TrafficUnusual": Trial(lambda _: requests("200", 300), lambda _: requests("200", 300)),
    "RecordsReadByOne": Trial(
        lambda w: w.run(
            opened_by(500, 461, 500), opened_by(500, 461, 480, age=1), opened_by(500, 1, 50, age=3_600),
            opened_by(501, 1, 40),
        ),
        lambda w: w.run(opened_by(501, 41, 41)),
    ),
    "PayoutsUnusual": Trial(
        lambda w: w.run(tip(), paid(100, 7_300), paid(200, 3_599), paid(9_000, 29 * DAY), paid(600, 5 * DAY)),
        lambda w: w.run(paid(1_001, 3_598)),
    ),
    "ChainAway": Trial(nothing, chain_away),
    "IndexerBehind": Trial(head_at(50), lambda w: setattr(w.chain, "head", 51)),
    "EndpointsDisagree": Trial(alarm(AlarmKind.SENTINEL), alarm(AlarmKind.ENDPOINTS)),
    "SentinelFoundDifference": Trial(alarm(AlarmKind.REPLAY), alarm(AlarmKind.SENTINEL)),
    "ReplayDiffers": Trial(alarm(AlarmKind.SENTINEL), alarm(AlarmKind.REPLAY)),
    "IntentsStuck": Trial(
        lambda w: w.run(intent("a", "final", age=9_000), intent("b", "submitted", age=600)),
        lambda w: w.run(intent("c", "prepared", age=601)),
    ),
    "IntentsFailed": Trial(fails_of(5), lambda w: w.run(intent("g", "failed"))),
    "SenderLaneStuck": Trial(lambda w: w.run(*signed("a", 300)), lambda w: w.run(*signed("b", 301))),
    "DatabaseAway": Trial(nothing, database_away),
    "WorkerStuck": Trial(nothing, worker_stuck),
    "WorkerNowhere": Trial(nothing, lambda w: setattr(w.worker, "at_work", False)),
    "RequestsFail": Trial(
        lambda _: (requests("200", 1_000_000), requests("500", 2))[0], lambda _: requests("500", 30_000)
    ),
    "RequestsSlow": Trial(lambda _: SECONDS.labels(operation="events.stream").observe(50.0), slow),
    "RefusalsMany": Trial(lambda _: requests("403", 300), lambda _: requests("401", 1)),
    "WorkflowsPileUp": Trial(
        lambda w: w.run(*workflows("ENQUEUED", 500)),
        lambda w: w.run(
            "INSERT INTO workflow_requests (workflow_id, queue, workflow, arguments) VALUES ('w', 'q', 'w', '[]')"
        ),
    ),
    "WorkflowsFailed": Trial(
        lambda w: w.run(*workflows("SUCCESS", 5)), lambda w: w.run("UPDATE dbos.workflow_status SET status = 'ERROR'")
    ),
    "DeadlinesOverdue": Trial(lambda w: w.run(case_due(-1)), lambda w: w.run("UPDATE underwriting_objections SET"
                                                                              f" due_at = {NOW}")),
    "HolidaysRunOut": Trial(lambda w: w.run(office("weekdays")), lambda w: w.run(office("china"))),
    "CasesStuck": Trial(
        lambda w: w.run(noticed_case("NULL")), lambda w: w.run(f"UPDATE cases SET stuck_since = {NOW}")
    ),
    "AuditHeadOld": Trial(
        lambda w: w.run(
            entry(0, 9_000), entry(1, 600), intent("audit-head:00000000-0000-0000-0000-000000000001:1:0", "mined",
                                                   kind="audit-head"),
        ),
        lambda w: w.run(entry(0, 601, log=2)),
    ),
    "AuditInboxBehind": Trial(
        lambda w: w.run(
            "INSERT INTO audit_inbox (tenant_id, recorded_at, content) VALUES (gen_random_uuid(),"
            f" to_timestamp({NOW - 60}), '{{}}')"
        ),
        lambda w: w.run(
            "INSERT INTO audit_inbox (tenant_id, recorded_at, content) VALUES (gen_random_uuid(),"
            f" to_timestamp({NOW - 61}), '{{}}')"
        ),
    ),
    "BackupOld": Trial(backed_up(NOW - 2 * DAY), backed_up(NOW - 2 * DAY - 1)),
    "BackupUnchecked": Trial(
        backed_up(NOW, checked_at=NOW - 35 * DAY), backed_up(NOW, checked_at=NOW - 35 * DAY - 1)
    ),
    "VaultKeyOld": Trial(lambda w: w.run(sealed("one", 90 * DAY)), lambda w: w.run(sealed("one", 90 * DAY + 1))),
    "VaultRotationUnfinished": Trial(lambda w: w.run(sealed("one", 5)), key_replaced),
}  # fmt: skip


def test_rules__every_one__has_its_trial() -> None:
    assert set(TRIALS) == set(RULES)
    assert len(RULES) >= 20


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule__condition_holds__fires_and_not_before(watched: Watched, name: str) -> None:
    expression, trial = Expression(RULES[name]["expr"]), TRIALS[name]
    for status in ("401", "403", "500"):  # a counter nobody has counted on has no sample
        REQUESTS.labels(operation="policies.read", status=status)
    before = watched.scrape()
    trial.almost(watched)
    almost = watched.scrape()

    trial.enough(watched)
    enough = watched.scrape()

    assert not expression.fires(Scrapes(before, before)), f"{name} fires where all is well"
    assert not expression.fires(Scrapes(before, almost)), f"{name} fires too early"
    assert expression.fires(Scrapes(before, enough)), f"{name} does not fire"


def test_rules__metrics_and_labels_they_name__are_told_by_a_process(watched: Watched) -> None:
    watched.run(*signed("a", 1), *workflows("ENQUEUED", 1), tip(), paid(2, 1))
    for status in ("200", "403"):
        REQUESTS.labels(operation="policies.read", status=status).inc()
    SECONDS.labels(operation="policies.read").observe(0.1)
    told: dict[str, list[dict[str, str]]] = {}
    for labels in watched.scrape():
        told.setdefault(dict(labels)[NAME], []).append(dict(labels))

    for name, rule in RULES.items():
        for metric, matchers in Expression(rule["expr"]).metrics:
            assert metric in told, f"{name}: nobody tells {metric}"
            for label, sign, value in matchers:
                assert all(label in labels for labels in told[metric]), f"{name}: {metric} has no label {label}"
                if sign == "=":
                    assert value in {labels[label] for labels in told[metric]}, f"{name}: {metric} is never {value}"


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule__annotations__a_sentence_and_a_runbook_that_is_there(name: str) -> None:
    rule = RULES[name]
    page, _, anchor = rule["annotations"]["runbook"].partition("#")

    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"].endswith(".")
    assert (ROOT / Path(page)).is_file()
    assert re.search(rf"^#+ Alert: {name}$", OPERATIONS, re.MULTILINE), f"docs/operations.md has no runbook of {name}"
    assert anchor == f"alert-{name.lower()}"


def test_runbooks__of_rules_that_are_gone__none() -> None:
    assert set(re.findall(r"^#+ Alert: (\w+)$", OPERATIONS, re.MULTILINE)) == set(RULES)


def test_scrape__values_of_people__in_no_label(watched: Watched) -> None:
    alarm(AlarmKind.SENTINEL)(watched)
    names = {label for labels in watched.scrape() for label, _ in labels}

    assert names <= {
        NAME, "status", "operation", "sender", "kind", "role", "queue", "worker", "le", "channel", "outcome", "subject",
        "level", "window", "treasury", "implementation", "major", "minor", "patchlevel", "version", "generation",
    }  # fmt: skip
