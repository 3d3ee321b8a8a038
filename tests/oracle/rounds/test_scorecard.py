"""Each node's part, folded from events."""

import random

from oracle.rounds.scorecard import OutcomeOverturned, RoundScored, ScoreEvent, events_of, scored
from tests.oracle.rounds.worlds import room, seen


def test_scored__rounds_with_outlier_and_silence__counted_by_node() -> None:
    first, second = room(), room()
    for number, value in enumerate((1_000, 1_001, 5_000, 1_002)):
        first.observe(number, seen(value))
    second.down.add(3)
    for number in range(3):
        second.observe(number, seen())
    first.run()
    second.run()
    events = events_of(first.outcomes[0])
    events += [  # the second round is about another request
        RoundScored(b"other", e.node, e.latency_ms, e.reported, e.agreed, e.signed, e.equivocated)
        for e in events_of(second.outcomes[0])
    ]

    table = {row.node: row for row in scored(events)}

    nodes = [machine.seat.node for machine in first.machines]
    assert [table[node].rounds for node in nodes] == [2, 2, 2, 2]
    assert [table[node].observed for node in nodes] == [2, 2, 2, 1]
    assert [table[node].agreement_bps for node in nodes] == [10_000, 10_000, 5_000, 5_000]
    assert table[nodes[2]].signed == 1


def test_scored__any_order_and_repeats__same_table() -> None:
    events = [RoundScored(bytes([n]), f"0x{n % 3}", n, True, n % 2 == 0, True, False) for n in range(9)]
    overturned = [OutcomeOverturned(bytes([4]), 10), OutcomeOverturned(bytes([5]), 11)]
    mixed: list[ScoreEvent] = [*events, *overturned, *events[:4], overturned[0]]
    random.Random(1).shuffle(mixed)

    assert scored(mixed) == scored([*events, *overturned])


def test_scored__outcome_overturned__counts_against_those_who_signed() -> None:
    def part(node: str, *, signed: bool) -> RoundScored:
        return RoundScored(b"a", node, 10, True, signed, signed, False)

    table = scored([OutcomeOverturned(b"a", 99), part("0x1", signed=True), part("0x2", signed=False)])

    assert [(row.node, row.overturned) for row in table] == [("0x1", 1), ("0x2", 0)]


def test_scored__latency__mean_and_most_over_rounds_it_observed_in() -> None:
    rounds = [RoundScored(bytes([n]), "0x1", ms, True, True, True, False) for n, ms in enumerate((10, 31, None))]

    row = scored(rounds)[0]

    assert (row.latency_mean_ms, row.latency_most_ms, row.observed, row.rounds) == (20, 31, 2, 3)
