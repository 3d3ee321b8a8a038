"""One deployment for the whole run; every test starts from the same block and is undone afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from brownie import accounts, rpc, web3  # noqa: E402 - after the path is set
from chain_clock import request, return_to  # noqa: E402
from market import TERMS, TUSD, Market  # noqa: E402
from mined_first import MinedFirst  # noqa: E402
from parties import Person, person, signers  # noqa: E402
from typed_messages import values  # noqa: E402

from scripts.brownie.deploy import House, Parties, deploy_house, open_product  # noqa: E402

CAPITAL = 100_000 * TUSD
PURSE = 10_000 * TUSD


def undone_afterwards() -> Iterator[None]:
    """Undo what happens to the chain. Brownie's own isolation would undo the shared deployment too."""
    snapshot = request("evm_snapshot")
    yield
    return_to(snapshot)


@pytest.fixture(scope="module", autouse=True)
def module_undone(house: House, market: Market, holders: tuple[Person, ...]) -> Iterator[None]:
    """What a module's fixtures do ends with the module. The shared deployment comes first."""
    yield from undone_afterwards()


@pytest.fixture(autouse=True)
def test_undone(module_undone: None) -> Iterator[None]:
    """Every test starts from the same block."""
    yield from undone_afterwards()


@pytest.fixture(scope="session")
def people() -> dict[str, Person]:
    """Everybody with a part, by name."""
    names = ("administrator", "product manager", "underwriter", "treasurer", "guardian", "oracle governor")
    return {name: person(name) for name in (*names, "issuer", "relayer", "stranger")}


@pytest.fixture(scope="session")
def nodes() -> tuple[Person, ...]:
    """The four oracle nodes of the first signer set, ascending."""
    return signers(4)


@pytest.fixture(scope="session")
def house(people: dict[str, Person], nodes: tuple[Person, ...]) -> House:
    """The insurer's contracts with roles handed out, capital paid in and two purses filled."""
    assert rpc.is_child(), "another chain answers on the port this run chose: run it again"
    web3.middleware_onion.add(MinedFirst, "mined first")
    addresses = {name.replace(" ", "_"): someone.address for name, someone in people.items()}
    for name in ("relayer", "stranger"):
        addresses.pop(name)
    parties = Parties(
        deployer=accounts[0], signers=tuple(node.address for node in nodes), faults=1, **addresses
    )
    built = deploy_house(parties)
    issuer, treasurer = people["issuer"], people["treasurer"]
    built.token.mint(treasurer, 2 * CAPITAL, issuer.sends)
    built.token.approve(built.treasury, 2 * CAPITAL, treasurer.sends)
    built.treasury.deposit(CAPITAL, treasurer, treasurer.sends)
    return built


@pytest.fixture(scope="session")
def terms(house: House) -> dict[str, Any]:
    """Terms of the product under test, field by field."""
    return {"treasury": house.treasury.address, "quorum": house.quorum.address, **TERMS}


@pytest.fixture(scope="session")
def product(house: House, terms: dict[str, Any], people: dict[str, Person]) -> Any:
    """The product under test."""
    manager, administrator = people["product manager"].account, people["administrator"].account
    return open_product(house, values("ParametricTerms", terms), manager=manager, administrator=administrator)


@pytest.fixture(scope="session")
def holders(house: House, people: dict[str, Person]) -> tuple[Person, ...]:
    """Five people with money who let the treasury take premiums."""
    rich = tuple(person(f"holder {i}") for i in range(5))
    house.token.mintEach(rich_addresses := [holder.address for holder in rich], PURSE, people["issuer"].sends)
    assert len(rich_addresses) == len(rich)
    for holder in rich:
        house.token.approve(house.treasury, PURSE, holder.sends)
    return rich


@pytest.fixture(scope="session")
def market(house: House, product: Any, nodes: tuple[Person, ...], people: dict[str, Person]) -> Market:
    """Offers, reports and sales on the product under test."""
    return Market(product, house.treasury, nodes, people["relayer"])
