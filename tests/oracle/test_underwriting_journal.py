"""The sign-once rule of assessments, on disk."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from domain.indemnity_reports import RiskAssessment, UnderwritingReport
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import RiskTier
from oracle.node.refusals import Refusal
from oracle.node.underwriting_journal import LATE_BLOCKS_SECONDS, UnderwritingJournal

LEDGER = "31337:0xaa"
ONE = RiskAssessment(7, 825, Bps(3_267), RiskTier.LOW, Ppb(6_000_000), TokenUnits(500_000), 0, b"\x01" * 32)
OTHER = replace(ONE, score=826)
REPORT = UnderwritingReport(31_337, "0x" + "Ab" * 20, 1, 100, 1_000, b"\x02" * 32, (ONE,))


def saying(*assessments: RiskAssessment, until: int = 1_000) -> UnderwritingReport:
    return replace(REPORT, assessments=assessments, valid_until=until)


def test_commit_to__after_reopening__same_is_taken_and_another_refused(tmp_path: Path) -> None:
    first = UnderwritingJournal(tmp_path / "j.sqlite", LEDGER)
    first.commit_to(REPORT, 100)
    first.close()

    second = UnderwritingJournal(tmp_path / "j.sqlite", LEDGER)
    second.commit_to(replace(REPORT, product=REPORT.product.lower()), 200)

    with pytest.raises(Refusal, match="counts until 1000, chain time is 200") as refusal:
        second.commit_to(saying(OTHER), 200)
    assert refusal.value.code == "already_assessed_otherwise"
    assert second.count() == 1


def test_commit_to__same_figures_of_another_engine__refused(tmp_path: Path) -> None:
    journal = UnderwritingJournal(tmp_path / "j.sqlite", LEDGER)
    journal.commit_to(REPORT, 100)

    with pytest.raises(Refusal, match="already_assessed_otherwise"):
        journal.commit_to(replace(REPORT, model_hash=bytes(32)), 100)


def test_commit_to__one_of_a_batch_refused__none_is_kept(tmp_path: Path) -> None:
    journal = UnderwritingJournal(tmp_path / "j.sqlite", LEDGER)
    journal.commit_to(REPORT, 100)
    new = replace(ONE, application_id=8)

    with pytest.raises(Refusal, match=f"application 0x{7:064x} has been assessed otherwise"):
        journal.commit_to(saying(new, OTHER), 100)

    journal.commit_to(saying(replace(new, score=1)), 100)
    assert journal.count() == 2


def test_commit_to__shorter_report_of_the_same__leaves_the_longer_binding(tmp_path: Path) -> None:
    journal = UnderwritingJournal(tmp_path / "j.sqlite", LEDGER)
    journal.commit_to(REPORT, 100)
    journal.commit_to(saying(ONE, until=500), 100)

    with pytest.raises(Refusal, match="counts until 1000"):
        journal.commit_to(saying(OTHER), 1_000 + LATE_BLOCKS_SECONDS)
    journal.commit_to(saying(OTHER, until=2_000), 1_001 + LATE_BLOCKS_SECONDS)


def test_commit_to__expired__is_forgotten(tmp_path: Path) -> None:
    journal = UnderwritingJournal(tmp_path / "j.sqlite", LEDGER)
    journal.commit_to(saying(*(replace(ONE, application_id=number) for number in range(1, 50))), 100)

    journal.commit_to(saying(ONE, until=9_000), 8_000)

    assert journal.count() == 1


def test_commit_to__other_product_or_ledger__another_application(tmp_path: Path) -> None:
    journal = UnderwritingJournal(tmp_path / "j.sqlite", LEDGER)
    fresh_chain = UnderwritingJournal(tmp_path / "j.sqlite", "31337:0xbb")
    journal.commit_to(REPORT, 100)

    journal.commit_to(replace(saying(OTHER), product="0x" + "cd" * 20), 100)
    fresh_chain.commit_to(saying(OTHER), 100)

    assert (journal.count(), fresh_chain.count()) == (2, 1)


def test_commit_to__nothing_of_the_assessment__is_on_disk(tmp_path: Path) -> None:
    journal = UnderwritingJournal(tmp_path / "j.sqlite", LEDGER)
    journal.commit_to(REPORT, 100)
    journal.close()

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert ONE.commitment not in kept
    assert f"{7:064x}".encode() in kept


def test_commit_to__two_processes_at_once__one_assessment_wins(tmp_path: Path) -> None:
    journals = [UnderwritingJournal(tmp_path / "j.sqlite", LEDGER) for _ in range(2)]
    signed: list[int] = []

    def sign(journal: UnderwritingJournal, score: int) -> None:
        try:
            journal.commit_to(saying(*(replace(ONE, application_id=n, score=score) for n in range(1, 50))), 100)
            signed.append(score)
        except Refusal:
            pass

    threads = [threading.Thread(target=sign, args=each) for each in zip(journals, (1, 2), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(signed) == 1
