"""The process that reads files: `python -m oracle.evidence.reading.zygote`, started by `Reader` and by nobody else.

It loads the parsers once, then makes one child for each file. The child seals itself, reads, writes one JSON and ends;
the zygote never looks at the file, only moves bytes. What it is told and tells are frames: a length of 4 bytes, then
JSON; a file's bytes follow its request.
"""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import encodings.aliases
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import BinaryIO, Final, NoReturn

import c2pa  # type: ignore[import-untyped]  # ships no types
import pypdf
from PIL import Image
from pypdf.errors import PyPdfError

from domain.evidence.sniff import JPEG, PNG, WEBP
from oracle.evidence.limits import ReadingLimits
from oracle.evidence.reading.files import read_file
from oracle.evidence.reading.pdf import read_pdf
from oracle.evidence.reading.seal import filter_calls, limit_resources

SIZE: Final = struct.Struct("!I")
LIBRARIES: Final = ("pypdf", "pillow", "c2pa-python", "pydantic")
_OUT_OF_MEMORY: Final = 3
_CALLBACKS: Final[list[object]] = []
"""Callbacks into Python need executable memory, which a sealed child cannot get. Half of these are freed again, so that
C2PA's find room among the others."""


def main() -> None:
    """Serve until standard input ends."""
    _load_everything()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _send(
        sink,
        {"sealed": _probe(), "versions": {**{name: version(name) for name in LIBRARIES}, "c2pa": c2pa.sdk_version()}},
    )
    while (request := _receive(source)) is not None:
        asked = json.loads(request)
        limits = ReadingLimits(**{**asked["limits"], "media_types": tuple(asked["limits"]["media_types"])})
        content = source.read(asked["size"])
        ended, output = _read_apart(content, asked["media_type"], limits)
        _send(sink, {"ended": ended, "size": len(output)})
        sink.write(output)
        sink.flush()


def _load_everything() -> None:
    """Sealed children open no file, so whatever parsers load late is loaded now."""
    Image.init()
    for name in set(encodings.aliases.aliases.values()):
        with contextlib.suppress(LookupError):
            codecs.lookup(name)
    _CALLBACKS.extend(ctypes.CFUNCTYPE(None)(_nothing) for _ in range(128))
    del _CALLBACKS[::2]
    for module in pkgutil.walk_packages(pypdf.__path__, "pypdf."):
        with contextlib.suppress(ImportError):  # what is not installed is not used either
            importlib.import_module(module.name)
    limits = ReadingLimits()
    for shape, media_type in (("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)):
        picture = io.BytesIO()
        Image.linear_gradient("L").convert("RGB").save(picture, shape)
        read_file(picture.getvalue(), media_type, limits)
    document = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(document, "PDF")
    # Not by way of read_file: C2PA's library would start threads here, which no child inherits and all would wait for.
    read_pdf(document.getvalue(), limits)
    with contextlib.suppress(PyPdfError):
        read_pdf(_SMALLEST_PDF, limits)
    read_file(b'{"kind":"invoice"}', "application/json", limits)


def _nothing() -> None:
    """What the callbacks below would do."""


def _probe() -> bool:
    """Whether a sealed child really can neither open a file nor make a socket."""
    child = os.fork()
    if child == 0:
        _prove_sealed()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _prove_sealed() -> NoReturn:
    limit_resources(ReadingLimits())
    held = filter_calls()
    attempts: tuple[Callable[[], int], ...] = (
        lambda: os.open("/dev/null", os.O_RDONLY),
        lambda: os.open("/", os.O_TMPFILE | os.O_RDWR),
        lambda: socket.socket().fileno(),
        os.fork,
    )
    for attempt in attempts:
        try:
            attempt()
            held = False
        except PermissionError:
            continue
        except OSError:
            held = False
    os._exit(0 if held else 1)


def _read_apart(content: bytes, media_type: str, limits: ReadingLimits) -> tuple[str, bytes]:
    """How the child ended (`done`, or the limit it broke), and what it wrote."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        _child(content, media_type, limits, outlet)
    os.close(outlet)
    try:
        broke, output = _collect(inlet, limits)
    finally:
        os.close(inlet)
    if broke:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if broke:
        return broke, b""
    if status == 0:
        return "done", output
    names = {-signal.SIGXCPU: "CPU_LIMIT", -signal.SIGKILL: "CPU_LIMIT", _OUT_OF_MEMORY: "MEMORY_LIMIT"}
    return names.get(status, f"CRASHED_{status}"), b""


def _collect(inlet: int, limits: ReadingLimits) -> tuple[str, bytes]:
    """Everything the child writes, until it ends or breaks a limit."""
    deadline = time.monotonic() + limits.wall_seconds
    taken = bytearray()
    while True:
        ready, _, _ = select.select([inlet], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return "WALL_LIMIT", b""
        piece = os.read(inlet, 65_536)
        if not piece:
            return "", bytes(taken)
        taken += piece
        if len(taken) > limits.output_bytes:
            return "OUTPUT_LIMIT", b""


def _child(content: bytes, media_type: str, limits: ReadingLimits, outlet: int) -> NoReturn:
    code = 1
    try:
        os.dup2(outlet, 0)
        os.closerange(1, 4_096)
        limit_resources(limits)
        filter_calls()
        output = read_file(content, media_type, limits).model_dump_json().encode()
        while output:
            output = output[os.write(0, output) :]
        code = 0
    except MemoryError:
        code = _OUT_OF_MEMORY
    finally:
        os._exit(code)


def _receive(source: BinaryIO) -> bytes | None:
    head = source.read(SIZE.size)
    return source.read(SIZE.unpack(head)[0]) if len(head) == SIZE.size else None


def _send(sink: BinaryIO, told: dict[str, object]) -> None:
    message = json.dumps(told).encode()
    sink.write(SIZE.pack(len(message)) + message)
    sink.flush()


_SMALLEST_PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj "
    b"4 0 obj<</Length 30>>stream\nBT /F 9 Tf (Invoice 1) Tj ET   \nendstream endobj "
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF"
)

if __name__ == "__main__":
    main()
