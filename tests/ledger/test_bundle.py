"""A bundle proves itself: what is altered, left out or added in it is found, whatever it is."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.hashing import keccak256
from ledger.bundle import BundleInvalid, export_bundle, load_bundle, verify_bundle
from ledger.rpc import RpcError
from ledger.typed_data import sign_digest
from scripts.rehearsal import account
from tests.ledger.busy_house import BusyHouse
from tests.ledger.story import Story

Json = dict[str, Any]


@pytest.fixture(scope="module")
def of_busy(busy: BusyHouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("busy") / "bundle.json"
    export_bundle(busy.house.rpc, busy.deployment, {}, path)
    return path


def test_verify_bundle__true_ledger__holds_without_a_chain(exported: Path, story: Story) -> None:
    result = verify_bundle(exported)

    head = story.rehearsal.rpc.block("latest")
    assert result.discrepancies == ()
    assert result.events == len(story.events)
    assert result.policies == 12
    assert result.chain_checks == int(head["number"], 16) + 1
    assert result.unproven == (
        f"block {int(head['number'], 16)} {head['hash']}: whether chain 31337 has it, which any node of it can tell",
        "contracts: their code and what their getters say, which needs a node",
    )


def test_load_bundle__events__are_those_of_the_chain(exported: Path, story: Story) -> None:
    events, addresses = load_bundle(exported).events()

    assert events == story.events
    assert story.rehearsal.product in addresses


def test_verify_bundle__acceptance_by_sending__is_proved_by_the_transaction(busy: BusyHouse, of_busy: Path) -> None:
    result = verify_bundle(of_busy)

    notes = [note for note in result.unproven if note.startswith("policy")]
    assert result.discrepancies == ()
    assert result.events == len(busy.events)
    assert [note.split(": ")[1].split(" 0x")[0] for note in notes] == ["signature of", "accepted by"]
    assert all(busy.wallet in note for note in notes)


def test_export_bundle__deployment_names_no_product__finds_it(story: Story, tmp_path: Path) -> None:
    bare = replace(story.rehearsal.deployment, products=())

    export_bundle(story.rehearsal.rpc, bare, {}, tmp_path / "bundle.json")

    assert verify_bundle(tmp_path / "bundle.json").policies == 12


def _blocks_with(bundle: Json, topic: str) -> list[tuple[str, int, int]]:
    """Where logs of an event are: block, receipt, log."""
    return [
        (number, r, n)
        for number, receipts in bundle["receipts"].items()
        for r, receipt in enumerate(receipts)
        for n, log in enumerate(receipt["logs"])
        if log["topics"][0] == "0x" + keccak256(topic.encode()).hex()
    ]


SETTLED = "PolicySettled(uint256,address,uint256)"


def _alter_payment(bundle: Json) -> None:
    number, r, n = _blocks_with(bundle, SETTLED)[0]
    bundle["receipts"][number][r]["logs"][n]["data"] = "0x" + "0" * 63 + "1"


def _drop_log(bundle: Json) -> None:
    number, r, n = _blocks_with(bundle, SETTLED)[0]
    del bundle["receipts"][number][r]["logs"][n]


def _drop_receipts(bundle: Json) -> None:
    number, _, _ = _blocks_with(bundle, SETTLED)[-1]
    del bundle["receipts"][number]


def _drop_block(bundle: Json) -> None:
    header = bundle["headers"].pop(5)
    bundle["receipts"].pop(str(int(header["number"], 16)), None)


def _move_time(bundle: Json) -> None:
    header = bundle["headers"][12]
    header["timestamp"] = hex(int(header["timestamp"], 16) - 1)


def _start_elsewhere(bundle: Json) -> None:
    bundle["deployment"]["block_hash"] = "0x" + "12" * 32


def _no_blocks(bundle: Json) -> None:
    bundle["headers"], bundle["receipts"] = [], {}


def _receipts_of_nowhere(bundle: Json) -> None:
    bundle["receipts"]["99999"] = next(iter(bundle["receipts"].values()))


def _other_word(bundle: Json) -> None:
    (document,) = bundle["documents"].values()
    document["clauses"][0]["text"]["en"] += "!"


def _sale_of_other_time(bundle: Json) -> None:
    bundle["headers"][-1]["extraData"] = "0x01"
    bundle["headers"][-2]["extraData"] = "0x01"


ALTERATIONS: list[tuple[str, Callable[[Json], None], str]] = [
    ("payment altered", _alter_payment, "has other receipts"),
    ("log left out", _drop_log, "has other receipts"),
    ("receipts left out", _drop_receipts, "its receipts are missing"),
    ("block left out", _drop_block, "does not follow from"),
    ("time moved", _move_time, "does not follow from"),
    ("another beginning", _start_elsewhere, "does not follow from"),
    ("no blocks at all", _no_blocks, "is missing, and all after it"),
    ("receipts of no block", _receipts_of_nowhere, "has contents and no header"),
    ("word altered", _other_word, ""),
    ("last blocks altered", _sale_of_other_time, "does not follow from"),
]


@pytest.mark.parametrize(("alter", "detail"), [a[1:] for a in ALTERATIONS], ids=[a[0] for a in ALTERATIONS])
def test_verify_bundle__altered__is_found(
    exported: Path, tmp_path: Path, alter: Callable[[Json], None], detail: str
) -> None:
    bundle = json.loads(exported.read_text())
    alter(bundle)
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))

    result = verify_bundle(path)

    assert any(detail in found.detail for found in result.discrepancies), result.discrepancies


def test_verify_bundle__last_block_cut_off__names_the_block_that_is_left(exported: Path, tmp_path: Path) -> None:
    """An older state of the ledger is a true one: that it is not the newest shows in the block it names."""
    bundle = json.loads(exported.read_text())
    last = bundle["headers"].pop()
    bundle["receipts"].pop(str(int(last["number"], 16)), None)
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))

    result = verify_bundle(path)

    assert result.discrepancies == ()
    assert f"block {int(last['number'], 16) - 1} 0x" in result.unproven[0]


def test_verify_bundle__another_transaction_in_its_block__is_found(of_busy: Path, tmp_path: Path) -> None:
    bundle = json.loads(of_busy.read_text())
    number = next(iter(bundle["transactions"]))
    bundle["transactions"][number][0] = "0x02" + sign_digest(bytes(account("x").key), bytes(32)).hex()
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))

    found = [d.detail for d in verify_bundle(path).discrepancies]

    assert "it has other transactions" in found
    assert "it has receipts of other transactions" in found


def test_verify_bundle__transaction_names_altered__is_found(of_busy: Path, tmp_path: Path) -> None:
    bundle = json.loads(of_busy.read_text())
    number = next(iter(bundle["transactions"]))
    bundle["receipts"][number][0]["transactionHash"] = "0x" + "77" * 32
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))

    assert "it has receipts of other transactions" in [d.detail for d in verify_bundle(path).discrepancies]


def test_export_bundle__chain_moves_meanwhile__writes_nothing(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rpc = story.rehearsal.rpc
    batch = rpc.batch

    def moving(requests: list[tuple[str, Any]]) -> list[Any]:
        results = copy.deepcopy(batch(requests))
        for result in results:
            if isinstance(result, dict) and result.get("number") == "0x9":
                result["stateRoot"] = "0x" + "34" * 32
        return results

    monkeypatch.setattr(rpc, "batch", moving)

    with pytest.raises(BundleInvalid, match=r"block 10: it does not follow from .* export again"):
        export_bundle(rpc, story.rehearsal.deployment, {}, tmp_path / "bundle.json")

    assert list(tmp_path.iterdir()) == []


def test_export_bundle__node_keeps_no_receipts__raises_its_error(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rpc = story.rehearsal.rpc
    batch = rpc.batch

    def forgetful(requests: list[tuple[str, Any]]) -> list[Any]:
        return [None] * len(requests) if requests[0][0] == "eth_getBlockReceipts" else batch(requests)

    monkeypatch.setattr(rpc, "batch", forgetful)

    with pytest.raises(RpcError, match="no answer to eth_getBlockReceipts"):
        export_bundle(rpc, story.rehearsal.deployment, {}, tmp_path / "bundle.json")
