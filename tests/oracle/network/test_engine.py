"""Rounds of several engines: together, with one missing, after a restart, before they were asked."""

from pathlib import Path

import pytest

from oracle.network.row import MOST_QUEUED
from oracle.rounds.messages import decode
from oracle.rounds.outcome import Path as Way
from oracle.rounds.refusals import Code, SigningFailed
from oracle.rounds.statements import SignedObservation
from oracle.rounds.steps import Unobserved
from tests.oracle.network.rooms import Room
from tests.oracle.rounds.worlds import request, seen


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def reports_of(room: Room) -> set[bytes]:
    return {made.digest for around in room.around for made, _ in around.handed_in}


def test_engine__four_nodes_that_see_the_same__one_report_handed_in_by_all(room: Room) -> None:
    for number in range(4):
        room.begin(number)
    room.run()

    assert len(reports_of(room)) == 1
    assert [len(around.handed_in) for around in room.around] == [1, 1, 1, 1]
    assert all(len(signatures) >= 3 for around in room.around for _, signatures in around.handed_in)
    assert [around.outcomes[0].path for around in room.around] == [Way.AUTOMATIC] * 4


def test_engine__one_node_down__the_others_report(room: Room) -> None:
    room.down = {2}
    for number in (0, 1, 3):
        room.begin(number)
    room.run()

    assert len(reports_of(room)) == 1
    assert room.around[2].handed_in == []


def test_engine__a_node_with_another_model__refuses_and_is_named(room: Room) -> None:
    room.sees[1] = seen(model=8)
    for number in range(4):
        room.begin(number)
    room.run()

    assert len(reports_of(room)) == 1
    reasons = {(reason.node, reason.code) for reason in room.around[0].outcomes[0].reasons}
    assert (room.seats[1].node, Code.VERSIONS_DIFFER) in reasons
    assert not next(s for s in room.around[0].outcomes[0].standings if s.node == room.seats[1].node).signed


def test_engine__two_nodes_see_nothing__no_report_and_why(room: Room) -> None:
    room.sees[0] = room.sees[1] = Unobserved(("evidence.store",))
    for number in range(4):
        room.begin(number)
    room.run(until_ms=40_000)

    assert reports_of(room) == set()
    assert all(around.outcomes[0].path is Way.PEOPLE for around in room.around)
    assert "evidence.store" in room.around[0].outcomes[0].explained()


def test_engine__words_before_the_request_is_seen__count_once_it_is(room: Room) -> None:
    for number in (0, 1, 3):
        room.begin(number)
    for _ in range(3):
        room.work()
        room.now += 50
    assert room.around[2].counts.of["received early"] > 0
    room.begin(2)
    room.run()

    assert len(reports_of(room)) == 1
    assert [len(around.handed_in) for around in room.around] == [1, 1, 1, 1]


def test_engine__a_restart_after_every_step__one_report_and_no_second_word(room: Room) -> None:
    heard: dict[tuple[str, str], set[bytes]] = {}
    post = room._post

    def listen(sender: int, body: bytes, to: str | None) -> None:
        statement = decode(body)
        if isinstance(statement, SignedObservation):
            heard.setdefault((statement.node, "observation"), set()).add(statement.signature)
        post(sender, body, to)

    room._post = listen  # type: ignore[method-assign]
    for number in range(4):
        room.begin(number)
    for step in range(400):
        room.work()
        room.now += 50
        if step % 3 == 0 and room.engines[step % 4].open_rounds:
            room.engines[step % 4] = room.made(step % 4)
            room.sees[step % 4] = seen(loss=1_003)  # what it would say now is not what it said
            room.begin(step % 4)
        if all(around.outcomes for around in room.around):
            break

    assert len(reports_of(room)) == 1
    assert all(len(signatures) == 1 for signatures in heard.values())


def test_engine__the_signing_service_is_away__goes_on_when_it_is_back(room: Room) -> None:
    def away(_digest: bytes) -> bytes:
        raise SigningFailed("the signing service gave no answer")

    room.engines[2] = room.made(2, away)
    for number in range(4):
        room.begin(number)
    room.work()
    assert room.around[2].counts.of["refused signing_failed"] == 1
    assert not room.engines[2].takes_part_in(request())

    room.engines[2] = room.made(2)
    room.begin(2)
    room.run()

    assert [len(around.handed_in) for around in room.around] == [1, 1, 1, 1]


def test_engine__a_subject_that_is_open_is_asked_anew__refuses_the_second(room: Room) -> None:
    room.begin(0)
    room.work()
    room.begin(0, request(sequence=1))
    room.work()

    assert room.around[0].counts.of["refused request_open"] == 1
    assert not room.engines[0].takes_part_in(request(sequence=1))


def test_engine__a_journal_that_cannot_be_written__stands_still(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("oracle.rounds.journal.RoundJournal.put", full)
    room.begin(0)
    room.engines[0].start()
    room.engines[0]._thread.join(timeout=10)

    assert room.engines[0].failed == "OSError"
    assert not room.mail


def test_offer__more_than_it_takes__refuses(room: Room) -> None:
    room.begin(1)
    room.work()
    statement = decode(room.mail[0][1])
    taken = [room.engines[0].offer(statement) for _ in range(MOST_QUEUED + 1)]
    room.begin(2)
    room.work()
    other = next(decode(body) for _, body in room.mail if decode(body).node == room.seats[2].node)

    assert taken == [True] * MOST_QUEUED + [False]
    assert room.engines[0].offer(other), "one that floods keeps nobody else out"
