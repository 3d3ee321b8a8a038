"""Where the contracts are: one JSON file for one deployment."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from domain.errors import AddressInvalid
from domain.hashing import keccak256
from domain.product_fields import INDEMNITY, PARAMETRIC
from ledger.atomic_file import write_atomically
from ledger.codec import checksum

REQUIRED_CONTRACTS = ("AccessManager", "OracleQuorum", "ProductFactory", "TestStablecoin", "Treasury")
_WITHOUT_BOOKS = ("ParametricProduct", "IndemnityProduct", "PlatformManager")
# Names in a deployment whose code is another contract's.
_SAME_CODE = {"PlatformManager": "AccessManager"}
_PRODUCT_CONTRACTS = {PARAMETRIC: "ParametricProduct", INDEMNITY: "IndemnityProduct"}
T = TypeVar("T")


class DeploymentInvalid(ValueError):
    """The file is missing, is not JSON, or lacks a field."""


@dataclass(frozen=True, slots=True)
class DeployedProduct:
    """A product; `document` is the path of its document relative to the deployment file, `kind` that of its file."""

    address: str
    terms_hash: str
    product_id: str
    document: str
    kind: str = PARAMETRIC

    @property
    def contract(self) -> str:
        """Name of the contract whose code it runs."""
        return _PRODUCT_CONTRACTS[self.kind]

    @classmethod
    def from_json(cls, raw: object) -> DeployedProduct:
        """A product from what JSON holds; one without a kind is parametric. Raises `ValueError`."""
        given = {"kind": PARAMETRIC, **raw} if isinstance(raw, dict) else raw
        values = {name: _typed(name, v, str) for name, v in _fields("a product", given, cls.__annotations__).items()}
        if values["kind"] not in _PRODUCT_CONTRACTS:
            raise ValueError(f"a product's kind is {values['kind']!r}, not one of {', '.join(_PRODUCT_CONTRACTS)}")
        return cls(**values | {"address": _address("a product's address", values["address"])})


@dataclass(frozen=True, slots=True)
class Deployment:
    """Addresses of one deployment. `block_number` is where its history begins."""

    chain_id: int
    block_number: int
    block_hash: str
    rpc_url: str
    contracts: dict[str, str]
    products: tuple[DeployedProduct, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Deployment:
        """Read a deployment file.

        Raises:
            DeploymentInvalid: Says what is wrong with it and what to do.
        """
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            raise DeploymentInvalid(f"deployment file {path} does not exist: run `quittance deploy` first") from None
        except (OSError, UnicodeDecodeError) as error:
            raise DeploymentInvalid(f"deployment file {path} cannot be read ({error}): name another") from error
        try:
            return cls.from_json(json.loads(text))
        except ValueError as error:
            raise DeploymentInvalid(f"deployment file {path} is not one ({error}): deploy again") from error

    @classmethod
    def from_json(cls, raw: object) -> Deployment:
        """A deployment from what JSON holds.

        Raises:
            ValueError: Names the field that is missing, unknown or of another kind.
        """
        values = _fields("the deployment", raw, cls.__annotations__)
        products = _typed("products", values["products"], list)
        contracts = _typed("contracts", values["contracts"], dict)
        missing = sorted(set(REQUIRED_CONTRACTS) - set(contracts))
        if missing:
            raise ValueError(f"contracts lack {', '.join(missing)}")
        return cls(
            chain_id=_typed("chain_id", values["chain_id"], int),
            block_number=_typed("block_number", values["block_number"], int),
            block_hash=_typed("block_hash", values["block_hash"], str),
            rpc_url=_typed("rpc_url", values["rpc_url"], str),
            contracts={name: _address(name, found) for name, found in contracts.items()},
            products=tuple(DeployedProduct.from_json(product) for product in products),
        )

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_atomically(path, json.dumps(asdict(self), indent=2) + "\n")

    def with_product(self, product: DeployedProduct) -> Deployment:
        """The deployment with one product more, which takes the place of itself."""
        others = (other for other in self.products if other.address != product.address)
        return replace(self, products=(*others, product))

    def contract_kinds(self) -> dict[str, str]:
        """Address -> contract name, products included. Left out: the code of products, and the platform's manager,
        whose roles are not the insurer's."""
        named = self.contracts | self.made_contracts()
        kinds = {address: name for name, address in named.items() if name not in _WITHOUT_BOOKS}
        return kinds | {product.address: product.contract for product in self.products}

    def made_contracts(self) -> dict[str, str]:
        """Contracts that others of the deployment made, and that are not named in it."""
        desk = self.contracts.get("ClaimsDesk")
        return {"AdjusterAuthority": _created_first(desk)} if desk else {}


def _created_first(creator: str) -> str:
    """Address of the first contract that a contract made: its nonce began at 1 (EIP-161)."""
    return checksum("0x" + keccak256(b"\xd6\x94" + bytes.fromhex(creator[2:]) + b"\x01")[12:].hex())


def code_name(name: str) -> str:
    """The contract whose code stands at what a deployment calls `name`."""
    return _SAME_CODE.get(name, name)


def _fields(what: str, raw: object, names: Collection[str]) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise ValueError(f"{what} is not a JSON object")
    if set(raw) != set(names):
        differing = ", ".join(sorted(set(raw) ^ set(names)))
        raise ValueError(f"{what} has fields missing or unknown: {differing}")
    return raw


def _typed(name: str, value: object, kind: type[T]) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}, which is not {kind.__name__}")
    return value


def _address(name: str, value: object) -> str:
    try:
        return checksum(_typed(name, value, str))
    except AddressInvalid as error:
        raise ValueError(f"{name}: {error}") from None
