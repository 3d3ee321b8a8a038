"""From a dossier to a loss report: what counts, what stops it, what a person is told."""

import datetime as dt

import pytest

from domain.evidence.refusals import EvidenceAltered
from oracle.evidence.duplicates import SeenEvidence, file_print
from oracle.evidence.loss import KnownClaims, LossAssessment, assess_loss, model_hash
from oracle.evidence.loss_explained import explain
from oracle.evidence.loss_words import DEDUCTIONS, LineOutcome
from oracle.evidence.nullifiers import NullifierKeys
from oracle.evidence.reading.result import FileReading, Outcome, Provenance
from oracle.evidence.refusals import LossUndetermined
from tests.oracle.evidence.claims import KEYS, SIGNING, TERMS, VERSIONS, assessed, bill, claim, dossier, reading

HONEST = {"bill.pdf": reading(bill())}


def test_assess_loss__honest_bill__is_its_total_with_full_confidence() -> None:
    found = assessed(HONEST)

    assert (found.report.loss, found.report.fraud_score, found.report.confidence_bps) == (1_012_550_000, 0, 10_000)
    assert (found.clues, found.deductions, found.report.exclusions) == ((), (), 0)
    assert [(line.text, line.accepted_minor) for line in found.lines][:2] == [("MRI", 80_000), ("Visit", 12_050)]
    assert sum(line.accepted_minor for line in found.lines) == found.found_minor == 101_255
    assert len(found.report.nullifiers) == 2


def test_assess_loss__same_inputs_in_another_order__is_the_same_report() -> None:
    second = bill(number="A-1002")
    one = assessed({"a.pdf": reading(bill()), "b.pdf": reading(second)})
    other = assessed(dict(reversed({"a.pdf": reading(bill()), "b.pdf": reading(second)}.items())))

    assert one.report.loss == other.report.loss
    assert one.report.nullifiers == other.report.nullifiers
    assert one.report == assessed({"a.pdf": reading(bill()), "b.pdf": reading(second)}).report


def test_assess_loss__more_shown_than_claimed__is_what_was_claimed() -> None:
    assert assessed({**HONEST, "b.pdf": reading(bill(number="A-2"))}).report.loss == 1_012_550_000


def test_assess_loss__same_bill_twice__counts_once() -> None:
    found = assessed({**HONEST, "b.pdf": reading(bill())}, claimed=9_000_000_000)

    assert found.found_minor == 101_255
    assert {line.outcome for line in found.lines if line.file == "bill.pdf"} == {LineOutcome.BILLED_TWICE}
    assert "invoice-twice" in {clue.code for clue in found.fraud.clues}


@pytest.mark.parametrize(
    ("day", "outcome"),
    [(dt.date(2026, 2, 1), LineOutcome.BEFORE_LOSS), (dt.date(2026, 3, 9), LineOutcome.AFTER_NOTICE)],
)
def test_assess_loss__bill_of_another_time__counts_nothing(day: dt.date, outcome: LineOutcome) -> None:
    found = assessed({"bill.pdf": reading(bill(issued_on=day))})

    assert (found.report.loss, {line.outcome for line in found.lines}) == (0, {outcome})
    assert found.report.fraud_score > 0


def test_assess_loss__figures_disagree__counts_the_lowest() -> None:
    found = assessed({"bill.pdf": reading(bill(total_minor=201_255))}, claimed=2_012_550_000)

    assert found.found_minor == 101_255
    assert {"TOTALS_DISAGREE", "MORE_CLAIMED"} <= set(found.deductions)
    assert found.report.confidence_bps == 10_000 - 4_000 - 1_500


@pytest.mark.parametrize(
    ("readings", "code"),
    [
        ({"photo.jpg": reading()}, "NO_INVOICE"),
        ({"bill.pdf": reading(bill(currency=None))}, "CURRENCY_UNKNOWN"),
        ({"bill.pdf": reading(bill(currency="EUR"))}, "CURRENCY_DIFFERS"),
        ({"bill.pdf": reading(bill(lines=(), net_minor=None, total_minor=None))}, "AMOUNT_MISSING"),
        ({**HONEST, "b.pdf": reading(bill(lines=(), net_minor=None, total_minor=None))}, "AMOUNT_MISSING"),
    ],
)
def test_assess_loss__value_that_is_missing__is_never_zero(readings: dict[str, FileReading], code: str) -> None:
    with pytest.raises(LossUndetermined) as stopped:
        assessed(readings)

    assert stopped.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": None}, "ISSUER_MISSING"),
        ({"number": None}, "NUMBER_MISSING"),
        ({"issued_on": None}, "DATE_MISSING"),
        ({"lines": ()}, "LINES_MISSING"),
        ({"tax_unclear": True, "tax_minor": None}, "TAX_UNCLEAR"),
        ({"total_minor": None, "net_minor": None}, "TOTAL_MISSING"),
    ],
)
def test_assess_loss__field_not_read__takes_from_the_confidence(changes: dict[str, object], code: str) -> None:
    found = assessed({"bill.pdf": reading(bill(**changes))})

    assert found.deductions == (code,)
    assert found.report.confidence_bps == 10_000 - DEDUCTIONS[code][0]


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (FileReading(outcome=Outcome.UNREADABLE, problem="MALFORMED"), "NOT_READ"),
        (reading(text=""), "PICTURE_ONLY"),
        (reading(provenance=Provenance.BROKEN), "PROVENANCE_BROKEN"),
    ],
)
def test_assess_loss__other_file_says_less__takes_from_the_confidence(other: FileReading, code: str) -> None:
    assert assessed({**HONEST, "other": other}).deductions == (code,)


