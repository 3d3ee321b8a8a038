"""PDF: text layer, metadata, pictures, and what in it would act if anything ran it. Runs in the sealed process only."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

from PIL import Image
from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

from oracle.evidence.limits import ReadingLimits
from oracle.evidence.reading.pictures import picture_hash
from oracle.evidence.reading.result import FileReading, Metadata, Outcome, Unreadable

T = TypeVar("T")
MOST_PICTURES: Final = 32
LEAST_SIDE: Final = 64
"""Smaller pictures are logos and lines."""
_ACTIVE: Final = ("/AA", "/JavaScript", "/JS", "/Launch", "/EmbeddedFiles", "/XFA", "/RichMedia")
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read_pdf(content: bytes, limits: ReadingLimits) -> FileReading:
    """A PDF's pages.

    Raises:
        Unreadable: `ENCRYPTED`, `NO_PAGES`, `TOO_MANY_PAGES`, `TEXT_TOO_LONG`.
    """
    document = PdfReader(io.BytesIO(content), strict=False)
    if document.is_encrypted:
        raise Unreadable("ENCRYPTED")
    count = len(document.pages)
    if count == 0:
        raise Unreadable("NO_PAGES")
    if count > limits.pages:
        raise Unreadable("TOO_MANY_PAGES")
    texts, length = list[str](), 0
    for page in document.pages:
        texts.append(page.extract_text())
        length += len(texts[-1])
        if length > limits.text_chars:
            raise Unreadable("TEXT_TOO_LONG")
    return FileReading(
        outcome=Outcome.READ,
        pages=count,
        text=printable("\n".join(texts)),
        metadata=_metadata(document, content),
        pictures=_pictures(document, limits),
    )


def printable(text: str) -> str:
    """Without control signs and half characters, so that it is text wherever it goes."""
    return "".join(sign for sign in text if sign in "\n\t" or (sign.isprintable() and not "\ud800" <= sign <= "\udfff"))


def _metadata(document: PdfReader, content: bytes) -> Metadata:
    told = document.metadata
    created = modified = None
    software: list[str] = []
    if told is not None:
        created, modified = _time(told.get("/CreationDate")), _time(told.get("/ModDate"))
        for key in ("/Producer", "/Creator"):
            name = printable(str(told.get(key) or "")).strip()[:200]
            software += [name] if name and name not in software else []
    return Metadata(
        software=tuple(software),
        created_at=created,
        modified_at=modified,
        revisions=_revisions(content),
        active=_active(document),
    )


def _revisions(content: bytes) -> int:
    """How often the file was saved on top of itself. One made for fast viewing has a second end from the start."""
    ends = content.count(b"startxref") - (b"/Linearized" in content[:1_024])
    return max(0, min(ends, 10_000))


def _active(document: PdfReader) -> tuple[str, ...]:
    """Names of what would act, in catalogue, name trees, forms and pages. Looked for, never followed."""
    root = document.root_object
    places: list[object] = [root, root.get("/Names"), root.get("/AcroForm"), root.get("/OpenAction")]
    places += list(document.pages)
    found = set[str]()
    for place in places:
        reached = place.get_object() if place is not None and hasattr(place, "get_object") else None
        if isinstance(reached, DictionaryObject):
            found |= {name[1:] for name in _ACTIVE if name in reached}
            found |= {"JavaScript"} if reached.get("/S") == "/JavaScript" else set()
            found |= {"Launch"} if reached.get("/S") == "/Launch" else set()
    return tuple(sorted(found))


def _pictures(document: PdfReader, limits: ReadingLimits) -> tuple[str, ...]:
    """Perceptual hashes of the first pictures. A broken picture leaves a readable page readable."""
    found: list[str] = []
    for page in document.pages:
        for image in _images_of(page):
            if len(found) >= MOST_PICTURES:
                return tuple(found)
            one = _hash_of(image, limits) if image is not None else None
            found += [one] if one else []
    return tuple(found)


def _images_of(page: PageObject) -> Iterator[Image.Image | None]:
    for name in _tried(lambda: list(page.images.keys())) or ():
        yield _tried(partial(_image, page, name))


def _image(page: PageObject, name: str | list[str]) -> Image.Image | None:
    return page.images[name].image


def _hash_of(image: Image.Image, limits: ReadingLimits) -> str | None:
    if min(image.size) < LEAST_SIDE or image.width * image.height > limits.pixels:
        return None
    return _tried(lambda: picture_hash(image))


def _tried(attempt: Callable[[], T]) -> T | None:
    """What an attempt gives, or None; running out of memory is for the caller.

    Every other exception is taken: the file is hostile, what a parser stumbles into has no common kind, and all this
    runs in the sealed process, which can reach nothing and whose answer is checked by who asked.
    """
    try:
        return attempt()
    except MemoryError:
        raise
    except Exception:
        return None


def _time(value: object) -> datetime | None:
    """`D:20260301100000+08'00'` of PDF, as UTC."""
    text = str(value or "").strip().removeprefix("D:").replace("'", "")
    if text.endswith("Z"):
        text = text[:-1]
    elif text[14:].startswith("Z"):
        text = text[:14]
    for shape in ("%Y%m%d%H%M%S%z", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d"):
        try:
            moment = datetime.strptime(text, shape)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None
