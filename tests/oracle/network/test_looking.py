"""Looking: again where a later look may see more, first what was tried least, at the newest block, whatever happens."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from oracle.claims.facts import Block
from oracle.network.looking import Looker
from oracle.network.turns import Errand
from oracle.network.wanted import Seen, Waiting, WaitingClaim
from oracle.rounds.simulation import CONTRACT, QUORUM
from oracle.rounds.steps import Unobserved
from tests.oracle.rounds.worlds import request, seen
from tests.oracle.serving import until

BLOCK, NEWER = Block(7, "0x07", 1_000), Block(9, "0x09", 1_010)
SEEN = Seen(seen(), {"found": 1})
NOT_YET = Seen(Unobserved(("evidence",)), {}, passing=True)
NEVER = Seen(Unobserved(("statement",)), {}, passing=False)


def errand(claim: int = 77) -> Errand:
    waiting = WaitingClaim(claim, CONTRACT, QUORUM, 900, 0, 0, CONTRACT)
    return Errand(request(claim=claim), waiting, BLOCK)


class Eyes:
    """Gives what the test lists for each claim, the last for ever; errors are raised."""

    def __init__(self, gives: dict[int, list[Seen | Exception]]) -> None:
        self.gives, self.looked = gives, list[tuple[int, int]]()

    def observe(self, asked: Waiting, block: Block) -> Seen:
        self.looked.append((asked.subject, block.number))
        row = self.gives[asked.subject]
        given = row.pop(0) if len(row) > 1 else row[0]
        if isinstance(given, Exception):
            raise given
        return given


class Desk:
    """A looker, what it found, and its clock."""

    def __init__(self, eyes: Eyes) -> None:
        self.found: list[tuple[Errand, Seen]] = []
        self.noted: list[Seen] = []
        self.counted: list[bool] = []
        self.now = 0.0
        self.looker = Looker(
            eyes, self, lambda errand, seen: self.found.append((errand, seen)),
            noted=lambda _, seen: self.noted.append(seen), newest=lambda: NEWER, again=(1.0, 2.0),
            clock=lambda: self.now,
        )  # fmt: skip

    def observed(self, seconds: float, *, seen: bool) -> None:
        assert seconds >= 0
        self.counted.append(seen)

    def work(self) -> float | None:
        while (pause := self.looker.work_once()) == 0.0:
            pass
        return pause


def test_work_once__seen_at_once__brought_once() -> None:
    desk = Desk(Eyes({77: [SEEN]}))
    desk.looker.look(errand())
    desk.looker.look(errand())

    assert desk.work() is None
    assert desk.found == [(errand(), SEEN)]
    assert desk.counted == [True]


def test_work_once__not_yet__noted_at_each_try_and_brought_after_the_last() -> None:
    desk = Desk(Eyes({77: [NOT_YET]}))
    desk.looker.look(errand())
    desk.work()

    assert (desk.noted, desk.found) == ([NOT_YET], [])
    for desk.now in (1.0, 3.0):
        desk.work()
    assert (len(desk.noted), desk.found) == (3, [(replace(errand(), block=NEWER), NOT_YET)])


def test_work_once__not_yet__again_after_each_pause_at_the_newest_block() -> None:
    eyes = Eyes({77: [NOT_YET, NOT_YET, SEEN]})
    desk = Desk(eyes)
    desk.looker.look(errand())

    assert (desk.work(), desk.found) == (1.0, [])
    desk.now = 1.0
    assert (desk.work(), desk.found) == (2.0, [])
    desk.now = 3.0
    assert desk.work() is None
    assert [seen for _, seen in desk.found] == [SEEN]
    assert [block for _, block in eyes.looked] == [BLOCK.number, NEWER.number, NEWER.number]


def test_work_once__never_to_be_seen__told_after_the_tries_it_has() -> None:
    desk = Desk(Eyes({77: [NOT_YET], 78: [NEVER]}))
    desk.looker.look(errand(77))
    desk.looker.look(errand(78))
    desk.work()
    assert [seen for _, seen in desk.found] == [NEVER], "not passing: told at once"
    for desk.now in (1.0, 3.0):
        desk.work()

    assert desk.found[1:] == [(replace(errand(77), block=NEWER), NOT_YET)]
    desk.looker.look(errand(77))
    desk.work()
    assert desk.looker.work_once() == 1.0, "asked anew, it begins anew"


def test_work_once__one_claim_tried_often_and_a_new_one__the_new_one_first() -> None:
    eyes = Eyes({1: [NOT_YET], 2: [NOT_YET], 3: [SEEN]})
    desk = Desk(eyes)
    for claim in (1, 2):
        desk.looker.look(errand(claim))
    desk.work()
    desk.now = 5.0
    desk.looker.look(errand(3))
    desk.looker.work_once()

    assert eyes.looked[-1][0] == 3


def test_look_once__an_error_nobody_thought_of__not_seen_and_its_words_in_no_log() -> None:
    desk = Desk(Eyes({77: [ValueError("Zhang Wei, diagnosis F32"), SEEN]}))
    with capture_logs() as logs:
        desk.looker.look(errand())
        desk.work()

    assert desk.counted == [False]
    assert "Zhang" not in str(logs)
    assert "diagnosis" not in str(logs)
    assert [entry["reason"] for entry in logs] == ["ValueError"]
    assert "test_looking.py:" in logs[0]["at"]
    desk.now = 1.0
    desk.work()
    assert [seen for _, seen in desk.found] == [SEEN]


def test_start__what_was_found_cannot_be_brought__the_thread_goes_on() -> None:
    brought: list[int] = []

    def bring(errand: Errand, _: Seen) -> None:
        if errand.asked.subject == 1:
            raise OSError("no space left")
        brought.append(errand.asked.subject)

    desk = Desk(Eyes({1: [SEEN], 2: [SEEN]}))
    looker = Looker(Eyes({1: [SEEN], 2: [SEEN]}), desk, bring)
    looker.start()
    looker.look(errand(1))
    looker.look(errand(2))
    until(lambda: brought == [2])

    assert looker.is_alive
    looker.stop()
    assert not looker.is_alive


def elsewhere(claim: int, product: str) -> Errand:
    made = errand(claim)
    return replace(made, asked=WaitingClaim(claim, CONTRACT, QUORUM, 900, 0, 0, product))


def test_work_once__one_product_with_many_slow_claims__another_waits_for_one_look_only() -> None:
    eyes = Eyes({number: [SEEN] for number in range(12)})
    desk = Desk(eyes)
    observe = eyes.observe

    def slow(asked: Waiting, block: Block) -> Seen:
        desk.now += 40.0 if asked.product == CONTRACT else 0.1
        return observe(asked, block)

    eyes.observe = slow  # type: ignore[method-assign]
    for claim in range(8):
        desk.looker.look(errand(claim))
    desk.looker.work_once()
    for claim in (8, 9):
        desk.looker.look(elsewhere(claim, QUORUM))
    for _ in range(4):
        desk.looker.work_once()

    order = [claim for claim, _ in eyes.looked]
    assert order[0] == 0
    assert {8, 9} <= set(order[1:4]), f"{order}: a product waits for one look, then catches up"


def test_work_once__a_product_that_was_quiet__has_saved_up_no_time() -> None:
    eyes = Eyes({number: [SEEN] for number in range(40)})
    desk = Desk(eyes)
    observe = eyes.observe

    def slow(asked: Waiting, block: Block) -> Seen:
        desk.now += 10.0
        return observe(asked, block)

    eyes.observe = slow  # type: ignore[method-assign]
    for claim in range(10):
        desk.looker.look(errand(claim))
    for _ in range(6):
        desk.looker.work_once()
    for claim in range(20, 30):
        desk.looker.look(elsewhere(claim, QUORUM))
    for _ in range(6):
        desk.looker.work_once()

    latest = [claim for claim, _ in eyes.looked][6:]
    assert len([claim for claim in latest if claim >= 20]) == 3, f"{latest}: taken in turns"


def test_work_once__too_early_to_look__again_soon_and_no_try_is_lost() -> None:
    early = Seen(Unobserved(("earlier.catching_up",)), {}, passing=True, early=True)
    desk = Desk(Eyes({77: [*[early] * 6, NOT_YET, NOT_YET, NOT_YET]}))
    desk.looker.look(errand())
    pauses = []
    for _ in range(6):
        pause = desk.work()
        assert pause is not None
        pauses.append(pause)
        desk.now += pause

    assert pauses == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0]
    assert desk.found == []
    assert desk.work() == 1.0, "the first of its tries"
    desk.now += 1.0
    assert desk.work() == 2.0
    desk.now += 2.0
    assert desk.work() is None
    assert desk.found == [(replace(errand(), block=NEWER), NOT_YET)]


def test_work_once__what_was_seen_cannot_be_noted__kept_in_the_row_and_looked_at_again() -> None:
    desk = Desk(Eyes({77: [SEEN]}))
    noted = desk.looker._noted
    desk.looker._noted = lambda _errand, _seen: (_ for _ in ()).throw(OSError("no space left"))
    desk.looker.look(errand())
    with pytest.raises(OSError, match="no space left"):
        desk.looker.work_once()

    desk.looker._noted = noted
    assert desk.looker.work_once() == 1.0
    desk.now += 1.0
    desk.work()
    assert [seen for _, seen in desk.found] == [SEEN]
