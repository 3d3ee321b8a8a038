"""The table of requirements and the plan of audits: every id once, and nothing named that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import ROOT

TABLE = ROOT / "docs/requirements.md"
AUDITS = ROOT / "docs/security/audits.md"
IDS = (
    *("R3", "R7", "R8", "R9", "R11", "R16", "R17", "R18"), *(f"P{n}" for n in range(11, 17)),
    *(f"P{n}" for n in range(24, 31)), "P33",
)  # fmt: skip
ROWS = [line for line in TABLE.read_text("utf-8").splitlines() if re.match(r"\| [RP]\d", line)]
_PATH = re.compile(r"`((?:backend|domain|contracts|oracle|ops|docs|tests)/[\w./-]+)`")
_ROUTE = re.compile(r"(?:GET|POST|DELETE) (/v1/[^`?\s]+)")


def test_requirements__every_id__answered_once() -> None:
    assert [row.split("|")[1].strip() for row in ROWS] == list(IDS)


def test_requirements__partly__says_what_is_missing() -> None:
    for row in ROWS:
        answer = row.split("|")[3].strip()
        assert answer in ("met", "partly"), row
        assert answer == "met" or "**Not:**" in row or "**Operator's:**" in row, row


@pytest.mark.parametrize("page", [TABLE, AUDITS], ids=lambda page: page.name)
def test_pages__files_and_operations_they_name__are_there(page: Path) -> None:
    text = page.read_text("utf-8")
    linked = re.findall(r"\]\(([^)#]+)", text)
    served = (ROOT / "docs/openapi.json").read_text("utf-8")

    for named in _PATH.findall(text):
        assert (ROOT / named).exists(), named
    for named in linked:
        assert (page.parent / named).resolve().exists(), named
    for route in _ROUTE.findall(text):
        assert f'"{route}"' in served, route


def test_audits__rules_and_commands_they_name__are_there() -> None:
    text = AUDITS.read_text("utf-8")
    rules = (ROOT / "ops/alerts/quittance.yaml").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")

    for rule in ("RecordsReadByOne", "BackupOld", "BackupUnchecked"):
        assert rule in text
        assert f"alert: {rule}\n" in rules
    for target in re.findall(r"`make ([a-z]+)`", text):
        assert f"\n{target}:" in makefile, target
