"""Who takes part, how many are enough, whose turn it is."""

import itertools
from collections.abc import Callable

import pytest

from domain.hashing import keccak256, word
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.rules import FieldRule, Request, RequestKind, RoundRules, Timing
from oracle.rounds.simulation import CHAIN_ID, CONTRACT, QUORUM, seats_of
from tests.oracle.rounds.worlds import FIELDS, request, rules

SIGNERS = tuple(seat.node for seat in seats_of(4))


@pytest.mark.parametrize(
    ("count", "faults", "threshold"),
    [(4, 1, 3), (5, 1, 4), (6, 1, 4), (7, 2, 5), (10, 3, 7), (13, 4, 9), (31, 10, 21)],
)
def test_round_rules__so_many_signers__faults_and_threshold(count: int, faults: int, threshold: int) -> None:
    made = rules(count)

    assert (made.faults, made.threshold) == (faults, threshold)


@pytest.mark.parametrize("count", range(4, 32))
def test_round_rules__every_size__two_quorums_share_an_honest_node_and_the_honest_suffice(count: int) -> None:
    made = rules(count)

    assert 2 * made.threshold - count > made.faults
    assert count - made.faults >= made.threshold
    assert made.faults * 3 < count


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: rules(3), "signers is 3: give 4 to 31"),
        (lambda: rules(32), "signers is 32: give 4 to 31"),
        (lambda: RoundRules(SIGNERS[::-1], FIELDS), "sort them ascending"),
        (lambda: RoundRules((*SIGNERS[:3], SIGNERS[2]), FIELDS), "each once"),
        (lambda: RoundRules(tuple(each.lower() for each in SIGNERS), FIELDS), "give checksummed text"),
        (lambda: RoundRules(SIGNERS, {}), "add observed_at"),
        (lambda: RoundRules(SIGNERS, FIELDS, max_attempts=1), "max_attempts is 1: set it above 1 faults"),
        (lambda: FieldRule(5, 4), "least is 5: set it to 4 at most"),
        (lambda: FieldRule(0, 1, tolerance=-1), "tolerance is -1"),
        (lambda: Timing(exchange_ms=0), "exchange_ms is 0"),
        (lambda: Timing(exchange_ms=500, step_ms=500), "set it below step_ms, which is 500"),
    ],
)
def test_rules__that_cannot_work__refused_with_field_and_remedy(make: Callable[[], object], named: str) -> None:
    with pytest.raises(RoundRefused, match=named) as refused:
        make()

    assert refused.value.code == "rules_invalid"


@pytest.mark.parametrize(
    ("subjects", "quorum", "named"),
    [((), QUORUM, "subjects is 0"), ((1, 1), QUORUM, "each once"), ((1, 2), QUORUM, "give one claim"),
     ((1,), "0x" + "ab" * 20, "checksummed"),
     ((1,), "0x1", "Copy the whole address"), ((1 << 256,), QUORUM, "256 bits")],
)  # fmt: skip
def test_request__malformed__refused(subjects: tuple[int, ...], quorum: str, named: str) -> None:
    with pytest.raises(RoundRefused, match=named):
        Request(RequestKind.LOSS, CHAIN_ID, quorum, CONTRACT, subjects, 1)


def test_round_id__is_the_hash_of_domain_request_attempt_and_epoch() -> None:
    asked = request(epoch=3)

    assert asked.round_id(2) == keccak256(asked.separator + asked.id + word(2) + word(3))


def test_ids__what_changes__subject_stays_while_request_and_round_change() -> None:
    first, again, later = request(), request(epoch=2), request(sequence=1)

    assert first.subject_id == again.subject_id == later.subject_id
    assert first.id == again.id != later.id
    assert len({first.round_id(0), first.round_id(1), again.round_id(0), later.round_id(0)}) == 4


def test_leader__attempt_by_attempt__everybody_has_a_turn() -> None:
    made = rules(7)

    assert {made.leader(request(), attempt) for attempt in range(7)} == made.seats


def test_leader__many_requests__beginners_are_spread() -> None:
    made = rules(4)

    first = [made.leader(request(claim=claim), 0) for claim in range(400)]

    assert all(60 <= first.count(node) <= 140 for node in made.signers)


def test_near__relative_and_absolute__the_larger_counts() -> None:
    rule = FieldRule(0, 10_000, tolerance=5, tolerance_bps=100)

    assert [value for value in (985, 990, 1_010, 1_011) if rule.near(1_000, value)] == [990, 1_010]
    assert [value for value in (5, 10, 15, 16) if rule.near(10, value)] == [5, 10, 15]
    assert list(itertools.starmap(rule.is_tight, [(10, 0), (10, 1)])) == [True, False]
