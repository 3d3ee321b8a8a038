"""Deploy a network and its first insurer with Brownie: the platform's contracts, then one registration.

    python -m scripts.brownie_session run deploy                                   # a chain of its own, to look at
    python -m scripts.brownie_session --rpc URL run deploy main parties.json --network target

`parties.json` names who is who (see `read_parties`); without it the development chain's own accounts play all parts.
The record of what was deployed is printed and written to `.quittance/brownie/deployment.json`.
"""

from __future__ import annotations

import json
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
    "COMMITTEE": 7,
    "ADJUSTER": 8,
    "PAYMENT_CLERK": 9,
    "DESK": 10,
    "REGISTRAR": 11,
    "LOG_WRITER": 12,
}
TOKEN, QUORUM, DESK, DISBURSEMENT = range(4)  # as in contracts/types/InsurerTypes.sol, `ServiceKind`
NO_DELAY = 0
DAY = 24 * 3_600
ADMIN_DELAY_SECONDS = DAY
PANEL_WINDOWS = (5 * DAY, 3 * DAY, 7 * DAY)  # to commit, to reveal, to draw; seconds
DEPOSIT_CAP_BPS = 1_000  # of the disputed difference


@dataclass(frozen=True)
class Parties:
    """Who holds which part. Addresses, but for the deployer, who sends the transactions.

    The deployer builds the platform and registers the insurer; it keeps no role that is not given to it here.
    """

    deployer: Account
    # The network
    platform_administrator: str
    platform_registrar: str
    oracle_governor: str
    log_writer: str
    issuer: str  # of the test token
    signers: tuple[str, ...]  # oracle nodes, at least 4
    faults: int  # how many of them may fail or lie
    # The insurer
    administrator: str
    product_manager: str
    underwriter: str
    treasurer: str
    guardian: str
    adjusters: tuple[str, ...] = ()
    committee: tuple[str, ...] = ()
    payment_clerks: tuple[str, ...] = ()
    admin_delay_seconds: int = ADMIN_DELAY_SECONDS

    def holders(self) -> list[tuple[int, str, int]]:
        """Role, account and execution delay of everybody in the insurer's house but the administrator."""
        held = {
            "PRODUCT_MANAGER": (self.product_manager,),
            "UNDERWRITER": (self.underwriter,),
            "TREASURER": (self.treasurer,),
            "GUARDIAN": (self.guardian,),
            "ADJUSTER": self.adjusters,
            "COMMITTEE": self.committee,
            "PAYMENT_CLERK": self.payment_clerks,
        }
        return [(ROLES[role], account, NO_DELAY) for role, accounts_ in held.items() for account in accounts_]


@dataclass(frozen=True)
class Platform:
    """The contracts all insurers of a network share."""

    authority: Contract  # the platform's AccessManager
    token: Contract
    quorum: Contract
    implementation: Contract  # the code every parametric product runs
    policy_rules: Contract
    indemnity_implementation: Contract  # the code every indemnity product runs
    access_manager_maker: Contract
    treasury_maker: Contract
    registry: Contract
    factory: Contract
    incidents: Contract
    panel: Contract
    disbursement: Contract
    anchor: Contract
    claims_desk: Contract
    claims_lens: Contract  # views of claims and treasuries


@dataclass(frozen=True)
class House:
    """The contracts of one insurer, and those of the network around it."""

    platform: Platform
    insurer_id: int
    authority: Contract  # the insurer's AccessManager
    treasury: Contract

    @property
    def registry(self) -> Contract:
        return self.platform.registry

    @property
    def factory(self) -> Contract:
        return self.platform.factory

    @property
    def token(self) -> Contract:
        return self.platform.token

    @property
    def quorum(self) -> Contract:
        return self.platform.quorum

    @property
    def implementation(self) -> Contract:
        return self.platform.implementation

    def addresses(self) -> dict[str, str]:
        """Contract name -> address, as a deployment record keeps it."""
        return {
            "PlatformManager": self.platform.authority.address,
            "InsurerRegistry": self.registry.address,
            "AccessManager": self.authority.address,
            "TestStablecoin": self.token.address,
            "OracleQuorum": self.quorum.address,
            "Treasury": self.treasury.address,
            "ParametricProduct": self.implementation.address,
            "ProductFactory": self.factory.address,
            "PolicyRules": self.platform.policy_rules.address,
            "IndemnityProduct": self.platform.indemnity_implementation.address,
            "ClaimsDesk": self.platform.claims_desk.address,
            "ClaimsLens": self.platform.claims_lens.address,
            "IncidentRegistry": self.platform.incidents.address,
            "DisputePanel": self.platform.panel.address,
            "Disbursement": self.platform.disbursement.address,
            "TransparencyAnchor": self.platform.anchor.address,
        }


