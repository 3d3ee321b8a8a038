"""A claim file is written in one way only, and nothing stands in it that nobody checks."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.claim_file import export_claim, verify_claim
from ledger.claim_form import ClaimFileInvalid, load_claim
from ledger.claim_search import logs_of_claim
from ledger.rpc import Rpc, RpcError
from tests.ledger.indemnity.claim_files import Json, claims_of
from tests.ledger.indemnity.claims_house import ClaimsHouse
from tests.ledger.indemnity.player import Player
from tests.scenarios.scenario import load_scenario

STRANGER = "0x00000000000000000000000000000000DeaDBeef"
MOST_BLOCKS = 7


class CountingNode(Rpc):
    """The same chain through a node that takes short ranges only."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[tuple[int, int]] = []

    def call(self, method: str, *params: Any) -> Any:
        if method == "eth_getLogs":
            first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
            self.asked.append((first, last))
            if last - first >= MOST_BLOCKS:
                raise RpcError(-32005, f"at most {MOST_BLOCKS} blocks")
        return super().call(method, *params)


@pytest.fixture(scope="module")
def paid(claims_house: ClaimsHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of a claim the machine paid; its chain stands meanwhile."""
    with claims_house.undone():
        Player(claims_house).play_all(load_scenario("automatic_payment").steps)
        path = tmp_path_factory.mktemp("claim") / "claim.json"
        export_claim(claims_house.rpc, claims_house.deployment, {}, claims_of(claims_house)[0], path)
        yield path


def with_header(name: str, change: Callable[[str], str]) -> Callable[[Json], None]:
    def alter(content: Json) -> None:
        header = content["blocks"][-1]["header"]
        header[name] = change(header[name])

    return alter


def lower_address(content: Json) -> None:
    content["contracts"] = {address.lower(): kind for address, kind in content["contracts"].items()}


def in_entry(**fields: Any) -> Callable[[Json], None]:
    return lambda content: content["blocks"][-1]["entries"][0].update(fields)


def in_receipt(**fields: Any) -> Callable[[Json], None]:
    return lambda content: content["blocks"][-1]["entries"][0]["receipt"].update(fields)


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda c: c.update(note="paid twice"), "fields missing or unknown: note"),
        (lambda c: c["blocks"][0].update(note=""), "a block has fields missing or unknown: note"),
        (in_entry(note=""), "a transaction has fields missing or unknown: note"),
        (in_receipt(note=""), "a receipt has fields missing or unknown: note"),
        (in_receipt(type="0x02"), "type is '0x02', not a number in 0x-hex"),
        (in_receipt(type="0xf902aa"), "a receipt's type is 0xf902aa"),
        (in_entry(index=0.0), "index is 0.0, not an int"),
        (in_entry(index=False), "index is False, not an int"),
        (lambda c: c.update(chain_id="31337"), "chain_id is '31337', not an int"),
        (lambda c: c.update(claim_id=c["claim_id"].upper()), "claim_id is '0X"),
        (lambda c: c.update(claim_id="0x-5"), "claim_id is '0x-5', not 0x-hex of 32 bytes"),
        (lower_address, "is not written as 0x"),
        (with_header("extraData", lambda text: f"{text} "), "a header's extraData is"),
        (with_header("stateRoot", str.upper), "a header's stateRoot is"),
        (with_header("number", lambda text: f"0x0{text[2:]}"), "a header's number is"),
        (lambda c: c["blocks"][-1]["header"].update(size="0x1"), "a header has size, which no block has"),
    ],
)
def test_load_claim__written_in_another_way__is_refused(
    paid: Path, alter: Callable[[Json], None], words: str, tmp_path: Path
) -> None:
    content, path = json.loads(paid.read_text()), tmp_path / "claim.json"
    alter(content)
    path.write_text(json.dumps(content))

    with pytest.raises(ClaimFileInvalid, match=words) as refused:
        verify_claim(path)

    assert str(refused.value).startswith(f"claim file {path} is not one (")
    assert str(refused.value).endswith("): export it again")


def test_load_claim__field_said_twice__is_refused(paid: Path, tmp_path: Path) -> None:
    path = tmp_path / "claim.json"
    path.write_text(paid.read_text().replace('"chain_id":', '"chain_id":1,"chain_id":', 1))

    with pytest.raises(ClaimFileInvalid, match="it says chain_id twice"):
        verify_claim(path)


def doubled_block(content: Json) -> None:
    content["blocks"].append(content["blocks"][-1])


def swapped_blocks(content: Json) -> None:
    content["blocks"][-2:] = content["blocks"][-1:-3:-1]


def doubled_entry(content: Json) -> None:
    content["blocks"][-1]["entries"] *= 2


def swapped_logs(content: Json) -> None:
    content["blocks"][-1]["entries"][0]["receipt"]["logs"].reverse()


def shifted_index(content: Json) -> None:
    content["blocks"][-1]["entries"][0]["index"] = 1


def receipt_of_another(content: Json) -> None:
    first, last = (content["blocks"][n]["entries"][0] for n in (-2, -1))
    last.update(receipt=first["receipt"], receipt_proof=first["receipt_proof"])


def same_name(content: Json) -> None:
    for block in content["blocks"][-2:]:
        block["entries"][0].update(transaction="", transaction_proof=[])
        block["entries"][0]["receipt"]["transactionHash"] = f"0x{7:064x}"


def skipped_field(content: Json) -> None:
    del content["blocks"][-1]["header"]["gasLimit"]


def of_another_product(content: Json) -> None:
    content["documents"][f"0x{5:064x}"] = {"clauses": []}


def one_more_contract(content: Json) -> None:
    content["contracts"][STRANGER] = "IncidentRegistry"


def two_treasuries(content: Json) -> None:
    content["contracts"] = {STRANGER: "Treasury", **content["contracts"]}


def own_product_named(content: Json) -> None:
    content["contracts"][STRANGER] = "IndemnityProduct"


def moved_contract(kind: str) -> Callable[[Json], None]:
    def alter(content: Json) -> None:
        content["contracts"] = {
            STRANGER if name == kind else address: name for address, name in content["contracts"].items()
        }

    return alter


@pytest.mark.parametrize(
    ("alter", "rule"),
    [
        (doubled_block, "I7"), (swapped_blocks, "I7"), (doubled_entry, "I7"), (swapped_logs, "I7"),
        (shifted_index, "I7"), (receipt_of_another, "I7"), (same_name, "I7"), (skipped_field, "I7"),
        (of_another_product, "S6"), (one_more_contract, "I14"), (two_treasuries, "I14"), (own_product_named, "I14"),
        (moved_contract("Treasury"), "I14"), (moved_contract("ClaimsDesk"), "I14"),
        (moved_contract("Disbursement"), "I14"),
    ],
)  # fmt: skip
def test_verify_claim__doubled_swapped_shifted_or_put_in__is_found(
    paid: Path, alter: Callable[[Json], None], rule: str, tmp_path: Path
) -> None:
    content, path = json.loads(paid.read_text()), tmp_path / "claim.json"
    assert verify_claim(paid).discrepancies == ()
    alter(content)
    path.write_text(json.dumps(content))

    assert rule in {wrong.rule for wrong in verify_claim(path).discrepancies}


def test_verify_claim__name_of_a_transaction_without_its_bytes__is_found_by_a_node(
    paid: Path, claims_house: ClaimsHouse, tmp_path: Path
) -> None:
    content, path = json.loads(paid.read_text()), tmp_path / "claim.json"
    content["blocks"][-1]["entries"][0].update(transaction="", transaction_proof=[])
    content["blocks"][-1]["entries"][0]["receipt"]["transactionHash"] = f"0x{7:064x}"
    path.write_text(json.dumps(content))

    assert verify_claim(path).discrepancies == ()
    (wrong,) = verify_claim(path, claims_house.rpc).discrepancies
    assert "the node calls it 0x" in wrong.detail


def test_verify_claim__block_the_node_does_not_have__is_found(
    paid: Path, claims_house: ClaimsHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Rpc(claims_house.rpc.url)
    monkeypatch.setattr(node, "call", lambda method, *_: None if method == "eth_getBlockByNumber" else "0x7a69")

    found = verify_claim(paid, node)

    assert len(found.discrepancies) == found.blocks
    assert all("the node has no block there" in wrong.detail for wrong in found.discrepancies)


def test_logs_of_claim__node_with_short_ranges__same_logs_none_from_before_the_deployment(
    paid: Path, claims_house: ClaimsHouse
) -> None:
    claim, head = load_claim(paid).claim_id, claims_house.rpc.block_number()
    node, deployment = CountingNode(claims_house.rpc.url), replace(claims_house.deployment, block_number=1)

    found = list(logs_of_claim(node, deployment, claim, head))

    assert found == list(logs_of_claim(claims_house.rpc, deployment, claim, head))
    assert min(first for first, _ in node.asked) == deployment.block_number
    whole = [first for first, last in node.asked if first == deployment.block_number and last - first < MOST_BLOCKS]
    assert len(whole) == 2, "the house's events and the sale; all else begins with the sale"
    again = copy.copy(node.asked)
    assert list(logs_of_claim(node, deployment, claim + (1 << 64), head)) == []
    assert len(node.asked) < 2 * len(again), "of a policy nobody bought the rest is not looked for"
