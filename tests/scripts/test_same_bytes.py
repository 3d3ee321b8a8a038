"""The figure on equal bytes can fail: what depends on a process's surroundings is found, in two real processes."""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.figures import runner, same_bytes
from scripts.figures.store import verdict
from scripts.same_bytes.compare import (
    Compared,
    Counts,
    NodeFailed,
    Surroundings,
    compared,
    two_nodes,
    unlike,
    write_inputs,
)

PROGRAM = """
import sys
from scripts.same_bytes import node
{planted}
node.KINDS = {{kind: node.KINDS[kind] for kind in {kinds}}}
node.main(sys.argv[1:])
"""
SET_ORDER = """
from oracle.evidence import loss, nullifiers
loss.named = lambda identities, keys: tuple({nullifiers.nullifier(each, keys.by_epoch[2]) for each in identities})
"""
LOCAL_DAYS = """
from datetime import date
from oracle.evidence.clues import ClaimDays
ClaimDays.of = classmethod(lambda cls, *at: cls(*map(date.fromtimestamp, at)))
"""
LATER_CLAIMS = """
from oracle.claims import known
right, rightly = known._BEFORE, known.KnownEvidence.before
def before(self, *asked):
    known._BEFORE = "(notice.block_number, notice.log_index) != (?, ?)"
    try:
        return rightly(self, *asked)
    finally:
        known._BEFORE = right
known.KnownEvidence.before = before
"""
OWN_ENCODING = """
from oracle.evidence import loss
loss.SCHEME = open(__file__.replace("program.py", "words.txt"), errors="replace").read()
"""
SOURCES_AS_ASKED = """
from domain.hashing import keccak256
from oracle.network import events
events.source_version = lambda sources: keccak256(b"".join(each.source_hash for each in sources))
"""
COUNTS = Counts(claims=8, events=12, applications=10)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bytes")
    write_inputs(folder / "inputs", COUNTS, 5)
    return folder / "inputs"


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> tuple[Surroundings, Surroundings]:
    return unlike(tmp_path_factory.mktemp("locales"))


@dataclass(frozen=True)
class World:
    """Where a test runs its nodes."""

    folder: Path
    around: tuple[Surroundings, Surroundings]


@pytest.fixture
def world(tmp_path: Path, inputs: Path, around: tuple[Surroundings, Surroundings]) -> World:
    (tmp_path / "inputs").symlink_to(inputs)
    (tmp_path / "words.txt").write_text("发票", "utf-8")
    return World(tmp_path, around)


def differing(world: World, planted: str, *kinds: str) -> Counter[str]:
    """Kinds of inputs in which two nodes differ that share a planted mistake."""
    program = world.folder / "program.py"
    program.write_text(PROGRAM.format(planted=planted, kinds=kinds), "utf-8")
    found = two_nodes(world.folder, world.around, (sys.executable, str(program)))
    assert found.inputs.total() == sum({"claim": 8, "event": 12, "application": 10}[kind] for kind in kinds)
    return Counter(name.split(" ")[0] for name in found.differing)


@pytest.mark.slow
def test_two_nodes__as_they_are__say_the_same_bytes_of_every_input(world: World) -> None:
    assert differing(world, "", "claim", "event", "application") == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "planted", [SET_ORDER, LOCAL_DAYS, LATER_CLAIMS, OWN_ENCODING], ids=["set", "days", "later", "encoding"]
)
def test_two_nodes__claims_depend_on_the_process__found(world: World, planted: str) -> None:
    assert differing(world, planted, "claim")["claim"] > 0


def test_two_nodes__events_depend_on_the_order_of_sources__found(world: World) -> None:
    assert differing(world, SOURCES_AS_ASKED, "event")["event"] > 0


def test_two_nodes__one_ends_by_an_error__told_with_its_last_words(world: World) -> None:
    with pytest.raises(NodeFailed, match=r"(?s)ended with 1.*NameError.*unknown_name"):
        differing(world, "unknown_name", "event")


def test_compared__a_line_missing_or_another__both_are_differences(tmp_path: Path) -> None:
    head = b'surroundings\t{"time_zone":"+0000"}\n'
    (tmp_path / "one").write_bytes(head + b'claim 1\t{"digest":"aa"}\nclaim 2\t{}\nevent 1\t{}\n')
    (tmp_path / "other").write_bytes(head + b'claim 1\t{"digest":"ab"}\nevent 1\t{}\n')

    found = compared(tmp_path / "one", tmp_path / "other")

    assert found.differing == ("claim 1", "claim 2")
    assert (found.inputs, found.reports) == ({"claim": 2, "event": 1}, {"claim": 1})


def test_figures_of__a_difference_or_nothing_compared__missed() -> None:
    def missed(found: Compared) -> int:
        return [verdict(each) for each in same_bytes.figures_of(found, "x")].count("missed")

    around = (
        {"set_order": [1], "time_zone": "+0", "decimal_point": ".", "text_encoding": "UTF-8"},
        {"set_order": [2], "time_zone": "+1", "decimal_point": ",", "text_encoding": "UTF-8"},
    )
    clean = Compared(Counter(claim=2, event=2, application=2), Counter(claim=3), (), around)

    assert "same_bytes" in runner.set_names()
    assert missed(clean) == 0
    assert missed(Compared(clean.inputs, clean.reports, ("claim 2",), around)) == 1
    assert missed(Compared(clean.inputs, clean.reports, (), (around[0], around[0]))) == 1
    assert missed(Compared(clean.inputs, Counter(), (), around)) == 1
