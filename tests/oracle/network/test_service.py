"""One node's watch of the chain: what it takes part in, what it goes on with after a restart, what holds up nothing."""

import pytest
from structlog.testing import capture_logs

from ledger.rpc import RpcUnavailable
from oracle.claims.facts import Block
from oracle.network import service as room
from oracle.network.wanted import RETRY_MARGIN_SECONDS, claim_key, sequence_at
from oracle.rounds.refusals import RoundRefused, SigningFailed
from oracle.rounds.rules import Request
from oracle.rounds.runner import request_of
from oracle.rounds.simulation import QUORUM, START, seats_of
from oracle.rounds.statements import SignedObservation, sign_observation
from oracle.rounds.steps import Seat
from tests.oracle.network.worlds import NODES, OTHER_QUORUM, SEATS, VALID, Make, World, observations, waiting, work
from tests.oracle.rounds.worlds import seen
from tests.oracle.serving import until


def test_watch_once__a_claim_waits__looked_at_once_and_one_observation_said(world: World, make: Make) -> None:
    service = make()
    for _ in range(3):
        service.watch_once()
        work(service)

    assert world.looked == [77]
    (said,) = {each.digest: each for each in observations(world)}.values()
    assert said.request.subjects == (77,)
    assert service.claim(77) == {
        "claim_id": claim_key(77), "seen": {"loss_units": "1000", "could_not_see": []}, "rounds": [],
    }  # fmt: skip
    assert service.claim(78) is None


def test_watch_once__restarted_while_an_earlier_sequence_is_open__goes_on_with_it_and_says_nothing_else(
    world: World, make: Make
) -> None:
    first = make()
    first.watch_once()
    work(first)
    world.block = Block(99, "0x63", START + VALID + RETRY_MARGIN_SECONDS)
    assert sequence_at(START, world.block.time, VALID) == 1
    world.said.clear()

    again = make()
    again.watch_once()
    work(again)

    assert again._parts.engine.open_rounds == 1
    (still_open,) = map(request_of, again._parts.unfinished())
    assert still_open.sequence == 0
    assert {each.request.sequence for each in observations(world)} <= {0}
    assert world.looked == [77], "it has looked before, and says what it said"


def test_watch_once__signature_not_to_be_had_for_an_earlier_sequence__gone_on_with_later(
    world: World, make: Make
) -> None:
    away = True

    def sign(digest: bytes) -> bytes:
        if away:
            raise SigningFailed("the signing service gives no answer")
        return SEATS[0].sign(digest)

    service = make(Seat(NODES[0], sign))
    service.watch_once()
    work(service)
    assert service._parts.engine.open_rounds == 0
    world.block = Block(99, "0x63", START + VALID + RETRY_MARGIN_SECONDS)
    away = False
    service.watch_once()
    work(service)

    assert service._parts.engine.open_rounds == 1
    assert [each.request.sequence for each in observations(world)] == [0]


def test_watch_once__not_in_the_signer_set__nothing_opened_and_told_once(world: World, make: Make) -> None:
    world.sets[QUORUM, 1] = tuple(seat.node for seat in seats_of(5)[:5] if seat.node != NODES[0])[:4]
    service = make()
    with capture_logs() as logs:
        for _ in range(4):
            service.watch_once()
            work(service)

    assert service._parts.unfinished() == []
    assert [entry["code"] for entry in logs if entry["event"] == "round.refused"] == ["not_in_signer_set"]
    world.sets[QUORUM, 2], world.epoch = NODES, 2
    service.watch_once()
    work(service)
    assert [each.request.signer_epoch for each in observations(world)] == [2]


def test_watch_once__signers_rotated_in_the_middle__the_old_set_ends_its_round_first(world: World, make: Make) -> None:
    service = make()
    service.watch_once()
    work(service)
    world.sets[QUORUM, 2], world.epoch = NODES, 2
    service.watch_once()
    work(service)

    assert {each.request.signer_epoch for each in observations(world)} == {1}
    assert service._parts.engine.open_rounds == 1


def test_watch_once__one_quorum_does_not_answer__claims_of_others_go_on_and_it_is_told_once(
    world: World, make: Make
) -> None:
    world.claims = [waiting(1, quorum=OTHER_QUORUM), waiting(2, quorum=OTHER_QUORUM), waiting(3)]
    service = make()
    with capture_logs() as logs:
        for _ in range(3):
            service.watch_once()
            work(service)

    assert world.looked == [3]
    assert [entry["code"] for entry in logs if entry["event"] == "round.not_asked"] == ["quorum_unread"]


def test_watch_once__terms_that_ask_for_more_than_there_are__others_go_on(world: World, make: Make) -> None:
    world.claims = [waiting(1, min_signatures=9), waiting(2)]
    service = make()
    with capture_logs() as logs:
        for _ in range(3):
            service.watch_once()
            work(service)

    assert world.looked == [2]
    assert [entry["code"] for entry in logs if entry["event"] == "round.not_asked"] == ["rules_invalid"]


def test_watch_once__thousands_wait__the_oldest_first_and_so_many_at_a_time(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_OPEN", 5)
    world.claims = [waiting(number) for number in range(1, 2_000)]
    service = make()
    for _ in range(3):
        service.watch_once()
        work(service)

    assert service._parts.engine.open_rounds == 5
    assert world.looked == [1, 2, 3, 4, 5]


def test_watch_once__decided_by_people_meanwhile__the_open_round_is_gone_on_with_without_a_look(
    world: World, make: Make
) -> None:
    make().watch_once()
    first = make()
    first.watch_once()
    first._parts.engine.step(0)  # opened, and not looked yet
    world.claims = []
    again = make()
    again.watch_once()
    work(again)

    assert again._parts.engine.open_rounds == 1
    assert world.looked == []


def test_watch__the_chain_is_away_and_comes_back__told_once_and_gone_on(world: World, make: Make) -> None:
    world.chain_error = RpcUnavailable("no answer")
    service = make()
    with capture_logs() as logs:
        service.start()
        until(lambda: b"quittance_chain_errors_total 0.0" not in service.metrics())
        world.chain_error = ValueError("nobody's idea")
        until(lambda: any(entry["event"] == "chain.watch_failed" for entry in logs))
        world.chain_error = None
        until(lambda: bool(observations(world)))
        assert service.failed is None
        service.stop()

    assert len(observations(world)) >= 1
    assert [entry["event"] for entry in logs].count("chain.lost") == 1


def test_failed__a_thread_that_has_ended__said(make: Make) -> None:
    service = make()
    service.start()
    assert service.failed is None
    service._looker.stop()
    told = str(service.failed)
    service.stop()

    assert told == "looking has ended"


def test_receive__words_of_another_node__taken_forged_ones_refused_and_counted(world: World, make: Make) -> None:
    service = make()
    service.watch_once()
    work(service)
    asked: Request = observations(world)[0].request
    said = sign_observation(asked, NODES[1], seen(), SEATS[1].sign)

    assert service.receive(said, 1_000)
    with pytest.raises(RoundRefused, match="signature_wrong"):
        service.receive(SignedObservation(asked, NODES[2], seen(), said.signature), 1_000)
    assert b'quittance_statements_received_total{result="refused"} 1.0' in service.metrics()
