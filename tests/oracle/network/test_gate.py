"""Who is heard, what is kept of early words, and how much of each node waits."""

from dataclasses import replace

import pytest

from oracle.network.early import MOST_BYTES_EACH, MOST_EACH, EarlyWords
from oracle.network.gate import MOST_BYTES_LONG, MOST_BYTES_PLAIN, Gate
from oracle.network.row import MOST_QUEUED_BYTES, Begin, Heard, Row, Stop, key_of
from oracle.rounds.agreement import agree
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.reports import make_report
from oracle.rounds.simulation import seats_of
from oracle.rounds.statements import (
    NOTHING,
    Proposal,
    ReportSignature,
    SignedObservation,
    Stage,
    Statement,
    Vote,
    sign_observation,
    sign_proposal,
    sign_vote,
)
from tests.oracle.rounds.worlds import request, rules, seen

SEATS = seats_of(4)
NODES = [seat.node for seat in SEATS]


def observation(number: int = 0, *, claim: int = 77, loss: int = 1_000) -> SignedObservation:
    return sign_observation(request(claim=claim), NODES[number], seen(loss), SEATS[number].sign)


def vote() -> Vote:
    return sign_vote(request(), NODES[0], 0, Stage.APPROVE, NOTHING, SEATS[0].sign)


def proposal() -> Proposal:
    return sign_proposal(request(), NODES[0], 0, bytes(32), (observation(),), (), SEATS[0].sign)


def signature() -> ReportSignature:
    said = sign_proposal(request(), NODES[0], 0, bytes(32), tuple(map(observation, range(3))), (), SEATS[0].sign)
    made = make_report(request(), agree(rules(), said.observations))
    return ReportSignature(request(), NODES[1], said, (vote(),), SEATS[1].sign(made.digest))


@pytest.mark.parametrize("made", [observation, vote, proposal, signature])
def test_check__a_signer_and_its_own_words__let_in(made: object) -> None:
    Gate(NODES).check(made(), 1_000)  # type: ignore[operator]


def forged() -> list[Statement]:
    """Another's name, or other words, over a right signature."""
    said = proposal()
    return [
        replace(observation(), node=NODES[1]),
        replace(observation(), observation=seen(2_000)),
        replace(vote(), attempt=3),
        replace(said, value=b"\x01" * 32),
        replace(signature(), proposal=replace(said, attempt=1)),
        replace(observation(), signature=bytes(65)),
        replace(signature(), node=NODES[2]),
        replace(signature(), signature=SEATS[1].sign(bytes(32))),
        replace(signature(), signature=observation(1).signature),
    ]


@pytest.mark.parametrize("number", range(9))
def test_check__a_forged_statement__refused(number: int) -> None:
    with pytest.raises(RoundRefused) as refused:
        Gate(NODES).check(forged()[number], 1_000)

    assert refused.value.code == "signature_wrong"


def test_check__nobody_it_knows__refused_until_a_signer_set_names_it() -> None:
    gate = Gate(NODES[1:])
    with pytest.raises(RoundRefused) as refused:
        gate.check(observation(), 1_000)
    gate.know(NODES[:1])
    gate.check(observation(), 1_000)

    assert refused.value.code == "node_unknown"


@pytest.mark.parametrize(("made", "most"), [(vote, MOST_BYTES_PLAIN), (proposal, MOST_BYTES_LONG)])
def test_check__larger_than_its_kind_can_be__refused(made: object, most: int) -> None:
    Gate(NODES).check(made(), most)  # type: ignore[operator]
    with pytest.raises(RoundRefused) as refused:
        Gate(NODES).check(made(), most + 1)  # type: ignore[operator]

    assert refused.value.code == "statement_too_large"


def test_early_words__one_node_floods__only_its_own_oldest_are_pushed_out() -> None:
    early = EarlyWords()
    honest = observation(1)
    early.keep(key_of(request()), honest, 1_000)
    for claim in range(MOST_EACH + 50):
        early.keep(key_of(request(claim=claim + 1_000)), observation(0, claim=claim + 1_000), 1_000)

    assert len(early) == MOST_EACH + 1
    assert early.take(key_of(request())) == [honest]
    assert early.take(key_of(request())) == []
    assert early.take(key_of(request(claim=1_000))) == []
    assert len(early.take(key_of(request(claim=1_000 + MOST_EACH)))) == 1


def test_early_words__said_again_and_again__kept_once_and_push_nothing_out() -> None:
    """Anybody may say another's words again: they must not make its others be forgotten."""
    early, first = EarlyWords(), observation(0, claim=1)
    early.keep(key_of(request(claim=1)), first, 10)
    for _ in range(MOST_EACH + 1):
        early.keep(key_of(request()), observation(), 10)

    assert len(early) == 2
    assert early.take(key_of(request(claim=1))) == [first]


def test_early_words__large_ones__bounded_in_bytes_and_one_always_fits() -> None:
    early = EarlyWords()
    for loss in range(10):
        early.keep(key_of(request()), observation(loss=loss), MOST_BYTES_EACH // 2)
    assert len(early) == 2
    early.keep(key_of(request()), observation(), 2 * MOST_BYTES_EACH)
    assert len(early) == 1


def test_early_words__of_several_nodes__in_the_order_they_came() -> None:
    early = EarlyWords()
    said = [observation(number) for number in (2, 0, 1)]
    for each in said:
        early.keep(key_of(request()), each, 10)

    assert early.take(key_of(request())) == said


def test_row__too_many_bytes_of_one_node__refused_until_they_are_taken() -> None:
    row, said = Row(), observation()
    assert row.hear(Heard(said, MOST_QUEUED_BYTES + 1))
    assert not row.hear(Heard(observation(loss=999), 1))
    assert row.hear(Heard(observation(1), 1))
    row.take(0)
    assert row.hear(Heard(said, 1))


def test_row__said_again_while_it_waits__waits_once_and_takes_nobodys_place() -> None:
    row, said = Row(), observation()
    assert all(row.hear(Heard(said, MOST_QUEUED_BYTES // 2)) for _ in range(10))
    assert row.hear(Heard(observation(loss=999), 1))
    taken = [item.statement for _ in range(3) if isinstance(item := row.take(0), Heard)]

    assert taken == [said, observation(loss=999)]
    assert row.hear(Heard(said, 1))
    assert isinstance(row.take(0), Heard)


def test_row__a_request_put_in_again_and_again__waits_once() -> None:
    row, begin = Row(), Begin(request(), rules(), lambda: None)
    for _ in range(3):
        row.begin(begin)
    assert row.take(0) is begin
    assert row.take(0) is None
    row.begin(begin)
    assert row.take(0) is begin


def test_row__closed__keeps_nothing() -> None:
    row = Row()
    row.close()
    row.begin(Begin(request(), rules(), lambda: None))
    row.put(Stop())

    assert not row.hear(Heard(observation(), 1))
    assert row.take(0) is None
