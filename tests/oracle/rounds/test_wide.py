"""A wide spread hands a claim to people: no single liar brings it about, and it is reached where it is true."""

from oracle.rounds.outcome import Path
from oracle.rounds.refusals import Code
from oracle.rounds.simulation import seats_of
from oracle.rounds.statements import (
    Observation,
    Proposal,
    SignedObservation,
    Stage,
    Statement,
    Vote,
    sign_observation,
    sign_proposal,
    sign_vote,
)
from tests.oracle.rounds.worlds import FIELDS, TIMING, Room, leader_first, request, room, rules, seen

LIAR = 0
ASKED = leader_first(request(refers_below_bps=8_000), number=LIAR)
LEAST, FAR = 1_000, 1_016
"""Within the tolerance of 20, further apart than the 5 that are tight."""


def lying_leader(honest: int) -> tuple[SignedObservation, Proposal]:
    """Its own far observation, and a proposal of it with those of the first two honest nodes."""
    seats = seats_of(4)
    losses = (FAR, *[honest] * 2)
    said = tuple(
        sign_observation(ASKED, seat.node, seen(loss), seat.sign) for seat, loss in zip(seats, losses, strict=False)
    )
    value = room(asked=ASKED).machines[1]._examiner.of_observations(said).value
    return said[0], sign_proposal(ASKED, seats[LIAR].node, 0, value, said, (), seats[LIAR].sign)


def votes_of(made: Room, stage: Stage, attempt: int = 0) -> dict[int, Code | None]:
    found = [(number, store.statement) for number, store in made.stored]
    return {n: v.code for n, v in found if isinstance(v, Vote) and (v.stage, v.attempt) == (stage, attempt)}


def with_lying_leader(*, late: tuple[int, ...] = ()) -> Room:
    """The liar says its words and votes for itself; nodes that are late have not looked yet."""
    made = room(asked=ASKED)
    made.down.add(LIAR)
    for number in {1, 2, 3} - set(late):
        made.observe(number, seen(LEAST))
    observation, proposal = lying_leader(LEAST)
    liar = seats_of(4)[LIAR]
    votes = [sign_vote(ASKED, liar.node, 0, stage, proposal.value, liar.sign) for stage in Stage]
    words: list[Statement] = [observation, proposal, *votes]
    made.mail += [(to, said) for said in words for to in (1, 2, 3)]
    return made


def test_round__liar_leads_and_leaves_an_honest_observation_out__report_of_the_tight_ones() -> None:
    made = with_lying_leader()
    made.run()

    for number in (1, 2, 3):
        outcome = made.outcomes[number]
        assert outcome.path is Path.AUTOMATIC
        assert outcome.agreed is not None
        assert outcome.agreed.number["loss"] == LEAST
        assert votes_of(made, Stage.APPROVE)[number] is Code.SPREAD_OPEN


def test_round__liar_leads_and_an_honest_node_looks_late__waited_for() -> None:
    made = with_lying_leader(late=(3,))
    while made.now < TIMING.wide_ms - 1_000:
        while made.mail:
            made.deliver()
        made.tick()
    assert not made.outcomes
    made.observe(3, seen(LEAST))
    made.run()

    assert {made.outcomes[number].path for number in (1, 2, 3)} == {Path.AUTOMATIC}


def test_round__honest_leader_and_an_honest_node_looks_late__waited_for() -> None:
    made = room(asked=leader_first(request(refers_below_bps=8_000), number=1))
    for number, loss in enumerate((FAR, LEAST, LEAST)):
        made.observe(number, seen(loss))
    while made.now < TIMING.exchange_ms * 3:
        while made.mail:
            made.deliver()
        made.tick()
    made.observe(3, seen(LEAST))
    made.run()

    assert {outcome.path for outcome in made.outcomes.values()} == {Path.AUTOMATIC}
    assert made.now < TIMING.wide_ms


def test_round__wide_and_a_node_is_away__report_for_people_after_half_the_round() -> None:
    made = room(asked=request(refers_below_bps=8_000))
    made.down.add(3)
    for number, loss in enumerate((LEAST, LEAST + 8, FAR)):
        made.observe(number, seen(loss))
    made.run()

    assert {made.outcomes[number].path for number in (0, 1, 2)} == {Path.PEOPLE}
    assert all(made.outcomes[number].report for number in (0, 1, 2))
    assert TIMING.wide_ms <= made.now < TIMING.deadline_ms


def test_round__wide_and_all_have_spoken__report_for_people_at_once() -> None:
    made = room(asked=request(refers_below_bps=8_000))
    for number, loss in enumerate((LEAST, LEAST + 7, LEAST + 13, LEAST + 20)):
        made.observe(number, seen(loss))
    made.run()

    assert {outcome.path for outcome in made.outcomes.values()} == {Path.PEOPLE}
    assert made.now < 1_000


def test_round__a_quorum_approved_it_wide_before_more_came__those_who_come_late_join() -> None:
    """A node may be locked on it: refusing it for ever would leave no report at all."""
    made = room(asked=ASKED)
    _, fresh = lying_leader(LEAST)
    seats = seats_of(4)
    approvals = tuple(sign_vote(ASKED, seat.node, 0, Stage.APPROVE, fresh.value, seat.sign) for seat in seats[:3])
    made.observe(3, seen(LEAST))
    leader = next(seat for seat in seats if seat.node == rules().leader(ASKED, 1))
    again = sign_proposal(ASKED, leader.node, 1, fresh.value, fresh.observations, approvals, leader.sign)
    machine = made.machines[3]

    assert machine.voting._is_open_spread(fresh, 0)
    assert not machine.voting._is_open_spread(again, 0)


def own_loss(observation: Observation) -> int:
    return dict(observation.numbers)["loss"]


def test_lying_leader__as_these_tests_have_it__wide_and_within_the_tolerance() -> None:
    observation, proposal = lying_leader(LEAST)
    rule = FIELDS["loss"]

    assert own_loss(observation.observation) == FAR
    assert rule.near(LEAST, FAR)
    assert not rule.is_tight(LEAST, FAR - LEAST)
    assert len(proposal.observations) == rules().threshold
