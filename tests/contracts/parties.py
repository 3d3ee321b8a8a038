"""Who takes part: keys made from names, so that every run has the same people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from brownie import accounts
from brownie.network.account import Account
from eth_account import Account as Keys
from eth_account.signers.local import LocalAccount
from eth_utils import keccak


@dataclass(frozen=True)
class Person:
    """A key to sign with, and the account that sends transactions (unlocked on the test chain)."""

    key: LocalAccount
    account: Account

    @property
    def address(self) -> str:
        return self.key.address

    def __str__(self) -> str:
        return self.address

    @property
    def sends(self) -> dict[str, Account]:
        """Transaction parameters of a transaction this person sends."""
        return {"from": self.account}

    def sign(self, digest: bytes) -> bytes:
        """65-byte signature of a digest."""
        return bytes(self.key.unsafe_sign_hash(digest).signature)


@cache
def person(name: str) -> Person:
    """The person of this name, always with the same key."""
    key = Keys.from_key(keccak(text=f"quittance test {name}"))
    return Person(key, accounts.at(key.address, force=True))


@cache
def signers(count: int, name: str = "node") -> tuple[Person, ...]:
    """Oracle nodes, in ascending order of their addresses."""
    return tuple(sorted((person(f"{name} {i}") for i in range(count)), key=lambda node: int(node.address, 16)))
