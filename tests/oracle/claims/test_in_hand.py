"""Dossiers in hand: one thread reads each, others wait for it, not for ever."""

from threading import Event, Thread

from oracle.claims.in_hand import InHand

ONE, TWO = b"\x01" * 32, b"\x02" * 32


def test_alone__another_has_it__not_taken_and_free_again_after() -> None:
    hand = InHand()
    with hand.alone(ONE) as first, hand.alone(ONE) as second, hand.alone(TWO) as other:
        assert (first, second, other) == (True, False, True)
    assert not hand.holds(ONE)
    with hand.alone(ONE) as again:
        assert again


def test_reading__a_claim_looked_at_while_it_is_learned__in_hand_until_both_are_done() -> None:
    hand = InHand()
    with hand.reading(ONE):
        with hand.reading(ONE):
            pass
        assert hand.holds(ONE)
        with hand.alone(ONE) as taken:
            assert not taken
    assert not hand.holds(ONE)


def test_alone__an_error__let_go() -> None:
    hand = InHand()
    try:
        with hand.alone(ONE):
            raise ValueError
    except ValueError:
        pass
    assert not hand.holds(ONE)


def test_wait__until_it_is_let_go_or_time_is_up() -> None:
    hand, go = InHand(), Event()

    def read() -> None:
        with hand.alone(ONE):
            go.wait(10)

    thread = Thread(target=read)
    thread.start()
    while not hand.holds(ONE):
        pass
    hand.wait([ONE, TWO], 0.01)
    assert hand.holds(ONE), "time was up"
    go.set()
    hand.wait([ONE, TWO], 10)
    assert not hand.holds(ONE)
    thread.join()
