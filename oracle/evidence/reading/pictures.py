"""Pictures: metadata and a perceptual hash. Runs in the sealed process only."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Final

from PIL import ExifTags, Image

from domain.evidence.sniff import JPEG, PNG, WEBP
from oracle.evidence.limits import ReadingLimits
from oracle.evidence.reading.result import FileReading, Metadata, Outcome, Unreadable

FORMATS: Final = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
HASH_SIDE: Final = 16
LEAST_CONTRAST: Final = 24
"""Darkest and lightest of the thumbnail nearer than this: a blank page, which looks like any other."""
_XMP_TOOL: Final = re.compile(rb"CreatorTool(?:=\"|>)([^<\"]{1,200})")
_XMP_MODIFIED: Final = re.compile(rb"ModifyDate(?:=\"|>)([0-9T:+Z.-]{10,40})")


def read_picture(content: bytes, media_type: str, limits: ReadingLimits) -> FileReading:
    """A picture, decoded in full.

    Raises:
        Unreadable: `TOO_MANY_PIXELS`, `MALFORMED`.
    """
    Image.MAX_IMAGE_PIXELS = None  # our own limit is looked at before anything is decoded
    with Image.open(io.BytesIO(content), formats=[FORMATS[media_type]]) as picture:
        if picture.width * picture.height > limits.pixels:
            raise Unreadable("TOO_MANY_PIXELS")
        picture.load()
        found = picture_hash(picture)
        return FileReading(
            outcome=Outcome.READ, pages=1, metadata=_metadata(picture, content), pictures=(found,) if found else ()
        )


def picture_hash(picture: Image.Image) -> str | None:
    """256 bits, hex: whether each of 16 × 16 points is lighter than its left neighbour (dHash); None: nothing shows.

    Whole numbers throughout, so one version of Pillow gives one hash on every machine.
    """
    gray = picture.convert("RGB").convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
    points = gray.tobytes()
    if max(points) - min(points) < LEAST_CONTRAST:
        return None
    bits = 0
    for row in range(HASH_SIDE):
        for column in range(HASH_SIDE):
            at = row * (HASH_SIDE + 1) + column
            bits = bits << 1 | (points[at + 1] > points[at])
    return f"{bits:064x}"


def _metadata(picture: Image.Image, content: bytes) -> Metadata:
    exif = picture.getexif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    named = [exif.get(ExifTags.Base.Software), picture.info.get("Software"), _first(_XMP_TOOL, content)]
    software = tuple(dict.fromkeys(text for text in map(_text, named) if text))
    camera = " ".join(filter(None, (_text(exif.get(ExifTags.Base.Make)), _text(exif.get(ExifTags.Base.Model)))))
    modified = _time(exif.get(ExifTags.Base.DateTime)) or _time(_first(_XMP_MODIFIED, content))
    return Metadata(
        software=software,
        created_at=_time(details.get(ExifTags.Base.DateTimeOriginal)),
        modified_at=modified,
        camera=camera[:200] or None,
    )


def _first(pattern: re.Pattern[bytes], content: bytes) -> str | None:
    found = pattern.search(content)
    return found.group(1).decode("utf-8", "replace") if found else None


def _text(value: object) -> str:
    """Printable text of a tag, cut; empty if it is none."""
    return "".join(sign for sign in value if sign.isprintable()).strip()[:200] if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    """`2026:03:01 10:00:00` of EXIF, or ISO 8601. Without a zone it is taken as UTC: only days are compared."""
    text = _text(value)
    for shape in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"):
        try:
            moment = datetime.strptime(text, shape)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None
