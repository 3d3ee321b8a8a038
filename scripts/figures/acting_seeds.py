"""Files that would do something if their reader let them, and canaries that tell when one did."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Final, Self

from PIL import Image, PngImagePlugin

from domain.evidence.sniff import JPEG, JSON, PDF, PNG, TEXT, WEBP
from scripts.figures.parser_seeds import pdf_of

_MARK: Final = "mark"
_PAGE: Final = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>%s>>"
_TEXT: Final = b"<</Length 33>>stream\nBT /F 9 Tf (Invoice No 7) Tj ET  \nendstream"
_FONT: Final = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


class CanaryDead(RuntimeError):
    """A canary did not sing when it was tried."""


@dataclass(frozen=True, slots=True)
class ActingFile:
    """A file with an act in it.

    Attributes:
        act: What it would do.
        named: How the reader names it in the file's metadata; empty where it names nothing of the sort.
    """

    act: str
    media_type: str
    content: bytes
    named: str = ""


class Canaries:
    """A program that leaves a mark when it is run, and a port that counts who connects; for a `with` block.

    Raises:
        CanaryDead: One of them does not work here, so its silence would mean nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.program, self._mark = folder / "canary", folder / _MARK
        self._listener = socket.socket()
        self._connections = 0
        self._thread = Thread(target=self._listen, name="canary", daemon=True)

    def __enter__(self) -> Self:
        self.program.write_text(f"#!/bin/sh\necho run >> '{self._mark}'\n", "utf-8")
        self.program.chmod(0o755)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self._thread.start()
        self._try_out()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()

    @property
    def url(self) -> str:
        """Where the port is, as a file would write it."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/canary.c2pa"

    @property
    def sung(self) -> int:
        """Runs of the program and connections, besides the trial's one each."""
        runs = self._mark.read_text("utf-8").count("run") if self._mark.exists() else 0
        return runs + self._connections - 2

    def _try_out(self) -> None:
        subprocess.run([self.program], check=True, timeout=10)
        with socket.create_connection(self._listener.getsockname(), timeout=10) as asked:
            asked.recv(1)  # the other side has counted before it hangs up
        if self.sung != 0:
            raise CanaryDead("program or port told nothing when tried: use a folder whose programs may be run")

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections += 1
            connection.close()


def acting_files(canaries: Canaries) -> list[ActingFile]:
    """Scripts, launches, links, attachments, remote and outer parts, and files of two natures, all at the canaries."""
    program, url = os.fsencode(canaries.program), canaries.url.encode()
    return [*_pdfs(program, url), *_polyglots(program, url), *_pictures(url.decode()), *_texts(program, url)]


def _pdfs(program: bytes, url: bytes) -> list[ActingFile]:
    script = b"app.launchURL('%s');this.submitForm('%s');" % (url, url)
    outer = b"<</Type/Filespec/F(%s)/UF(%s)>>" % (program, program)
    remote = b"<</FS/URL/F(%s)>>" % url
    launch = b"<</S/Launch/F(%s)/Win<</F(%s)/O(open)>>/Unix(%s)>>" % (program, program, program)
    xfa = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "%s">]><xdp>&y;</xdp>' % url
    packed, outer_map = b"<</Length %d>>stream\n%s\nendstream", b"/%s usecmap" % program
    return [
        _pdf("script at opening", "JavaScript", b"/OpenAction<</S/JavaScript/JS(%s)>>" % script),
        _pdf("launch at opening", "Launch", b"/OpenAction%s" % launch),
        _pdf("launch on a page", "AA", page=b"/AA<</O%s>>" % launch),
        _pdf("script by name", "JavaScript", b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(%s)>>]>>>>" % script),
        _pdf("attached program", "EmbeddedFiles", b"/Names<</EmbeddedFiles<</Names[(a)%s]>>>>" % outer),
        _pdf("form with an outer entity", "XFA", b"/AcroForm<</XFA 6 0 R/Fields[]>>", more=packed % (len(xfa), xfa)),
        _pdf("media", "RichMedia", page=b"/RichMedia<</Content%s>>" % remote),
        _pdf("link at opening", "", b"/OpenAction<</S/URI/URI(%s)>>" % url),
        _pdf("form sent at opening", "", b"/OpenAction<</S/SubmitForm/F%s>>" % remote),
        _pdf("other document at opening", "", b"/OpenAction<</S/GoToR/F%s/D[0/Fit]>>" % outer),
        _pdf("data brought in", "", b"/OpenAction<</S/ImportData/F%s>>" % outer),
        _pdf("remote contents", "", contents=b"<</Length 0/F%s/FFilter/FlateDecode>>stream\n\nendstream" % remote),
        _pdf("outer contents", "", contents=b"<</Length 0/F%s>>stream\n\nendstream" % outer),
        _pdf("outer picture", "", page=b"/Thumb<</Subtype/Image/Width 80/Height 80/F%s/Length 0>>" % outer),
        _pdf("outer font map", "", font=_FONT[:-2] + b"/ToUnicode 6 0 R>>", more=packed % (len(outer_map), outer_map)),
        _pdf("remote account of origin", "", b"/Metadata 6 0 R", more=packed % (len(_xmp(url)), _xmp(url))),
    ]  # fmt: skip


