"""Whose turn it is: no place has all threads, no claim two of them, and who waited longest for time comes first."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from oracle.network.turns import Errand, Row, Turns
from oracle.network.wanted import WaitingClaim
from oracle.rounds.simulation import CONTRACT, QUORUM
from tests.oracle.network.test_looking import BLOCK
from tests.oracle.rounds.worlds import request

SISTER = "0x" + "5A" * 20
PLACES = {CONTRACT: "insurer.example:443", SISTER: "insurer.example:443", QUORUM: "other.example:443"}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def errand(claim: int, product: str = CONTRACT, sequence: int = 0) -> Errand:
    asked = WaitingClaim(claim, CONTRACT, QUORUM, 900, 0, 0, product)
    return Errand(replace(request(claim=claim), sequence=sequence), asked, BLOCK)


def turns(clock: Clock, threads: int, *errands: Errand, places: Mapping[str, str] = PLACES) -> Turns:
    made = Turns(threads, places, clock)
    for each in errands:
        made.add(each)
    return made


def taken(row: Row | None) -> int:
    assert row is not None
    return row.errand.asked.subject


def test_take__one_place_has_many__one_thread_is_left_to_the_others(clock: Clock) -> None:
    row = turns(clock, 3, errand(1), errand(2, SISTER), errand(3), errand(4, QUORUM))
    first = row.take()
    clock.now += 1
    second, third = row.take(), row.take()

    assert [taken(first), taken(second), taken(third)] == [1, 4, 2]
    assert row.take() is None, "the insurer's two products are one place"
    assert row.pause() is None
    assert first is not None
    row.give_back(first, None)
    assert row.pause() == 0
    assert taken(row.take()) == 3


def test_take__one_thread_or_places_nobody_named__each_place_may_have_it(clock: Clock) -> None:
    assert taken(turns(clock, 1, errand(1)).take()) == 1
    row = turns(clock, 2, errand(1), errand(2, SISTER), errand(3), places={})

    assert [taken(row.take()), taken(row.take())] == [1, 2]


def test_take__two_requests_for_one_claim__one_after_the_other(clock: Clock) -> None:
    row = turns(clock, 3, errand(1), errand(1, sequence=1))
    first = row.take()
    assert row.take() is None

    assert first is not None
    row.give_back(first, None)
    second = row.take()
    assert second is not None
    assert second.errand.request.sequence == 1


def test_take__a_look_that_still_lasts__counts_as_time_its_place_has_had(clock: Clock) -> None:
    row = turns(clock, 3, errand(1), errand(2), errand(3, QUORUM))
    row.take()
    clock.now += 40

    assert [taken(row.take()), taken(row.take())] == [3, 2]


def test_give_back__to_be_looked_at_again__due_after_its_pause(clock: Clock) -> None:
    row = turns(clock, 1, errand(1))
    first = row.take()
    assert first is not None
    row.give_back(first, 2.0)

    assert (row.take(), row.pause()) == (None, 2.0)
    clock.now += 2
    assert row.pause() == 0
    assert taken(row.take()) == 1


def test_enter__beside_looks__counts_to_the_same_place_and_says_which_products_are_full(clock: Clock) -> None:
    row = turns(clock, 3, errand(1), errand(2))
    assert row.full == frozenset()
    assert row.enter(SISTER)
    assert taken(row.take()) == 1

    assert row.take() is None
    assert not row.enter(CONTRACT)
    assert row.full == {CONTRACT, SISTER}
    row.leave(SISTER)
    assert taken(row.take()) == 2
    assert row.subjects == {1, 2}
