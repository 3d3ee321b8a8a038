"""The figure on parsers can fail: what a sealed process tries is seen from outside, and canaries sing."""

import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.evidence.sniff import media_type_of
from oracle.evidence.reading.seal import can_filter
from scripts.figures.acting_seeds import Canaries, CanaryDead, acting_files
from scripts.figures.parsers import HARMLESS, Run, figures_of, played
from scripts.figures.reader_watch import Sight, Sort, Watch, WatchFailed
from scripts.figures.store import verdict

pytestmark = pytest.mark.skipif(not can_filter(), reason="the filter is for Linux on x86-64 and ARM64")
TRIAL = Counter({Sort.PROCESS: 1, Sort.NETWORK: 1, Sort.CHANGE: 1, Sort.READ: 1})
MAKES_A_CHILD = """
import contextlib, os, socket, sys, threading
from oracle.evidence.limits import ReadingLimits
from oracle.evidence.reading.seal import filter_calls, limit_resources
sys.stdin.readline()
child = os.fork()
if child == 0:
    os.closerange(3, 100)
    {before}
    limit_resources(ReadingLimits())
    filter_calls()
    with contextlib.suppress(OSError):
        {act}
    os._exit(0)
os.waitpid(child, 0)
"""
PLANTED = """
import contextlib, socket
import oracle.evidence.reading.files as files
whole = files.read_file
def curious(content, media_type, limits):
    with contextlib.suppress(OSError):
        socket.socket()
    return whole(content, media_type, limits)
files.read_file = curious
"""


def watched(act: str, before: str = "pass") -> Sight:
    """What is seen of a child that seals itself and then acts."""
    program = MAKES_A_CHILD.format(act=act, before=before)
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        watch = Watch(lambda: process.pid)
        watch.start()
        watch.await_seized()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.close()
        process.stdout.read()  # until all have ended: a wait would take what the watch is to see
        return watch.ended()


@pytest.mark.parametrize(
    ("act", "sort"),
    [
        ("os.execv('/bin/true', ['true'])", Sort.PROCESS),
        ("os.posix_spawn('/bin/true', ['true'], {})", Sort.PROCESS),
        ("os.fork()", Sort.PROCESS),
        ("socket.socket()", Sort.NETWORK),
        ("open('/tmp/written', 'w')", Sort.CHANGE),
        ("os.unlink('/tmp/written')", Sort.CHANGE),
        ("open('/etc/hostname')", Sort.READ),
        ("os.kill(1, 0)", Sort.OTHER),
    ],
)
def test_watch__sealed_child_tries_something__counted_though_refused(act: str, sort: Sort) -> None:
    sight = watched(act)

    assert (set(+sight.attempts), sight.children) == ({sort}, 1)


def test_watch__program_or_file_is_named__its_path_is_told() -> None:
    assert watched("os.execv('/bin/true', ['true'])").paths == {"/bin/true": 1}
    assert watched("open('/etc/hostname')").paths == {"/etc/hostname": 1}


def test_watch__child_starts_a_thread__no_try_and_watched_too() -> None:
    act = "t = threading.Thread(target=socket.socket); threading.excepthook = print; t.start(); t.join()"

    assert +watched(act).attempts == {Sort.NETWORK: 1}


def test_watch__before_the_seal__nothing_is_counted() -> None:
    sight = watched("pass", before="open('/etc/hostname').close(); socket.socket().close()")

    assert (+sight.attempts, sight.children) == ({}, 1)


def test_watch__process_never_starts__refused() -> None:
    watch = Watch(lambda: None)
    watch.start()

    with pytest.raises(WatchFailed, match="could not be watched"):
        watch.ended()


def test_played__parsers_as_they_are__every_figure_holds() -> None:
    run = played(20)

    assert [figure.name for figure in figures_of(run, 20, "x") if not figure.holds] == []
    assert run.sight.children > 40


def test_played__parser_that_reaches_for_the_network__missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(PLANTED, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    figures = {figure.name: figure for figure in figures_of(played(5), 5, "x")}

    assert verdict(figures[f"tries to {Sort.NETWORK.value}"]) == "missed"
    assert verdict(figures[f"tries to {Sort.PROCESS.value}"]) == "holds"


def test_canaries__program_run_and_port_asked__both_sing(tmp_path: Path) -> None:
    with Canaries(tmp_path) as canaries:
        assert canaries.sung == 0
        subprocess.run([canaries.program], check=True)
        with socket.create_connection(("127.0.0.1", int(canaries.url.split(":")[2].split("/")[0]))) as asked:
            asked.recv(1)

        assert canaries.sung == 2


def test_canaries__program_cannot_be_run__said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)

    with pytest.raises(CanaryDead, match="told nothing when tried"), Canaries(tmp_path):
        pass


def test_acting_files__each__aims_at_a_canary_and_is_taken_for_its_type(tmp_path: Path) -> None:
    with Canaries(tmp_path) as canaries:
        files = acting_files(canaries)

        aims = (str(canaries.program).encode(), canaries.url.encode())
        packed = {"PDF and archive", "picture and archive", "PNG with a remote account of origin"}
        assert [f.act for f in files if f.act not in packed and not any(aim in f.content for aim in aims)] == []
    odd = {"PostScript as picture", "vector picture as picture", "PDF and shell", "script as text"}
    assert [f.act for f in files if f.act not in odd and media_type_of(f.content) != f.media_type] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: run.sight.attempts.update({Sort.PROCESS: 1}),
        lambda run: run.sight.attempts.update({Sort.CHANGE: 1}),
        lambda run: run.sight.attempts.update({Sort.READ: 1}),
        lambda run: run.before.subtract({Sort.NETWORK: 1}) or run.sight.attempts.subtract({Sort.NETWORK: 1}),
        lambda run: setattr(run, "sung", 1),
        lambda run: setattr(run, "left", 1),
        lambda run: setattr(run, "named", 6),
        lambda run: setattr(run, "lost", 1),
        lambda run: run.ended.subtract({"read": 1}),
    ],
)
def test_figures_of__one_thing_wrong__missed(spoil: Callable[[Run], None]) -> None:
    def missed(run: Run) -> int:
        return [verdict(figure) for figure in figures_of(run, 20, "x")].count("missed")

    sight = Sight(TRIAL + Counter({Sort.READ: 2}), Counter({HARMLESS: 2, "/": 1, "/dev/null": 1}), Counter(), 26, 900)
    clean = Run(Counter(read=25), acting=5, named=7, to_name=7, before=Counter(TRIAL), sight=sight)
    assert missed(clean) == 0

    spoil(clean)

    assert missed(clean) == 1
