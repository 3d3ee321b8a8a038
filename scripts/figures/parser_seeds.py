"""Files to be damaged, made afresh on each run, and the ways to damage them."""

from __future__ import annotations

import io
import json
import random
import zlib
from collections.abc import Sequence
from typing import Final

from fpdf import FPDF
from PIL import Image, ImageDraw

Seed = tuple[str, bytes]
_ROWS: Final = (
    "INVOICE", "Issuer: City Hospital", "Invoice No: A-1001", "Date: 2026-03-04", "MRI scan 800.00",
    "Consultation 120.50", "Subtotal: 920.50", "VAT 10%: 92.05", "Total due: USD 1,012.55",
)  # fmt: skip
_TOKENS: Final = (
    b"<<", b">>", b"/Length 99999999999", b"/Kids[1 0 R]", b"/Count 2147483647", b"/Filter[/FlateDecode/FlateDecode]",
    b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>", b"/AA<</O<</S/Launch/F(/bin/sh)>>>>", b"endstream", b"obj",
    b"\x00" * 64, b"\xff" * 64, b"%PDF-", b"9" * 400, b"[" * 2_000, b"(" * 2_000, b"\xff\xd8\xff\xe1", b"IDAT", b"IHDR",
    b"jumbc2pa", b"-1", b"NaN", b'{"a":' * 500,
)  # fmt: skip


def seeds() -> list[Seed]:
    """PDFs with text and with a picture, pictures in each format, JSON."""
    picture = _picture()
    return [
        ("application/pdf", _pdf(compressed=True)),
        ("application/pdf", _pdf(compressed=False)),
        ("application/pdf", _pdf(compressed=False, picture=picture)),
        ("image/jpeg", _saved(picture, "JPEG")),
        ("image/png", _saved(picture, "PNG")),
        ("image/png", _wide_png()),
        ("image/webp", _saved(picture, "WEBP")),
        ("application/json", _invoice_json()),
        ("application/json", b"[" * 3_000 + b"]" * 3_000),
    ]


def damaged(content: bytes, draw: random.Random) -> bytes:
    """One to three changes: bits, cut ends, repeated or moved pieces, hostile tokens, numbers made huge."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(max(1, len(changed)))
        kind = draw.randrange(9)
        if kind in (0, 6, 7, 8) and changed:
            changed[place] ^= 1 << draw.randrange(8)
        elif kind == 1:
            changed[place : place + draw.randint(1, 64)] = b""
        elif kind == 2:
            changed[place:place] = changed[place : place + draw.randint(1, 512)] * draw.randint(1, 20)
        elif kind == 3:
            changed[place:place] = draw.choice(_TOKENS)
        elif kind == 4:
            changed[place : place + 4] = draw.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"9999"))
        else:
            del changed[max(8, place) :]
    return bytes(changed)


def _pdf(*, compressed: bool, picture: Image.Image | None = None) -> bytes:
    page = FPDF()
    page.set_compression(compressed)
    page.add_page()
    page.set_font("Helvetica", size=11)
    for row in _ROWS:
        page.cell(0, 8, row, new_x="LMARGIN", new_y="NEXT")
    if picture is not None:
        page.image(picture, w=60)
    return bytes(page.output())


def _picture() -> Image.Image:
    picture = Image.linear_gradient("L").convert("RGB").resize((160, 120))
    ImageDraw.Draw(picture).text((10, 20), "RECEIPT 42", fill=(200, 10, 10))
    return picture


def _saved(picture: Image.Image, shape: str) -> bytes:
    told = io.BytesIO()
    exif = Image.Exif()
    exif[0x0131], exif[0x0132] = "Camera 1", "2026:03:04 10:00:00"
    picture.save(told, shape, exif=exif)
    return told.getvalue()


def _wide_png() -> bytes:
    """Says 60,000 × 60,000 points in a few bytes."""
    head = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    body = b"IDAT" + zlib.compress(bytes(1_000))
    chunks = (head, body, b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (len(each) - 4).to_bytes(4, "big") + each + zlib.crc32(each).to_bytes(4, "big") for each in chunks
    )


def bomb() -> bytes:
    """A page whose content grows a thousandfold when unpacked."""
    packed = zlib.compress(b"BT /F 9 Tf (again) Tj ET\n" * 400_000, 9)
    head = b"<</Filter/FlateDecode/Length " + str(len(packed)).encode() + b">>"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        head + b"stream\n" + packed + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    return pdf_of(objects)


def pdf_of(objects: Sequence[bytes], start: bytes = b"%PDF-1.4\n") -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    told, places = bytearray(start), []
    for number, each in enumerate(objects, start=1):
        places.append(len(told))
        told += f"{number} 0 obj".encode() + each + b"endobj\n"
    size = len(objects) + 1
    table = b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    end = f"trailer<</Root 1 0 R/Size {size}>>\nstartxref\n{len(told)}\n%%EOF".encode()
    return bytes(told) + f"xref\n0 {size}\n0000000000 65535 f \n".encode() + table + end


def _invoice_json() -> bytes:
    lines = [{"text": f"item {n}", "amount_minor": n * 100} for n in range(1, 20)]
    told = {"kind": "invoice", "issuer": "City Hospital", "number": "A-1", "issued_on": "2026-03-04", "currency": "USD"}
    return json.dumps({**told, "lines": lines, "total_minor": 19_000}).encode()
