"""What the operator does about keys in custody, by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.custody import cli, service
from backend.custody.kinds import KeyKind
from tests.backend.custody.room import Room, customer, strong
from tests.backend.vault_room import START, TENANT

RUNNER = CliRunner()
OF_TENANT = ["--tenant", str(TENANT)]


@pytest.fixture
def opened(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """The room as the commands find it."""
    monkeypatch.setattr(cli, "_open", lambda: (room.database, room.desk))
    return room


def test_list__more_keys_than_a_page__each_once_with_its_person(opened: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_PAGE", 2)
    people = [customer() for _ in range(5)]
    addresses = {opened.make(who): str(who.principal_id) for who in people}

    shown = RUNNER.invoke(cli.app, ["list", *OF_TENANT])

    told = [json.loads(line) for line in shown.stdout.splitlines()]
    assert shown.exit_code == 0
    assert {each["address"]: each["person"] for each in told}.items() >= addresses.items()
    assert len(told) == len({each["address"] for each in told})
    assert all(each["ended_at"] is None for each in told if each["address"] in addresses)


def test_list__another_insurer__nothing(opened: Room) -> None:
    opened.make()

    shown = RUNNER.invoke(cli.app, ["list", "--tenant", "00000000-0000-0000-0000-00000000ffff"])

    assert (shown.exit_code, shown.stdout) == (0, "")


def test_end__never_exported__refused_in_a_sentence(opened: Room) -> None:
    opened.make()

    ended = RUNNER.invoke(cli.app, ["end", *OF_TENANT, "--person", str(opened.ada_id)])

    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert len(ended.stderr.strip().splitlines()) == 1


def test_end__exported__signs_nothing_more_and_is_listed_as_ended(opened: Room) -> None:
    who = strong(customer(), START)
    address = opened.make(who)
    with opened.database.scoped(who) as session:
        service.export(session, opened.desk, who, "a password of some length", kind=KeyKind.HOLDER)

    ended = RUNNER.invoke(cli.app, ["end", *OF_TENANT, "--person", str(who.principal_id)])
    shown = RUNNER.invoke(cli.app, ["list", *OF_TENANT])

    assert (ended.exit_code, ended.stdout) == (0, f"Custody of {address} has ended.\n")
    (told,) = [each for each in map(json.loads, shown.stdout.splitlines()) if each["address"] == address]
    assert told["ended_at"] is not None


def test_list__no_vault_key__says_which_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUITTANCE_DEPLOYMENT", str(tmp_path / "none.json"))

    shown = RUNNER.invoke(cli.app, ["list", *OF_TENANT])

    assert shown.exit_code == 2
    assert "none.json" in shown.stderr
