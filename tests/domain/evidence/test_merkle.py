"""The tree: what it binds, and what proves what."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.evidence.merkle import SCHEME, leaf_hash, merkle_proof, merkle_root, root_of_proof
from domain.evidence.refusals import EvidenceAltered
from domain.hashing import keccak256

LEAVES = [keccak256(bytes([number])) for number in range(40)]


def test_merkle_root__three_leaves__is_that_of_the_rule_by_hand() -> None:
    one, two, three = LEAVES[:3]
    pair = keccak256(b"\x01" + one + two)
    top = keccak256(b"\x01" + pair + three)

    assert merkle_root([one, two, three]) == keccak256(b"\x02" + SCHEME + (3).to_bytes(4, "big") + top)


def test_leaf_hash__by_hand__binds_salt_file_type_name_and_size() -> None:
    salt, content = bytes(range(32)), b"receipt"
    parts = (salt, keccak256(content), keccak256(b"text/plain"), keccak256("单.txt".encode()))

    leaf = leaf_hash(salt, keccak256(content), "text/plain", "单.txt", len(content))

    assert leaf == keccak256(b"\x00" + b"".join(parts) + (7).to_bytes(8, "big"))


@settings(deadline=None)
@given(count=st.integers(1, 40), data=st.data())
def test_merkle_proof__any_place__leads_to_the_root_and_nowhere_else(count: int, data: st.DataObject) -> None:
    leaves, index = LEAVES[:count], data.draw(st.integers(0, count - 1))
    proof = merkle_proof(leaves, index)

    assert root_of_proof(leaves[index], index, count, proof) == merkle_root(leaves)
    for other in set(range(count)) - {index}:
        try:
            assert root_of_proof(leaves[index], other, count, proof) != merkle_root(leaves)
        except EvidenceAltered:
            continue


def test_merkle_root__last_leaf_twice__is_another_than_once() -> None:
    assert merkle_root(LEAVES[:3]) != merkle_root([*LEAVES[:3], LEAVES[2]])


def test_merkle_root__inner_node_as_leaf__is_another_root() -> None:
    pair = keccak256(b"\x01" + LEAVES[0] + LEAVES[1])

    assert merkle_root([pair, LEAVES[2]]) != merkle_root(LEAVES[:3])


@pytest.mark.parametrize(("index", "count", "hashes"), [(3, 3, 2), (-1, 3, 2), (0, 0, 0), (0, 3, 1), (2, 3, 2)])
def test_root_of_proof__wrong_place_or_length__is_refused(index: int, count: int, hashes: int) -> None:
    with pytest.raises(EvidenceAltered):
        root_of_proof(LEAVES[0], index, count, LEAVES[:hashes])


def test_merkle_root__nothing__is_refused() -> None:
    with pytest.raises(EvidenceAltered, match="count is 0"):
        merkle_root([])
