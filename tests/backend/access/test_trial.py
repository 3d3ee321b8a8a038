"""Every operation of the API as every role, held against docs/access-api.md; and bugs planted to show it finds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.access.authoriser import POLICIES, Authoriser
from backend.access.permit import Access, operations
from backend.access.roles import Role
from backend.claims import repository, service
from backend.database import Database
from backend.main import describe, routed
from scripts.access_stock import ROWLESS, STOCK, UNLISTED
from scripts.access_table import ALL, NONE, OWN, PAGE, PUBLIC, Line, expected_page, lines, page, read_page
from scripts.access_trial import try_api
from tests.backend.conftest import database_from_template

EXPECTED = read_page(PAGE.read_text("utf-8"))


@pytest.fixture
def database(template: str) -> Iterator[Database]:
    with database_from_template(template) as found:
        yield found


def mutant(*, without: str = "", more: str = "") -> Authoriser:
    """The policies without one of them, or with one more."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(POLICIES.glob("*.cedar")))
    if without:
        start = text.index(f'@id("{without}")')
        text = text[:start] + text[text.index(";", start) + 1 :]
    schema = "\n".join(path.read_text("utf-8") for path in sorted(POLICIES.glob("*.cedarschema")))
    return Authoriser(text + more, schema)


def test_page__policies_and_routes_as_they_are__is_current() -> None:
    assert PAGE.read_text("utf-8") == expected_page(), "run python -m scripts.access_table"


def test_page__openapi__every_operation_is_in_it_and_none_other() -> None:
    described = {operation["operationId"] for methods in describe()["paths"].values() for operation in methods.values()}

    assert {line.operation for line in EXPECTED} == described


def test_read_page__what_page_wrote__the_same_lines() -> None:
    found = lines(Authoriser.load(), operations(routed()))

    assert read_page(page(found)) == found


def test_page__only_a_few_named_ones__are_public() -> None:
    public = {line.operation for line in EXPECTED if line.public}

    assert all(set(line.cells.values()) <= {ALL, OWN, NONE} for line in EXPECTED if not line.public)
    assert all(set(line.cells.values()) == {PUBLIC} for line in EXPECTED if line.public)
    assert not {o for o in public if o.partition(".")[2] in ("make", "write", "decide", "approve", "delete", "change")}


@pytest.mark.parametrize("role", [Role.POLICYHOLDER, Role.INSTITUTION, Role.ORACLE_NODE, Role.MAINTENANCE_ENGINEER])
def test_page__who_is_not_staff__never_has_all_of_what_is_personal(role: Role) -> None:
    personal = [line for line in EXPECTED if line.operation.startswith(("quotes.", "acceptances."))]

    assert all(line.cells[role.value] in (OWN, NONE) for line in personal)


def test_try_api__every_operation_as_every_role__answers_as_the_page_says(database: Database, tmp_path: Path) -> None:
    found = try_api(database, tmp_path, EXPECTED, Authoriser.load())

    assert (found.leaks, found.refusals, found.faults) == ([], [], [])
    assert found.operations == len(EXPECTED)
    assert found.requests >= len(EXPECTED) * (len(Role) + 2)


def test_stock__every_operation_with_an_identifier_in_its_path__has_a_row_or_a_reason() -> None:
    with_path = {line.operation for line in EXPECTED if "{" in line.path and not line.public}
    stocked = {operation for shelf in STOCK for operation in shelf.operations}

    assert with_path - stocked == set(ROWLESS)
    assert stocked <= with_path
    assert all(ROWLESS.values())


def test_stock__every_list__has_own_rows_to_show_or_a_reason() -> None:
    lists = {line.operation for line in EXPECTED if line.operation.endswith(".list") and not line.public}
    stocked = {operation for shelf in STOCK for operation in (*shelf.lists, *shelf.operations)}

    assert lists - stocked == set(UNLISTED)
    assert all(UNLISTED.values())


def closed(*subjects: str) -> list[Line]:
    """Lines of these subjects that are not public: what bugs in policies would open."""
    found = [line for line in EXPECTED if not line.public and line.operation.partition(".")[0] in subjects]
    assert {line.operation.partition(".")[0] for line in found} == set(subjects)
    return found


WITH_ROWS = {operation for shelf in STOCK for operation in (*shelf.operations, *shelf.lists)}
"""What the trial has rows of: where something could be seen that is somebody else's."""


def test_try_api__policy_that_lets_everybody_in__leaks_are_found(database: Database, tmp_path: Path) -> None:
    generous = mutant(more='permit (principal, action in Action::"reads", resource) when { principal has tenant };')

    found = try_api(database, tmp_path, closed("quotes", "acceptances"), generous)

    assert any(leak.startswith("quotes.read as treasurer on own row: 200") for leak in found.leaks)
    assert any(leak.startswith("acceptances.read as adjuster on own row: 200") for leak in found.leaks)
    assert page(lines(generous, operations(routed()))) != expected_page()


def test_try_api__policies_forget_the_tenant__the_database_still_keeps_foreign_rows(
    database: Database, tmp_path: Path
) -> None:
    forgetful = mutant(without="own_tenant")

    found = try_api(database, tmp_path, [line for line in EXPECTED if line.operation in WITH_ROWS], forgetful)

    assert found.leaks == []
    assert found.requests >= len(WITH_ROWS) * len(Role)


def test_try_api__case_asked_for_without_its_owner__a_colleagues_is_found(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither wall: the database shows everybody's rows, and the use case does not ask whose it is."""
    with database.transaction() as session:
        session.execute(text("ALTER TABLE cases NO FORCE ROW LEVEL SECURITY"))
        session.execute(text("ALTER TABLE cases DISABLE ROW LEVEL SECURITY"))
    monkeypatch.setattr(Access, "require", lambda *_: None)
    monkeypatch.setattr(Access, "only_of", None)
    monkeypatch.setattr(service, "get", lambda session, _principal, case_id: repository.case(session, case_id))
    asked = [line for line in EXPECTED if line.operation in ("claims.list", "claims.read")]

    found = try_api(database, tmp_path, asked, Authoriser.load())

    assert "claims.read as policyholder on a colleague's row: 200" in found.leaks
    assert "claims.read as adjuster on a foreign row: 200" in found.leaks
    assert "claims.list as policyholder on no row: a colleague's row is in the answer" in found.leaks
    assert "claims.list as auditor on no row: another foreign row is in the answer" in found.leaks


def test_try_api__policies_forget_the_scopes__found(database: Database, tmp_path: Path) -> None:
    found = try_api(database, tmp_path, closed("quotes", "webhooks"), mutant(without="key_scope"))

    assert any("a key without the scope" in leak for leak in found.leaks)


def test_try_api__page_says_less_than_is_answered__found(database: Database, tmp_path: Path) -> None:
    line = next(line for line in EXPECTED if line.operation == "quotes.read")
    stricter = replace(line, cells={**line.cells, "auditor": NONE})

    found = try_api(database, tmp_path, [stricter], Authoriser.load())

    assert found.leaks == ["quotes.read as auditor on own row: 200"]
    assert json.dumps(found.refusals) == "[]"
