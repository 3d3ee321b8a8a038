"""Two insurers on one desk, panel and disbursement: each is proved by itself, and neither by the other's events."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from domain.claim import Referral
from ledger import bindings as b
from ledger.verify import verify, verify_events
from tests.ledger.indemnity.claims_house import DAY, ClaimsHouse
from tests.ledger.indemnity.player import Player
from tests.scenarios.household import TUSD
from tests.scenarios.scenario import Step, load_scenario

SOLD = 1_395_046_800  # 2014-03-17 09:00 UTC, after all that the stories do
LOSS = {"peril": "storm", "occurred_at": SOLD + DAY, "claimed": 200 * TUSD}


@dataclass
class Two:
    """Both insurers, after what happened to them."""

    one: ClaimsHouse
    other: ClaimsHouse


@pytest.fixture(scope="module")
def two(claims_house: ClaimsHouse) -> Iterator[Two]:
    with claims_house.undone():
        other = claims_house.beside()
        players = Player(claims_house), Player(other)
        stories = (load_scenario("part_approval_and_dispute").steps, load_scenario("institution").steps)
        # What both do in the same second, the second does one later.
        timed = [(step.at, n, step) for n, steps in enumerate(stories) for step in steps if not step.refused]
        for at, n, step in sorted(timed, key=lambda entry: entry[:2]):
            assert players[n].play(replace(step, at=at + n))
        _same_incident(players)
        yield Two(claims_house, other)


def _same_incident(players: tuple[Player, Player]) -> None:
    """A storm that was claimed with the one insurer is claimed with the other."""
    for n, player in enumerate(players):
        player.papers.applications = 100
        sale = {"policy": f"hut {n}", "holder": "ben", "sum_insured": 1_000 * TUSD}
        assert player.play(Step(SOLD + n, "bind", sale, {}, "", ()))
    for n, player in enumerate(players):
        at, claim = SOLD + 2 * DAY + 10 * n, f"gale {n}"
        notice = {"policy": f"hut {n}", "claim": claim, "by": "ben"} | LOSS
        assert player.play(Step(at, "notify", notice, {}, "", ()))
        report = {"claim": claim, "loss": 200 * TUSD, "incident": "the same"}
        assert player.play(Step(at + 1, "report", report, {}, "", ()))


def test_verify__each_of_two_insurers__holds(two: Two) -> None:
    for house in (two.one, two.other):
        result = verify(house.rpc, house.deployment, {})

        assert result.discrepancies == ()
        # Disputes and payouts are the network's: a draw or a day's limit is proved only with all of them.
        assert (result.disputes, result.payouts) == (1, 1)
    assert verify(two.one.rpc, two.one.deployment, {}).claims == 2
    assert verify(two.other.rpc, two.other.deployment, {}).claims == 3


def test_verify_events__incident_claimed_with_another_insurer__is_why_it_was_referred(two: Two) -> None:
    events = two.other.events()
    place = two.other.place
    referred = [e for e in events if isinstance(e, b.ClaimReferred)]
    assert referred[-1].reasons & Referral.INCIDENT_CLAIMED.value

    theirs = [e for e in events if isinstance(e, b.IncidentRegistered) and e.claim_id >> 96 != int(place.product, 16)]
    without = [e for e in events if e not in theirs]
    found = verify_events(without, treasury=place.treasury, chain_id=place.chain_id).discrepancies

    assert theirs
    assert {"I13", "S22"} <= {d.rule for d in found}


def test_verify_events__payment_for_another_insurers_product__is_found(two: Two) -> None:
    place = two.one.place
    events = two.one.events()
    paid = next(n for n, e in enumerate(events) if isinstance(e, b.ClaimPaid))
    event = events[paid]
    assert isinstance(event, b.ClaimPaid)
    events[paid] = replace(event, product=two.other.product)

    found = verify_events(events, treasury=place.treasury, chain_id=place.chain_id).discrepancies

    assert ("I14", "treasury") in {(d.rule, d.subject) for d in found}
