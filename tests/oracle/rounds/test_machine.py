"""One round at each node: agreement, refusal, and an explained end without report."""

from dataclasses import replace

import pytest

from oracle.rounds.machine import RoundMachine
from oracle.rounds.outcome import Path
from oracle.rounds.quorum import Verifier, require_quorum
from oracle.rounds.refusals import Code, RoundRefused
from oracle.rounds.rules import Request, Timing
from oracle.rounds.simulation import seats_of
from oracle.rounds.statements import Proposal, SignedObservation, sign_observation
from oracle.rounds.steps import Seat, Unobserved
from tests.oracle.rounds.worlds import Room, leader_first, request, room, rules, seen


def losses(made: Room, *values: int) -> None:
    for number, value in enumerate(values):
        made.observe(number, seen(value))


@pytest.mark.parametrize("count", [4, 5, 6, 7, 10])
def test_round__all_agree__one_report_signed_by_all(count: int) -> None:
    made = room(count)

    losses(made, *(1_000 + number % 4 for number in range(count)))
    made.run()

    kept = rules(count)
    digests = {outcome.report.digest for outcome in made.outcomes.values() if outcome.report}
    assert len(made.outcomes) == count
    assert len(digests) == 1
    for _, handed in made.submitted:
        require_quorum(handed.report.digest, kept.seats, kept.threshold, handed.signatures, Verifier())


def test_round__numbers_apart_within_tolerance__lower_median_and_spread() -> None:
    made = room()

    losses(made, 1_000, 1_001, 1_003, 1_004)
    made.run()

    outcome = made.outcomes[0]
    assert outcome.agreed is not None
    assert outcome.agreed.number["loss"] == 1_001
    assert outcome.spreads["loss"] == 3
    assert outcome.path is Path.AUTOMATIC
    assert [standing.signed for standing in outcome.standings].count(True) >= 3


def test_round__wide_spread__no_report_and_why() -> None:
    made = room()

    losses(made, 1_000, 1_007, 1_013, 1_020)
    made.run()

    outcome = made.outcomes[0]
    assert outcome.report is None
    assert outcome.path is Path.PEOPLE
    assert (Code.SPREAD_WIDE, ("loss",)) in {(reason.code, reason.fields) for reason in outcome.reasons}
    assert "too far apart for the automatic path: loss" in outcome.explained()


def test_round__wide_spread_and_terms_that_refer__report_without_confidence() -> None:
    made = room(asked=request(refers_below_bps=8_000))

    losses(made, 1_000, 1_007, 1_013, 1_020)
    made.run()

    outcome = made.outcomes[0]
    assert outcome.report is not None
    assert getattr(outcome.report.report, "confidence_bps") == 0  # noqa: B009  # a LossReport, one of three kinds
    assert outcome.path is Path.PEOPLE


def test_round__one_outlier__report_without_it_and_it_is_named() -> None:
    made = room()

    losses(made, 1_000, 1_000, 900_000, 1_001)
    made.run()

    outcome = made.outcomes[0]
    outlier = made.machines[2].seat.node
    assert outcome.agreed is not None
    assert outcome.agreed.number["loss"] in (1_000, 1_001)
    assert made.digests_signed()[2] == set()
    named = [(r.node, r.code, r.fields) for r in outcome.reasons]
    assert (outlier, Code.NUMBER_DIFFERS, ("loss",)) in named


def test_round__two_of_four_decide_otherwise__no_report_names_nodes_and_fields() -> None:
    made = room()

    for number, evidence in enumerate((1, 1, 2, 2)):
        made.observe(number, seen(evidence=evidence))
    made.run()

    for outcome in made.outcomes.values():
        assert outcome.report is None
        differing = {reason.node for reason in outcome.reasons if reason.code is Code.DECISION_DIFFERS}
        assert differing in ({made.machines[0].seat.node, made.machines[1].seat.node},
                             {made.machines[2].seat.node, made.machines[3].seat.node})  # fmt: skip
        assert "decided otherwise: evidence" in outcome.explained()
    assert made.now < 1_000  # nobody waits for the deadline when all have spoken
    assert not any(made.digests_signed())


def test_round__node_with_another_version__refuses_by_its_code_and_does_not_sign() -> None:
    made = room()

    for number, model in enumerate((3, 3, 4, 3)):
        made.observe(number, seen(model=model))
    made.run()

    votes = [store.statement for number, store in made.stored if number == 2 and store.slot == "approve/0"]
    assert getattr(votes[0], "code") is Code.VERSIONS_DIFFER  # noqa: B009  # a Vote by its slot
    assert getattr(votes[0], "fields") == ("model",)  # noqa: B009
    assert made.digests_signed()[2] == set()
    assert made.outcomes[0].report is not None


