"""The figure on the evidence store can fail: a client that believes all it is told is counted, and one that crashes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from domain.evidence.dossier import Dossier, EvidenceFile, read_manifest
from oracle.claims import store
from scripts.figures.source_faults import of_store
from scripts.figures.store import verdict
from scripts.figures.store_faults import MANIFEST_PART, Bodies, Came, Room, Tally, bodies_of, lies, room
from scripts.source_replay import Fault


@pytest.fixture(scope="module")
def made() -> Iterator[Room]:
    with room(claims=2) as opened:
        yield opened


@pytest.fixture
def honest(made: Room) -> Room:
    made.replay.fault, made.replay.faulty = Fault.NONE, None
    made.replay.bodies = bodies_of(made.dossier(1))
    return made


def credulous(manifest: bytes, contents: Mapping[str, bytes], *_: object) -> Dossier:
    """Takes the manifest's word for the files."""
    entries = read_manifest(manifest)
    return Dossier(entries, tuple(EvidenceFile(each.name, each.media_type, contents[each.name]) for each in entries))


def looks(made: Room, told: Iterable[Bodies]) -> Counter[Came]:
    """What comes of each thing the store may serve."""
    came = Counter[Came]()
    for bodies in told:
        made.replay.bodies = bodies
        came[made.look(1)] += 1
    return came


def test_look__honest_store__the_same_report_again(honest: Room) -> None:
    assert [honest.look(1), honest.look(1)] == [Came.CORRECT] * 2


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.HUGE, Fault.REDIRECT_LOOP, Fault.HTML, Fault.CUT_SHORT])
@pytest.mark.parametrize("part", [MANIFEST_PART, None])
def test_look__fault_of_the_network__refused_with_the_reason(honest: Room, fault: Fault, part: str | None) -> None:
    honest.replay.fault, honest.replay.faulty = fault, part

    assert honest.look(1) is Came.REFUSED


def test_look__every_lie__refused(honest: Room) -> None:
    told = list(lies(honest.dossier(1), honest.dossier(2)))
    came = looks(honest, told)

    assert len(told) > 30
    assert came == {Came.REFUSED: len(told)}


def test_look__client_believes_the_manifest__wrong_report_counted(
    honest: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert honest.look(1) is Came.CORRECT
    monkeypatch.setattr(store, "open_dossier", credulous)

    assert looks(honest, lies(honest.dossier(1), honest.dossier(2)))[Came.WRONG] > 0


def test_look__client_fails_without_a_reason__crash_counted(honest: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "read_manifest", lambda _: 1 // 0)

    assert honest.look(1) is Came.CRASH


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: found.honest.update({Came.REFUSED: 1}),
        lambda found: found.faults.update({Came.WRONG: 1}),
        lambda found: found.lies.update({Came.CRASH: 1}),
        lambda found: found.lies.update({Came.CORRECT: 1}),
        lambda found: setattr(found, "slowest", 1.01),
    ],
)
def test_of_store__one_thing_wrong__missed(spoil: Callable[[Tally], None]) -> None:
    def missed(found: Tally) -> int:
        return [verdict(figure) for figure in of_store(found)].count("missed")

    clean = Tally(Counter({Came.CORRECT: 4}), Counter({Came.REFUSED: 9}), Counter({Came.REFUSED: 9}), 0.5)
    assert missed(clean) == 0

    spoil(clean)

    assert missed(clean) > 0
