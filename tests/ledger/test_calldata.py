"""Calldata as Solidity reads it: the same as a library for Python where that reads it, and also where it refuses to."""

import pytest
from faster_eth_abi.abi import decode, encode
from faster_eth_abi.exceptions import DecodingError
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import bindings as b
from ledger.calldata import read_calldata
from ledger.codec import _STRUCTS, canonical, to_abi
from tests.ledger import strategies as some

DECIDE = ("(uint256,uint64,uint16,bytes32,bytes32[],bytes32,uint8,uint32,uint40)", "address", "bytes")
DECISION = (1, 2, 3, b"c" * 32, (b"p" * 32,), b"l" * 32, 0, 0, 9)
NOBODY = "0x" + "00" * 20
CALLS = [
    (contract, entry["name"], entry["inputs"])
    for contract in ("ClaimsDesk", "IndemnityProduct", "ParametricProduct", "ProductFactory", "InsurerRegistry")
    for entry in b.ABI[contract]
    if entry["type"] == "function" and entry["inputs"]
]


def moved(data: bytes, word: int, offset: int) -> bytes:
    """The data with another offset in one of its words."""
    return data[: word * 32] + offset.to_bytes(32, "big") + data[word * 32 + 32 :]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_read_calldata__of_any_call__is_what_a_library_reads(data: st.DataObject) -> None:
    _, _, inputs = data.draw(st.sampled_from(CALLS))
    kinds = [canonical(item) for item in inputs]
    values = [to_abi(data.draw(some.values(item, _STRUCTS)), item) for item in inputs]
    encoded = encode(kinds, values)

    assert read_calldata(kinds, encoded) == decode(kinds, encoded)


def test_read_calldata__fixed_arrays_and_text__are_read() -> None:
    kinds = ["uint16[2][3]", "(uint8,bytes32[2])[2]", "string[2]", "string"]
    values = (((1, 2), (3, 4), (5, 6)), ((7, (b"a" * 32, b"b" * 32)), (8, (b"c" * 32, b"d" * 32))), ("e", "f"), "g")

    assert read_calldata(kinds, encode(kinds, values) + b"more") == values


def test_read_calldata__offset_into_the_head__is_read_as_the_contracts_do() -> None:
    data = moved(encode(DECIDE, (DECISION, NOBODY, b"")), 2, 32)  # at the second's word, which is zero: no bytes
    with pytest.raises(DecodingError):
        decode(DECIDE, data, strict=False)

    assert read_calldata(DECIDE, data) == (DECISION, NOBODY, b"")


@pytest.mark.parametrize("offset", [1 << 20, 1 << 255])
def test_read_calldata__offset_beyond_the_data__is_an_error(offset: int) -> None:
    data = encode(DECIDE, (DECISION, NOBODY, b""))

    for word in (0, 2):
        with pytest.raises(DecodingError, match="beyond"):
            read_calldata(DECIDE, moved(data, word, offset))


def test_read_calldata__array_longer_than_the_data__is_an_error() -> None:
    with pytest.raises(DecodingError, match="An array of"):
        read_calldata(["uint256[]"], moved(encode(["uint256[]"], ([1, 2],)), 1, 1 << 40))
