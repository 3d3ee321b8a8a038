"""The words of an indemnity product, held against the terms on chain."""

import json
from pathlib import Path
from typing import Any

from ledger.product_file import load_product_file
from ledger.verify import verify
from scripts import ROOT
from tests.ledger.indemnity.claims_house import ClaimsHouse


def test_verify__indemnity_document__is_proved_and_another_word_in_it_found(
    claims_house: ClaimsHouse, tmp_path: Path
) -> None:
    with claims_house.undone():
        file = load_product_file(ROOT / "products" / "hospital-care.yaml")
        deployment = claims_house.deployer().product(claims_house.deployment, file, tmp_path)
        product = deployment.products[0]
        document: dict[str, Any] = json.loads((tmp_path / product.document).read_text("utf-8"))

        true = verify(claims_house.rpc, deployment, {product.terms_hash: document})
        document["clauses"][0]["text"]["en"] += "!"
        false = verify(claims_house.rpc, deployment, {product.terms_hash: document})

    assert true.discrepancies == ()
    # The household product of the stories has no document.
    assert [product.terms_hash in note for note in true.unproven] == [False]
    assert [(d.rule, product.terms_hash in d.subject) for d in false.discrepancies] == [("S6", True)]
