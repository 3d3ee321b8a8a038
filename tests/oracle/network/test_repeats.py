"""What is said again, over all rounds of a node; and what a node says that saw something else too late."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from oracle.network.repeats import AT_ONCE, EACH_SECOND
from oracle.network.wanted import Seen
from oracle.rounds.messages import decode
from tests.oracle.network.rooms import Room
from tests.oracle.rounds.worlds import request, rules, seen

STANDING_STILL = 60


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def heard(room: Room) -> list[bytes]:
    """What the first node says to one of the others, who never answer."""
    said: list[bytes] = []
    post = room._post

    def listen(sender: int, body: bytes, to: str | None) -> None:
        said.append(body)
        post(sender, body, to)

    room._post = listen  # type: ignore[method-assign]
    room.down = {1, 2, 3}
    for claim in range(STANDING_STILL):
        room.begin(0, request(claim=claim + 1))
    return said


def test_engine__many_rounds_stand_still__say_no_more_than_a_few_again_together(room: Room) -> None:
    """By themselves they would say their words some 15 times in these 10 seconds."""
    said = heard(room)
    room.run(until_ms=3_000)
    said.clear()

    room.run(until_ms=13_000)

    assert STANDING_STILL < len(said) < AT_ONCE + 10 * EACH_SECOND
    assert len({decode(body).request.id for body in said}) == STANDING_STILL  # each has its turn


def test_engine__a_word_is_lost_while_many_rounds_stand_still__is_said_again_before_theirs(room: Room) -> None:
    said, fresh = heard(room), request(claim=STANDING_STILL + 1)
    room.run(until_ms=8_000)
    room.begin(0, fresh)
    room.work()
    said.clear()  # lost

    room.run(until_ms=8_500)

    assert any(decode(body).request.id == fresh.id for body in said)


def test_engine__sees_something_else_when_the_others_have_agreed__says_so_itself(room: Room) -> None:
    odd, asked = room.engines[3], request()
    for number in range(3):
        room.begin(number)
    odd.begin(asked, rules(), lambda: None)  # its look takes longer than the round
    room.run()
    assert room.around[3].outcomes

    with capture_logs() as logs:
        odd.looked(asked, Seen(seen(model=8), {}))
        room.work()
        odd.looked(asked, Seen(seen(), {}))
        room.work()

    told = [(log["code"], log["fields"]) for log in logs if log["event"] == "round.seen_otherwise"]
    assert told == [("versions_differ", ["model"])]
