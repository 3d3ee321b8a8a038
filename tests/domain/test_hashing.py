"""Keccak, words, addresses and canonical JSON, against published vectors and other implementations."""

import json

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AddressInvalid, AmountInvalid
from domain.hashing import address_word, bytes32, canonical_json, checksum_address, keccak256, utf8, word
from tests.domain.samples import addresses

EIP55_VECTORS = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_keccak256__empty_and_abc__match_the_published_hashes() -> None:
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "00" * 32), (1, "00" * 31 + "01"), (-1, "ff" * 32), (-5, "ff" * 31 + "fb"), ((1 << 256) - 1, "ff" * 32)],
)
def test_word__integers__are_padded_and_sign_extended(value: int, expected: str) -> None:
    assert word(value).hex() == expected


@pytest.mark.parametrize("value", [1 << 256, -(1 << 255) - 1])
def test_word__beyond_256_bits__is_refused(value: int) -> None:
    with pytest.raises(AmountInvalid, match="does not fit 256 bits"):
        word(value)


@pytest.mark.parametrize("address", EIP55_VECTORS)
def test_checksum_address__published_vectors__keep_their_case(address: str) -> None:
    assert checksum_address(address) == address
    assert checksum_address(address.lower()) == address
    assert checksum_address("0x" + address[2:].upper()) == address


@given(addresses)
def test_checksum_address__any_address__agrees_with_eth_utils(address: str) -> None:
    assert checksum_address(address) == to_checksum_address(address)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "has a wrong checksum"),
        ("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "is not 0x and 40 hex digits"),
        ("0x5aAe", "is not 0x and 40 hex digits"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\n", "is not 0x and 40 hex digits"),
        (None, "is not 0x and 40 hex digits"),
        (b"\x11" * 20, "is not 0x and 40 hex digits"),
    ],
)
def test_checksum_address__malformed__is_refused_in_a_sentence(address: object, problem: str) -> None:
    with pytest.raises(AddressInvalid) as refused:
        checksum_address(address)

    assert refused.value.problem == problem


def test_address_word__any_case__is_left_padded() -> None:
    assert address_word("0x" + "ab" * 20) == bytes(12) + b"\xab" * 20


def test_bytes32__other_length__is_refused() -> None:
    assert bytes32(b"\x01" * 32) == b"\x01" * 32

    with pytest.raises(AmountInvalid, match="has 31 bytes"):
        bytes32(bytes(31))


def test_canonical_json__keys_and_chinese__are_sorted_and_unescaped() -> None:
    assert canonical_json({"b": [1, True, None], "a": "航班"}) == '{"a":"航班","b":[1,true,null]}'.encode()


@given(json_values)
def test_canonical_json__read_and_written_again__is_the_same(value: object) -> None:
    text = canonical_json(value)

    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"a": [1, 1.5]}, "$.a[1]"),
        ({"a": {"b": float("nan")}}, "$.a.b"),
        ({1: "x"}, "$ key"),
        ([b"raw"], "$[0]"),
        ({1, 2}, "$"),
    ],
)
def test_canonical_json__no_one_form__is_refused_with_its_path(value: object, field: str) -> None:
    with pytest.raises(AmountInvalid) as refused:
        canonical_json(value)

    assert refused.value.field == field


def test_utf8__half_a_character__is_refused() -> None:
    assert utf8("延误") == "延误".encode()

    with pytest.raises(AmountInvalid, match="holds half a character"):
        utf8("\ud800")
