"""Deploy an insurer's house with Brownie: authority, token, quorum, treasury, product code and factory, with roles.

    python -m scripts.brownie_session run deploy                                   # a chain of its own, to look at
    python -m scripts.brownie_session --rpc URL run deploy main parties.json --network target

`parties.json` names who is who (see `read_parties`); without it the development chain's own accounts play all parts.
The record of what was deployed is printed and written to `.quittance/brownie/deployment.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brownie import Contract, accounts, chain, network, project, web3
from brownie.network.account import Account

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / ".quittance" / "brownie" / "deployment.json"

# As in contracts/types/Roles.sol; tests/contracts/test_roles.py compares.
ROLES = {
    "ADMINISTRATOR": 0,
    "PRODUCT_MANAGER": 1,
    "UNDERWRITER": 2,
    "TREASURER": 3,
    "GUARDIAN": 4,
    "FACTORY": 5,
    "ORACLE_GOVERNOR": 6,
}
NO_DELAY = 0


@dataclass(frozen=True)
class Parties:
    """Who holds which part. Addresses, but for the deployer, who sends the transactions."""

    deployer: Account
    administrator: str
    product_manager: str
    underwriter: str
    treasurer: str
    guardian: str
    oracle_governor: str
    issuer: str  # of the test token
    signers: tuple[str, ...]  # oracle nodes, at least 4
    faults: int  # how many of them may fail or lie


@dataclass(frozen=True)
class House:
    """The contracts of one insurer."""

    authority: Contract
    token: Contract
    quorum: Contract
    treasury: Contract
    implementation: Contract  # the code every parametric product runs
    factory: Contract

    def addresses(self) -> dict[str, str]:
        """Contract name -> address, as a deployment record keeps it."""
        return {
            "AccessManager": self.authority.address,
            "TestStablecoin": self.token.address,
            "OracleQuorum": self.quorum.address,
            "Treasury": self.treasury.address,
            "ParametricProduct": self.implementation.address,
            "ProductFactory": self.factory.address,
        }


def development_parties() -> Parties:
    """The development chain's ten accounts: 0 deploys and administrates, 1 to 5 hold one role each, 6 to 9 sign."""
    manager, underwriter, treasurer, guardian, governor = (a.address for a in accounts[1:6])
    return Parties(
        deployer=accounts[0],
        administrator=accounts[0].address,
        product_manager=manager,
        underwriter=underwriter,
        treasurer=treasurer,
        guardian=guardian,
        oracle_governor=governor,
        issuer=accounts[0].address,
        signers=tuple(a.address for a in accounts[6:10]),
        faults=1,
    )


def read_parties(path: Path) -> Parties:
    """Parties from a JSON file with the fields of `Parties`.

    `deployer` is an object {"keystore": FILE, "password_file": FILE}, relative to the JSON file.
    """
    fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
    keys = fields.pop("deployer")
    password = (path.parent / keys["password_file"]).read_text("utf-8").strip()
    deployer = accounts.load(str((path.parent / keys["keystore"]).resolve()), password=password)
    return Parties(deployer=deployer, signers=tuple(fields.pop("signers")), **fields)


def deploy_authority(parties: Parties) -> Contract:
    """OpenZeppelin's AccessManager. Brownie builds no artefact for code that only lives in node_modules, so the
    committed one is deployed (`scripts/export_abi.py` makes it)."""
    artefact = json.loads((ROOT / "ledger" / "abi" / "AccessManager.json").read_text("utf-8"))
    argument = parties.deployer.address.removeprefix("0x").lower().zfill(64)  # the deployer administrates until done
    receipt = parties.deployer.transfer(data=artefact["bytecode"] + argument, gas_limit=5_000_000, silent=True)
    return Contract.from_abi("AccessManager", receipt.contract_address, artefact["abi"], persist=False)


def deploy_house(parties: Parties) -> House:
    """Deploy all contracts and hand out the roles. The deployer keeps a role only if `parties` says so."""
    built = project.get_loaded_projects()[0]
    sender = {"from": parties.deployer}
    authority = deploy_authority(parties)
    token = built.TestStablecoin.deploy(parties.issuer, sender)
    signers = sorted(parties.signers, key=lambda address: int(address, 16))
    quorum = built.OracleQuorum.deploy(authority, signers, parties.faults, sender)
    treasury = built.Treasury.deploy(token, authority, "Insurer capital", "qCAP", sender)
    implementation = built.ParametricProduct.deploy(sender)
    factory = built.ProductFactory.deploy(implementation, sender)
    house = House(authority, token, quorum, treasury, implementation, factory)
    assign_functions(house, sender)
    grant_roles(house, parties)
    return house


def assign_functions(house: House, sender: Mapping[str, Account]) -> None:
    """Say which role may call each restricted function. `Treasury.setRequiredRatio` stays the administrator's."""
    assign = house.authority.setTargetFunctionRole
    treasury, quorum = house.treasury, house.quorum
    assign(treasury, [treasury.registerProduct.signature], ROLES["FACTORY"], sender)
    assign(treasury, [treasury.deposit.signature, treasury.mint.signature], ROLES["TREASURER"], sender)
    assign(quorum, [quorum.rotateSigners.signature], ROLES["ORACLE_GOVERNOR"], sender)


def grant_roles(house: House, parties: Parties) -> None:
    """Grant every role to its holder; last of all the administrator's, and the deployer gives its own up."""
    sender = {"from": parties.deployer}
    holders = {
        "PRODUCT_MANAGER": parties.product_manager,
        "UNDERWRITER": parties.underwriter,
        "TREASURER": parties.treasurer,
        "GUARDIAN": parties.guardian,
        "FACTORY": house.factory.address,
        "ORACLE_GOVERNOR": parties.oracle_governor,
    }
    for role, holder in holders.items():
        house.authority.grantRole(ROLES[role], holder, NO_DELAY, sender)
    if parties.administrator != parties.deployer.address:
        house.authority.grantRole(ROLES["ADMINISTRATOR"], parties.administrator, NO_DELAY, sender)
        house.authority.renounceRole(ROLES["ADMINISTRATOR"], parties.deployer, sender)


def open_product(house: House, terms: tuple[Any, ...], *, manager: Account, administrator: Account) -> Contract:
    """Create a product with these terms and let the guardian suspend its sale."""
    receipt = house.factory.createParametricProduct(terms, {"from": manager})
    built = project.get_loaded_projects()[0]
    product = built.ParametricProduct.at(receipt.events["ProductCreated"]["product"])
    functions = [product.suspendSales.signature]
    house.authority.setTargetFunctionRole(product, functions, ROLES["GUARDIAN"], {"from": administrator})
    return product


def main(parties_file: str | None = None) -> None:
    """Deploy a house, print its addresses and write the record."""
    if parties_file is None and network.show_active() != "development":
        raise SystemExit("name the parties: brownie run deploy main parties.json (see scripts/brownie/deploy.py)")
    parties = read_parties(Path(parties_file)) if parties_file else development_parties()
    house = deploy_house(parties)
    head = chain[-1]
    record = {
        "chain_id": chain.id,
        "block_number": head.number,
        "block_hash": web3.to_hex(head.hash),
        "rpc_url": web3.provider.endpoint_uri,
        "contracts": house.addresses(),
        "products": [],
    }
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    for name, address in house.addresses().items():
        print(f"{name:<18} {address}")  # noqa: T201 - a command's output
    print(f"written to {RECORD.relative_to(ROOT)}")  # noqa: T201
