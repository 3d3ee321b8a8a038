"""Reading in the sealed process: what is read, what is refused, and what a hostile file cannot do."""

import os
import signal
from dataclasses import replace

import pytest

from domain.evidence.sniff import JPEG, JSON, PDF, PNG, TEXT, WEBP
from oracle.evidence.limits import READING_LIMITS
from oracle.evidence.reading.files import read_file
from oracle.evidence.reading.reader import Reader
from oracle.evidence.reading.result import Outcome, Provenance
from oracle.evidence.refusals import EvidenceUnread
from scripts.figures.parser_seeds import bomb, seeds
from tests.oracle.evidence.papers import CHINESE, ENGLISH, pdf, picture, saved, signed


def test_read__english_bill__gives_every_field(reader: Reader) -> None:
    reading = reader.read(pdf(*ENGLISH), PDF)

    bill = reading.invoice
    assert bill is not None
    assert (bill.issuer, bill.number, str(bill.issued_on), bill.currency) == (
        "City Hospital",
        "A-1001",
        "2026-03-04",
        "USD",
    )
    assert [(line.text, line.amount_minor) for line in bill.lines] == [("MRI scan 1", 80_000), ("Consultation", 12_050)]
    assert (bill.net_minor, bill.tax_minor, bill.total_minor) == (92_050, 9_205, 101_255)
    assert (bill.codes, bill.ibans) == (("J18.9",), ("GB82WEST12345698765432",))


def test_read__chinese_bill__gives_every_field(reader: Reader) -> None:
    reading = reader.read(pdf(*CHINESE), PDF)

    bill = reading.invoice
    assert bill is not None
    assert (bill.issuer, bill.issuer_code) == ("北京第一医院", "91350100M000100Y43")
    assert (bill.number, str(bill.issued_on), bill.currency) == ("25117000000123456789", "2026-03-04", "CNY")
    assert [line.amount_minor for line in bill.lines] == [10_000, 20_000]
    assert (bill.net_minor, bill.tax_minor, bill.total_minor, bill.words_minor) == (30_000, 1_800, 31_800, 31_800)


@pytest.mark.parametrize("number", range(len(seeds())))
def test_read__sealed_or_not__says_the_same(reader: Reader, number: int) -> None:
    media_type, content = seeds()[number]

    assert reader.read(content, media_type) == read_file(content, media_type, READING_LIMITS)


def test_read__picture_of_each_type__has_its_hash(reader: Reader) -> None:
    found = {
        reader.read(saved(picture(), shape), media_type).pictures
        for shape, media_type in (("PNG", PNG), ("WEBP", WEBP))
    }

    assert all(len(each) == 1 for each in found)


@pytest.mark.parametrize(
    ("content", "media_type", "problem"),
    [
        (b"%PDF-1.4 nothing", PDF, "MALFORMED"),
        (b"\xff\xd8\xff\xe0 nothing", JPEG, "MALFORMED"),
        (b'{"kind":"invoice","total_minor":1.5}', JSON, "INVOICE_FIELDS"),
        (b'{"kind":"invoice","total_minor":true}', JSON, "INVOICE_FIELDS"),
        (b'{"kind":"invoice","total_minor":1,"total_minor":9}', JSON, "INVOICE_FIELDS"),
        (b'{"kind":"invoice","lines":[{"text":"x","amount_minor":1,"amount_minor":9}]}', JSON, "INVOICE_FIELDS"),
        (b'{"kind":', JSON, "MALFORMED_JSON"),
        (b"[" * 100_000, JSON, "MALFORMED_JSON"),
        (b"\xff\xfe\xfa", TEXT, "NOT_UTF8"),
        (b"a" * (READING_LIMITS.text_chars + 1), TEXT, "TEXT_TOO_LONG"),
    ],
)
def test_read__file_that_is_broken__is_unreadable_by_name(
    reader: Reader, content: bytes, media_type: str, problem: str
) -> None:
    reading = reader.read(content, media_type)

    assert (reading.outcome, reading.problem) == (Outcome.UNREADABLE, problem)


def test_read__picture_of_too_many_points__is_never_decoded(reader: Reader) -> None:
    media_type, wide = seeds()[5]

    assert reader.read(wide, media_type).problem == "TOO_MANY_PIXELS"


def test_read__file_that_never_ends__is_stopped_and_the_next_is_read() -> None:
    with Reader(replace(READING_LIMITS, cpu_seconds=1, wall_seconds=3)) as hurried:
        first = hurried.process_id

        with pytest.raises(EvidenceUnread, match=r"ended with (CPU|WALL)_LIMIT"):
            hurried.read(bomb(), PDF)

        assert hurried.read(b"receipt", TEXT).text == "receipt"
        assert hurried.process_id == first


def test_read__more_output_than_allowed__is_stopped() -> None:
    with (
        Reader(replace(READING_LIMITS, output_bytes=1_000)) as small,
        pytest.raises(EvidenceUnread, match="OUTPUT_LIMIT"),
    ):
        small.read(b"word " * 1_000, TEXT)


def test_read__more_memory_than_allowed__is_stopped_or_unreadable() -> None:
    with (
        Reader(replace(READING_LIMITS, memory_bytes=1 << 20)) as small,
        pytest.raises(EvidenceUnread, match="ended with"),
    ):
        small.read(b"word " * 2_000_000, TEXT)


def test_read__zygote_killed__is_started_anew() -> None:
    with Reader() as started:
        assert started.process_id is not None
        os.kill(started.process_id, signal.SIGKILL)

        with pytest.raises(EvidenceUnread):
            started.read(b"receipt", TEXT)

        assert started.read(b"receipt", TEXT).text == "receipt"


def test_provenance__account_absent_whole_or_broken__is_told_apart(reader: Reader) -> None:
    plain = saved(picture(), quality=95)
    whole = signed(plain)
    broken = bytearray(whole)
    broken[-2_000] ^= 0x01  # in the picture, behind the account

    found = [reader.read(content, JPEG) for content in (plain, whole, bytes(broken))]

    assert [each.provenance for each in found] == [Provenance.ABSENT, Provenance.VALID, Provenance.BROKEN]
    assert not any(each.provenance_trusted for each in found)
