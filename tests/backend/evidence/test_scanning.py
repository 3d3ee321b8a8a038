"""Files are shown to a virus scanner on their way into the vault: one that answers as told, and clamd where it is."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend.evidence.scanning import Scanner, open_scanner
from backend.problems import Problem
from tests.backend.api import assert_problem
from tests.backend.evidence.conftest import PDF, House

PLANTED = b"%PDF-1.7\nthis file holds a planted marker 7f3a\n" + bytes(range(256)) * 3
PATIENCE_SECONDS = 30.0


class Answering:
    """The other end of a connection: takes a file as clamd does, and answers as told."""

    def __init__(self, answer: bytes, *, hangs_up_after: int | None = None) -> None:
        self.taken = b""
        self._answer, self._most = answer, hangs_up_after

    def scanner(self) -> Scanner:
        return Scanner(self._connect)

    def _connect(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE_SECONDS)
        threading.Thread(target=self._take, args=(theirs,), daemon=True).start()
        return ours

    def _take(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            while (length := struct.unpack("!I", stream.read(4))[0]) > 0:
                self.taken += stream.read(length)
                if self._most is not None and len(self.taken) > self._most:
                    break
            connection.sendall(self._answer)


def look_at(scanner: Scanner, *pieces: bytes) -> str | None:
    look = scanner.look()
    assert list(look.watch(pieces)) == list(pieces)
    return look.found


def test_watch__clean__shown_whole_and_nothing_found() -> None:
    other_end = Answering(b"stream: OK\0")

    assert look_at(other_end.scanner(), b"one", b"", b"x" * 700_000) is None
    assert other_end.taken == b"one" + b"x" * 700_000


def test_watch__malware__named() -> None:
    assert look_at(Answering(b"stream: Win.Test.EICAR_HDB-1 FOUND\0").scanner(), b"file") == "Win.Test.EICAR_HDB-1"


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: Can't allocate memory ERROR\0", b"stream: \0"]
)
def test_watch__no_verdict__unavailable(answer: bytes) -> None:
    with pytest.raises(Problem) as refused:
        look_at(Answering(answer).scanner(), b"file")

    assert refused.value.code == "scanner_unavailable"


def test_watch__hangs_up_midway__unavailable() -> None:
    other_end = Answering(b"INSTREAM size limit exceeded. ERROR\0", hangs_up_after=100_000)

    with pytest.raises(Problem) as refused:
        look_at(other_end.scanner(), *[b"x" * 200_000] * 20)

    assert refused.value.code == "scanner_unavailable"


def test_open_scanner__nobody_listens__unavailable(tmp_path: Path) -> None:
    scanner = open_scanner(f"unix:{tmp_path / 'nobody.sock'}")
    assert scanner is not None

    with pytest.raises(Problem) as refused:
        look_at(scanner, b"file")

    assert refused.value.code == "scanner_unavailable"


@pytest.fixture
def scanned(house: House) -> Iterator[Callable[[Scanner], House]]:
    """The house, with a scanner."""
    services = house.app.state.services

    def give(scanner: Scanner) -> House:
        house.app.state.services = replace(services, evidence=replace(services.evidence, scanner=scanner))
        return house

    yield give
    house.app.state.services = services


def test_append__last_piece_of_malware__refused_and_nothing_of_it_kept(scanned: Callable[[Scanner], House]) -> None:
    house = scanned(Answering(b"stream: Planted.Marker FOUND\0").scanner())
    records = house.rows("SELECT count(*) AS n FROM vault_chunks")[0].n
    case_id = house.cases.add()

    answer = house.append(house.begin(case_id, PLANTED), PLANTED)

    assert_problem(answer, "evidence_malicious")
    assert "Planted.Marker" in answer.json()["detail"]
    assert house.get(f"/v1/cases/{case_id}/evidence").json()["files"] == []
    assert house.rows("SELECT 1 FROM evidence_uploads WHERE case_id = :c", c=case_id) == []
    assert house.rows("SELECT count(*) AS n FROM vault_chunks")[0].n == records


def test_append__scanner_away_and_back__the_upload_goes_on(scanned: Callable[[Scanner], House], tmp_path: Path) -> None:
    away = open_scanner(f"unix:{tmp_path / 'nobody.sock'}")
    assert away is not None
    house = scanned(away)
    location = house.begin(house.cases.add(), PDF)

    assert_problem(house.append(location, PDF), "scanner_unavailable")
    offset = int(house.request("HEAD", location).headers["upload-offset"])
    scanned(Answering(b"stream: OK\0").scanner())
    done = house.append(location, PDF[offset:], offset)

    assert done.status_code == 204


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A clamd that knows one signature, ours: the marker in `PLANTED`."""
    program = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        pytest.skip("clamd is not installed")
    folder = tmp_path_factory.mktemp("clamd")
    signatures, listening, settings = folder / "signatures", folder / "clamd.sock", folder / "clamd.conf"
    signatures.mkdir()
    (signatures / "own.ndb").write_text(f"Planted.Marker:0:*:{b'planted marker 7f3a'.hex()}\n", "ascii")
    settings.write_text(
        f"DatabaseDirectory {signatures}\nLocalSocket {listening}\nForeground yes\nStreamMaxLength 1M\n", "ascii"
    )
    with subprocess.Popen([program, "-c", str(settings)], stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not listening.exists():
                assert process.poll() is None, "clamd did not start"
                assert time.monotonic() < deadline, "clamd does not listen"
                time.sleep(0.05)
            yield f"unix:{listening}"
        finally:
            process.terminate()


def test_watch__clamd_itself__finds_the_marker_and_passes_the_rest(clamd: str) -> None:
    scanner = open_scanner(clamd)
    assert scanner is not None

    assert (look_at(scanner, PDF), look_at(scanner, PLANTED)) == (None, "Planted.Marker.UNOFFICIAL")
    with pytest.raises(Problem):
        look_at(scanner, *[b"\0" * 300_000] * 10)  # beyond what it takes: no verdict is no permission
