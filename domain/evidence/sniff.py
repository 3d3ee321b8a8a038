"""What a file is, by its first bytes and not by its name: the few types taken, and common ones that are refused."""

from __future__ import annotations

import json
from typing import Final

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
JSON: Final = "application/json"
TEXT: Final = "text/plain"
UNKNOWN: Final = "application/octet-stream"
IMAGES: Final = (JPEG, PNG, WEBP)
TAKEN: Final = (PDF, *IMAGES, JSON, TEXT)

PDF_WITHIN: Final = 1_024
"""PDF readers look for the header in the first 1,024 bytes; scanners put a byte order mark or a line before it."""

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),  # also docx, xlsx, ofd
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),  # doc, xls, msg
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"#!", "text/x-shellscript"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
)
_MARKUP: Final = (
    (b"<?xml", "application/xml"),
    (b"<svg", "image/svg+xml"),
    (b"<!doctype", "text/html"),
    (b"<html", "text/html"),
)


def media_type_of(content: bytes) -> str:
    """Media type of a file; `application/octet-stream` where nothing is recognised."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return "image/heif"
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if b"%PDF-" in content[:PDF_WITHIN]:
        return PDF
    return _text_type(content)


def _text_type(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return UNKNOWN
    start = text.lstrip()[:16].lower().encode()
    for opening, media_type in _MARKUP:
        if start.startswith(opening):
            return media_type
    if any(ord(sign) < 32 and sign not in "\t\n\r\f" for sign in text):
        return UNKNOWN
    return JSON if start[:1] in (b"{", b"[") and _is_json(text) else TEXT


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
