"""One value of a trie is proved by its nodes alone; whatever is altered in the proof is found."""

import pytest

from domain.hashing import keccak256
from ledger.block_proof import ordered_root, rlp
from ledger.patricia import ProofInvalid, check_index, prove_index


def values_of(count: int, size: int) -> list[bytes]:
    return [(keccak256(bytes([n % 251, size % 251])) * 8)[:size] + n.to_bytes(2, "big") for n in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 16, 17, 127, 128, 129, 300])
@pytest.mark.parametrize("size", [1, 40, 200])
def test_check_index__proof_of_each_value__holds_and_of_no_other(count: int, size: int) -> None:
    values = values_of(count, size)
    root = ordered_root(values)

    for index in {0, 1, 15, 16, 127, 128, 255, 256, count - 1} & set(range(count)):
        proof = prove_index(values, index)
        check_index(root, index, values[index], proof)
        with pytest.raises(ProofInvalid):
            check_index(root, index, values[index] + b"\x00", proof)
        with pytest.raises(ProofInvalid):
            check_index(root, index + 1, values[index], proof)
        with pytest.raises(ProofInvalid):
            check_index(keccak256(root), index, values[index], proof)


def test_check_index__any_byte_or_node_of_the_proof_altered__is_found() -> None:
    values = values_of(130, 60)
    root, proof = ordered_root(values), prove_index(values, 129)

    for at, node in enumerate(proof):
        for byte in range(len(node)):
            broken = [*proof[:at], node[:byte] + bytes([node[byte] ^ 1]) + node[byte + 1 :], *proof[at + 1 :]]
            with pytest.raises(ProofInvalid):
                check_index(root, 129, values[129], broken)
        with pytest.raises(ProofInvalid):
            check_index(root, 129, values[129], [*proof[:at], *proof[at + 1 :]])
    with pytest.raises(ProofInvalid):
        check_index(root, 129, values[129], [*proof, proof[0]])


def test_check_index__node_with_more_items_than_any__is_refused_at_once() -> None:
    crowd = rlp([b"x"] * 1_000_000)

    with pytest.raises(ProofInvalid, match="it holds what is no node"):
        check_index(keccak256(crowd), 0, b"x", [crowd])


def test_prove_index__value_that_is_not_there__is_refused() -> None:
    with pytest.raises(IndexError, match="index 3 of 3"):
        prove_index(values_of(3, 40), 3)
