"""A whole house for indemnity insurance: product, rules, desk, panel, institution, and everybody with a part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from brownie import IndemnityProduct
from chain_clock import DAY
from indemnity_claims import Claims
from indemnity_market import IndemnityMarket
from indemnity_terms import INDEMNITY_TERMS
from market import TUSD
from panel_room import PanelRoom
from parties import Person, person, signers
from typed_messages import values

from scripts.brownie.deploy import ROLES, House

PURSE = 100_000 * TUSD
RECEIPT_SECONDS = 2 * DAY


def open_indemnity_product(house: House, terms: dict[str, Any]) -> Any:
    """A product with these terms."""
    manager = person("product manager")
    receipt = house.factory.createIndemnityProduct(values("IndemnityTerms", terms), manager.sends)
    return IndemnityProduct.at(receipt.events["IndemnityProductCreated"]["product"])


def appoint(house: House, role: str, staff: tuple[Person, ...]) -> tuple[Person, ...]:
    """Give a role of the insurer to people."""
    for someone in staff:
        house.authority.grantRole(ROLES[role], someone, 0, person("administrator").sends)
    return staff


def fill_bench(house: House, desk: Any) -> PanelRoom:
    """Two advocates and four others on the panel's bench; the desk may open disputes."""
    platform, registrar = house.platform, person("platform registrar")
    advocates = tuple(person(f"advocate {i}") for i in range(2))
    others = tuple(person(f"arbitrator {i}") for i in range(4))
    for someone in (*advocates, *others):
        platform.panel.admitArbitrator(someone, someone in advocates, registrar.sends)
    return PanelRoom(platform.authority, platform.panel, desk, platform.token, advocates, others)


def admit_institution(house: House) -> None:
    """The bank takes the token, and lets premiums be collected from its vault."""
    disbursement, registrar = house.platform.disbursement, person("platform registrar")
    bank, vault = person("bank").address, person("vault").address
    disbursement.registerInstitution((bank, vault, 5_000 * TUSD, 20_000 * TUSD, RECEIPT_SECONDS), registrar.sends)
    disbursement.acceptToken(disbursement.institutionCount(), house.token, True, registrar.sends)
    house.token.mint(person("vault"), PURSE, person("issuer").sends)
    house.token.approve(disbursement, PURSE, person("vault").sends)


def admit_desk(house: House) -> None:
    """The desk may register incidents."""
    incidents, desk = house.platform.incidents, house.platform.claims_desk
    if not incidents.isDesk(desk):
        incidents.admitDesk(desk, True, person("platform administrator").sends)


def build_indemnity_market(house: House, nodes: tuple[Person, ...]) -> IndemnityMarket:
    """Create the product and appoint everybody. No policy is sold yet."""
    platform = house.platform
    terms = {
        "treasury": house.treasury.address,
        "quorum": house.quorum.address,
        "desk": platform.claims_desk.address,
        "disbursement": platform.disbursement.address,
        **INDEMNITY_TERMS,
    }
    adjusters = appoint(house, "ADJUSTER", (person("adjuster 0"), person("adjuster 1")))
    committee = appoint(house, "COMMITTEE", signers(3, "committee"))
    admit_desk(house)
    admit_institution(house)
    room = fill_bench(house, platform.claims_desk)
    product = open_indemnity_product(house, terms)
    market = IndemnityMarket(house, product, nodes, adjusters, committee, room, terms)
    for adjuster in adjusters:
        market.limits.setAdjusterLimit(house.treasury, adjuster, PURSE, PURSE, market.administrator.sends)
    return market


@pytest.fixture(scope="module")
def home(house: House, nodes: tuple[Person, ...], module_undone: None) -> IndemnityMarket:
    """The home insurance, nothing sold."""
    return build_indemnity_market(house, nodes)


@pytest.fixture(scope="module")
def claims(home: IndemnityMarket) -> Claims:
    """Claims at the desk of the home insurance."""
    return Claims(home)


@pytest.fixture(scope="module")
def cautious(home: IndemnityMarket) -> IndemnityMarket:
    """The same insurance by an insurer that refuses high risks."""
    terms = {**home.terms, "tiers": {**home.terms["tiers"], "highAccepted": False}}
    return replace(home, product=open_indemnity_product(home.house, terms), terms=terms)


@pytest.fixture(scope="module")
def insured(home: IndemnityMarket, holders: tuple[Person, ...]) -> int:
    """Id of a low-risk policy over 5,000 TUSD of the first holder, in force."""
    return home.sold(holders[0])


@pytest.fixture
def balanced_afterwards(home: IndemnityMarket, test_undone: None) -> Iterator[None]:
    """Whatever a test did, product and treasury agree on exposure and unearned premium to the unit."""
    yield
    assert home.balanced(), home.books()
