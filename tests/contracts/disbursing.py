"""Two institutions, a desk and its payouts: what the tests of `Disbursement` do again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from brownie import Disbursement, accounts, web3
from chain_clock import DAY, next_block_at, now
from eth_utils import keccak
from market import TUSD
from parties import Person, person
from typed_messages import digest, product_domain, values

from scripts.brownie.deploy import House, deploy_authority

ELSEWHERE = "0x00000000000000000000000000000000000000aa"  # some address that has no part in anything

WAITING, REFUSED, REROUTED, TAKEN, CONFIRMED = 1, 2, 3, 4, 5
REGISTRAR, DESK = 11, 10

FIRST, SECOND = 1, 2
PER_PAYOUT = 1_000 * TUSD
PER_DAY = 2_500 * TUSD
RECEIPT_SECONDS = 2 * DAY
AMOUNT = 400 * TUSD
PURSE = 100_000 * TUSD
APPLICATION = 0xA11
CLAIM = 0xC1A1


@dataclass
class Rail:
    """The contract under test, and everybody around it."""

    contract: Any
    authority: Any
    token: Any
    registrar: Person
    desk: Person
    bank: Person  # signs for the first institution
    vault: Person  # its account
    other_bank: Person
    other_vault: Person
    payee: Person
    product: Person

    def terms(self, **changes: Any) -> tuple[Any, ...]:
        """Terms of an institution."""
        terms = {
            "signer": self.bank.address,
            "account": self.vault.address,
            "perPayoutLimit": PER_PAYOUT,
            "perDayLimit": PER_DAY,
            "receiptSeconds": RECEIPT_SECONDS,
        }
        return tuple({**terms, **changes}.values())

    def order(self, **changes: Any) -> tuple[Any, ...]:
        """A desk's order to pay 400 TUSD to the payee through the first institution."""
        order = {
            "claimId": CLAIM,
            "payee": self.payee.address,
            "institution": FIRST,
            "token": self.token.address,
            "amount": AMOUNT,
        }
        return tuple({**order, **changes}.values())

    def open(self, **changes: Any) -> int:
        """A funded payout that waits for its receipt; returns the instruction's number."""
        amount = changes.get("amount", AMOUNT)
        self.token.transfer(self.contract, amount, self.desk.sends)
        self.contract.openPayout(self.order(**changes), self.desk.sends)
        return int(self.contract.instructionCount())

    def receipt(self, instruction: int, **changes: Any) -> dict[str, Any]:
        """What the institution says when it has paid 400 TUSD out as euros, at 0.92."""
        return {
            "instructionId": instruction,
            "payee": self.payee.address,
            "token": self.token.address,
            "amount": AMOUNT,
            "currency": b"EUR",
            "rate": 920_000,
            "referenceHash": keccak(text=f"transfer {instruction}"),
            **changes,
        }

    def collection(self, **changes: Any) -> dict[str, Any]:
        """What the first institution says when it has received the premium of an application."""
        return {
            "institution": FIRST,
            "product": self.product.address,
            "applicationId": APPLICATION,
            "holder": self.payee.address,
            "token": self.token.address,
            "amount": AMOUNT,
            "currency": b"EUR",
            "rate": 920_000,
            "referenceHash": keccak(text="premium"),
            "validUntil": now() + 10 * DAY,
            **changes,
        }

    @property
    def domain(self) -> dict[str, Any]:
        """The EIP-712 domain of receipts and orders."""
        return product_domain(self.contract, web3.eth.chain_id)

    def signed(self, kind: str, message: dict[str, Any], by: Person, **domain: Any) -> bytes:
        """Signature of a receipt or an order."""
        return by.sign(digest(kind, message, {**self.domain, **domain}))

    def confirm(self, message: dict[str, Any], by: Person | None = None, **domain: Any) -> Any:
        """Hand in a payout's receipt, signed by the first institution unless said otherwise."""
        signature = self.signed("PayoutReceipt", message, by or self.bank, **domain)
        return self.contract.confirmPayout(values("PayoutReceipt", message), signature, person("relayer").sends)

    def collect(self, message: dict[str, Any], by: Person | None = None, **domain: Any) -> Any:
        """Hand in a premium's receipt, signed by the first institution unless said otherwise."""
        signature = self.signed("CollectionReceipt", message, by or self.bank, **domain)
        return self.contract.collectPremium(values("CollectionReceipt", message), signature, person("relayer").sends)

    def release(self, **changes: Any) -> Any:
        """The product takes the premium set aside for the application."""
        wanted = {
            "applicationId": APPLICATION,
            "holder": self.payee.address,
            "token": self.token.address,
            "premium": AMOUNT,
            **changes,
        }
        return self.contract.releasePremium(*wanted.values(), self.product.sends)

    def state(self, instruction: int) -> int:
        """State of an instruction."""
        return int(self.contract.instructionAt(instruction)[5])

    def due(self, instruction: int) -> int:
        """Last second in which only the institution can decide."""
        return int(self.contract.instructionAt(instruction)[4])

    def free_by_time(self, instruction: int) -> int:
        """Let the institution's time pass: the next transaction comes in the first free second."""
        moment = self.due(instruction) + 1
        next_block_at(moment)
        return moment

    def held(self) -> tuple[int, int]:
        """Tokens the contract has, and what of them is promised to somebody."""
        return int(self.token.balanceOf(self.contract)), int(self.contract.bookedOf(self.token))