def test_round__silent_leader__costs_one_time_out() -> None:
    asked = leader_first(request(), number=1)
    made = room(asked=asked)
    made.down.add(1)

    losses(made, 1_000, 1_000, 1_000, 1_000)
    made.run()

    assert {outcome.attempt for outcome in made.outcomes.values()} == {1}
    assert made.now <= 100 + 300 + 300  # exchange, one step, and what a tick rounds up
    assert all(outcome.report for outcome in made.outcomes.values())


def test_round__two_silent_of_four__ends_at_the_deadline_naming_them() -> None:
    made = room(timing=Timing(100, 300, 100, 100, 3_000))
    made.down |= {1, 2}

    losses(made, 1_000, 1_000, 1_000, 1_000)
    made.run()

    outcome = made.outcomes[0]
    silent = {reason.node for reason in outcome.reasons if reason.code is Code.SILENT}
    assert outcome.report is None
    assert silent == {made.machines[1].seat.node, made.machines[2].seat.node}
    assert outcome.took_ms >= 3_000


def test_round__node_that_cannot_see__does_not_sign_and_says_why() -> None:
    made = room()

    losses(made, 1_000, 1_000, 1_000)
    made.observe(3, Unobserved(("loss",)))
    made.run()

    assert made.outcomes[0].report is not None
    assert made.digests_signed()[3] == set()
    assert Code.NOT_OBSERVED in {reason.code for reason in made.outcomes[3].reasons}


def test_round__two_observations_of_one_node__proof_kept_and_named() -> None:
    made, liar = room(), seats_of(4)[3]
    first = sign_observation(request(), liar.node, seen(1_000), liar.sign)
    second = sign_observation(request(), liar.node, seen(1_001), liar.sign)
    made.down.add(3)

    losses(made, 1_000, 1_000, 1_000)
    made.take(0, made.machines[0].receive(first, 0))
    made.take(0, made.machines[0].receive(second, 0))
    made.run()

    proof = made.proofs[0].proof
    assert (proof.node, proof.first, proof.second) == (liar.node, first, second)
    assert Code.EQUIVOCATED in {r.code for r in made.outcomes[0].reasons if r.node == liar.node}


@pytest.mark.parametrize(
    "other", [replace(request(), chain_id=9), request(epoch=9), request(sequence=9)], ids=["chain", "epoch", "sequence"]
)
def test_receive__signed_for_another_request__changes_nothing(other: Request) -> None:
    made, seat = room(), seats_of(4)[1]
    said = sign_observation(other, seat.node, seen(), seat.sign)

    for statement in (said, SignedObservation(request(), seat.node, said.observation, said.signature)):
        made.take(0, made.machines[0].receive(statement, 0))

    assert seat.node not in made.machines[0].book.observations


def test_receive__proposal_that_is_not_what_follows__voted_against_as_invalid() -> None:
    asked = leader_first(request(), number=1)
    made = room(asked=asked)
    losses(made, 1_000, 1_000, 1_000, 1_000)
    while not any(isinstance(said, Proposal) for _, said in made.mail):
        made.deliver()
    sent = next(said for _, said in made.mail if isinstance(said, Proposal))
    made.mail = [(to, said) for to, said in made.mail if not isinstance(said, Proposal)]
    seat = seats_of(4)[1]
    false = replace(sent, value=bytes(31) + b"\1")
    false = replace(false, signature=seat.sign(false.digest))

    made.take(0, made.machines[0].receive(false, made.now))

    vote = next(store.statement for number, store in made.stored if number == 0 and store.slot == "approve/0")
    assert getattr(vote, "code") is Code.PROPOSAL_INVALID  # noqa: B009  # a Vote by its slot


def test_machine__signer_not_in_the_set__refused() -> None:
    seat = Seat(seats_of(5)[4].node, seats_of(5)[4].sign)
    stranger = next(each for each in [seat, *seats_of(5)] if each.node not in rules().seats)

    with pytest.raises(RoundRefused, match="not_in_signer_set"):
        RoundMachine(request(), rules(), stranger, started_at=0)


def test_receive__after_the_end__late_node_gets_signatures_and_ends_too() -> None:
    made = room()
    made.down.add(2)
    losses(made, 1_000, 1_000, 1_000, 1_000)
    made.run()
    assert len(made.outcomes) == 3

    made.down.clear()
    made.mail.clear()
    made.observe(2, seen())
    made.run()

    assert made.outcomes[2].report == made.outcomes[0].report
