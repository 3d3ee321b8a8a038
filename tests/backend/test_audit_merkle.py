"""The tree against the vectors Certificate Transparency publishes for RFC 6962, and against its own definition."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from backend.audit import merkle
from backend.audit.merkle import Frontier, Node, ProofInvalid

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    0: (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    5: (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
CONSISTENCY = {
    (1, 8): INCLUSION[0],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
MOST = 40


def grown(leaves: Sequence[bytes]) -> tuple[Frontier, dict[Node, bytes]]:
    nodes: dict[Node, bytes] = {}
    frontier = Frontier(keep=nodes.__setitem__)
    for data in leaves:
        frontier.append(merkle.leaf_hash(data))
    return frontier, nodes


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


NUMBERED = [str(n).encode() for n in range(MOST)]


@pytest.mark.parametrize("size", range(1, 9))
def test_root__published_leaves__published_roots(size: int) -> None:
    frontier, nodes = grown(LEAVES[:size])

    assert frontier.root().hex() == merkle.root(size, nodes).hex() == ROOTS[size - 1]


@pytest.mark.parametrize("index", INCLUSION)
def test_inclusion_ranges__published_tree__published_proofs(index: int) -> None:
    _, nodes = grown(LEAVES)

    path = [merkle.range_hash(part, nodes) for part in merkle.inclusion_ranges(index, 8)]

    assert tuple(h.hex() for h in path) == INCLUSION[index]


@pytest.mark.parametrize("sizes", CONSISTENCY)
def test_consistency_ranges__published_tree__published_proofs(sizes: tuple[int, int]) -> None:
    _, nodes = grown(LEAVES)

    path = [merkle.range_hash(part, nodes) for part in merkle.consistency_ranges(*sizes)]

    assert tuple(h.hex() for h in path) == CONSISTENCY[sizes]


def test_root__any_size__as_the_rfc_defines_it() -> None:
    _, nodes = grown(NUMBERED)

    assert [merkle.root(n, nodes) for n in range(MOST + 1)] == [tree_hash(NUMBERED[:n]) for n in range(MOST + 1)]


def test_frontier__resumed_from_its_peaks__goes_on_as_if_never_stopped() -> None:
    _, nodes = grown(NUMBERED)

    for size in range(MOST):
        resumed = Frontier(size, [nodes[node] for node in merkle.covering(0, size)])
        resumed.append(merkle.leaf_hash(NUMBERED[size]))

        assert resumed.root() == merkle.root(size + 1, nodes)


def test_verify_inclusion__every_leaf_of_every_size__passes_and_nothing_beside_it_does() -> None:
    _, nodes = grown(NUMBERED)
    for size in range(1, MOST + 1):
        top = merkle.root(size, nodes)
        for index in range(size):
            path = [merkle.range_hash(part, nodes) for part in merkle.inclusion_ranges(index, size)]
            leaf = nodes[(0, index)]

            merkle.verify_inclusion(leaf, index, size, path, top)

            for other in range(size):
                if other != index:
                    with pytest.raises(ProofInvalid):
                        merkle.verify_inclusion(leaf, other, size, path, top)
            with pytest.raises(ProofInvalid):
                merkle.verify_inclusion(bytes(32), index, size, path, top)
            with pytest.raises(ProofInvalid):
                merkle.verify_inclusion(leaf, index, size, [*path, top], top)


def test_verify_consistency__every_pair_of_sizes__passes_and_a_changed_past_does_not() -> None:
    _, nodes = grown(NUMBERED)
    _, other = grown([b"other", *NUMBERED[1:]])
    for size in range(1, MOST + 1):
        top = merkle.root(size, nodes)
        for first in range(1, size + 1):
            path = [merkle.range_hash(part, nodes) for part in merkle.consistency_ranges(first, size)]

            merkle.verify_consistency(first, merkle.root(first, nodes), size, top, path)

            for wrong in (path[:-1], [*path, top], [bytes(32), *path[1:]]):
                if wrong != path:
                    with pytest.raises(ProofInvalid):
                        merkle.verify_consistency(first, merkle.root(first, nodes), size, top, wrong)
            with pytest.raises(ProofInvalid):
                merkle.verify_consistency(first, merkle.root(first, other), size, top, path)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_inclusion_ranges__no_such_leaf__refused(index: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"leaf {index} is not among the {size}"):
        merkle.inclusion_ranges(index, size)


@pytest.mark.parametrize(("first", "size"), [(0, 3), (4, 3)])
def test_consistency_ranges__not_a_beginning__refused(first: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"first size {first} is not from 1 to {size}"):
        merkle.consistency_ranges(first, size)
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(first, bytes(32), size, bytes(32), [])
