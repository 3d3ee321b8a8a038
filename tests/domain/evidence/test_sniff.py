"""What a file is by its bytes."""

import pytest

from domain.evidence.sniff import media_type_of


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xef\xbb\xbf%PDF-1.4", "application/pdf"),
        (b" " * 2_000 + b"%PDF-1.4", "text/plain"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b'{"a": 1}', "application/json"),
        (b"[1, 2]", "application/json"),
        (b"{ not json", "text/plain"),
        ("发票号码 1".encode(), "text/plain"),
        (b"MZ\x90 %PDF-", "application/vnd.microsoft.portable-executable"),
        (b"#!/bin/sh\n%PDF-", "text/x-shellscript"),
        (b"PK\x03\x04%PDF-", "application/zip"),
        (b"<html><script>", "text/html"),
        (b"<svg onload=x>", "image/svg+xml"),
        (b"a\x00b", "application/octet-stream"),
        (b"\xff\xfe\xfa", "application/octet-stream"),
    ],
)
def test_media_type_of__bytes__says_what_they_are(content: bytes, media_type: str) -> None:
    assert media_type_of(content) == media_type
