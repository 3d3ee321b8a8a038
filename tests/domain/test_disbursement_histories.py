"""Any history of payouts and premiums through institutions, drawn at random."""

import random
from copy import deepcopy

import pytest

from domain.disbursement import Disbursement
from domain.errors import StepRefused
from domain.institutions import DAY_SECONDS
from domain.money import TokenUnits
from domain.payouts import TRANSITIONS, PayoutState
from tests.domain.rails import (
    BANK,
    DESK,
    NOON,
    OTHER_BANK,
    PAYEE,
    PRODUCT,
    PURSE,
    SELF,
    TOKEN,
    build_rail,
    collection,
    opened,
    receipt,
)


def random_step(rail: Disbursement, dice: random.Random, now: int) -> None:
    """Something anybody might do, sensible or not."""
    latest = len(rail.instructions)
    number = dice.randint(max(1, latest - 2), latest + 1)
    who = dice.choice((BANK, OTHER_BANK, PAYEE, PAYEE))
    steps = (
        lambda: opened(rail, now, institution=dice.randint(1, 2), amount=dice.choice((1, 400, 1_001))),
        lambda: rail.fund_payout(PAYEE, dice.randint(1, 2), TOKEN, TokenUnits(dice.choice((3, 400))), now),
        lambda: rail.confirm_payout(receipt(number, amount=dice.choice((1, 3, 400))), who),
        lambda: rail.refuse_payout(number, who, dice.randint(0, 2)),
        lambda: rail.take_payout(number, who, dice.choice((PAYEE, SELF, "0xcold")), now),
        lambda: rail.reroute_payout(number, who, dice.randint(1, 3), now),
        lambda: rail.collect_premium(
            collection(
                application_id=number, reference_hash=dice.randbytes(32), valid_until=now + dice.choice((0, 9_000))
            ),
            who,
            now,
        ),
        lambda: rail.release_premium(PRODUCT, number, PAYEE, TOKEN, dice.choice((0, 390, 400)), now),
        lambda: rail.return_collection(PRODUCT, number, now),
        lambda: (rail.book.suspend if dice.random() < 0.2 else rail.book.resume)(dice.randint(1, 2)),
    )
    dice.choice(steps)()


@pytest.mark.parametrize("seed", range(20))
def test_any_history__random_steps__promises_are_held_states_move_up_and_a_refusal_changes_nothing(seed: int) -> None:
    dice = random.Random(seed)
    rail, now, done = build_rail(), NOON, 0
    token = rail.tokens[TOKEN]

    for _ in range(250):
        now += dice.choice((0, 60, 7_200, DAY_SECONDS))
        before, states = deepcopy(rail), [kept.state for kept in rail.instructions]
        try:
            random_step(rail, dice, now)
            done += 1
        except StepRefused:
            donated = rail.tokens[TOKEN].balances[SELF] - before.tokens[TOKEN].balances[SELF]
            before.tokens[TOKEN].move(DESK, SELF, TokenUnits(donated))  # an opening that failed leaves a donation
            assert rail == before
        for old, kept in zip(states, rail.instructions, strict=False):
            assert kept.state is old or kept.state in TRANSITIONS[old]
        undecided = (PayoutState.WAITING, PayoutState.REFUSED)
        waiting = sum(kept.order.amount for kept in rail.instructions if kept.state in undecided)
        set_aside = sum(kept.amount for kept in rail.earmarks.values())
        assert rail.booked[TOKEN] == waiting + set_aside <= token.balances[SELF]
        assert sum(token.balances.values()) == 4 * PURSE

    assert done > 30
