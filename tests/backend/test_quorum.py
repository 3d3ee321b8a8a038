"""What counts as said by a quorum. No sockets, no chain."""

import pytest

from backend.chain.nodes import OracleUnavailable
from backend.chain.quorum import (
    SignerSet,
    assess,
    compose_assessments,
    observe,
    sign_event_report,
)
from domain.policy import Outcome, event_id
from domain.reports import EventReport, Measurement
from ledger.typed_data import event_report_digest, recover
from scripts.rehearsal import account
from scripts.rehearsal_nodes import LIE_MINUTES, MODEL_HASH, SHARE_PPB, SOURCE_HASH, RehearsalNodes, World
from tests.backend.flights import flight

NODES = sorted((account(f"node {n}") for n in range(4)), key=lambda a: int(a.address, 16))
PRODUCT = "0x00000000000000000000000000000000000000AA"
NEEDED = 3
TEXT = flight(1).text()
SIGNERS = SignerSet(1, frozenset(a.address for a in NODES), NEEDED)


def application(number: int, text: str = TEXT) -> dict[str, object]:
    return {
        "application_id": f"0x{number:064x}", "insured_event": text, "sum_insured": 1, "commitment": "0x" + "11" * 32
    }  # fmt: skip


def report(value: int = 5) -> EventReport:
    return EventReport(1, PRODUCT, 1, 100, 200, SOURCE_HASH, (Measurement(event_id(TEXT), Outcome.MEASURED, value),))


def test_assess__one_node_lies__median_is_an_honest_one() -> None:
    found = assess(RehearsalNodes(NODES, World(lying={0})), PRODUCT, [application(1)], NEEDED)

    assert found.model_hash == MODEL_HASH
    assert found.assessments[1].expected_share_ppb == SHARE_PPB


def test_assess__unknown_flight__refused_with_the_nodes_words() -> None:
    nodes = RehearsalNodes(NODES, World(unknown={TEXT}))

    found = assess(nodes, PRODUCT, [application(1), application(2, flight(2).text())], NEEDED)

    assert set(found.assessments) == {2}
    assert found.refusals[1].code == "flight_unknown"
    assert TEXT in found.refusals[1].detail


def test_assess__two_nodes_down__no_quorum() -> None:
    with pytest.raises(OracleUnavailable, match="2 oracle nodes answered and 3 must agree"):
        assess(RehearsalNodes(NODES, World(down={0, 1})), PRODUCT, [application(1)], NEEDED)


def test_assess__two_nodes_do_not_know_the_flight__no_quorum_either_way() -> None:
    class Split(RehearsalNodes):
        def __init__(self) -> None:
            super().__init__(NODES, World())
            for node in self.nodes[:2]:
                node.world = World(unknown={TEXT})

    with pytest.raises(OracleUnavailable, match="1 of 1 are undecided"):
        assess(Split(), PRODUCT, [application(1)], NEEDED)


@pytest.mark.parametrize(
    "garbage",
    [
        {},
        {"model_hash": 5, "assessments": []},
        {"model_hash": "0x11", "assessments": [{"application_id": "0x1"}]},
        {"model_hash": "0xzz", "assessments": []},
        {"model_hash": "0x11", "assessments": "all of them"},
    ],
)
def test_compose_assessments__one_answer_is_garbage__left_out(garbage: dict[str, object]) -> None:
    nodes = RehearsalNodes(NODES, World())
    body = {"product": PRODUCT, "applications": [application(1)]}
    good = [node.answer("/v1/assessments", body)[1] for node in nodes.nodes[:3]]

    found = compose_assessments([garbage, *good], [1], NEEDED)

    assert found is not None
    assert set(found.assessments) == {1}


@pytest.mark.parametrize("share", [-1, 1 << 32, True, "1", 1.5])
def test_compose_assessments__share_out_of_range__that_node_does_not_count(share: object) -> None:
    nodes = RehearsalNodes(NODES, World())
    body = {"product": PRODUCT, "applications": [application(1)]}
    answers = [node.answer("/v1/assessments", body)[1] for node in nodes.nodes[:3]]
    answers[0]["assessments"][0]["expected_share_ppb"] = share

    assert compose_assessments(answers, [1], NEEDED) is None


def test_observe__one_node_lies__the_others_decide() -> None:
    world = World(outcomes={TEXT: (Outcome.MEASURED, 31)}, lying={1})

    found = observe(RehearsalNodes(NODES, world), PRODUCT, [TEXT], NEEDED)

    assert found is not None
    assert found.measurements == (Measurement(event_id(TEXT), Outcome.MEASURED, 31),)
    assert found.source_hash == SOURCE_HASH


def test_observe__not_landed_yet__nothing_to_report() -> None:
    found = observe(RehearsalNodes(NODES, World()), PRODUCT, [TEXT], NEEDED)

    assert found is not None
    assert found.measurements == ()


def test_observe__two_liars__no_outcome_has_a_quorum() -> None:
    world = World(outcomes={TEXT: (Outcome.CANCELLED, 0)}, lying={0, 1})

    found = observe(RehearsalNodes(NODES, world), PRODUCT, [TEXT], NEEDED)

    assert found is not None
    assert found.measurements == ()
    assert LIE_MINUTES != 0


def test_observe__answer_about_an_event_nobody_asked_for__left_out() -> None:
    class Talkative(RehearsalNodes):
        def ask(self, path, body, enough):  # type: ignore[no-untyped-def]
            wider = {**body, "insured_events": [*body["insured_events"], flight(2).text()]}
            return super().ask(path, wider, enough)

    world = World(outcomes={flight(n).text(): (Outcome.CANCELLED, 0) for n in (1, 2)})

    found = observe(Talkative(NODES, world), PRODUCT, [TEXT], NEEDED)

    assert found is not None
    assert [m.event_id for m in found.measurements] == [event_id(TEXT)]


@pytest.mark.parametrize("faulty", range(4))
def test_sign_event_report__one_node_signs_with_another_key__three_good_ones_suffice(faulty: int) -> None:
    nodes = RehearsalNodes(NODES, World(forging={faulty}))

    signatures = sign_event_report(nodes, report(), {event_id(TEXT): TEXT}, SIGNERS)

    signers = [recover(event_report_digest(report()), s) for s in signatures]
    assert len(signers) == 3
    assert NODES[faulty].address not in signers
    assert [int(s, 16) for s in signers] == sorted(int(s, 16) for s in signers)


def test_sign_event_report__two_good_signatures_only__says_how_many() -> None:
    nodes = RehearsalNodes(NODES, World(forging={0}, down={1}))

    with pytest.raises(OracleUnavailable, match="2 of 3 signatures were collected from 3 answers"):
        sign_event_report(nodes, report(), {event_id(TEXT): TEXT}, SIGNERS)


def test_sign_event_report__same_node_thrice__counts_once() -> None:
    nodes = RehearsalNodes([NODES[0]] * 4, World())

    with pytest.raises(OracleUnavailable, match="1 of 3"):
        sign_event_report(nodes, report(), {event_id(TEXT): TEXT}, SIGNERS)
