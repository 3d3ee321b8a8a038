"""Whatever happens in an insurer's house: no money appears or vanishes, and what is promised stays covered."""

import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.claim import Claim, ClaimState
from domain.claim_ids import split_claim_id
from domain.errors import StepRefused
from domain.house import House, applied
from domain.indemnity_policy import lock_of
from tests.scenarios.random_history import RandomHistory
from tests.scenarios.twin import CAPITAL, HOLDERS, PURSE, TwinPlayer, nowhere

STEPS = 60


def own_paid(house: House, claim: Claim) -> int:
    """Indemnity paid under this claim alone, not under those it supersedes."""
    before = [c.paid for c in house.desk.claims.values() if c.superseded_by == claim.claim_id]
    return claim.paid - sum(before)


def check_books(house: House) -> None:
    """Treasury, policies and claims tell the same story."""
    treasury, product = house.treasury, house.product
    account = treasury.products[product.address]
    policies, claims = product.policies.values(), house.desk.claims.values()

    assert sum(house.token.balances.values()) == CAPITAL + len(HOLDERS) * PURSE
    assert house.token.balances[treasury.address] >= treasury.booked >= treasury.committed()
    assert account.exposure == sum(policy.exposure(product.terms) for policy in policies)
    assert account.reserves == sum(claim.reserve for claim in claims)
    assert account.unearned == sum(policy.unearned for policy in policies)


def check_limits(house: House) -> None:
    """Reserves and payments of a policy's claims are what its coverages have in use, and within what is insured."""
    terms = house.product.terms
    used: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for claim in house.desk.claims.values():
        _, policy_id, _ = split_claim_id(claim.claim_id)
        used[policy_id][claim.cause.coverage] += claim.reserve + own_paid(house, claim)
        assert claim.reserve == 0 or claim.state is not ClaimState.CLOSED
    for policy in house.product.policies.values():
        assert list(policy.use.units) == used[policy.policy_id]
        assert policy.use.total <= policy.greatest_sum()
        assert policy.use.total + policy.interest_paid <= lock_of(terms, policy.greatest_sum())


def check_ups(before: House, after: House) -> None:
    """States only go up, and what is closed stays as it was but for its successor."""
    for claim_id, earlier in before.desk.claims.items():
        later = after.desk.claims[claim_id]
        assert later.state >= earlier.state
        assert later.paid >= earlier.paid
        if earlier.state is ClaimState.CLOSED:
            assert (later.outcome, later.paid, later.clock_from) == (earlier.outcome, earlier.paid, earlier.clock_from)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_house__random_history__keeps_its_books(seed: int) -> None:
    player, history = TwinPlayer(nowhere()), RandomHistory(random.Random(seed))

    for _ in range(STEPS):
        before, step = player.house, history.next_step(player)
        try:
            player.play(step)
        except StepRefused:
            assert player.house is before
            continue
        check_books(player.house)
        check_limits(player.house)
        check_ups(before, player.house)


def test_random_history__fixed_seeds__reaches_every_kind_of_step() -> None:
    done, refused = set(), set()
    for seed in range(25):
        player, history = TwinPlayer(nowhere()), RandomHistory(random.Random(seed))
        for _ in range(STEPS):
            step = history.next_step(player)
            try:
                player.play(step)
            except StepRefused as refusal:
                refused.add(refusal.code)
            else:
                done.add(step.do)

    assert done >= {
        "bind", "endorse", "cancel", "earn", "close_policies", "notify", "report", "decide", "acknowledge",
        "reestimate", "pay_instalment", "take_instalments", "withdraw", "escalate", "dispute", "rule", "reopen",
        "close", "choose_institution", "pause", "unpause", "cap_payouts", "block", "push_held",
    }  # fmt: skip
    assert len(refused) >= 25


def test_applied__a_step_that_raises_half_way__leaves_the_house_as_it_was() -> None:
    house = TwinPlayer(nowhere()).house

    def half_a_step(half: House) -> None:
        half.token.balances[half.treasury.address] = 0
        raise StepRefused("Halfway")

    with pytest.raises(StepRefused):
        applied(house, half_a_step)

    assert house.token.balances[house.treasury.address] == CAPITAL
