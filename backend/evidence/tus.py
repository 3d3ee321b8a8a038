"""Headers of tus 1.0.0, read and written. Source: https://tus.io/protocols/resumable-upload (1.0.0, 2016-03-25)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

from backend.problems import Problem
from domain.evidence.limits import LIMITS

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,expiration,checksum,termination"
ALGORITHMS: Final = ("sha1", "sha256", "sha512")
OFFSET_TYPE: Final = "application/offset+octet-stream"
TUS: Final = {"Tus-Resumable": VERSION}
OPTIONS: Final = {
    **TUS,
    "Tus-Version": VERSION,
    "Tus-Extension": EXTENSIONS,
    "Tus-Max-Size": str(LIMITS.file_bytes),
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
}
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_KEY: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,60}")
_MOST_PAIRS: Final = 20


class Checksum:
    """What a request says its bytes give.

    Raises:
        Problem: `upload_header_invalid`.
    """

    def __init__(self, header: str) -> None:
        algorithm, _, value = header.partition(" ")
        if algorithm not in ALGORITHMS:
            raise _invalid("Upload-Checksum", f"names no algorithm of {', '.join(ALGORITHMS)}")
        self._wanted = _decoded("Upload-Checksum", value.strip())
        self._hash = hashlib.new(algorithm, usedforsecurity=False)
        if len(self._wanted) != self._hash.digest_size:
            raise _invalid("Upload-Checksum", f"has not the length of a {algorithm}")

    def update(self, piece: bytes) -> None:
        """What came."""
        self._hash.update(piece)

    def fits(self) -> bool:
        """Whether all that came gives it."""
        return hmac.compare_digest(self._hash.digest(), self._wanted)


def require_version(headers: Mapping[str, str]) -> None:
    """Pass for a client that speaks this version.

    Raises:
        Problem: `tus_version_unsupported`.
    """
    if headers.get("tus-resumable") != VERSION:
        raise Problem("tus_version_unsupported", versions=VERSION)


def number(headers: Mapping[str, str], name: str) -> int:
    """A count of bytes.

    Raises:
        Problem: `upload_header_invalid`.
    """
    text = headers.get(name.lower(), "")
    if not _NUMBER.fullmatch(text):
        raise _invalid(name, "is no count of bytes, 0 or more")
    return int(text)


def metadata(header: str) -> dict[str, str]:
    """Upload-Metadata: keys and Base64 of UTF-8, separated by commas.

    Raises:
        Problem: `upload_header_invalid`.
    """
    found: dict[str, str] = {}
    pairs = header.split(",") if header.strip() else []
    for pair in pairs:
        key, _, value = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in found or len(pairs) > _MOST_PAIRS:
            raise _invalid("Upload-Metadata", f"has no key, one twice, or more than {_MOST_PAIRS}")
        try:
            found[key] = _decoded("Upload-Metadata", value.strip()).decode("utf-8")
        except UnicodeDecodeError as error:
            raise _invalid("Upload-Metadata", f"{key} is no UTF-8") from error
    return found


def sha256_of(told: Mapping[str, str]) -> bytes:
    """The hash of the whole file, 64 hex digits under `sha256`.

    Raises:
        Problem: `upload_header_invalid`.
    """
    text = told.get("sha256", "")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise _invalid("Upload-Metadata", "has no sha256 of 64 hex digits: a file is complete only when it fits")
    return bytes.fromhex(text)


def named(told: Mapping[str, str], key: str) -> str:
    """A text that has to be there.

    Raises:
        Problem: `upload_header_invalid`.
    """
    if not told.get(key):
        raise _invalid("Upload-Metadata", f"has no {key}")
    return told[key]


def _decoded(header: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid(header, "is no Base64") from error


def _invalid(header: str, problem: str) -> Problem:
    return Problem("upload_header_invalid", f"{header} {problem}. Write it as tus 1.0.0 says.", header=header)
