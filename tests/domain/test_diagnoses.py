"""Codes of diagnoses as insurers write them."""

import pytest

from domain.diagnoses import MOST_WRITTEN, check_diagnoses, diagnosis_codes
from domain.errors import TermsInvalid


def test_diagnosis_codes__ranges_and_codes__are_written_out_once() -> None:
    codes = diagnosis_codes(["I60-I62", "I61", "E10.2-E10.4", "H35.0"])

    assert codes == ("E10.2", "E10.3", "E10.4", "H35.0", "I60", "I61", "I62")


@pytest.mark.parametrize(
    "written", ["", "i60", "I6", "I600", "I60.12", "I64-I60", "I60-J64", "E10.2-E11.8", "I60-I60.5", "I60 - I64", 60]
)
def test_check_diagnoses__no_code__names_it(written: object) -> None:
    with pytest.raises(TermsInvalid, match=r"diagnoses\[1\]"):
        check_diagnoses(["I10", written], "diagnoses")


def test_check_diagnoses__twice_or_too_many__is_refused() -> None:
    for written in (["I10", "I10"], [f"I{number:02d}" for number in range(MOST_WRITTEN + 1)], []):
        with pytest.raises(TermsInvalid):
            check_diagnoses(written, "diagnoses")

    assert check_diagnoses(["I60-I64", "I10"], "diagnoses") == ("I60-I64", "I10")
