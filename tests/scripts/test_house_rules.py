"""Rules no linter knows: each is shown to find what it is for, and to leave the rest alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts import house_rules as rules

KEY = "ab" * 32


def problems(rule: rules.Rule, path: str, text: str) -> list[str]:
    """What a rule says of one file."""
    return [finding.problem for finding in rule(path, text)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-----BEGIN " + "EC PRIVATE KEY-----", "looks like a private key block"),
        ("id = 'AKIA" + "ABCDEFGHIJKLMNOP'", "looks like an AWS access key"),
        ("sk_" + "live_0123456789abcdef", "looks like a live payment key"),
        ("token: ghp_" + "a" * 36, "looks like a GitHub token"),
        (f'PRIVATE_KEY = "0x{KEY}"', "looks like a private key"),
        (f"secret: '{KEY}'", "looks like a private key"),
        ("postgresql://quittance:" + "hunter2@db.example/x", "looks like a password in an address"),
        ('"cipher' + 'text": "' + KEY + '"', "looks like a keystore"),
    ],
)
def test_find_secrets__a_secret__found(text: str, problem: str) -> None:
    assert problems(rules.find_secrets, "backend/config.py", f"x = 1\n{text}\n") == [problem]


@pytest.mark.parametrize(
    "text",
    [
        f'PRIVATE_KEY = "0x{KEY}"  # not a secret: the first account every test chain has',
        f'terms_hash = "0x{KEY}"',
        "postgresql://user:${PASSWORD}@host/x",
        "https://example.org/a:b@c",
    ],
)
def test_find_secrets__public_or_explained__left_alone(text: str) -> None:
    assert problems(rules.find_secrets, "backend/config.py", text) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements/dev.txt", "--index-url https://mirror.example/simple"),
        ("requirements/dev.txt", "--find-links /opt/wheels"),
        ("requirements/brownie.txt", "x @ file:///opt/x.whl"),
        ("package-lock.json", '"resolved": "https://registry.example/x.tgz",'),
        ("frontend/package-lock.json", '"resolved": "https://registry.example/x.tgz",'),
    ],
)
def test_find_index_addresses__address_in_lock__found(path: str, text: str) -> None:
    assert problems(rules.find_index_addresses, path, text) == ["lock file holds an address"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements/dev.txt", "web3==8.0.0 \\\n    --hash=sha256:00"),
        ("package-lock.json", '"funding": ["https://opencollective.com/debug"]'),
        ("README.md", "https://example.org"),
    ],
)
def test_find_index_addresses__no_index_in_it__left_alone(path: str, text: str) -> None:
    assert problems(rules.find_index_addresses, path, text) == []


def test_find_open_ends__bare_and_with_issue__only_the_bare_one() -> None:
    text = "# TODO(#12): retry\n# TO" + "DO: later\n# FIX" + "ME\n"

    found = list(rules.find_open_ends("ledger/rpc.py", text))

    assert [finding.line for finding in found] == [2, 3]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import json\nfrom eth_hash.auto import keccak\nfrom domain.money import Bps\n", []),
        ("import web3\n", ["domain imports web3"]),
        ("def f():\n    from pydantic import BaseModel\n", ["domain imports pydantic"]),
        ("from ledger import rpc\n", ["domain imports ledger"]),
    ],
)
def test_find_foreign_imports__domain__standard_library_and_one_keccak(text: str, found: list[str]) -> None:
    assert problems(rules.find_foreign_imports, "domain/terms.py", text) == found
    assert problems(rules.find_foreign_imports, "ledger/terms.py", text) == []


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("backend/quotes/service.py", "from backend.quotes.repository import Quotes\n", []),
        ("backend/quotes/service.py", "from backend.products.service import find\n", []),
        (
            "backend/quotes/service.py",
            "from backend.products.repository import Product, find\n",
            ["uses backend.products.repository.find"],
        ),
        (
            "backend/quotes/service.py",
            "from backend.products import repository\n",
            ["uses backend.products.repository"],
        ),
        ("backend/main.py", "from backend.products.repository import Products\n", []),
    ],
)
def test_find_borrowed_repositories__other_subject__ask_its_service(path: str, text: str, found: list[str]) -> None:
    assert problems(rules.find_borrowed_repositories, path, text) == found


def test_find_large__above_the_limit__found() -> None:
    assert list(rules.find_large("a.bin", rules.LARGEST_FILE_BYTES)) == []
    assert len(list(rules.find_large("a.bin", rules.LARGEST_FILE_BYTES + 1))) == 1


def test_find_stale_figures__page_edited_by_hand__found(tmp_path: Path) -> None:
    from scripts.figures import store
    from scripts.figures.figure import Figure

    figure = Figure("gas", 1, "gas", 2, "<=", "quittance figures gas")
    store.save({"gas": store.as_json([figure], machine="test", full=False)}, tmp_path)
    assert list(rules.find_stale_figures(tmp_path)) == []

    page = tmp_path / store.PAGE
    page.write_text(page.read_text("utf-8").replace("1 gas", "0 gas"), "utf-8")

    assert [finding.path for finding in rules.find_stale_figures(tmp_path)] == [store.PAGE]


def test_findings__files_of_a_repository__every_rule_applied(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("ignored.py\n", "utf-8")
    (tmp_path / "ignored.py").write_text("# TO" + "DO\n", "utf-8")
    (tmp_path / "seen.py").write_text("# TO" + "DO\n", "utf-8")
    (tmp_path / "picture.png").write_bytes(b"TO" + b"DO")

    found = rules.findings(rules.tracked_files(tmp_path), tmp_path)

    assert [(finding.path, finding.line) for finding in found] == [("seen.py", 1)]
