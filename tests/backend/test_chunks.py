"""What fits into one settlement transaction."""

from dataclasses import replace

import pytest

from backend.settlements.chunks import MAX_TRANSACTION_GAS, gas_for, payouts_that_fit, split
from domain.policy import Outcome
from domain.reports import MAX_REPORT_SIZE, Measurement
from domain.terms import ParametricTerms
from ledger.product_file import load_product
from scripts import ROOT


@pytest.fixture(scope="module")
def terms() -> ParametricTerms:
    address = "0x00000000000000000000000000000000000000AA"
    return load_product(ROOT / "products" / "flight-delay.yaml").terms(treasury=address, quorum=address)


def cancelled(count: int) -> list[Measurement]:
    return [Measurement(n, Outcome.CANCELLED, 0) for n in range(count)]


def test_split__events_that_pay__every_chunk_below_the_cap(terms: ParametricTerms) -> None:
    policies = {n: 1 + n % 7 for n in range(2_000)}

    chunks = list(split(terms, cancelled(2_000), policies))

    assert sum(c.max_policies for c in chunks) == sum(policies.values())
    assert [m.event_id for c in chunks for m in c.measurements] == list(range(2_000))
    assert all(c.gas <= MAX_TRANSACTION_GAS and len(c.measurements) <= MAX_REPORT_SIZE for c in chunks)
    assert all(gas_for(len(c.measurements), c.max_policies) <= MAX_TRANSACTION_GAS for c in chunks)


def test_split__nothing_owed__four_hundred_measurements_and_no_payout(terms: ParametricTerms) -> None:
    early = [replace(m, outcome=Outcome.MEASURED, value=-10) for m in cancelled(900)]

    chunks = list(split(terms, early, {n: 1_000 for n in range(900)}))

    assert [len(c.measurements) for c in chunks] == [400, 400, 100]
    assert {c.max_policies for c in chunks} == {0}


def test_split__one_event_with_more_than_fit__as_many_as_fit(terms: ParametricTerms) -> None:
    (chunk,) = split(terms, cancelled(1), {0: 5_000})

    assert chunk.max_policies == payouts_that_fit(1)
    assert 440 < chunk.max_policies <= 600


def test_payouts_that_fit__dearer_gas__fewer_but_never_none() -> None:
    assert payouts_that_fit(100, 2) < payouts_that_fit(100)
    assert payouts_that_fit(400, 100) == 1
