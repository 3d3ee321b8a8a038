"""The seal itself, tried from inside: each attempt in a child of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from oracle.evidence.limits import ReadingLimits
from oracle.evidence.reading.seal import can_filter

pytestmark = pytest.mark.skipif(not can_filter(), reason="the filter is for Linux on x86-64 and ARM64")
_PROLOGUE = """
import ctypes, mmap, os, socket, subprocess, sys, threading
from oracle.evidence.limits import ReadingLimits
from oracle.evidence.reading.seal import filter_calls, limit_resources
limit_resources(ReadingLimits(cpu_seconds=2))
assert filter_calls()
try:
    {attempt}
except (PermissionError, BlockingIOError, MemoryError, RuntimeError) as error:
    os.write(1, b"refused")
else:
    os.write(1, b"done")
os._exit(0)
"""


def _outcome(attempt: str) -> bytes:
    ran = subprocess.run(
        [sys.executable, "-c", _PROLOGUE.format(attempt=attempt)],
        capture_output=True, check=False, env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    return ran.stdout


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname').read()",
        "open('{folder}/written', 'w').write('x')",
        "os.open('{folder}', os.O_TMPFILE | os.O_RDWR)",
        "socket.socket()",
        "socket.socketpair()",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "subprocess.run(['/bin/true'])",
        "os.kill(os.getppid(), 0)",
        "os.unlink('{folder}/kept')",
        "os.chmod('{folder}', 0o777)",
        "os.memfd_create('x')",
        "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
        "os.setuid(1)",
    ],
)
def test_filter_calls__anything_outside_itself__is_refused(attempt: str, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")

    assert _outcome(attempt.format(folder=tmp_path)) == b"refused"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]


@pytest.mark.parametrize(
    "attempt",
    [
        "bytearray(50_000_000)",
        "sum(range(1000))",
        "started = threading.Thread(target=print); started.start(); started.join()",
    ],
)
def test_filter_calls__what_parsers_need__works(attempt: str) -> None:
    assert _outcome(attempt).endswith(b"done")


def test_limit_resources__more_memory_than_allowed__is_refused() -> None:
    """By a mebibyte: what Python gives back between the measure of its memory and the attempt counts as free."""
    assert _outcome(f"bytearray({ReadingLimits().memory_bytes + 1_048_576})") == b"refused"
