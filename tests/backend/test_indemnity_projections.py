"""Stories of indemnity insurance played on a chain: projections say what the twin says that does everything again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from backend.chain.indexer import Indexer
from backend.chain.projections import claims_read, policies_read
from backend.chain.replay_check import compare, projection_digest
from backend.database import Database
from domain.claim import ClaimState
from scripts.anvil import running_anvil
from tests.backend.conftest import index_all
from tests.ledger.indemnity.claims_house import GENESIS, ClaimsHouse
from tests.ledger.indemnity.player import Player
from tests.scenarios.scenario import load_scenario, scenario_names


@pytest.fixture(scope="module")
def claims_house() -> Iterator[ClaimsHouse]:
    with running_anvil(timestamp=GENESIS) as rpc:
        yield ClaimsHouse(rpc)


@pytest.mark.parametrize("name", scenario_names())
def test_step__story__projections_equal_the_twin_that_does_everything_again(
    database: Database, claims_house: ClaimsHouse, name: str
) -> None:
    with claims_house.undone():
        player = Player(claims_house)
        player.play_all(load_scenario(name).steps)

        index_all(Indexer(database, claims_house.rpc, claims_house.deployment))
        found = compare(database, claims_house.rpc, claims_house.deployment)

        assert found.differences == ()
        with database.transaction() as session:
            claims = claims_read.claims(session, after_id=None, limit=100)
            policies = policies_read.policies(session, after=None, limit=100)
        assert len(claims) == len(player.twin.house.desk.claims)
        assert policies
        assert all(claim.steps[0].kind in ("noticed", "reopened") for claim in claims)


def test_step__story_reorganised_out__its_rows_are_gone_and_the_rest_equals(
    database: Database, claims_house: ClaimsHouse
) -> None:
    name = "part_approval_and_dispute"
    with claims_house.undone():
        player = Player(claims_house)
        steps = load_scenario(name).steps
        player.play_all(steps)
        indexer = Indexer(database, claims_house.rpc, claims_house.deployment)
        index_all(indexer)
        with database.transaction() as session:
            before = projection_digest(session, claims_house.contracts["Treasury"])
            claims = claims_read.claims(session, after_id=None, limit=100)

        claims_house.rpc.call("anvil_reorg", 6, [])
        claims_house.rpc.call("evm_mine")
        index_all(indexer)

        found = compare(database, claims_house.rpc, claims_house.deployment)
        with database.transaction() as session:
            after = projection_digest(session, claims_house.contracts["Treasury"])
    assert any(claim.state is ClaimState.CLOSED for claim in claims)
    assert found.differences == ()
    assert after != before


def test_compare__claim_payment_changed_by_hand__named(database: Database, claims_house: ClaimsHouse) -> None:
    with claims_house.undone():
        Player(claims_house).play_all(load_scenario("part_approval_and_dispute").steps)
        index_all(Indexer(database, claims_house.rpc, claims_house.deployment))
        with database.transaction() as session:
            session.execute(text("UPDATE claim_payments SET indemnity = indemnity + 1"))

        found = compare(database, claims_house.rpc, claims_house.deployment)

    assert any(line.startswith("claims.") and ".paid: database" in line for line in found.differences)
    assert any(line.startswith("treasury.paid") for line in found.differences)