def test_assess_loss__code_the_terms_exclude__sets_its_bit() -> None:
    found = assessed({"bill.pdf": reading(bill(codes=("J18.9", "J180", "A00")))})

    assert (found.report.exclusions, found.excluded_codes) == (1 << 4, ("J18",))


def test_assess_loss__codes_of_several_clauses__sets_all_their_bits() -> None:
    found = assessed({"bill.pdf": reading(bill(codes=("S72.0", "J18")))})

    assert found.report.exclusions == 1 << 4 | 1 << 5 | 1 << 9


@pytest.mark.parametrize("text", ["Diagnosis: j18.9", "treated for pneumonia, J18.9, in March", "ICD-10: I10, J18.9"])
def test_assess_loss__code_in_another_file_than_the_bill__sets_its_bit(text: str) -> None:
    found = assessed({**HONEST, "record.txt": reading(text=text)}, policy_exclusions=1 << 4)

    assert found.report.exclusions == 1 << 4


@pytest.mark.parametrize("codes", [("j18.9",), ("Z00", "J18.9 ")])
def test_assess_loss__code_in_lower_case__sets_its_bit(codes: tuple[str, ...]) -> None:
    assert assessed({"bill.json": reading(bill(codes=codes))}).report.exclusions == 1 << 4


def test_assess_loss__policy_excludes_diagnoses_and_none_was_read__is_for_a_person() -> None:
    found = assessed(HONEST, policy_exclusions=1 << 9)

    assert (found.deductions, found.report.confidence_bps) == (("CODE_MISSING",), 8_000)
    assert assessed({"bill.pdf": reading(bill(codes=("Z00",)))}, policy_exclusions=1 << 9).deductions == ()
    assert assessed(HONEST, policy_exclusions=1 << 1).deductions == ()  # a clause that names no diagnosis


def test_assess_loss__earlier_claim_not_read__is_for_a_person() -> None:
    found = assessed(HONEST, KnownClaims(unread=1))

    assert (found.deductions, found.report.confidence_bps) == (("EARLIER_UNREAD",), 6_000)


def test_assess_loss__lines_alone__are_never_the_automatic_loss() -> None:
    alone = bill(total_minor=None, net_minor=None, tax_minor=None)

    assert assessed({"bill.pdf": reading(alone)}).report.confidence_bps < 9_000
    assert assessed({"bill.pdf": reading(alone.model_copy(update={"net_minor": 92_050}))}).report.confidence_bps < 9_000


def test_assess_loss__seen_in_another_claim__is_a_clue() -> None:
    sealed = dossier("bill.pdf")
    known = KnownClaims(SeenEvidence({file_print(sealed.files[0].content): 5}))

    assert "document-in-other-claim" in {clue.code for clue in assessed(HONEST, known).fraud.clues}


def test_assess_loss__same_loss_at_another_insurer__has_the_same_nullifiers() -> None:
    here, there = assessed(HONEST), assessed(HONEST, claim_id=77, sum_insured=9_000_000_000)

    assert here.report.nullifiers == there.report.nullifiers
    assert assessed(HONEST, keys=NullifierKeys({1: bytes(32)})).report.nullifiers != here.report.nullifiers


def test_assess_loss__other_root_or_file_not_read__is_refused() -> None:
    sealed = dossier("bill.pdf")
    for noticed, readings in ((claim(sealed, evidence_root=bytes(32)), HONEST), (claim(sealed), {})):
        with pytest.raises(EvidenceAltered):
            assess_loss(
                sealed, readings, noticed, TERMS,
                known=KnownClaims(), keys=KEYS, signing=SIGNING, versions=VERSIONS,
            )  # fmt: skip


def test_model_hash__another_library__is_another() -> None:
    assert model_hash("rules", {"pypdf": "7.1.0"}) != model_hash("rules", {"pypdf": "7.1.1"})


def told(found: LossAssessment) -> dict[str, tuple[str, ...]]:
    return explain(found, claim(dossier("bill.pdf")), TERMS)


def test_explain__in_both_languages__says_the_same_number_of_things() -> None:
    words = told(assessed({"bill.pdf": reading(bill(total_minor=201_255, codes=("J18",)))}))

    assert len(words["en"]) == len(words["zh"]) > 6
    assert "1,012.55 USD" in words["en"][0]
    assert "only a person can deny" in words["en"][0]
    assert not any("{" in sentence for sentence in (*words["en"], *words["zh"]))
