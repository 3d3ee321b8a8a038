"""The command line: bad input becomes a sentence and an exit code, never half a state."""

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from ledger.deployment import REQUIRED_CONTRACTS, Deployment
from oracle.cli import app
from oracle.node.signer import ReportSigner
from oracle.risk.flights.training import Trained
from oracle.sources import http_deadline

RUNNER = CliRunner()
CONTRACTS = {name: "0x" + f"{number:02x}" * 20 for number, name in enumerate(REQUIRED_CONTRACTS, 1)}
DEPLOYMENT = Deployment(1, 0, "0x" + "00" * 32, "http://127.0.0.1:9", CONTRACTS)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    names = {"--deployment": "deployment.json", "--keystore": "k.json", "--password-file": "k.password", "--model": "m"}
    return {option: str(tmp_path / name) for option, name in names.items()}


def run(files: dict[str, str], *extra: str) -> tuple[int, str]:
    options = [part for pair in files.items() for part in pair]
    result = RUNNER.invoke(app, ["run", *options, "--port", "0", *extra])
    return result.exit_code, result.stderr


def test_keys__made__address_printed_and_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "node.json"

    made = RUNNER.invoke(app, ["keys", "--out", str(out)])
    again = RUNNER.invoke(app, ["keys", "--out", str(out)])

    assert made.exit_code == 0
    assert made.stdout.strip() == ReportSigner.from_keystore(out, tmp_path / "node.password").address
    assert again.exit_code == 1
    assert "is not overwritten" in again.stderr


def test_run__files_missing_one_after_another__each_named(
    tmp_path: Path, files: dict[str, str], trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUITTANCE_HOME", str(tmp_path / "home"))
    code, told = run(files)
    assert (code, "password file" in told, "does not exist" in told) == (1, True, True)

    RUNNER.invoke(app, ["keys", "--out", files["--keystore"]])
    code, told = run(files)
    assert (code, "deployment file" in told) == (1, True)

    DEPLOYMENT.save(Path(files["--deployment"]))
    code, told = run(files)
    assert (code, "model file" in told, "quittance oracle train" in told) == (1, True, True)

    Path(files["--model"]).write_bytes(trained.scorecard.to_json())
    monkeypatch.delenv("QUITTANCE_FLIGHT_STATUS_API_KEY", raising=False)
    code, told = run(files, "--source", "aeroapi")
    assert (code, "QUITTANCE_FLIGHT_STATUS_API_KEY is not set" in told) == (1, True)


def test_run__fault_without_the_switch__refused(
    tmp_path: Path, files: dict[str, str], trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUITTANCE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("QUITTANCE_ALLOW_FAULTS", raising=False)
    RUNNER.invoke(app, ["keys", "--out", files["--keystore"]])
    DEPLOYMENT.save(Path(files["--deployment"]))
    Path(files["--model"]).write_bytes(trained.scorecard.to_json())

    code, told = run(files, "--fault", "lie")

    assert (code, "QUITTANCE_ALLOW_FAULTS=1" in told) == (1, True)


def test_status__nobody_there__exit_code_and_sentence() -> None:
    result = RUNNER.invoke(app, ["status", "http://127.0.0.1:9"])

    assert result.exit_code == 1
    assert "no answer" in result.stdout


@pytest.mark.parametrize("answer", ["[1]", "null", '"text"', "{}", "[" * 100_000, "\udcff"])
def test_status__one_answers_as_no_node_does__told_so_and_the_others_asked(
    answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"status": "ok", "signer": "[/0xabc]", "source": "[bold]", "block_number": 7}

    def handle(request: httpx.Request) -> httpx.Response:
        odd = request.url.host == "odd"
        return httpx.Response(200, content=answer.encode(errors="surrogateescape")) if odd else httpx.Response(
            200, json=told
        )  # fmt: skip

    monkeypatch.setattr(http_deadline, "DeadlineTransport", lambda: httpx.MockTransport(handle))

    result = RUNNER.invoke(app, ["status", "http://odd", "http://[fe80::1]/"], env={"COLUMNS": "200"})

    assert (result.exit_code, "mend the address" in result.stdout or "no answer" in result.stdout) == (1, True)
    assert all(each in result.stdout for each in ("http://[fe80::1]/", "[/0xabc]", "[bold]", "ok"))


def test_keys__keystore_and_password_in_one_file__refused_and_nothing_left(tmp_path: Path) -> None:
    for options in (["--out", str(tmp_path / "k.password")], ["--out", ""]):
        result = RUNNER.invoke(app, ["keys", *options])
        assert (result.exit_code, "--password-file" in result.stderr or "--out" in result.stderr) == (1, True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--signer-address", "--signer-key-file"])
def test_run__part_of_a_signing_service__refused_and_no_dry_run(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node without a key looks and signs nothing: nobody should find out by silence."""
    monkeypatch.setenv("QUITTANCE_HOME", str(tmp_path / "home"))
    DEPLOYMENT.save(tmp_path / "deployment.json")
    files = {"--deployment": str(tmp_path / "deployment.json"), "--network": str(tmp_path / "network.yaml")}

    code, told = run(files, option, "0x" + "ab" * 20)

    assert (code, "--signer-url" in told) == (1, True)


def test_train__place_that_cannot_be_written__refused(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", "utf-8")

    result = RUNNER.invoke(app, ["train", "--out", str(blocked / "models")])

    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_read_evidence__a_dossier__its_files_as_json() -> None:
    words = b"Receipt of 2026-01-01"
    head = {
        "cover_from": 0, "occurred_at": 1, "noticed_at": 2,
        "files": [{"name": "a.txt", "media_type": "text/plain", "size": len(words)}],
    }  # fmt: skip

    read = RUNNER.invoke(app, ["read-evidence"], input=json.dumps(head).encode() + b"\n" + words)

    assert read.exit_code == 0
    assert [each["name"] for each in json.loads(read.stdout)["files"]] == ["a.txt"]
    assert "Receipt" not in read.stdout


def test_read_evidence__no_dossier__exit_1_and_why() -> None:
    read = RUNNER.invoke(app, ["read-evidence"], input=b"no dossier\n")

    assert read.exit_code == 1
    assert json.loads(read.stdout)["refused"]
