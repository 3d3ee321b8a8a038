"""Hashes and roots of real blocks, computed from what a node says of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hashing import keccak256
from ledger.block_proof import (
    HEADER_FIELDS,
    bloom_of,
    header_hash,
    may_hold,
    ordered_root,
    quantity,
    receipt_bytes,
    rlp,
)
from ledger.journal import SqliteJournal
from ledger.rpc import Rpc, from_hex
from ledger.sender import Sender
from scripts.anvil import give_gas_money
from scripts.rehearsal import account
from tests.ledger.story import Story

EMPTY_ROOT = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


@pytest.mark.parametrize(
    ("item", "encoded"),
    [
        (b"dog", "83646f67"), ([b"cat", b"dog"], "c88363617483646f67"), (b"", "80"), ([], "c0"), (b"\x00", "00"),
        (b"\x0f", "0f"), (b"\x04\x00", "820400"), ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
        (b"Lorem ipsum dolor sit amet, consectetur adipisicing elit", "b8384c6f72656d20697073756d20646f6c6f7220736974"
         "20616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974"),
    ],
)  # fmt: skip
def test_rlp__examples_of_the_yellow_paper__are_the_same(item: bytes | list[bytes], encoded: str) -> None:
    assert rlp(item).hex() == encoded


@given(st.integers(0, 1 << 300))
def test_quantity__any_number__has_no_leading_zero(value: int) -> None:
    assert int.from_bytes(quantity(value), "big") == value
    assert quantity(value)[:1] != b"\0"


def test_ordered_root__nothing__is_the_empty_trie() -> None:
    assert ordered_root([]).hex() == EMPTY_ROOT


def test_header_hash__every_block_of_a_story__is_the_nodes(story: Story) -> None:
    rpc = story.rehearsal.rpc

    for number in range(rpc.block_number() + 1):
        header = rpc.block(number)
        assert "0x" + header_hash(header).hex() == header["hash"]


def test_header_hash__one_field_altered__is_another(story: Story) -> None:
    header = story.rehearsal.rpc.block("latest")

    altered = {**header, "timestamp": hex(int(header["timestamp"], 16) + 1)}

    assert header_hash(altered) != header_hash(header)


def test_header_hash__values_under_the_names_of_later_fields__is_refused(story: Story) -> None:
    header = {name: story.rehearsal.rpc.block("latest")[name] for name in list(HEADER_FIELDS)[:17]}
    shifted = {name: header[name] for name in list(HEADER_FIELDS)[:9]}
    shifted |= {"gasUsed": header["gasLimit"], "timestamp": header["gasUsed"], "extraData": header["timestamp"]}

    with pytest.raises(ValueError, match="lacks gasLimit, which stands before others"):
        header_hash(shifted)
    with pytest.raises(ValueError, match="lacks nonce"):
        header_hash({name: header[name] for name in list(HEADER_FIELDS)[:14]})


def test_header_hash__field_of_another_size__is_refused(story: Story) -> None:
    header = story.rehearsal.rpc.block("latest")

    with pytest.raises(ValueError, match="receiptsRoot has 31 bytes, not 32"):
        header_hash({**header, "receiptsRoot": header["receiptsRoot"][:-2]})


def test_receipt_bytes__false_receipt_at_the_end_of_a_true_ones_log__is_refused() -> None:
    common = {"status": "0x1", "cumulativeGasUsed": "0x5208"}
    paid = {"address": "0x" + "11" * 20, "topics": ["0x" + "22" * 32], "data": "0x07"}
    false = {**common, "type": "0x0", "logs": [paid]}
    hidden = receipt_bytes(false)
    true = {
        **common, "type": "0x2", "logs": [{"address": "0x" + "33" * 20, "topics": [], "data": "0x" + hidden.hex()}],
    }  # fmt: skip
    before = receipt_bytes(true).removesuffix(hidden)
    assert len(before) < len(receipt_bytes(true))

    # all that stands before it would be the type of the false one
    with pytest.raises(ValueError, match="the last there can be is 0x7f"):
        receipt_bytes({**false, "type": f"0x{before.hex()}"})


def test_receipt_bytes__every_block_of_a_story__gives_root_and_bloom(story: Story) -> None:
    rpc = story.rehearsal.rpc

    for number in range(rpc.block_number() + 1):
        header, receipts = rpc.block(number), rpc.call("eth_getBlockReceipts", hex(number))
        assert ordered_root([receipt_bytes(r) for r in receipts]) == from_hex(header["receiptsRoot"])
        logs = [log for receipt in receipts for log in receipt["logs"]]
        entries = [from_hex(entry) for log in logs for entry in (log["address"], *log["topics"])]
        assert bloom_of(entries) == from_hex(header["logsBloom"])


@pytest.mark.parametrize("count", [1, 2, 16, 17, 127, 128, 129, 300])
def test_ordered_root__many_transactions_in_a_block__are_the_nodes(count: int, still_rpc: Rpc) -> None:
    owner = account(f"many {count}")
    give_gas_money(still_rpc, owner.address)
    sender = Sender(still_rpc, owner, SqliteJournal(":memory:"), chain_id=31337)
    raws = {t.hash: t.raw for t in (sender.submit(str(n), owner.address, b"", gas=30_000) for n in range(count))}

    still_rpc.call("evm_mine")
    header = still_rpc.block("latest")
    receipts = still_rpc.call("eth_getBlockReceipts", header["number"])

    assert len(header["transactions"]) == count
    assert ordered_root([raws[from_hex(name)] for name in header["transactions"]]) == from_hex(
        header["transactionsRoot"]
    )
    assert ordered_root([receipt_bytes(r) for r in receipts]) == from_hex(header["receiptsRoot"])


@given(st.lists(st.binary(min_size=20, max_size=20), max_size=20), st.binary(min_size=20, max_size=20))
def test_may_hold__addresses_in_the_bloom__always_says_yes(inside: list[bytes], other: bytes) -> None:
    bloom = bloom_of(inside)

    assert all(may_hold(bloom, ["0x" + address.hex()]) for address in inside)
    assert not may_hold(bytes(256), ["0x" + other.hex()])
    assert not may_hold(bloom, [])


def test_ordered_root__order__matters() -> None:
    values = [keccak256(bytes([n])) for n in range(20)]

    assert ordered_root(values) != ordered_root(values[::-1])
