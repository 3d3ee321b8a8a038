"""The book of told events: turns, and books of before there were any."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from oracle.network.event_book import Closed, EventBook, ToldEvent
from oracle.rounds.simulation import CONTRACT

LEDGER = "31337:0x00"


def told(number: int, due: int = 100) -> ToldEvent:
    return ToldEvent(CONTRACT, number, f"event {number}", due + number)


def opened(folder: Path) -> EventBook:
    return EventBook(folder / "events.sqlite", LEDGER)


def due(book: EventBook, now: int, limit: int = 4) -> list[int]:
    return [each.event_id for each in book.due(now, limit)]


def test_due__more_than_fit__all_have_their_turn_and_a_new_one_comes_first(tmp_path: Path) -> None:
    book = opened(tmp_path)
    book.keep([told(number) for number in range(10)])
    had: list[int] = []
    for now in range(1_000, 1_500, 100):
        turn = due(book, now)
        book.put_off([(CONTRACT, number) for number in turn], now + 60)
        had += turn

    assert had[:18] == [*range(10), *range(8)]
    book.keep([told(99)])
    assert due(book, 2_000)[0] == 99


def test_put_off__before_its_turn_and_at_it__left_out_and_back_behind_the_others(tmp_path: Path) -> None:
    book = opened(tmp_path)
    book.keep([told(1), told(2)])
    book.put_off([(CONTRACT, 1)], 1_060)

    assert due(book, 1_059) == [2]
    assert due(book, 1_060) == [2, 1]


def test_due__not_final_or_closed__left_out(tmp_path: Path) -> None:
    book = opened(tmp_path)
    book.keep([told(1), told(2), told(3)])
    book.mark_closed(CONTRACT, 1, Closed.NOT_INSURED)

    assert due(book, 102) == [2]


@pytest.mark.parametrize("column", ["", "tried_at INTEGER NOT NULL DEFAULT 0, "])
def test_event_book__of_before_there_were_turns__goes_on(tmp_path: Path, column: str) -> None:
    path = tmp_path / "events.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "CREATE TABLE insured_event (ledger TEXT NOT NULL, product TEXT NOT NULL, event_id TEXT NOT NULL, "
            f"text TEXT NOT NULL, due_at INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0, {column}"
            "PRIMARY KEY (ledger, product, event_id)) WITHOUT ROWID"
        )
        db.execute(
            "INSERT INTO insured_event (ledger, product, event_id, text, due_at) VALUES (?, ?, ?, 'event 1', 101)",
            (LEDGER, CONTRACT, f"{1:064x}"),
        )
    book = EventBook(path, LEDGER)
    book.keep([told(1), told(2)])
    book.put_off([(CONTRACT, 1)], 500)

    assert book.due(1_000, 5) == [told(2), told(1)]
