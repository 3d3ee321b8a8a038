"""One deployment for the whole run; every test starts from the same block and is undone afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from brownie import accounts, rpc  # noqa: E402 - after the path is set
from chain_clock import HOUR, now, return_to, snapshot, travel_to  # noqa: E402
from claim_steps import adjuster, claimant, denied, gained, noticed  # noqa: E402, F401 - fixtures
from disbursing import blocking, rail, waiting  # noqa: E402, F401 - fixtures
from flights import SECOND, SUMS, THIRD  # noqa: E402
from indemnity_house import balanced_afterwards, cautious, claims, home, insured  # noqa: E402, F401 - fixtures
from market import FLIGHT_AT, TERMS, TUSD, Market, Offer  # noqa: E402
from parties import Person, person, signers  # noqa: E402
from quick_anvil import make_quick  # noqa: E402
from typed_messages import values  # noqa: E402

from scripts.brownie.deploy import ROLES, House, Parties, deploy_house, open_product  # noqa: E402

CAPITAL = 100_000 * TUSD
PURSE = 10_000 * TUSD
FOUNDER = "founding administrator"
SEVERAL = {"adjuster": "adjusters", "committee member": "committee", "payment clerk": "payment_clerks"}


def undone_afterwards() -> Iterator[None]:
    """Undo what happens to the chain. Brownie's own isolation would undo the shared deployment too."""
    before = snapshot()
    yield
    return_to(before)


@pytest.fixture(scope="module", autouse=True)
def module_undone(house: House, market: Market, holders: tuple[Person, ...]) -> Iterator[None]:
    """What a module's fixtures do ends with the module. The shared deployment comes first."""
    yield from undone_afterwards()


@pytest.fixture(autouse=True)
def test_undone(module_undone: None) -> Iterator[None]:
    """Every test starts from the same block."""
    yield from undone_afterwards()


def parties_of(people: dict[str, Person], nodes: tuple[Person, ...]) -> Parties:
    """Everybody's part. The founding administrator acts with the least delay there is."""
    addresses = {name.replace(" ", "_"): someone.address for name, someone in people.items()}
    for name in ("relayer", "stranger"):
        addresses.pop(name)
    several = {SEVERAL[name]: (addresses.pop(name.replace(" ", "_")),) for name in SEVERAL}
    addresses["administrator"] = person(FOUNDER).address
    signing = tuple(node.address for node in nodes)
    return Parties(
        deployer=accounts[0], signers=signing, faults=1, admin_delay_seconds=HOUR, **addresses, **several
    )  # fmt: skip


def administrate_at_once(house: House, administrator: Person) -> None:
    """The founding administrator appoints one without a delay, after its own, so that tests need not wait."""
    grant = house.authority.grantRole.encode_input(ROLES["ADMINISTRATOR"], administrator, 0)
    house.authority.schedule(house.authority, grant, 0, person(FOUNDER).sends)
    travel_to(now() + HOUR)
    house.authority.execute(house.authority, grant, person(FOUNDER).sends)


@pytest.fixture(scope="session")
def people() -> dict[str, Person]:
    """Everybody with a part, by name."""
    platform = ("platform administrator", "platform registrar", "oracle governor", "log writer", "issuer")
    insurer = ("administrator", "product manager", "underwriter", "treasurer", "guardian")
    return {name: person(name) for name in (*platform, *insurer, *SEVERAL, "relayer", "stranger")}


@pytest.fixture(scope="session")
def nodes() -> tuple[Person, ...]:
    """The four oracle nodes of the first signer set, ascending."""
    return signers(4)


@pytest.fixture(scope="session")
def house(people: dict[str, Person], nodes: tuple[Person, ...]) -> House:
    """The network and one insurer with roles handed out, capital paid in and two purses filled."""
    assert rpc.is_child(), "another chain answers on the port this run chose: run it again"
    make_quick()
    built = deploy_house(parties_of(people, nodes))
    administrate_at_once(built, people["administrator"])
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
    return open_product(house, values("ParametricTerms", terms), manager=people["product manager"].account)


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


@pytest.fixture
def offer(market: Market, holders: tuple[Person, ...]) -> Offer:
    """A right offer of 500 TUSD to the first holder."""
    return market.offer(holders[0])


@pytest.fixture(scope="module")
def desk(house: House, people: dict[str, Person], module_undone: None) -> Person:
    """A key registered as a product: it may say to the treasury anything a product could say."""
    registrar = person("registrar")
    house.authority.grantRole(ROLES["FACTORY"], registrar, 0, people["administrator"].sends)
    house.treasury.registerProduct(person("desk"), registrar.sends)
    return person("desk")


@pytest.fixture
def locked(house: House, desk: Person, holders: tuple[Person, ...]) -> int:
    """1,000 TUSD of exposure, locked by the desk for a premium of 100."""
    house.treasury.collectPremiums([(holders[0].address, 100 * TUSD)], 1_000 * TUSD, desk.sends)
    return 1_000 * TUSD


@pytest.fixture
def blocked(house: House, people: dict[str, Person], holders: tuple[Person, ...]) -> Person:
    """A holder the token's issuer has blocked."""
    house.token.setBlocked(holders[1], True, people["issuer"].sends)
    return holders[1]


@pytest.fixture
def held(house: House, desk: Person, locked: int, blocked: Person) -> int:
    """30 TUSD held for the blocked holder."""
    house.treasury.payBatch([(77, blocked.address, 30 * TUSD)], locked, desk.sends)
    return 30 * TUSD


@pytest.fixture(scope="module")
def flights_sold(market: Market, holders: tuple[Person, ...], module_undone: None) -> list[int]:
    """Five policies on the first flight, one by each holder; two on the second, one on the third; all have landed.

    Returns the five premiums.
    """
    five = [market.offer(holder, sum_insured=amount) for holder, amount in zip(holders, SUMS, strict=True)]
    two = [market.offer(holders[i], text=SECOND, sum_insured=100 * TUSD) for i in range(2)]
    market.sell(*five, *two, market.offer(holders[0], text=THIRD, sum_insured=100 * TUSD))
    travel_to(FLIGHT_AT + 6 * HOUR)
    return [offer.quote["premium"] for offer in five]


@pytest.fixture
def purses(house: House, holders: tuple[Person, ...], flights_sold: list[int]) -> Callable[[], list[int]]:
    """What each holder has gained since the test began, as a function."""
    before = [house.token.balanceOf(holder) for holder in holders]
    return lambda: [house.token.balanceOf(holder) - had for holder, had in zip(holders, before, strict=True)]
