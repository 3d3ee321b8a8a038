"""The Python twin answers as Solidity does, on a real chain: not one unit, not one bit apart."""

import importlib
import random
from collections.abc import Iterator

import pytest
from web3.contract import Contract

from scripts.figures.compared import Comparison
from scripts.figures.local_chain import local_chain
from scripts.figures.parity import CASES, COMPARISONS

SEED = 7


@pytest.fixture(scope="module")
def twin() -> Iterator[Contract]:
    """The contracts' libraries on a chain of their own."""
    with local_chain() as chain:
        yield chain.deploy("TwinHarness")


@pytest.mark.parametrize(("compare", "share"), COMPARISONS, ids=[compare.__name__ for compare, _ in COMPARISONS])
def test_twins__random_cases_and_edges__do_not_differ(twin: Contract, compare: Comparison, share: int) -> None:
    compared = compare(twin, random.Random(SEED), CASES // share)

    assert compared.cases == CASES // share >= 100
    assert (compared.differing, compared.units or 0) == (0, 0), compared


OFF_BY_ONE = {
    "parity.indemnity": 0,
    "parity.premium_due": 1,
    "parity_indemnity.limit": 7,
    "parity_indemnity.premium_due": 8,
    "parity_indemnity.unearned": 9,
    "parity_indemnity.return_premium": 10,
    "parity_indemnity.interest_lock": 11,
    "parity_indemnity.late_seconds": 12,
    "parity_indemnity.tier_of": 13,
}
"""A function of each numeric comparison, and the comparison's place."""


@pytest.mark.parametrize(("function", "place"), OFF_BY_ONE.items(), ids=OFF_BY_ONE)
def test_twins__a_twin_that_is_off_by_one__is_noticed(
    twin: Contract, monkeypatch: pytest.MonkeyPatch, function: str, place: int
) -> None:
    module, name = function.split(".")
    right = getattr(importlib.import_module(f"scripts.figures.{module}"), name)
    monkeypatch.setattr(f"scripts.figures.{function}", lambda *arguments: right(*arguments) + 1)

    compared = COMPARISONS[place][0](twin, random.Random(SEED), 50)

    assert (compared.differing, compared.units) == (50, 1)