def development_parties() -> Parties:
    """The development chain's ten accounts: 0 deploys and administrates, 1 to 5 hold one role each, 6 to 9 sign."""
    manager, underwriter, treasurer, guardian, governor = (a.address for a in accounts[1:6])
    return Parties(
        deployer=accounts[0],
        platform_administrator=accounts[0].address,
        platform_registrar=accounts[0].address,
        oracle_governor=governor,
        log_writer=accounts[0].address,
        issuer=accounts[0].address,
        signers=tuple(a.address for a in accounts[6:10]),
        faults=1,
        administrator=accounts[0].address,
        product_manager=manager,
        underwriter=underwriter,
        treasurer=treasurer,
        guardian=guardian,
    )


def read_parties(path: Path) -> Parties:
    """Parties from a JSON file with the fields of `Parties`.

    `deployer` is an object {"keystore": FILE, "password_file": FILE}, relative to the JSON file.
    """
    fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
    keys = fields.pop("deployer")
    password = (path.parent / keys["password_file"]).read_text("utf-8").strip()
    deployer = accounts.load(str((path.parent / keys["keystore"]).resolve()), password=password)
    several = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Parties(deployer=deployer, **fields | several)


def access_manager_at(address: str) -> Contract:
    """OpenZeppelin's AccessManager at an address. Brownie builds no artefact for code that only lives in
    node_modules, so the committed one is used (`scripts/export_abi.py` makes it)."""
    return Contract.from_abi("AccessManager", address, _access_manager()["abi"], persist=False)


def deploy_authority(parties: Parties) -> Contract:
    """The platform's AccessManager. The deployer administrates it until all is done."""
    argument = parties.deployer.address.removeprefix("0x").lower().zfill(64)
    data = _access_manager()["bytecode"] + argument
    receipt = parties.deployer.transfer(data=data, gas_limit=5_000_000, silent=True)
    return access_manager_at(receipt.contract_address)


def deploy_platform(parties: Parties) -> Platform:
    """Deploy what all insurers share. The deployer is left with the registrar's role and the administrator's."""
    built = project.get_loaded_projects()[0]
    sender = {"from": parties.deployer}
    authority = deploy_authority(parties)
    token = built.TestStablecoin.deploy(parties.issuer, sender)
    signers = sorted(parties.signers, key=lambda address: int(address, 16))
    quorum = built.OracleQuorum.deploy(authority, signers, parties.faults, sender)
    implementation, rules = built.ParametricProduct.deploy(sender), built.PolicyRules.deploy(sender)
    indemnity = built.IndemnityProduct.deploy(rules, sender)
    makers = built.AccessManagerMaker.deploy(sender), built.TreasuryMaker.deploy(sender)
    registry = built.InsurerRegistry.deploy(authority, *makers, implementation, indemnity, sender)
    factory = built.ProductFactory.at(registry.factory())
    incidents = built.IncidentRegistry.deploy(authority, sender)
    panel = built.DisputePanel.deploy(authority, *PANEL_WINDOWS, DEPOSIT_CAP_BPS, sender)
    disbursement = built.Disbursement.deploy(authority, sender)
    anchor = built.TransparencyAnchor.deploy(authority, sender)
    claims_desk = built.ClaimsDesk.deploy(factory, incidents, panel, sender)
    platform = Platform(
        authority, token, quorum, implementation, rules, indemnity, *makers, registry, factory, incidents, panel,
        disbursement, anchor, claims_desk, built.ClaimsLens.deploy(sender),
    )  # fmt: skip
    for contract, role, names in platform_functions(platform):
        selectors = [getattr(contract, name).signature for name in names]
        authority.setTargetFunctionRole(contract, selectors, ROLES[role], sender)
    authority.grantRole(ROLES["DESK"], claims_desk, NO_DELAY, sender)
    authority.grantRole(ROLES["REGISTRAR"], parties.deployer, NO_DELAY, sender)
    for kind, service in ((TOKEN, token), (QUORUM, quorum), (DESK, claims_desk), (DISBURSEMENT, disbursement)):
        registry.admitService(kind, service, True, sender)
    incidents.admitDesk(claims_desk, True, sender)
    panel.enrolCourt(claims_desk, sender)
    return platform


