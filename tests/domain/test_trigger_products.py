import pytest

from domain.insured_period import Trigger
from domain.readings import TRIGGER_RULES
from ledger.product_file import load_product
from tests.domain.samples import PRODUCTS


@pytest.mark.parametrize("trigger", Trigger)
def test_load_product__each_trigger__sells_before_the_days_and_reports_after_them(trigger: Trigger) -> None:
    terms = load_product(PRODUCTS / f"{trigger}.yaml").parameters

    assert terms.min_lead_seconds > 0
    assert terms.report_window_seconds > TRIGGER_RULES[trigger].settles_after_seconds
    assert (terms.cancelled_share_bps, terms.diverted_share_bps) == (0, 0)


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (Trigger.EARTHQUAKE, "20 % from 60 tenths of a degree of intensity"),
        (Trigger.RAINFALL, "20 % from 200 tenths of a millimetre"),
        (Trigger.WIND, "20 % from 600 tenths of a kilometre per hour"),
    ],
)
def test_load_product__each_trigger__curve_is_said_in_its_unit(trigger: Trigger, words: str) -> None:
    assert any(words in clause.text_en for clause in load_product(PRODUCTS / f"{trigger}.yaml").clauses)
