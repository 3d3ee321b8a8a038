"""What the operator does about evidence no machine could read."""

from __future__ import annotations

import json
import sys
from uuid import UUID

import pytest
from typer.testing import CliRunner

from backend.evidence import cli
from backend.evidence.clerk import LEASE_SECONDS, Clerk
from backend.evidence.reading import DossierReader
from tests.backend.evidence.conftest import House
from tests.backend.vault_room import TENANT

RUNNER = CliRunner()
OF_TENANT = ["--tenant", str(TENANT)]
UNKNOWN = UUID(int=0xFFFF)


@pytest.fixture
def unread_house(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house with one dossier more that was read in vain as often as it is tried."""
    monkeypatch.setattr(cli, "_open", lambda: house.database)
    monkeypatch.setattr(cli, "wall_clock", lambda: house.clock.now)
    case_id = house.cases.add()
    house.upload(case_id)
    house.seal(case_id)
    vain = Clerk(house.database, house.desk, DossierReader([sys.executable, "-c", "raise SystemExit(3)"]))
    while not vain.step():
        house.clock.now += LEASE_SECONDS
    return house


def listed() -> list[str]:
    shown = RUNNER.invoke(cli.app, ["unread", *OF_TENANT])
    assert shown.exit_code == 0
    return [json.loads(line)["dossier"] for line in shown.stdout.splitlines()]


def test_read_again__one_of_them__waits_and_is_read(unread_house: House) -> None:
    chosen, *others = listed()

    again = RUNNER.invoke(cli.app, ["read-again", *OF_TENANT, "--dossier", chosen])

    assert (again.exit_code, again.stdout) == (0, "1 to be read again.\n")
    assert listed() == others
    answer = json.dumps({"files": [], "clues": []})
    reads = f"import sys; sys.stdin.buffer.read(); print({answer!r})"
    clerk = Clerk(unread_house.database, unread_house.desk, DossierReader([sys.executable, "-c", reads]))
    assert clerk.step() is False
    assert clerk.step() is True
    assert listed() == others
    (row,) = unread_house.rows("SELECT reading_state FROM evidence_dossiers WHERE dossier_id = :d", d=UUID(chosen))
    assert row.reading_state == "read"


def test_read_again__without_naming_one__all(unread_house: House) -> None:  # noqa: ARG001  # has one
    count = len(listed())

    again = RUNNER.invoke(cli.app, ["read-again", *OF_TENANT])

    assert count >= 1
    assert again.stdout == f"{count} to be read again.\n"
    assert listed() == []


@pytest.mark.parametrize("tenant", [str(TENANT), str(UNKNOWN)])
def test_read_again__not_unread_here__refused_and_nothing_changed(unread_house: House, tenant: str) -> None:  # noqa: ARG001
    before = listed()
    named = str(UNKNOWN) if tenant == str(TENANT) else before[0]

    again = RUNNER.invoke(cli.app, ["read-again", "--tenant", tenant, "--dossier", named])

    assert again.exit_code == 2
    assert "evidence unread" in again.stderr
    assert listed() == before
