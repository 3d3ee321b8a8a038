"""From bytes to what is signed: two nodes with readers of their own say the same, to the bit."""

import pytest

from domain.evidence.dossier import EvidenceFile, open_dossier, seal_dossier
from domain.evidence.sniff import JPEG, PDF
from ledger.typed_claims import loss_report_digest
from oracle.evidence.loss import KnownClaims, LossTerms, assess_loss
from oracle.evidence.reading.reader import Reader, read_files
from tests.oracle.evidence.claims import KEYS, SIGNING, claim
from tests.oracle.evidence.papers import CHINESE, ENGLISH, pdf, picture, saved


@pytest.mark.parametrize(("rows", "currency", "minor"), [(ENGLISH, "USD", 101_255), (CHINESE, "CNY", 31_800)])
def test_assess_loss__two_nodes_one_dossier__sign_the_same_digest(
    rows: tuple[str, ...], currency: str, minor: int
) -> None:
    files = [EvidenceFile("bill.pdf", PDF, pdf(*rows)), EvidenceFile("photo.jpg", JPEG, saved(picture()))]
    sealed = seal_dossier(files, [bytes([1]) * 32, bytes([2]) * 32])
    reports = []
    for _ in range(2):
        opened = open_dossier(sealed.manifest(), {file.name: file.content for file in files}, sealed.root)
        with Reader() as reader:
            readings, versions = read_files(reader, opened.files), reader.versions
        found = assess_loss(
            opened, readings, claim(opened), LossTerms(currency, 10_000),
            known=KnownClaims(), keys=KEYS, signing=SIGNING, versions=versions,
        )  # fmt: skip
        assert found.found_minor == minor
        reports.append(found.report)

    assert loss_report_digest(reports[0]) == loss_report_digest(reports[1])
    assert reports[0].evidence_root == sealed.root
