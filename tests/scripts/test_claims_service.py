"""Upload, notice, four real nodes that read from the backend's store over HTTP, payment."""

from __future__ import annotations

import pytest

from scripts.claims_service import claims_service, nodes_reading


@pytest.mark.timeout(240)
def test_hand_in_case__four_nodes_read_the_backends_store__paid_what_they_found() -> None:
    with claims_service(policies=1) as service, nodes_reading(service, confirmations=1):
        claimant = service.claimant(0)
        case_id, loss = claimant.hand_in_case()

        found = claimant.wait_paid(case_id)

    assert found["payments"][0]["payee"] == claimant.key.address
    assert 0 < found["payments"][0]["indemnity"]["units"] <= loss
    assert found["outcome"]["zh"] == "已按条款全额赔付。"
