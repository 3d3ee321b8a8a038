"""Whose turn it is to be looked at, where several threads look and no source may take them all."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oracle.claims.facts import Block
from oracle.network.wanted import Waiting
from oracle.rounds.rules import Request


@dataclass(frozen=True, slots=True)
class Errand:
    """Look at this claim or event as of this block, for this request."""

    request: Request
    asked: Waiting
    block: Block


@dataclass(slots=True)
class Row:
    """An errand in the row.

    Attributes:
        due: When it may be looked at, by the clock of `Turns`.
        tried: How often it was looked at in vain.
        early: How often one after the other it was too early to look.
    """

    errand: Errand
    due: float
    tried: int = 0
    early: int = 0


class Turns:
    """Rows and places. Whoever shares it between threads locks it.

    Of what is due, that of the place comes first which has had least of the threads' time, and of a place that which
    was tried least. A place never has all threads, where there are several, and what is asked for is in one at most.

    Args:
        threads: How many look.
        places: Product → where its evidence comes from; one that is missing is a place of its own.
    """

    def __init__(
        self, threads: int, places: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self.most_at_place = max(1, threads - 1)
        self._places, self._clock = places, clock
        self._rows: dict[tuple[bytes, int], Row] = {}
        self._in_hand: dict[str, tuple[str, float]] = {}
        self._spent: dict[str, float] = {}
        self._busy: Counter[str] = Counter()

    def add(self, errand: Errand) -> None:
        """Put an errand in the row; once for a request, however often it is asked."""
        self._count_from_now(self._place(errand))
        self._rows.setdefault(_key(errand), Row(errand, self._clock()))

    def take(self) -> Row | None:
        """The row whose turn it is, which is in hand from now on; None: none may be looked at now."""
        now = self._clock()
        due = [row for row in self._rows.values() if row.due <= now and self._is_free(row.errand)]
        if not due:
            return None
        spent = self._spent_by(now)
        row = min(due, key=lambda each: (spent[self._place(each.errand)], each.tried, each.due))
        place = self._place(row.errand)
        self._busy[place] += 1
        self._in_hand[row.errand.asked.key] = (place, now)
        return row

    def give_back(self, row: Row, pause: float | None) -> None:
        """It was looked at.

        Args:
            pause: Seconds until it is due again; None: it is done with.
        """
        now = self._clock()
        place, began = self._in_hand.pop(row.errand.asked.key)
        self._spent[place] += now - began
        self._busy[place] -= 1
        if pause is None:
            del self._rows[_key(row.errand)]
        else:
            row.due = now + pause

    def enter(self, product: str) -> bool:
        """Begin something else at this product's place; False: it has as many threads as it may."""
        place = self._places.get(product, product)
        free = self._busy[place] < self.most_at_place
        self._busy[place] += free
        return free

    def leave(self, product: str) -> None:
        """End what was begun there."""
        self._busy[self._places.get(product, product)] -= 1

    def pause(self) -> float | None:
        """Seconds until one may be due, 0 where one may be taken now; None: none, unless one is given back."""
        now = self._clock()
        return min((max(0.0, row.due - now) for row in self._rows.values() if self._is_free(row.errand)), default=None)

    @property
    def subjects(self) -> frozenset[int]:
        """What is in the row."""
        return frozenset(row.errand.asked.subject for row in self._rows.values())

    @property
    def full(self) -> frozenset[str]:
        """Products of places that have as many threads as they may."""
        places = {place for place, busy in self._busy.items() if busy >= self.most_at_place}
        named = {product for product, place in self._places.items() if place in places}
        return frozenset(named | (places - set(self._places.values())))

    def _place(self, errand: Errand) -> str:
        return self._places.get(errand.asked.product, errand.asked.product)

    def _is_free(self, errand: Errand) -> bool:
        return errand.asked.key not in self._in_hand and self._busy[self._place(errand)] < self.most_at_place

    def _spent_by(self, now: float) -> dict[str, float]:
        """With what those in hand have taken so far."""
        spent = dict(self._spent)
        for place, began in self._in_hand.values():
            spent[place] += now - began
        return spent

    def _count_from_now(self, place: str) -> None:
        """A place that was asked for nothing for a while has saved up no time: it begins where the least served is."""
        active = {self._place(row.errand) for row in self._rows.values()}
        if place not in active:
            least = min((self._spent[each] for each in active), default=0.0)
            self._spent[place] = max(self._spent.get(place, 0.0), least)


def _key(errand: Errand) -> tuple[bytes, int]:
    return errand.request.id, errand.request.signer_epoch
