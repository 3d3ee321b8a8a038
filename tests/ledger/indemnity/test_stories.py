"""Every story of tests/scenarios, and random histories, played on a chain: the verifier finds nothing wrong."""

import random

import pytest

from ledger.findings import Verification
from ledger.verify import verify, verify_events
from tests.ledger.indemnity.claims_house import ClaimsHouse
from tests.ledger.indemnity.player import Player
from tests.scenarios.random_history import RandomHistory
from tests.scenarios.scenario import load_scenario, scenario_names

SEEDS = (11, 12, 13)
STEPS = 45


def nothing_found(house: ClaimsHouse) -> Verification:
    """Verify against the chain, and by events alone; both must hold."""
    result = verify(house.rpc, house.deployment, {})
    assert result.discrepancies == ()
    offline = verify_events(house.events(), treasury=house.place.treasury, chain_id=house.deployment.chain_id)
    assert offline.discrepancies == ()
    assert (offline.claims, offline.payments, offline.reserved) == (result.claims, result.payments, result.reserved)
    return result


@pytest.mark.parametrize("name", scenario_names())
def test_verify__story_on_a_chain__holds(claims_house: ClaimsHouse, name: str) -> None:
    with claims_house.undone():
        player = Player(claims_house)
        player.play_all(load_scenario(name).steps)

        result = nothing_found(claims_house)

        desk = player.twin.house.desk
        assert result.claims == len(desk.claims)
        assert result.disputes == len(desk.disputes)
        assert result.reserved == player.twin.house.treasury.total_reserves


@pytest.mark.parametrize("seed", SEEDS)
def test_verify__random_history_on_a_chain__holds(claims_house: ClaimsHouse, seed: int) -> None:
    with claims_house.undone():
        player, history = Player(claims_house), RandomHistory(random.Random(seed))
        taken = sum(player.play(history.next_step(player.twin)) for _ in range(STEPS))

        result = nothing_found(claims_house)

        assert taken > STEPS // 3
        assert result.claims == len(player.twin.house.desk.claims)