def _pdf(
    act: str, named: str, catalogue: bytes = b"", *, page: bytes = b"", contents: bytes = _TEXT, font: bytes = _FONT,
    more: bytes = b"null", start: bytes = b"%PDF-1.7\n",
) -> ActingFile:  # fmt: skip
    root = b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue
    objects = (root, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", _PAGE % page, contents, font, more)
    return ActingFile(act, PDF, pdf_of(objects, start), named)


def _polyglots(program: bytes, url: bytes) -> list[ActingFile]:
    """One file, two natures."""
    shell, page = b"#!/bin/sh\n%s\nexit\n" % program, b"<html><script>fetch('%s')</script>" % url
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("__main__.py", f"import os; os.system({program.decode()!r})")
    picture = _saved("JPEG", comment=shell)
    return [
        _pdf("PDF and shell", "", start=shell + b"%PDF-1.7\n"),
        _pdf("PDF and page", "", start=page + b"%PDF-1.7\n"),
        ActingFile("PDF and archive", PDF, _pdf("", "").content + packed.getvalue()),
        ActingFile("picture and shell", JPEG, picture),
        ActingFile("picture and archive", JPEG, picture + packed.getvalue()),
        ActingFile("PostScript as picture", JPEG, b"%%!PS-Adobe-3.0 EPSF\n(%%pipe%%%s) (r) file\n" % program),
        ActingFile("vector picture as picture", PNG, b"<svg><image href='%s'/></svg>" % url),
    ]


def _pictures(url: str) -> list[ActingFile]:
    """Pictures whose account of origin lies elsewhere."""
    xmp, chunks = _xmp(url.encode()), PngImagePlugin.PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", xmp.decode())
    shapes: list[tuple[str, str, dict[str, object]]] = [
        ("JPEG", JPEG, {"xmp": xmp}), ("WEBP", WEBP, {"xmp": xmp}), ("PNG", PNG, {"pnginfo": chunks}),
    ]  # fmt: skip
    return [
        ActingFile(f"{shape} with a remote account of origin", kind, _saved(shape, **told))
        for shape, kind, told in shapes
    ]


def _texts(program: bytes, url: bytes) -> list[ActingFile]:
    line = f"$({program.decode()}) `{program.decode()}` ${{jndi:{url.decode()}}} =cmd|'{program.decode()}'!A1"
    bill = {"kind": "invoice", "issuer": line, "number": "1", "currency": "USD", "total_minor": 100, "lines": []}
    objects: Callable[[object], bytes] = lambda told: json.dumps(told).encode()  # noqa: E731
    return [
        ActingFile("commands in a bill", JSON, objects(bill)),
        ActingFile("commands in a text", TEXT, f"Invoice No: {line}\nTotal due: USD 1.00 {line}\n".encode()),
        ActingFile("references in JSON", JSON, objects({"$ref": url.decode(), "py/object": "os.system", "a": line})),
        ActingFile("script as text", TEXT, b"#!/bin/sh\n%s\n" % program),
    ]


def _xmp(url: bytes) -> bytes:
    """Metadata that says where a C2PA account is to be fetched from."""
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="%s"/></rdf:RDF></x:xmpmeta>'
        % url
    )


def _saved(shape: str, **told: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((120, 90)).save(out, shape, **told)
    return out.getvalue()
