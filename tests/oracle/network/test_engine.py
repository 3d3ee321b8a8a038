"""Rounds of several engines: together, with one missing, after a restart, before they were asked."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from oracle.network import engine as engine_room
from oracle.network.row import MOST_QUEUED
from oracle.rounds.machine import RoundMachine
from oracle.rounds.messages import decode
from oracle.rounds.outcome import Path as Way
from oracle.rounds.refusals import Code, RoundRefused, SigningFailed
from oracle.rounds.statements import SignedObservation, Statement
from oracle.rounds.steps import Output, Unobserved
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
    said = [replace(statement, signature=number.to_bytes(65, "big")) for number in range(MOST_QUEUED + 1)]
    taken = [room.engines[0].offer(each) for each in said]
    room.begin(2)
    room.work()
    other = next(decode(body) for _, body in room.mail if decode(body).node == room.seats[2].node)

    assert taken == [True] * MOST_QUEUED + [False]
    assert room.engines[0].offer(other), "one that floods keeps nobody else out"


def test_engine__a_word_that_breaks_one_round__the_others_go_on_and_it_is_gone_on_with(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = request(claim=5)
    receive = RoundMachine.receive

    def break_at_poison(machine: RoundMachine, statement: Statement, now: int) -> tuple[Output, ...]:
        if machine.request.subjects == poison.subjects:
            raise KeyError("nobody's idea")
        return receive(machine, statement, now)

    monkeypatch.setattr(RoundMachine, "receive", break_at_poison)
    for number in range(4):
        room.begin(number)
        room.begin(number, poison)
    room.run(until_ms=5_000)

    assert len(reports_of(room)) == 1
    assert [engine.failed for engine in room.engines] == [None] * 4
    assert room.around[0].counts.of["refused round_failed"] == 1
    assert not room.engines[0].takes_part_in(poison)
    monkeypatch.undo()
    for number in range(4):
        room.begin(number, poison)
    room.run()
    assert len(reports_of(room)) == 2


def test_engine__bound_to_an_earlier_report_when_it_would_speak__only_that_round_waits(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bound(*_: object, **__: object) -> None:
        raise RoundRefused("bound_by_earlier_request", "a report counts until later")

    monkeypatch.setattr("oracle.rounds.journal.RoundJournal.put", bound)
    room.begin(0)
    room.work()

    assert room.around[0].counts.of["refused bound_by_earlier_request"] == 1
    assert not room.mail
    monkeypatch.undo()
    for number in range(4):
        room.begin(number)
    room.run()
    assert len(reports_of(room)) == 1


def test_engine__another_node_asks_with_other_settings__told_once(room: Room) -> None:
    room.begin(0, request(refers_below_bps=7_000))
    for number in (1, 2, 3):
        room.begin(number)
    with capture_logs() as logs:
        for _ in range(10):
            room.work()
            room.now += 50

    own = "this one with 3600 and 7000"
    (told,) = [entry for entry in logs if entry.get("code") == "settings_differ" and own in entry["detail"]]
    assert "give all nodes the same network file" in told["detail"]


def test_engine__the_clock_was_wrong_before_a_restart__the_round_ends_all_the_same(room: Room) -> None:
    room.now = 90_000_000
    room.begin(0)
    room.work()
    room.now = 1_000  # a day back
    room.engines[0] = room.made(0)
    room.begin(0)
    room.down = {1, 2, 3}
    room.run(until_ms=40_000)

    assert len(room.around[0].outcomes) == 1


def test_engine__more_rounds_than_are_kept__the_ended_go_and_do_not_come_back(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oracle.network.engine.MOST_ROUNDS", 3)
    for claim in range(1, 9):
        for number in range(4):
            room.begin(number, request(claim=claim))
        room.run(until_ms=room.now + 20_000)

    assert len(reports_of(room)) == 8
    assert all(room.engines[0].takes_part_in(request(claim=claim)) for claim in range(1, 9))
    assert len(room.engines[0]._rounds) == 3


def test_engine__stopped_by_its_journal__takes_nothing_any_more(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.begin(1)
    room.work()
    said = decode(room.mail[0][1])

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("oracle.rounds.journal.RoundJournal.put", full)
    room.begin(0)
    room.engines[0].start()
    room.engines[0]._thread.join(timeout=10)

    assert room.engines[0].failed == "OperationalError"
    assert not room.engines[0].offer(said)


def test_brought_nothing__under_way_then_ended_then_let_go__only_where_nothing_is_handed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, other = Room(tmp_path), request(claim=78)
    engine = room.engines[0]
    for number in range(4):
        room.begin(number, other)
    room.run()
    room.sees = [Unobserved(("value",))] * 4
    for number in range(4):
        room.begin(number)
    room.work()
    assert not engine.brought_nothing(request()), "under way"
    room.run(200_000)

    assert (engine.brought_nothing(request()), engine.brought_nothing(other)) == (True, False)
    monkeypatch.setattr(engine_room, "MOST_ROUNDS", 0)
    room.begin(0, request(claim=79))
    room.work()
    assert engine.brought_nothing(request())
