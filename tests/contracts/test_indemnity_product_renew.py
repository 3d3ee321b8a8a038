"""IndemnityProduct.bind of a renewal: who may go on from which policy, when, and what is different about it."""

import pytest
from chain_clock import DAY, now, travel_to
from indemnity_claims import claim_id
from indemnity_terms import BUILDING, STORM, WATER, YEAR
from market import TUSD
from refusals import refused

pytestmark = pytest.mark.usefixtures("balanced_afterwards")


@pytest.fixture
def ending(home, insured):
    """When the insured policy ends; ten days are left."""
    ends_at = home.policy(insured)["endsAt"]
    travel_to(ends_at - 10 * DAY)
    return ends_at


def test_bind__renewal__begins_when_the_old_policy_ends(home, holders, insured, ending):
    home.sell(home.offer(holders[0], renews=insured, starts_at=ending))

    old, new = home.policy(insured), home.policy(insured + 1)
    assert (new["startsAt"], new["endsAt"]) == (ending, ending + YEAR)
    assert (old["isRenewed"], old["isRenewal"]) == (True, False)
    assert (new["isRenewed"], new["isRenewal"]) == (False, True)
    assert old["endsAt"] == ending
    assert home.balanced()


def test_bind__renewal_of_a_renewal__goes_on(home, holders, insured, ending):
    home.sell(home.offer(holders[0], renews=insured, starts_at=ending))
    travel_to(ending + YEAR - DAY)

    home.sell(home.offer(holders[0], renews=insured + 1, starts_at=ending + YEAR))

    assert home.policy(insured + 2)["startsAt"] == ending + YEAR


def test_bind__renewal__has_no_waiting_periods(home, claims, holders, insured, ending):
    home.sell(home.offer(holders[0], renews=insured, starts_at=ending))
    travel_to(ending + DAY)

    claim = claims.notify(insured + 1, holders[0], coverage=BUILDING, peril=STORM, occurredAt=ending)

    assert claim == claim_id(home.product, insured + 1)


def test_bind__new_policy__has_waiting_periods(home, claims, holders, insured):
    starts_at = home.policy(insured)["startsAt"]
    loss = {"coverage": BUILDING, "peril": WATER, "occurredAt": starts_at + 14 * DAY - 1}
    travel_to(starts_at + 15 * DAY)

    with refused("LossOutsideCover", insured, loss["occurredAt"], starts_at + 14 * DAY, starts_at + YEAR):
        claims.notify(insured, holders[0], **loss)
    assert claims.notify(insured, holders[0], **{**loss, "occurredAt": starts_at + 14 * DAY})


def test_bind__renewal__losses_before_it_are_the_old_policys(home, claims, holders, insured, ending):
    home.sell(home.offer(holders[0], renews=insured, starts_at=ending))
    travel_to(ending + DAY)

    with refused("LossOutsideCover", insured + 1, ending - 1, ending, ending + YEAR):
        claims.notify(insured + 1, holders[0], occurredAt=ending - 1)
    assert claims.notify(insured, holders[0], occurredAt=ending - 1) == claim_id(home.product, insured)


def test_bind__renewal_by_another_holder__refuses(home, holders, insured, ending):
    offer = home.offer(holders[1], renews=insured, starts_at=ending)

    home.refuses(offer, "RenewalInvalid", insured, ending, ending)


def test_bind__renewed_before__refuses(home, holders, insured, ending):
    home.sell(home.offer(holders[0], renews=insured, starts_at=ending))

    home.refuses(home.offer(holders[0], renews=insured, starts_at=ending), "RenewalInvalid", insured, ending, ending)


def test_bind__renewed_twice_in_one_batch__refuses(home, holders, insured, ending):
    offers = [home.offer(holders[0], 1_000 * TUSD, renews=insured, starts_at=ending) for _ in range(2)]

    with refused("RenewalInvalid", insured, ending, ending):
        home.product.bind.call(*home.bind_arguments(*offers), home.relayer.sends)


@pytest.mark.parametrize("by", [-1, 1])
def test_bind__renewal_with_a_gap_or_an_overlap__refuses(home, holders, insured, ending, by):
    offer = home.offer(holders[0], renews=insured, starts_at=ending + by)

    home.refuses(offer, "RenewalInvalid", insured, ending + by, ending)


def test_bind__renewal_after_the_end__refuses(home, holders, insured, ending):
    travel_to(ending + 1)

    home.refuses(home.offer(holders[0], renews=insured, starts_at=ending), "RenewalInvalid", insured, ending, ending)


def test_bind__renewal_in_the_last_second__is_taken(home, holders, insured, ending):
    travel_to(ending - 60)
    arguments = home.bind_arguments(home.offer(holders[0], renews=insured, starts_at=ending))

    travel_to(ending)

    assert home.product.bind.call(*arguments, home.relayer.sends)[0] == insured + 1


def test_bind__renewal_of_no_policy__refuses(home, holders, insured, ending):
    home.refuses(home.offer(holders[0], renews=99, starts_at=ending), "RenewalInvalid", 99, ending, 0)


def test_bind__renewal_of_a_cancelled_policy__refuses(home, holders, insured, ending):
    home.cancel(home.cancellation(insured), holders[0])
    ended_at = home.policy(insured)["endsAt"]

    offer = home.offer(holders[0], renews=insured, starts_at=ended_at)
    home.refuses(offer, "RenewalInvalid", insured, ended_at, ended_at)


def test_bind__renewal_too_long_before__refuses(home, holders, insured):
    ends_at = home.policy(insured)["endsAt"]
    latest = now() + 60 * DAY

    home.refuses(home.offer(holders[0], renews=insured, starts_at=ends_at), "StartTooLate", ends_at, latest)
