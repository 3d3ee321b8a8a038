"""What every journal and book of a node stands on: all of a block or nothing, and a file that can be used on."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.deployment import Deployment
from oracle.claims.book import ClaimsBook
from oracle.network.event_book import EventBook
from oracle.network.memory import Memory
from oracle.node.journal import SigningJournal
from oracle.node.underwriting_journal import UnderwritingJournal
from oracle.rounds.journal import RoundJournal
from oracle.sqlite_file import Durability, SqliteFile

SCHEMA = """
CREATE TABLE IF NOT EXISTS word (said TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS answer (word TEXT REFERENCES word DEFERRABLE INITIALLY DEFERRED);
"""
LEDGER = "31337:0xaa"
Book = RoundJournal | SigningJournal | UnderwritingJournal | Memory | EventBook
ALL = "SELECT said FROM word ORDER BY said"


def write(file: SqliteFile, *statements: str) -> None:
    with file.writing() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqliteFile]:
    opened = SqliteFile(tmp_path / "made" / "f.sqlite", SCHEMA, Durability.FULL)
    yield opened
    opened.close()


def test_writing__block_ends__kept_after_reopening(tmp_path: Path, file: SqliteFile) -> None:
    write(file, "INSERT INTO word VALUES ('a')")
    file.close()

    again = SqliteFile(tmp_path / "made" / "f.sqlite", SCHEMA, Durability.FULL)

    assert again.rows(ALL) == [("a",)]
    again.close()


def test_writing__block_raises__nothing_of_it_is_kept(file: SqliteFile) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        write(file, "INSERT INTO word VALUES ('a')", "INSERT INTO nowhere VALUES ('b')")

    assert file.rows(ALL) == []


def test_writing__end_of_the_block_is_refused__nothing_is_kept_and_the_next_goes_through(file: SqliteFile) -> None:
    file.row("PRAGMA foreign_keys = ON")  # checked at COMMIT, the way the table asks for

    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        write(file, "INSERT INTO word VALUES ('a')", "INSERT INTO answer VALUES ('never said')")
    write(file, "INSERT INTO word VALUES ('b')")

    assert file.rows(ALL) == [("b",)]


def test_writing__sqlite_ended_the_transaction_by_itself__its_error_is_told(file: SqliteFile) -> None:
    write(file, "INSERT INTO word VALUES ('a')")

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        write(file, "INSERT INTO word VALUES ('b')", "INSERT OR ROLLBACK INTO word VALUES ('a')")

    assert file.rows(ALL) == [("a",)]


def test_row__inside_a_block__sees_what_was_written_so_far(file: SqliteFile) -> None:
    with file.writing() as cursor:
        before = file.row(ALL)
        cursor.execute("INSERT INTO word VALUES ('a')")

        assert (before, file.row(ALL)) == (None, ("a",))


def test_rows__another_thread_is_writing__waits_for_the_whole_block(file: SqliteFile) -> None:
    found: list[tuple[str]] = []
    reader = threading.Thread(target=lambda: found.extend(file.rows(ALL)))

    with file.writing() as cursor:
        cursor.execute("INSERT INTO word VALUES ('a')")
        reader.start()
        reader.join(0.2)
        cursor.execute("INSERT INTO word VALUES ('b')")
    reader.join()

    assert found == [("a",), ("b",)]


def test_open__no_database__refused(tmp_path: Path) -> None:
    (tmp_path / "f.sqlite").write_bytes(b"a letter, not a database" * 100)

    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        SqliteFile(tmp_path / "f.sqlite", SCHEMA, Durability.FULL)


@pytest.mark.parametrize(("durability", "level"), [(Durability.FULL, 2), (Durability.NORMAL, 1)])
def test_open__named_durability__is_what_the_file_has(tmp_path: Path, durability: Durability, level: int) -> None:
    file = SqliteFile(tmp_path / "f.sqlite", SCHEMA, durability)

    assert (file.row("PRAGMA synchronous"), file.row("PRAGMA journal_mode")) == ((level,), ("wal",))
    file.close()


@pytest.mark.parametrize("book", [RoundJournal, SigningJournal, UnderwritingJournal, Memory, EventBook])
def test_open__what_binds_a_node__is_on_disk_when_a_write_returns(
    tmp_path: Path, book: Callable[[Path, str], Book]
) -> None:
    opened = book(tmp_path / "b.sqlite", LEDGER)

    assert opened._file.row("PRAGMA synchronous") == (2,)
    opened.close()


def test_open__what_can_be_had_again__may_lose_its_last_writes(tmp_path: Path) -> None:
    opened = ClaimsBook(tmp_path, Deployment(31_337, 0, "0x" + "ab" * 32, "", {}))

    assert opened.rows("PRAGMA synchronous") == [(1,)]
    opened.close()
