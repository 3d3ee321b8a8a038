"""Where the contracts are: one JSON file for one deployment."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ledger.atomic_file import write_atomically


class DeploymentInvalid(ValueError):
    """The file is missing, is not JSON, or lacks a field."""


@dataclass(frozen=True, slots=True)
class DeployedProduct:
    """A product; `document` is the path of its document relative to the deployment file."""

    address: str
    terms_hash: str
    product_id: str
    document: str


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
            raw = json.loads(path.read_text("utf-8"))
            products = tuple(DeployedProduct(**product) for product in raw.pop("products"))
            return cls(**raw, products=products)
        except FileNotFoundError:
            raise DeploymentInvalid(f"deployment file {path} does not exist: run `quittance deploy` first") from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DeploymentInvalid(f"deployment file {path} is not one ({error}): deploy again") from error

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_atomically(path, json.dumps(asdict(self), indent=2) + "\n")

    def with_product(self, product: DeployedProduct) -> Deployment:
        """The deployment with one product more."""
        return replace(self, products=(*self.products, product))

    def contract_kinds(self) -> dict[str, str]:
        """Address -> contract name, products included; the implementation itself is left out."""
        kinds = {address: name for name, address in self.contracts.items() if name != "ParametricProduct"}
        return kinds | {product.address: "ParametricProduct" for product in self.products}
