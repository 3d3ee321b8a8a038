"""An insurer's counter with products on its chain: as rows the indexer makes, and documents proven by their hash."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from backend.chain.models import BlockRow
from backend.chain.projections.models import IndemnityPolicyRow, IndemnityProductRow
from backend.database import Database
from backend.products.models import ProductRow, SalesSuspensionRow
from domain.hashing import checksum_address
from domain.indemnity_file import IndemnityFile
from ledger.product_file import load_product_file
from scripts import ROOT
from tests.backend.service.conftest import Counter, counter

__all__ = ["counter"]
TIME = 1_378_000_000
"""Of the chain: within the periods of the parametric products, far from the wall clock."""
TREASURY, QUORUM, DESK, NOBODY = (checksum_address("0x" + f"{n:02x}" * 20) for n in (0x31, 0x32, 0x33, 0x34))


@dataclass
class Shop:
    """Products that are sold."""

    database: Database
    folder: Path
    block: int = 0

    def sell(self, name: str, *, change: Callable[[str], str] = lambda text: text) -> str:
        """A product of a file of the house, deployed. Returns its address."""
        path = self.folder / f"{name}-{self.block}.yaml"
        path.write_text(change((ROOT / "products" / f"{name}.yaml").read_text("utf-8")), "utf-8")
        file = load_product_file(path)
        if isinstance(file, IndemnityFile):
            terms: Any = file.terms(treasury=TREASURY, quorum=QUORUM, desk=DESK, disbursement=NOBODY)
        else:
            terms = file.terms(treasury=TREASURY, quorum=QUORUM)
        document = json.dumps(file.document(terms), ensure_ascii=False)
        (self.folder / f"0x{terms.hash().hex()}.json").write_text(document, "utf-8")
        address = checksum_address(f"0x{0xA0 + self.block:040x}")
        row = {"address": address, "treasury": TREASURY, "terms_hash": terms.hash(), "terms": terms.as_json()}
        self._put(IndemnityProductRow if isinstance(file, IndemnityFile) else ProductRow, row)
        return address

    def suspend(self, address: str) -> None:
        self._put(SalesSuspensionRow, {"product": address, "suspended": True})

    def insure(self, address: str, sum_insured: int, premium: int) -> None:
        self._put(
            IndemnityPolicyRow,
            {
                "product": address, "policy_id": self.block, "application_id": self.block, "holder": NOBODY,
                "beneficiary": NOBODY, "starts_at": TIME, "ends_at": TIME, "sum_insured": sum_insured,
                "premium": premium, "exclusions": 0, "tier": 0, "is_renewal": False, "bound_at": TIME,
            },
        )  # fmt: skip

    def _put(self, kind: Any, values: dict[str, Any]) -> None:
        """In a block of its own."""
        with self.database.every_tenant() as session:
            number = self.block.to_bytes(32, "big")
            block = {"number": self.block, "hash": number, "parent_hash": bytes(32), "timestamp": TIME}
            session.execute(insert(BlockRow).values(block))
            place = {"block_number": self.block, "log_index": 0, "transaction_hash": number}
            session.execute(insert(kind).values(**values, **place))
        self.block += 1


@pytest.fixture
def shop(counter: Counter, tmp_path: Path) -> Shop:
    return Shop(counter.database, tmp_path)


@pytest.fixture(autouse=True)
def same_clock(counter: Counter) -> None:
    """The vault seals and purges by the counter's clock."""
    counter.desk.vault.clock = counter.clock
