"""The sign-once rule, on disk."""

import threading
from pathlib import Path

import pytest

from domain.policy import Outcome
from domain.reports import Measurement
from oracle.node.journal import SigningJournal
from oracle.node.refusals import Refusal

PRODUCT = "0x" + "Ab" * 20
LATE = Measurement(7, Outcome.MEASURED, 121)


def test_commit_to__same_again__allowed_after_reopening(tmp_path: Path) -> None:
    first = SigningJournal(tmp_path / "j.sqlite", "31337:0xaa")
    first.commit_to(PRODUCT, [LATE], 100)
    first.close()

    second = SigningJournal(tmp_path / "j.sqlite", "31337:0xaa")
    second.commit_to(PRODUCT.lower(), [LATE], 200)

    assert second.signed(PRODUCT, 7) == (Outcome.MEASURED, 121)
    assert second.count() == 1


@pytest.mark.parametrize("other", [Measurement(7, Outcome.MEASURED, 122), Measurement(7, Outcome.CANCELLED, 0)])
def test_commit_to__something_else__refused_with_both(tmp_path: Path, other: Measurement) -> None:
    journal = SigningJournal(tmp_path / "j.sqlite", "31337:0xaa")
    journal.commit_to(PRODUCT, [LATE], 100)

    with pytest.raises(Refusal, match=f"signed as MEASURED 121 and is now asked as {other.outcome.name}"):
        journal.commit_to(PRODUCT, [Measurement(8, Outcome.MEASURED, 1), other], 100)
    assert journal.signed(PRODUCT, 8) is None  # all of a report or none


def test_commit_to__other_product_or_ledger__another_event(tmp_path: Path) -> None:
    journal = SigningJournal(tmp_path / "j.sqlite", "31337:0xaa")
    journal.commit_to(PRODUCT, [LATE], 100)
    fresh_chain = SigningJournal(tmp_path / "j.sqlite", "31337:0xbb")

    journal.commit_to("0x" + "cd" * 20, [Measurement(7, Outcome.CANCELLED, 0)], 100)
    fresh_chain.commit_to(PRODUCT, [Measurement(7, Outcome.CANCELLED, 0)], 100)

    assert journal.signed(PRODUCT, 7) == (Outcome.MEASURED, 121)
    assert (journal.count(), fresh_chain.count()) == (2, 1)


def test_commit_to__two_processes_at_once__one_outcome_wins(tmp_path: Path) -> None:
    journals = [SigningJournal(tmp_path / "j.sqlite", "31337:0xaa") for _ in range(2)]
    outcomes: list[int] = []

    def sign(journal: SigningJournal, value: int) -> None:
        try:
            journal.commit_to(PRODUCT, [Measurement(n, Outcome.MEASURED, value) for n in range(50)], 1)
            outcomes.append(value)
        except Refusal:
            pass

    threads = [threading.Thread(target=sign, args=(journal, value)) for value, journal in enumerate(journals)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 1
    assert {journals[0].signed(PRODUCT, n) for n in range(50)} == {(Outcome.MEASURED, outcomes[0])}
