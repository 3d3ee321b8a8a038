"""Peers that are well, slow, dead, rude; none keeps another waiting, and no thread ends of what one does."""

from collections import Counter
from collections.abc import Sequence
from threading import Event, Lock

import pytest

from oracle.network import transport
from oracle.network.transport import MOST_WAITING, Peers
from tests.oracle.serving import Answer, Asked, serving, until

DEAD = "http://127.0.0.1:9"


class Gauge:
    """Counts by peer and result."""

    def __init__(self) -> None:
        self.of: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def sent(self, peer: str, result: str) -> None:
        with self._lock:
            self.of[peer, result] += 1


def heard(asked: Sequence[Asked]) -> list[bytes]:
    """The statements that came, one to a line of a body."""
    return [line for each in asked for line in each.body.split(b"\n")]


@pytest.fixture
def gauge() -> Gauge:
    return Gauge()


def test_send__to_all_and_to_one__each_gets_its_own_in_order(gauge: Gauge) -> None:
    with serving(lambda _: Answer(202)) as one, serving(lambda _: Answer(202)) as two:
        peers = Peers({"one": one.url, "two": two.url}, gauge)
        for body, to in ((b"1", None), (b"2", "one"), (b"3", None), (b"4", "nobody")):
            peers.send(body, to)
        until(lambda: sum(gauge.of.values()) == 5)
        states = peers.states()
        peers.close()

    assert heard(one.asked) == [b"1", b"2", b"3"]
    assert heard(two.asked) == [b"1", b"3"]
    assert {asked.path for asked in one.asked} == {"/v1/round-messages"}
    assert states["one"].heard_at is not None
    assert states["one"].refused is None


def test_send__one_dead_and_one_hanging__the_third_hears_everything(gauge: Gauge) -> None:
    go = Event()

    def hang(_: Asked) -> Answer:
        go.wait(60)
        return Answer(202)

    with serving(lambda _: Answer(202)) as well, serving(hang) as hanging:
        peers = Peers({"well": well.url, "dead": DEAD, "hanging": hanging.url}, gauge)
        for number in range(20):
            peers.send(str(number).encode(), None)
        until(lambda: gauge.of["well", "accepted"] == 20 and gauge.of["dead", "unreachable"] > 0)
        states = peers.states()
        go.set()
        peers.close()

    assert states["dead"].heard_at is None
    assert states["dead"].failed_at is not None


def test_send__a_peer_that_refuses__told_and_not_said_again(gauge: Gauge) -> None:
    with serving(lambda _: Answer(403, b"no")) as rude:
        peers = Peers({"rude": rude.url}, gauge)
        peers.send(b"1", None)
        until(lambda: gauge.of["rude", "refused"] == 1)
        assert peers.states()["rude"].refused == "HTTP 403"
        peers.close()

    assert len(rude.asked) == 1


def test_send__a_peer_that_comes_back__hears_what_was_said_last(gauge: Gauge) -> None:
    broken = True
    with serving(lambda _: Answer(202)) as served:
        peers = Peers({"back": DEAD}, gauge)
        peers.send(b"lost", None)
        until(lambda: gauge.of["back", "unreachable"] == 1)
        peers._lanes["back"].url, broken = served.url, False
        peers.send(b"heard", None)
        until(lambda: gauge.of["back", "accepted"] == 1)
        peers.close()

    assert not broken
    assert [asked.body for asked in served.asked] == [b"heard"]


@pytest.mark.parametrize("answer", [Answer(202, endless=True), Answer(202, b" " * 1_000, drip_seconds=0.2)])
def test_send__an_answer_without_end__given_up(
    gauge: Gauge, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 1.0)
    with serving(lambda _: answer) as served:
        peers = Peers({"one": served.url}, gauge)
        peers.send(b"1", None)
        until(lambda: sum(gauge.of.values()) == 1)
        peers.close()


@pytest.mark.parametrize("url", ["http://[::1", "no address", "http://\udcff"])
def test_send__an_address_that_breaks_the_client__the_thread_goes_on(gauge: Gauge, url: str) -> None:
    peers = Peers({"odd": url}, gauge)
    for number in (1, 2):
        peers.send(b"x", None)
        until(lambda wanted=number: gauge.of["odd", "unreachable"] >= wanted)  # type: ignore[misc]
    peers.close()


def test_send__more_than_are_kept__the_oldest_are_dropped_and_counted(gauge: Gauge) -> None:
    go = Event()

    def hold(_: Asked) -> Answer:
        go.wait(60)
        return Answer(202)

    with serving(hold) as served:
        peers = Peers({"slow": served.url}, gauge)
        peers.send(b"first", None)
        until(lambda: len(served.asked) == 1)
        for number in range(MOST_WAITING + 3):
            peers.send(str(number).encode(), None)
        assert gauge.of["slow", "dropped"] == 3
        go.set()
        until(lambda: gauge.of["slow", "accepted"] + gauge.of["slow", "unreachable"] >= MOST_WAITING)
        peers.close()

    assert b"2" not in heard(served.asked)
    assert str(MOST_WAITING + 2).encode() in heard(served.asked)
    assert len(served.asked) < MOST_WAITING  # what waited went out together


def test_send__the_same_again_while_it_waits__goes_out_once(gauge: Gauge) -> None:
    go = Event()

    def hold(_: Asked) -> Answer:
        go.wait(60)
        return Answer(202)

    with serving(hold) as served:
        peers = Peers({"slow": served.url}, gauge)
        peers.send(b"first", None)
        until(lambda: len(served.asked) == 1)
        for _ in range(5):
            peers.send(b"again", None)
        go.set()
        until(lambda: gauge.of["slow", "accepted"] + gauge.of["slow", "unreachable"] == 2)
        peers.close()

    assert heard(served.asked) == [b"first", b"again"]


def test_close__a_dead_peer_in_its_pause__threads_end(gauge: Gauge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_PAUSE_SECONDS", 600.0)
    peers = Peers({"dead": DEAD}, gauge)
    peers.send(b"1", None)
    until(lambda: gauge.of["dead", "unreachable"] == 1)
    peers.close()

    assert not any(thread.is_alive() for thread in peers._threads)
