"""What a node remembers, across being opened again; and its table of nodes against the fold it stands for."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from oracle.network.memory import HandIn, Memory
from oracle.rounds.scorecard import OutcomeOverturned, RoundScored, ScoreEvent, scored
from oracle.rounds.simulation import seats_of

NODES = [seat.node for seat in seats_of(4)]
SUBJECT = "0x" + "0" * 63 + "7"
Open = Callable[..., Memory]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    made: list[Memory] = []

    def open_again(ledger: str = "1:0xaa") -> Memory:
        made.append(Memory(tmp_path / "state" / "memory.sqlite", ledger))
        return made[-1]

    yield open_again
    for memory in made:
        memory.close()


def score(number: int, node: str = NODES[0], **given: object) -> RoundScored:
    told = {"latency_ms": 5, "reported": True, "agreed": True, "signed": True, "equivocated": False, **given}
    return RoundScored(number.to_bytes(32, "big"), node, **told)  # type: ignore[arg-type]


def hand_in(number: int = 1, epoch: int = 1, not_before_ms: int = 100) -> HandIn:
    return HandIn(number.to_bytes(32, "big"), epoch, "0xdesk", b"\x01\x02", 2_000, not_before_ms)


def test_keep_outcome__told_again_after_a_restart__the_first_word_stays(opened: Open) -> None:
    opened().keep_outcome(SUBJECT, b"r", 1, 50, {"path": "automatic"}, [score(1)])
    again = opened()
    again.keep_outcome(SUBJECT, b"r", 1, 60, {"path": "people"}, [score(1, agreed=False)])
    again.keep_outcome(SUBJECT, b"s", 1, 40, {"path": "people"}, [])

    told = opened().outcomes(SUBJECT)
    assert told == [{"ended_at": 40, "path": "people"}, {"ended_at": 50, "path": "automatic"}]
    assert opened().scores()[0].agreed == 1


def test_keep_seen__looked_again__the_newest_stays_and_other_chains_know_nothing(opened: Open) -> None:
    opened().keep_seen(SUBJECT, {"loss": "1"})
    opened().keep_seen(SUBJECT, {"loss": "2"})

    assert opened().seen(SUBJECT) == {"loss": "2"}
    assert opened("1:0xbb").seen(SUBJECT) is None
    assert opened().seen("0x00") is None


def test_scores__many_rounds__what_the_fold_of_their_events_gives(opened: Open) -> None:
    random, events, memory = Random(5), list[ScoreEvent](), opened()
    for number in range(200):
        row = [
            score(number, node, latency_ms=random.choice([None, 3, 40, 900]), reported=random.random() < 0.8,
                  agreed=random.random() < 0.7, signed=random.random() < 0.6, equivocated=random.random() < 0.1)
            for node in NODES
        ]  # fmt: skip
        memory.keep_outcome(SUBJECT, row[0].request_id, 1, number, {}, row)
        events += row
        if number % 3 == 0:
            turned = OutcomeOverturned(row[0].request_id, number)
            assert memory.keep_overturned(turned)
            assert not memory.keep_overturned(turned), "the second time is nothing new"
            events.append(turned)

    assert opened().scores() == scored(events)
    assert opened("1:0xbb").scores() == []


def test_due__kept_ended_and_opened_again__the_rest_by_their_turn(opened: Open) -> None:
    memory = opened()
    for given in (hand_in(1, not_before_ms=300), hand_in(2, not_before_ms=100), hand_in(2, 2, not_before_ms=200)):
        memory.keep_hand_in(given)
    memory.keep_hand_in(hand_in(2, not_before_ms=900))
    memory.end_hand_in(hand_in(2, 2), "mined")

    again = opened()
    assert again.due() == [hand_in(2, not_before_ms=100), hand_in(1, not_before_ms=300)]
    again.keep_hand_in(hand_in(2, 2))
    assert len(again.due()) == 2, "what is done with does not come back"


def test_cursor__moved__known_after_a_restart(opened: Open) -> None:
    assert opened().cursor("decisions") is None
    opened().move_cursor("decisions", 9)
    opened().move_cursor("decisions", 12)

    assert opened().cursor("decisions") == 12
    assert opened().cursor("other") is None


def test_keep_outcome__fails_halfway__nothing_of_it_is_kept(opened: Open) -> None:
    memory = opened()
    with pytest.raises(Exception, match="type 'object' is not supported"):
        memory.keep_outcome(SUBJECT, b"r", 1, 50, {}, [score(1), score(2, latency_ms=object())])

    assert memory.outcomes(SUBJECT) == []
    assert memory.scores() == []
    memory.keep_outcome(SUBJECT, b"r", 1, 50, {}, [score(1)])
    assert len(memory.outcomes(SUBJECT)) == 1
