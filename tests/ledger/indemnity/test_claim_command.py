"""`quittance verify` of one claim: what it says, what it refuses in a sentence, and with which exit code."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from scripts import cli
from scripts.anvil import free_port
from tests.ledger.indemnity.claim_files import claims_of
from tests.ledger.indemnity.claims_house import ClaimsHouse
from tests.ledger.indemnity.player import Player
from tests.scenarios.scenario import load_scenario

TAKE_IT = "take the claim's number from its status"


@dataclass
class Desk:
    """A deployment file beside a chain with one claim, and a file to write it to."""

    deployment: Path
    claim: str
    file: Path
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def run(self, *arguments: str | Path) -> tuple[int, list[str]]:
        """Exit code and all that is said, as somebody who types the command gets them."""
        self.capture.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["quittance", "verify", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = self.capture.readouterr()
        return int(ended.value.code or 0), [*told.out.splitlines(), *told.err.splitlines()]

    def refused(self, code: int, *arguments: str | Path) -> str:
        """What a refusal says, whatever box it stands in."""
        ended, lines = self.run(*arguments)
        text = " ".join(" ".join(lines).replace("│", " ").split())
        assert ended == code, text
        assert "Traceback" not in text
        return text


@pytest.fixture(scope="module")
def written(claims_house: ClaimsHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("desk")
    with claims_house.undone():
        Player(claims_house).play_all(load_scenario("automatic_payment").steps)
        replace(claims_house.deployment, rpc_url=claims_house.rpc.url).save(folder / "deployment.json")
        yield folder / "deployment.json", f"0x{claims_of(claims_house)[0]:064x}"


@pytest.fixture
def desk(
    written: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setenv("TERMINAL_WIDTH", "400")
    return Desk(*written, tmp_path / "claim.json", capsys, monkeypatch)


def test_verify__claim_written_and_read_again__ends_with_the_result(desk: Desk) -> None:
    wrote, first = desk.run("--deployment", desk.deployment, "--claim", desk.claim, "--claim-file", desk.file)
    read, second = desk.run("--claim-file", desk.file)
    held, third = desk.run("--claim-file", desk.file, "--deployment", desk.deployment)

    assert (wrote, read, held) == (0, 0, 0)
    assert first[0] == second[0] == f"claim {desk.claim}"
    assert second[1:3] == ["state CLOSED, outcome PAID", "paid, token units, interest included: 320,000,000"]
    assert {lines[-1].split(":")[0] for lines in (first, second, third)} == {"claim verified"}
    assert first[-1].endswith(", 0 discrepancies")
    offline = [line for line in second if line.startswith("not proved: block ")]
    assert len(offline) == len([line for line in third if line.startswith("not proved: block ")]) > 0
    assert not [line for line in first if line.startswith("not proved: block ")]


def test_verify__file_altered__is_a_sentence_and_exit_code_1(desk: Desk) -> None:
    desk.run("--deployment", desk.deployment, "--claim", desk.claim, "--claim-file", desk.file)
    content = json.loads(desk.file.read_text())
    content["blocks"][-1]["header"]["gasUsed"] = "0x1"
    desk.file.write_text(json.dumps(content))

    code, lines = desk.run("--claim-file", desk.file)

    number = int(content["blocks"][-1]["header"]["number"], 16)
    assert code == 1
    assert [line for line in lines if line.startswith(f"I7: block {number}: its header hashes to 0x")]
    assert lines[-1].startswith("claim verified: ")
    assert not lines[-1].endswith(", 0 discrepancies")


def test_verify__claim_of_another_deployment__is_found(desk: Desk, claims_house: ClaimsHouse, tmp_path: Path) -> None:
    desk.run("--deployment", desk.deployment, "--claim", desk.claim, "--claim-file", desk.file)
    theirs = claims_house.contracts | {"Treasury": claims_house.product}
    replace(claims_house.deployment, contracts=theirs, chain_id=1).save(tmp_path / "other.json")

    code, lines = desk.run("--claim-file", desk.file, "--deployment", tmp_path / "other.json")

    assert code == 1
    assert "I14: claim file: its chain is 31337, the deployment file's is 1." in lines
    assert [line for line in lines if line.startswith("I14: claim file: its Treasury is 0x")]


@pytest.mark.parametrize("claim", ["-5", "0x-5", "12", "0x", "0x" + "f" * 65, "home", "0x1_0", " 0x1"])
def test_verify__claim_that_is_no_number__says_so_and_writes_nothing(desk: Desk, claim: str) -> None:
    text = desk.refused(2, "--deployment", desk.deployment, f"--claim={claim}", "--claim-file", desk.file)

    assert f"--claim: {claim!r} is not 0x and 1 to 64 hex digits: {TAKE_IT}" in text
    assert not desk.file.exists()


@pytest.mark.parametrize("claim", ["0x0", "0x1", "0x" + "f" * 64])
def test_verify__claim_nobody_has__says_so_and_writes_nothing(desk: Desk, claim: str) -> None:
    text = desk.refused(1, "--deployment", desk.deployment, "--claim", claim, "--claim-file", desk.file)

    assert text == f"quittance: claim 0x{int(claim, 16):064x} is not on this chain: check its number, or wait for it"
    assert not desk.file.exists()


def test_verify__options_that_do_not_go_together__say_which_to_leave_out(desk: Desk) -> None:
    alone = desk.refused(2, "--deployment", desk.deployment, "--claim", desk.claim)
    both = desk.refused(2, "--claim-file", desk.file, "--bundle", desk.file)

    assert "name the file the claim is written to with --claim-file" in alone
    assert "leave out --claim-file, or --bundle and --export" in both


def test_verify__no_chain__names_its_address(desk: Desk, claims_house: ClaimsHouse, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    replace(claims_house.deployment, rpc_url=url).save(tmp_path / "other.json")

    text = desk.refused(1, "--deployment", tmp_path / "other.json", "--claim", desk.claim, "--claim-file", desk.file)

    assert text.startswith(f"quittance: no answer from {url}")


def cut(text: str) -> Sequence[str | bytes]:
    return [text[: len(text) // 2], text[:-2], "", "null", "[]", text.encode()[:99] + b"\xff" + text.encode()[99:]]


def test_verify__file_that_is_none__says_which_and_what_to_do(desk: Desk, tmp_path: Path) -> None:
    missing = desk.refused(1, "--claim-file", tmp_path / "none.json")
    desk.run("--deployment", desk.deployment, "--claim", desk.claim, "--claim-file", desk.file)
    text = desk.file.read_text()

    named = f"claim file {tmp_path / 'none.json'} cannot be read (No such file or directory): name another"
    assert missing == f"quittance: {named}"
    for each in cut(text):
        desk.file.write_bytes(each if isinstance(each, bytes) else each.encode())
        said = desk.refused(1, "--claim-file", desk.file)
        assert said.startswith(f"quittance: claim file {desk.file} is not one (")
        assert said.endswith("): export it again")
