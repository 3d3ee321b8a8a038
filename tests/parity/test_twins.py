"""The Python twin answers as Solidity does, on a real chain: not one unit, not one bit apart."""

import random
from collections.abc import Callable, Iterator

import pytest
from web3.contract import Contract

from scripts.figures.local_chain import local_chain
from scripts.figures.parity import CASES, COMPARISONS, Compared

SEED = 7


@pytest.fixture(scope="module")
def twin() -> Iterator[Contract]:
    """The contracts' libraries on a chain of their own."""
    with local_chain() as chain:
        yield chain.deploy("TwinHarness")


@pytest.mark.parametrize(("compare", "share"), COMPARISONS, ids=[compare.__name__ for compare, _ in COMPARISONS])
def test_twins__random_cases_and_edges__do_not_differ(
    twin: Contract, compare: Callable[[Contract, random.Random, int], Compared], share: int
) -> None:
    compared = compare(twin, random.Random(SEED), CASES // share)

    assert compared.cases >= 100
    assert (compared.differing, compared.units) == (0, 0), compared


def test_twins__a_twin_that_is_off_by_one__is_noticed(twin: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.figures.parity.premium_due", lambda *_: 1)

    compared = COMPARISONS[1][0](twin, random.Random(SEED), 50)

    assert compared.differing > 40
    assert compared.units > 0
