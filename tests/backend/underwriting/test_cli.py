"""`quittance underwriting`: figures, calendars, bounced mail; and the desk a process puts together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from backend.config import Settings
from backend.identity.opening import open_desk
from backend.notices.channels.smtp import SmtpChannel
from backend.notices.kinds import ChannelName
from backend.problems import Problem
from backend.products.service import Documents
from backend.underwriting import cli
from backend.underwriting.assembly import Parts, make_channels, make_desk, make_sender
from backend.underwriting.sources import HttpThirdParties
from backend.vault.keys import HeldKeys
from backend.vault.sealing import Vault
from domain.underwriting_steps import ReceiptConfirmed
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from tests.backend.notices.office import TENANT
from tests.backend.underwriting.office import UnderwritingOffice

RUNNER = CliRunner()


def run(monkeypatch: pytest.MonkeyPatch, office: UnderwritingOffice, *arguments: str, given: bytes = b"") -> Any:
    monkeypatch.setenv("QUITTANCE_DATABASE_URL", office.database.engine.url.render_as_string(hide_password=False))
    return RUNNER.invoke(cli.app, list(arguments), input=given)


def test_figures__a_quarter_with_a_case__as_json_and_exit_code_0(
    monkeypatch: pytest.MonkeyPatch, office: UnderwritingOffice
) -> None:
    case_id = office.apply()
    office.work()
    with office.database.every_tenant() as session:
        from backend.access.principal import Principal
        from backend.underwriting import casebook

        row, case = casebook.load(session, office.desk, case_id)
        worker = Principal.worker(TENANT)
        casebook.take(session, office.desk, worker, row, case, ReceiptConfirmed("x"), by=casebook.MACHINE)

    found = run(monkeypatch, office, "figures", "2026", "1", "--tenant", str(TENANT))

    assert found.exit_code == 0, found.output
    told = json.loads(found.output)
    assert (told["cases"], told["hold"], told["review_errors"]["of"]) == (1, True, 0)


def test_figures__no_such_quarter__refused(monkeypatch: pytest.MonkeyPatch, office: UnderwritingOffice) -> None:
    found = run(monkeypatch, office, "figures", "2026", "5", "--tenant", str(TENANT))

    assert isinstance(found.exception, Problem)
    assert "quarter 2026-5 is none" in str(found.exception)


def test_calendars__as_they_are__with_their_last_known_day() -> None:
    found = json.loads(RUNNER.invoke(cli.app, ["calendars"]).output)

    assert (found["china"]["known_until"], found["china"]["not_published"]) == ("2026-12-31", [2027])
    assert set(found) == {"china", "weekdays"}


def test_bounce__no_report__exit_code_1(monkeypatch: pytest.MonkeyPatch, office: UnderwritingOffice) -> None:
    found = run(monkeypatch, office, "bounce", given=b"From: a@example.org\r\n\r\nHello.\r\n")

    assert found.exit_code == 1
    assert "no report" in found.output


def parts_of(office: UnderwritingOffice, folder: Path, **settings: Any) -> Parts:
    key = folder / "identity.key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    found = Settings(deployment=folder / "deployment.json", identity_key_file=key, **settings)
    rpc = Rpc("http://127.0.0.1:9")
    identity = open_desk(found, office.database, rpc, 31_337, office.clock)
    assert identity is not None
    vault, deployment = Vault(HeldKeys.of(b"v" * 32)), Deployment(31_337, 0, "0x00", "http://127.0.0.1:9", {})
    return Parts(
        found, office.database, deployment, Documents(folder), rpc, office.nodes, vault, identity, None, office.clock
    )


def test_make_desk__no_carriers_and_no_sources__people_carry_and_nobody_is_asked(
    office: UnderwritingOffice, tmp_path: Path
) -> None:
    desk = make_desk(parts_of(office, tmp_path))

    assert desk.third_parties is None
    assert desk.notices.channels == frozenset()
    assert desk.chain_id == 31_337


def test_make_desk__carriers_and_sources_set__used(office: UnderwritingOffice, tmp_path: Path) -> None:
    parts = parts_of(
        office, tmp_path, smtp_host="mail.example.org", sms_url="https://sms.example.org",
        sources_url="https://sources.example.org",
    )  # fmt: skip

    desk = make_desk(parts)

    assert desk.notices.channels == frozenset({ChannelName.EMAIL, ChannelName.SMS})
    assert isinstance(desk.third_parties, HttpThirdParties)
    assert isinstance(make_channels(parts.settings, parts.clock)[0], SmtpChannel)
    assert make_sender(parts).step() == 0