def build_rail(house: House, issuer: Person) -> Rail:
    """Deploy, admit two institutions, and fill the purses of desk, payee and institutions."""
    deployer = {"from": accounts[0]}
    authority = deploy_authority(SimpleNamespace(deployer=accounts[0]))
    contract = Disbursement.deploy(authority, deployer)
    names = ("registrar", "desk", "bank", "vault", "other bank", "other vault", "rail payee", "rail product")
    cast = {name: person(name) for name in names}
    rail = Rail(contract, authority, house.token, *cast.values())
    ruled = [function.signature for function in registrar_functions(contract)]
    authority.setTargetFunctionRole(contract, ruled, REGISTRAR, deployer)
    authority.setTargetFunctionRole(contract, [contract.openPayout.signature], DESK, deployer)
    authority.grantRole(REGISTRAR, rail.registrar, 0, deployer)
    authority.grantRole(DESK, rail.desk, 0, deployer)
    rich = ("desk", "vault", "other vault", "rail payee")
    house.token.mintEach([cast[name].address for name in rich], PURSE, issuer.sends)
    admit(rail)
    return rail


def registrar_functions(contract: Any) -> tuple[Any, ...]:
    """What only governance may call."""
    return (
        contract.registerInstitution,
        contract.rotateKeys,
        contract.changeLimits,
        contract.acceptToken,
        contract.suspendInstitution,
        contract.resumeInstitution,
    )


def admit(rail: Rail) -> None:
    """Two institutions that take the token, and whose accounts let premiums be collected."""
    contract, governance = rail.contract, rail.registrar.sends
    contract.registerInstitution(rail.terms(), governance)
    keys = {"signer": rail.other_bank.address, "account": rail.other_vault.address}
    contract.registerInstitution(rail.terms(**keys), governance)
    for number, account in ((FIRST, rail.vault), (SECOND, rail.other_vault)):
        contract.acceptToken(number, rail.token, True, governance)
        rail.token.approve(contract, PURSE, account.sends)


@pytest.fixture(scope="module")
def rail(house: House, people: dict[str, Person], module_undone: None) -> Rail:
    """The contract with two institutions, nothing on its way."""
    return build_rail(house, people["issuer"])


@pytest.fixture
def waiting(rail: Rail) -> int:
    """A payout of 400 TUSD that waits for the first institution's receipt."""
    return rail.open()


@pytest.fixture
def blocking(rail: Rail, people: dict[str, Person]) -> Callable[..., Any]:
    """Blocks or unblocks an address at the token, as its issuer may."""
    return lambda account, blocked=True: rail.token.setBlocked(account, blocked, people["issuer"].sends)
