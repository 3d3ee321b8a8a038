"""Claims in one file, on the command line, and beside another insurer's: proved without the chain they came from."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ledger.bundle import export_bundle, verify_bundle
from ledger.verify import verify
from scripts.anvil import free_port
from scripts.verify import verify_command
from tests.ledger.indemnity.claims_house import ClaimsHouse
from tests.ledger.indemnity.player import Player
from tests.scenarios.scenario import load_scenario

STORY = "part_approval_and_dispute"


@pytest.fixture(scope="module")
def disputed(claims_house: ClaimsHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The ledger of a story with a dispute, in one file; its chain stands meanwhile."""
    with claims_house.undone():
        Player(claims_house).play_all(load_scenario(STORY).steps)
        path = tmp_path_factory.mktemp("claims") / "ledger.json"
        export_bundle(claims_house.rpc, claims_house.deployment, {}, path)
        yield path


def test_verify_bundle__claims_and_a_dispute__hold_without_a_chain(disputed: Path) -> None:
    result = verify_bundle(disputed)

    assert result.discrepancies == ()
    assert (result.claims, result.disputes) == (1, 1)
    # The block that draws is in the file, so that the panel is proved too.
    assert not [note for note in result.unproven if "its panel" in note]


def test_verify_bundle__a_payment_altered_in_the_file__does_not_follow_from_its_hash(
    disputed: Path, tmp_path: Path
) -> None:
    bundle: dict[str, Any] = json.loads(disputed.read_text())
    logs = [log for found in bundle["receipts"].values() for receipt in found for log in receipt["logs"]]
    paid = next(log for log in reversed(logs) if len(log["topics"]) == 4 and log["data"] != "0x")
    paid["data"] = paid["data"][:-1] + ("0" if paid["data"][-1] != "0" else "1")
    path = tmp_path / "ledger.json"
    path.write_text(json.dumps(bundle))

    found = verify_bundle(path).discrepancies

    assert {d.subject.split(" ")[0] for d in found} > {"block"}


def test_verify_command__deployment_with_claims__prints_them(claims_house: ClaimsHouse, disputed: Path) -> None:
    path = disputed.parent / "deployment.json"
    claims_house.deployment.save(path)
    console = Console(file=io.StringIO(), width=100)

    code = verify_command(path, console=console)
    elsewhere = disputed.parent / "elsewhere.json"
    replace(claims_house.deployment, rpc_url=f"http://127.0.0.1:{free_port()}").save(elsewhere)
    offline = verify_command(elsewhere, disputed)

    assert (code, offline) == (0, 0)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    counted = {line.rsplit(None, 1)[0].strip(): line.rsplit(None, 1)[-1] for line in lines if line.strip()}
    assert (counted["claims verified"], counted["disputes before the panel"]) == ("1", "1")
    reserved = [counted[f"{name}, token units"] for name in ("reserved at notice", "re-estimated", "paid on claims")]
    notified, estimated, paid = (int(amount.replace(",", "")) for amount in reserved)
    assert notified + estimated - paid == int(counted["still reserved, token units"].replace(",", ""))
    assert notified > paid > 0
    assert lines[-1].endswith("0 discrepancies")


def test_verify__getters_say_something_else__is_found(
    claims_house: ClaimsHouse, disputed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a contract had changed without an event: every getter that is asked counts."""
    assert disputed.exists()
    rpc, ask = claims_house.rpc, claims_house.rpc.eth_calls

    def lie(calls: Any, block: Any = "latest") -> list[Any]:
        return [None for _ in ask(calls, block)]

    monkeypatch.setattr(rpc, "eth_calls", lie)

    result = verify(rpc, claims_house.deployment, {})

    assert {d.rule for d in result.discrepancies} == {"I7"}
    subjects = {d.subject for d in result.discrepancies}
    wanted = ("treasury capital", "policy 1 of ", "claim 0x", "limit of 0x", "institution 1", "dispute 1", "seats of",
              "cap of deposits", "product 0x", "adjusters of")  # fmt: skip
    for name in wanted:
        assert any(subject.startswith(name) for subject in subjects), name


def test_verify__clone_with_other_terms_in_its_code__is_found(
    claims_house: ClaimsHouse, disputed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert disputed.exists()
    rpc, ask = claims_house.rpc, claims_house.rpc.call

    def lie(method: str, *params: Any) -> Any:
        answer = ask(method, *params)
        return answer[:-1] + "1" if method == "eth_getCode" and params[0] == claims_house.product else answer

    monkeypatch.setattr(rpc, "call", lie)

    result = verify(rpc, claims_house.deployment, {})

    assert [(d.rule, d.subject) for d in result.discrepancies] == [("I15", f"product {claims_house.product}")]