def platform_functions(platform: Platform) -> list[tuple[Contract, str, tuple[str, ...]]]:
    """Which role of the platform may call which functions of its contracts."""
    institutions = (
        "registerInstitution", "rotateKeys", "changeLimits", "acceptToken", "suspendInstitution", "resumeInstitution"
    )  # fmt: skip
    return [
        (platform.registry, "REGISTRAR", ("admitFounder", "admitService")),
        (platform.quorum, "ORACLE_GOVERNOR", ("rotateSigners",)),
        (platform.disbursement, "REGISTRAR", institutions),
        (platform.disbursement, "DESK", ("openPayout",)),
        (platform.panel, "REGISTRAR", ("admitArbitrator", "removeArbitrator")),
        (platform.panel, "DESK", ("openDispute",)),
        (platform.incidents, "REGISTRAR", ("admitDesk",)),
        (platform.anchor, "LOG_WRITER", ("anchor",)),
    ]


def hand_over_platform(platform: Platform, parties: Parties) -> None:
    """Give the platform's roles to their holders; the deployer gives up what it is not to keep."""
    sender, authority = {"from": parties.deployer}, platform.authority
    for role, holder in (("ORACLE_GOVERNOR", parties.oracle_governor), ("LOG_WRITER", parties.log_writer)):
        authority.grantRole(ROLES[role], holder, NO_DELAY, sender)
    kept = {"REGISTRAR": parties.platform_registrar, "ADMINISTRATOR": parties.platform_administrator}
    for role, holder in kept.items():
        if holder != parties.deployer.address:
            authority.grantRole(ROLES[role], holder, NO_DELAY, sender)
            authority.renounceRole(ROLES[role], parties.deployer, sender)


def register_insurer(
    platform: Platform, parties: Parties, name: str = "Insurer capital", symbol: str = "qCAP"
) -> House:
    """Register an insurer, the deployer being admitted as its founder."""
    registration = (
        name, symbol, platform.token.address, parties.administrator, parties.admin_delay_seconds, parties.holders()
    )  # fmt: skip
    receipt = platform.registry.registerInsurer(registration, {"from": parties.deployer})
    registered = receipt.events["InsurerRegistered"]
    treasury = project.get_loaded_projects()[0].Treasury.at(receipt.events["TreasuryAdded"]["treasury"])
    return House(platform, registered["insurerId"], access_manager_at(registered["manager"]), treasury)


def deploy_house(parties: Parties) -> House:
    """Deploy a network, register its first insurer and hand out the roles."""
    platform = deploy_platform(parties)
    platform.registry.admitFounder(parties.deployer, True, {"from": parties.deployer})
    house = register_insurer(platform, parties)
    hand_over_platform(platform, parties)
    return house


def open_product(house: House, terms: tuple[Any, ...], *, manager: Account) -> Contract:
    """Create a parametric product with these terms."""
    receipt = house.factory.createParametricProduct(terms, {"from": manager})
    built = project.get_loaded_projects()[0]
    return built.ParametricProduct.at(receipt.events["ProductCreated"]["product"])


def _access_manager() -> dict[str, Any]:
    artefact: dict[str, Any] = json.loads((ROOT / "ledger" / "abi" / "AccessManager.json").read_text("utf-8"))
    return artefact


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
