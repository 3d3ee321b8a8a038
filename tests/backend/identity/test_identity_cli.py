"""What the operator does on the host: from an empty database to the first administrator's session."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from backend.database import Database
from backend.dependencies import wall_clock
from backend.identity.cli import person_app, tenant_app
from backend.identity.passwords import service as passwords
from backend.identity.sign_in import service as sign_in
from backend.tenants import service as tenants
from ledger.deployment import Deployment
from tests.backend.identity.house import CLIENT, NO_CHAIN, PASSWORD, Clock, make_desk

NAMES = ("AccessManager", "OracleQuorum", "ParametricProduct", "ProductFactory", "TestStablecoin", "Treasury")
Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, tmp_path: Path) -> Run:
    key = tmp_path / "identity.key"
    key.write_text((b"i" * 32).hex())
    key.chmod(0o600)
    contracts = {name: f"0x{number:040x}" for number, name in enumerate(NAMES, start=17)}
    Deployment(
        chain_id=31337, block_number=0, block_hash="0x" + "00" * 32, contracts=contracts, rpc_url=NO_CHAIN.url
    ).save(tmp_path / "deployment.json")
    environment = {
        "QUITTANCE_DATABASE_URL": database.url, "QUITTANCE_DEPLOYMENT": str(tmp_path / "deployment.json"),
        "QUITTANCE_IDENTITY_KEY_FILE": str(key), "QUITTANCE_PASSWORD_COST": "owasp_minimum",
        "QUITTANCE_PUBLIC_ORIGIN": "https://insurer.example",
    }  # fmt: skip

    def invoke(*arguments: str, without: str = "") -> Result:
        app = tenant_app if arguments[0] == "tenant" else person_app
        chosen = {name: value for name, value in environment.items() if name != without}
        return CliRunner().invoke(app, list(arguments[1:]), env=chosen)

    return invoke


def test_person_add__first_administrator__link_sets_the_password_and_signs_in(run: Run, database: Database) -> None:
    added = run("tenant", "add", "acme", "Acme Mutual")
    person = run("person", "add", "acme", "ada@example.org", "Ada Example", "--role", "administrator")

    assert added.stdout.startswith("acme "), added.output
    link = person.stdout.splitlines()[0]
    assert link.startswith("https://insurer.example/sign-in/password#qt_"), person.output
    desk = make_desk(database, Clock(wall_clock()))
    with database.every_tenant() as session:
        tenant_id = tenants.find(session, "acme").tenant_id
    passwords.set_by_token(desk, tenant_id, link.partition("#")[2], PASSWORD)
    assert sign_in.by_password(desk, "acme", "ada@example.org", PASSWORD, client=CLIENT).visit.idle_seconds == 600


def test_tenant_list__two_added__both_by_short_name(run: Run) -> None:
    run("tenant", "add", "beta", "Beta")
    run("tenant", "add", "acme", "Acme", "--insurer", "0x" + "11" * 20)

    lines = run("tenant", "list").stdout.splitlines()

    assert [line.split()[0] for line in lines] == ["acme", "beta"]
    assert "0x" + "11" * 20 in lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tenant", "add", "A", "x"), "3 to 40"),
        (("tenant", "add", "acme", "again"), "is taken"),
        (("tenant", "add", "other", "x", "--insurer", "0x1"), "address"),
        (("person", "add", "nowhere", "a@example.org", "A"), "is not here"),
        (("person", "add", "acme", "no address", "A"), "not an address"),
        (("person", "grant", "acme", "nobody@example.org", "adjuster"), "Nobody signs in"),
        (("person", "recover", "acme", "nobody@example.org"), "Nobody signs in"),
        (("tenant", "provider", "acme", "https://login.example", "us", "--group", "x=treasurer"), "treasurer"),
        (("tenant", "provider", "acme", "https://login.example", "us", "--group", "x"), "group=role"),
        (("tenant", "api-key", "acme", "till", "--role", "treasurer", "--scope", "x.y"), "second factor"),
    ],
)
def test_commands__cannot_be_done__one_sentence_and_exit_code_2(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    run("tenant", "add", "acme", "Acme")

    result = run(*arguments)

    assert result.exit_code == 2, result.output
    assert words in result.output
    assert "Traceback" not in result.output


def test_person_add__no_key__says_which_variable(run: Run) -> None:
    result = run("person", "add", "acme", "a@example.org", "A", without="QUITTANCE_IDENTITY_KEY_FILE")

    assert result.exit_code == 2
    assert "QUITTANCE_IDENTITY_KEY_FILE" in result.output


def test_person__granted_recovered_disabled__each_is_told(run: Run) -> None:
    run("tenant", "add", "acme", "Acme")
    run("person", "add", "acme", "ada@example.org", "Ada")

    assert run("person", "grant", "acme", "ADA@example.org", "adjuster", "--days", "30").stdout == "Granted.\n"
    assert "Revoke that grant first" in run("person", "grant", "acme", "ada@example.org", "adjuster").output
    assert "#qt_" in run("person", "recover", "acme", "ada@example.org").output
    assert run("person", "disable", "acme", "ada@example.org").stdout == "Shut out.\n"
    assert run("person", "recover", "acme", "ada@example.org").exit_code == 2
    assert run("person", "enable", "acme", "Ada@example.org").stdout == "Let in again.\n"
    assert "was shut out" in run("person", "enable", "acme", "ada@example.org").output
    assert run("person", "grant", "acme", "ada@example.org", "adjuster").stdout == "Granted.\n"


def test_tenant_api_key_and_provider__made__told(run: Run, tmp_path: Path) -> None:
    run("tenant", "add", "acme", "Acme")
    secret = tmp_path / "secret"
    secret.write_text(json.dumps("x"))

    key = run("tenant", "api-key", "acme", "till", "--role", "institution", "--scope", "policies.*")
    provider = run(
        "tenant", "provider", "acme", "https://login.example", "us", "--group", "claims=adjuster", "--secret-file",
        str(secret),
    )  # fmt: skip

    assert key.stdout.startswith("qk_")
    assert "https://insurer.example/sign-in/oidc" in provider.output
