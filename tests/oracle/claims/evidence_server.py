"""An insurer's evidence store on this machine, honest or lying."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from domain.evidence.dossier import Dossier, EvidenceFile, read_manifest, seal_dossier
from domain.hashing import keccak256

KEY = "a key of the evidence store".replace(" ", "-")
DRIP_SECONDS = 0.05


class Lie(StrEnum):
    """What a store can do wrong."""

    NONE = "none"
    ALTERED_BYTE = "one bit of a file is another"
    OTHER_MANIFEST = "a manifest of other files"
    OTHER_SALT = "a manifest with another salt"
    EXTRA_FILE = "a manifest with one file more"
    FILE_LEFT_OUT = "a manifest with one file less"
    FILES_SWAPPED = "one file's bytes under the other's name"
    NOT_CANONICAL = "the manifest in another form"
    NO_MANIFEST = "something else instead of the manifest"
    HUGE_MANIFEST = "a manifest without end"
    HUGE_FILE = "more bytes than the manifest says"
    FILE_CUT_SHORT = "fewer bytes than the manifest says"
    FILE_GONE = "a file that is not there"
    REDIRECTS_AWAY = "a redirect to another host"
    DRIPS = "a slow drip"
    HANGS = "no answer"
    SERVER_ERROR = "500"


@dataclass
class StoreServer:
    """What is served.

    Attributes:
        asked: Paths, in their order.
        most_at_once: Of requests that were open at one time.
    """

    url: str = ""
    lie: Lie = Lie.NONE
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    pause_seconds: float = 0.0
    open_now: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, claim_id: int, dossier: Dossier) -> None:
        """Hand this out for a claim."""
        self.dossiers[f"0x{claim_id:064x}"] = dossier

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body for a path."""
        parts = path.split("/")
        dossier = self.dossiers.get(parts[3]) if len(parts) in (5, 6) and parts[1:3] == ["v1", "claims"] else None
        if dossier is None:
            return 404, b"{}"
        if self.lie is Lie.SERVER_ERROR:
            return 500, b""
        if parts[4:] == ["manifest"]:
            return 200, self._manifest(dossier)
        return self._file(dossier, unquote(parts[5])) if parts[4] == "files" and len(parts) == 6 else (404, b"{}")

    def _manifest(self, dossier: Dossier) -> bytes:
        salts = [entry.salt for entry in dossier.entries]
        match self.lie:
            case Lie.OTHER_MANIFEST:
                return seal_dossier([EvidenceFile("other.txt", "text/plain", b"other")], [bytes(32)]).manifest()
            case Lie.EXTRA_FILE:
                extra = EvidenceFile("zz.txt", "text/plain", b"extra")
                return seal_dossier([*dossier.files, extra], [*salts, bytes(32)]).manifest()
            case Lie.OTHER_SALT:
                return seal_dossier(dossier.files, [keccak256(salt) for salt in salts]).manifest()
            case Lie.FILE_LEFT_OUT:
                return seal_dossier(dossier.files[1:], salts[1:]).manifest()
            case Lie.NOT_CANONICAL:
                return dossier.manifest() + b"\n"
            case Lie.NO_MANIFEST:
                return b"<html>"
            case Lie.HUGE_MANIFEST:
                return b"[" * 200_000
        return dossier.manifest()

    def _file(self, dossier: Dossier, name: str) -> tuple[int, bytes]:
        names = [entry.name for entry in read_manifest(dossier.manifest())]
        if name not in names or (self.lie is Lie.FILE_GONE and name == names[-1]):
            return 404, b"{}"
        content = dossier.files[names.index(name)].content
        if self.lie is Lie.FILES_SWAPPED:
            content = dossier.files[names.index(name) - 1].content
        if self.lie is Lie.ALTERED_BYTE:
            content = bytes([content[0] ^ 1]) + content[1:]
        if self.lie is Lie.HUGE_FILE:
            content += bytes(3_000_000)
        return 200, content[:-1] if self.lie is Lie.FILE_CUT_SHORT else content


@contextmanager
def serving() -> Iterator[StoreServer]:
    """A store for the length of a `with` block."""
    told = StoreServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with told.lock:
                told.asked.append(self.path)
                told.open_now += 1
                told.most_at_once = max(told.most_at_once, told.open_now)
            try:
                self._answer()
            finally:
                with told.lock:
                    told.open_now -= 1

        def _answer(self) -> None:
            time.sleep(5.0 if told.lie is Lie.HANGS else told.pause_seconds)
            status, body = told.answer(self.path)
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                status, body = 401, b""
            if told.lie is Lie.REDIRECTS_AWAY:
                status, body = 302, b""
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.2:1/v1/other")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            step = 1 if told.lie is Lie.DRIPS else len(body) or 1
            with contextlib.suppress(OSError):
                for start in range(0, len(body), step):
                    self.wfile.write(body[start : start + step])
                    if told.lie is Lie.DRIPS:
                        time.sleep(DRIP_SECONDS)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
