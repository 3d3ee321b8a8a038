"""The insurer on the chain: contracts, roles, capital, one indemnity product, and people who act with their own keys.

The chain begins in the past and its clock is moved to the present once policies have run through their waiting periods,
so that from then on block time is wall time, as on a chain in production.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from eth_account.signers.local import LocalAccount

from domain.indemnity_terms import IndemnityTerms
from domain.terms import IndemnityFile
from ledger.bindings import AccessManager, AdjusterAuthority
from ledger.codec import Call
from ledger.deployment import Deployment
from ledger.journal import Receipt, SqliteJournal
from ledger.product_file import load_product_file
from ledger.rpc import Rpc
from ledger.sender import Sender
from scripts import ROOT
from scripts.anvil import chain_time, give_gas_money, move_clock
from scripts.deploy import ADMIN_DELAY_SECONDS, Deployer, Parties
from scripts.rehearsal import account

HOSPITAL_CARE: Final = ROOT / "products" / "hospital-care.yaml"
ADJUSTER: Final = 8  # contracts/types/Roles.sol
UNIT: Final = 1_000_000
CAPITAL: Final = 500_000_000 * UNIT
PER_DECISION, PER_DAY = 200_000 * UNIT, 2_000_000 * UNIT
COLLEAGUE: Final = "second adjuster"
"""Signs second what is worth more than one person decides alone."""
FAULTS: Final = 1


class StepFailed(RuntimeError):
    """A transaction of the rehearsal reverted; says whose and which."""


@dataclass
class People:
    """Senders by name, all with one journal in memory; everybody has gas money and a key derived from the name."""

    rpc: Rpc
    chain_id: int
    journal: SqliteJournal = field(default_factory=lambda: SqliteJournal(":memory:"))
    _senders: dict[str, Sender] = field(default_factory=dict)
    _steps: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def sender(self, name: str) -> Sender:
        """Sends for one person."""
        if name not in self._senders:
            person = account(name)
            give_gas_money(self.rpc, person.address)
            self._senders[name] = Sender(self.rpc, person, self.journal, chain_id=self.chain_id)
        return self._senders[name]

    def send(self, name: str, to: str, call: Call[Any]) -> Receipt:
        """One transaction, mined.

        Raises:
            StepFailed: It reverted. What would revert when it is estimated raises `RpcError`.
        """
        receipt = self.sender(name).send(f"{name}/{next(self._steps)}", to, call.data)
        if not receipt.succeeded:
            raise StepFailed(f"a transaction of {name} to {to} reverted: 0x{receipt.hash.hex()}")
        return receipt

    def send_each(self, each: Sequence[tuple[str, str, Call[Any]]]) -> None:
        """Transactions of different people, waited for together.

        Raises:
            StepFailed
        """
        keys = []
        for name, to, call in each:
            keys.append((name, f"{name}/{next(self._steps)}"))
            self.sender(name).submit(keys[-1][1], to, call.data)
        for name, key in keys:
            if not self.sender(name).wait([key])[0].succeeded:
                raise StepFailed(f"a transaction of {name} reverted: {key}")


@dataclass(frozen=True)
class Insurer:
    """What was deployed, and who acts."""

    rpc: Rpc
    people: People
    signers: tuple[LocalAccount, ...]
    terms: IndemnityTerms
    deployment: Deployment
    folder: Path

    @property
    def product(self) -> str:
        """Address of the one product."""
        return self.deployment.products[0].address

    @property
    def contracts(self) -> dict[str, str]:
        """Name → address."""
        return self.deployment.contracts


def signer_accounts(count: int) -> tuple[LocalAccount, ...]:
    """The nodes' keys as this harness holds copies of them, in the order of their addresses."""
    return tuple(sorted((account(f"oracle node {n}") for n in range(count)), key=lambda a: int(a.address, 16)))


def found_insurer(rpc: Rpc, folder: Path, signers: Sequence[LocalAccount], *, faults: int = FAULTS) -> Insurer:
    """Deploy everything with `scripts.deploy`, appoint two adjusters, create the product. Documents go under `folder`.

    The administrator governs the platform, founds the insurer, manages products and holds the capital; underwriter,
    guardian and adjuster have keys of their own.
    """
    people = People(rpc, rpc.chain_id())
    deployer = Deployer(rpc, people.sender("administrator"))
    parties = Parties(
        account("underwriter").address, account("guardian").address, [signer.address for signer in signers], faults
    )
    house = deployer.house(parties)
    deployer.capital(house, CAPITAL)
    _appoint_adjusters(people, house)
    file = load_product_file(HOSPITAL_CARE)
    if not isinstance(file, IndemnityFile):
        raise StepFailed(f"{HOSPITAL_CARE.name} is no indemnity product: name one that is")
    c = house.contracts
    terms = file.terms(
        treasury=c["Treasury"], quorum=c["OracleQuorum"], desk=c["ClaimsDesk"], disbursement=c["Disbursement"]
    )
    deployment = deployer.product(house, file, folder)
    deployment.save(folder / "deployment.json")
    return Insurer(rpc, people, tuple(signers), terms, deployment, folder)


def _appoint_adjusters(people: People, house: Deployment) -> None:
    """Roles of the adjusters, and limits of the first: the administrator has to wait for each."""
    manager, adjuster = house.contracts["AccessManager"], account("adjuster").address
    authority = house.made_contracts()["AdjusterAuthority"]
    limit = AdjusterAuthority.set_adjuster_limit(house.contracts["Treasury"], adjuster, PER_DECISION, PER_DAY)
    steps = (
        (manager, AccessManager.grant_role(ADJUSTER, adjuster, 0)),
        (manager, AccessManager.grant_role(ADJUSTER, account(COLLEAGUE).address, 0)),
        (authority, limit),
    )
    for target, call in steps:
        people.send("administrator", manager, AccessManager.schedule(target, call.data, 0))
    move_clock(people.rpc, chain_time(people.rpc) + ADMIN_DELAY_SECONDS + 60)
    for target, call in steps:
        people.send("administrator", manager, AccessManager.execute(target, call.data))
