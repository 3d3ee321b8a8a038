"""Claims brought to where a test begins, and what must be true of the books wherever one ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chain_clock import next_block_at
from indemnity_claims import Claims, claim_id
from indemnity_market import IndemnityMarket
from indemnity_terms import BPS, BUILDING, CLAIM_RULES, COVERAGES, YEAR, lock_of
from market import TUSD
from panel_room import Opinion
from parties import Person

from domain.claim_clock import deadline

NONE, NOTICED, ACKNOWLEDGED, REFERRED, DECIDED, DISPUTED, CLOSED = range(7)
OPEN, PAID, PART_PAID, DENIED, WITHDRAWN, AWARDED, UPHELD = range(7)
WITHDRAW, ESCALATE, DISPUTE, REOPEN, CHOOSE = range(5)  # what a claimant can order
ZERO = "0x" + "00" * 20


def worth(loss: int, coverage: int = BUILDING) -> int:
    """What a loss is worth under a coverage whose limits are far."""
    terms = COVERAGES[coverage]
    return int((loss - terms["deductible"]) * terms["shareBps"] // BPS)


WORTH = worth(600 * TUSD)  # of the loss that is claimed unless a test says otherwise


def interest(amount: int, late_seconds: int) -> int:
    """Interest on an amount paid so many seconds late."""
    simple = amount * CLAIM_RULES["interestBps"] * late_seconds // (YEAR * BPS)
    return int(min(simple, amount * CLAIM_RULES["interestCapBps"] // BPS))


def decide_by(claim: dict[str, Any], paused: int = 0) -> int:
    """Until when a low-risk claim has to be decided."""
    return deadline(int(claim["clockFrom"]), CLAIM_RULES["decideDaysLow"]) + paused


def acknowledge_by(claim: dict[str, Any], paused: int = 0) -> int:
    """Until when a claim has to be acknowledged."""
    return deadline(int(claim["clockFrom"]), CLAIM_RULES["acknowledgeDays"]) + paused


def whole(claims: Claims, policy_id: int, interest: int = 0, sum_insured: int | None = None) -> bool:
    """Whether exposure, reserves, what was paid and interest of the only policy add up to what was locked for it, in
    the product's books and in the treasury's."""
    market, product = claims.market, claims.market.product
    used, count = product.coverageUse(policy_id)
    ids = [claim_id(product, policy_id, ordinal) for ordinal in range(count)]
    records = [claims.claim(number) for number in ids]
    last = [record for record, number in zip(records, ids, strict=True) if not claims.desk.supersededBy(number)]
    reserves, paid = sum(record["reserve"] for record in records), sum(record["paid"] for record in last)
    locked = lock_of(sum_insured or market.policy(policy_id)["sumInsured"])
    assert sum(used) == reserves + paid
    assert product.exposureOf(policy_id) + reserves + paid + interest == locked
    assert market.treasury.reservesOf(product) == reserves
    return market.balanced()


def paid_out(receipt: Any) -> tuple[int, int]:
    """Indemnity and interest of a receipt's only payment."""
    (event,) = receipt.events["ClaimPaid"]
    return int(event["indemnity"]), int(event["interest"])


def decide_at(claims: Claims, moment: int, number: int, **changes: Any) -> Any:
    """A decision of the first adjuster in the block of that time, whatever its own end of validity."""
    decision = claims.decision(number, **{"validUntil": moment, **changes})
    arguments = claims.decide_arguments(decision)
    next_block_at(moment)
    return claims.desk.decide(*arguments, claims.market.adjusters[0].sends)


def ruled(claims: Claims, dispute_id: int, award: int) -> Any:
    """The whole panel rules alike. Returns the receipt of the conclusion."""
    room = claims.market.room
    room.draw(dispute_id)
    room.rule(dispute_id, [Opinion(award)] * 3)
    return room.conclude(dispute_id)


@pytest.fixture
def claimant(holders: tuple[Person, ...], home: IndemnityMarket) -> Person:
    """The insured policy's holder, who lets the panel take deposits."""
    home.token.approve(home.panel, 1_000 * TUSD, holders[0].sends)
    return holders[0]


@pytest.fixture
def adjuster(home: IndemnityMarket) -> Person:
    return home.adjusters[0]


@pytest.fixture
def noticed(claims: Claims, insured: int, claimant: Person) -> int:
    """Id of a claim of 600 TUSD, worth 450, just notified."""
    return claims.notify(insured, claimant)


@pytest.fixture
def denied(claims: Claims, noticed: int) -> int:
    """Id of that claim, denied in time."""
    claims.decide(noticed, loss=0)
    return noticed


@pytest.fixture
def gained(home: IndemnityMarket, claimant: Person) -> Callable[[], int]:
    """What the claimant has gained since the test began, as a function."""
    before = home.token.balanceOf(claimant)
    return lambda: int(home.token.balanceOf(claimant) - before)
