"""The product document the page's own tests check is the one Python writes."""

import json
from pathlib import Path

from domain.terms import check_document
from ledger.product_file import load_product

ROOT = Path(__file__).parents[2]
VECTOR = ROOT / "frontend" / "src" / "shared" / "testing" / "flight-delay.json"
REWRITE = "Write it anew: .venv/bin/python -m tests.parity.test_page_vector"


def vector() -> dict[str, object]:
    """The flight-delay document for a treasury and a quorum that only these tests know."""
    product = load_product(ROOT / "products" / "flight-delay.yaml")
    return product.document(product.terms(treasury="0x" + "11" * 20, quorum="0x" + "22" * 20))


def test_page_vector__as_committed__is_the_document_of_the_product_file() -> None:
    committed = json.loads(VECTOR.read_text("utf-8"))

    check_document(committed)
    assert committed == json.loads(json.dumps(vector())), REWRITE


if __name__ == "__main__":
    VECTOR.write_text(json.dumps(vector(), indent=1, ensure_ascii=False) + "\n", "utf-8")
