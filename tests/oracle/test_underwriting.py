"""What a node thinks of applications, and which reports of them it signs: its own figures, or none."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.tiers import RiskTier
from ledger.typed_indemnity import underwriting_report_digest
from oracle.node.refusals import TITLES, Refusal
from oracle.node.underwriting import HandedIn, ProductView, assess_applications, check_tables
from oracle.risk.application import parse_application
from oracle.risk.indicators import Line
from oracle.risk.report import application_commitment
from tests.oracle.risk import applications as forms
from tests.oracle.samples import PRODUCT
from tests.oracle.underwriting_samples import (
    PretendedUnderwritingChain,
    applied,
    composed,
    make_underwriter,
    own_engine,
    product_view,
)

SECRET = "Ms Lin of 7 Garden Road"
UNITS = 10_000


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> ProductView:
    return product_view(tmp_path_factory.mktemp("product"))


@pytest.fixture
def chain(view: ProductView) -> PretendedUnderwritingChain:
    return PretendedUnderwritingChain(view)


def why(view: ProductView, handed: HandedIn) -> Refusal:
    """Why one application is not assessed."""
    assessed, refusals = assess_applications([handed], view, own_engine())
    assert not assessed
    refusal = refusals[0].refusal
    assert refusal.code in TITLES
    return refusal


def test_assess__healthy_clerk__is_what_the_contract_binds(view: ProductView) -> None:
    handed = applied()

    (found,), refusals = assess_applications([handed], view, own_engine())

    risk, asked = found.risk, handed.document["statements"]
    assert isinstance(asked, dict)
    assert refusals == []
    assert (risk.application_id, risk.tier) == (handed.document["application_id"], RiskTier.LOW)
    assert risk.rate_ppb == asked["premium_minor"] * 10**9 // asked["sum_insured_minor"]
    assert risk.sum_insured_cap == asked["sum_insured_minor"] * UNITS
    assert risk.commitment == application_commitment(parse_application(handed.document), handed.salt)
    assert (found.case.score, found.case.tier) == (risk.score, risk.tier)
    assert "low" in found.explanation["en"][0]
    assert "低" in found.explanation["zh"][0]


def test_assess__illness__is_excluded_by_the_products_bit(view: ProductView) -> None:
    (found,), _ = assess_applications([applied(history=["hypertension"], premium_minor=80_000)], view, own_engine())

    codes = {each.bit: each.code for each in view.facts.exclusions}
    named = [codes[bit] for bit in range(32) if found.risk.exclusions >> bit & 1]
    assert tuple(named) == found.case.exclusions == ("hypertension-complications",)


def test_assess__authorised_report__counts_and_unauthorised_is_not_seen(view: ProductView) -> None:
    pressure = {"hospital": {"systolic_mmhg": 185}}
    stated = applied()
    heard = applied(reports=pressure, authorised=("hospital",))
    unheard = applied(reports=pressure)

    scores = [assess_applications([each], view, own_engine())[0][0].risk.score for each in (stated, heard, unheard)]

    assert scores[0] == scores[2] < scores[1]


def test_assess__ratio_beyond_what_the_contract_holds__is_the_most_it_holds(view: ProductView) -> None:
    (found,), _ = assess_applications([applied(premium_minor=1)], view, own_engine())

    assert (found.risk.loss_ratio_bps, found.risk.tier) == ((1 << 16) - 1, RiskTier.HIGH)
    assert found.case.loss_ratio_bps > found.risk.loss_ratio_bps
    assert found.case.recommended is None


def unasked() -> HandedIn:
    """An application with an answer nobody asked for."""
    usual = applied().document
    return HandedIn({**usual, "statements": {**forms.statements(Line.HEALTH), SECRET: SECRET}}, bytes(32))


REFUSED: list[tuple[str, Callable[[], HandedIn], str]] = [
    ("application_incomplete", lambda: applied(age_years=None), "age_years"),
    ("application_invalid", lambda: applied(systolic_mmhg=SECRET), "systolic_mmhg"),
    ("application_invalid", lambda: unasked(), "?"),
    ("application_contradictory", lambda: applied(smoking="never", cigarettes_per_day=31), "cigarettes_per_day"),
    ("application_invalid", lambda: HandedIn({**applied().document, SECRET: SECRET}, bytes(32)), "?"),
    ("application_incomplete", lambda: HandedIn({SECRET: SECRET}, bytes(32)), "application_id"),
    ("sum_insured_out_of_range", lambda: applied(sum_insured_minor=10), "1000000 to 200000000"),
    ("sum_insured_out_of_range", lambda: applied(sum_insured_minor=900_000_000), "1000000 to 200000000"),
    ("currency_differs", lambda: applied(currency="USD"), "ask in CNY"),
    ("application_unfit", lambda: applied(premium_minor=10**12, sum_insured_minor=1_000_000), "premium_minor"),
]


@pytest.mark.parametrize(("code", "make", "named"), REFUSED)
def test_assess__cannot_be__says_field_and_remedy_and_quotes_nothing(
    view: ProductView, code: str, make: Callable[[], HandedIn], named: str
) -> None:
    handed = make()

    refusal = why(view, handed)

    assert refusal.code == code
    assert named in refusal.detail
    assert ": " in refusal.detail
    for value in (SECRET, "31", "never"):
        assert value not in str(refusal)


def test_assess__other_line__is_refused(view: ProductView) -> None:
    life = HandedIn(forms.document(Line.LIFE), bytes(32))

    assert "is life, the product's is health" in why(view, life).detail
    assert why(view, life).code == "line_differs"


def test_assess__exclusion_without_a_clause__is_left_to_people(view: ProductView) -> None:
    without = replace(view, facts=replace(view.facts, exclusions=()))

    refusal = why(without, applied(history=["hypertension"], premium_minor=80_000))

    assert refusal.code == "exclusion_unknown"
    assert "hypertension" not in str(refusal)


def test_assess__batch_with_bad_ones__names_their_places(view: ProductView) -> None:
    batch = [applied(1), applied(2, currency="USD"), applied(1, age_years=31), HandedIn({}, bytes(32)), applied(3)]

    assessed, refusals = assess_applications(batch, view, own_engine())

    ids = [each.document.get("application_id") for each in batch]
    assert [each.risk.application_id for each in assessed] == [ids[0], ids[4]]
    assert [(each.place, each.application_id, each.refusal.code) for each in refusals] == [
        (1, ids[1], "currency_differs"),
        (2, ids[0], "subject_repeated"),
        (3, None, "application_incomplete"),
    ]


@pytest.mark.parametrize("field", ["low_factor_bps", "medium_factor_bps", "loaded_factor_bps", "committee_above_score"])
def test_check_tables__terms_made_of_others__are_refused_by_field(view: ProductView, field: str) -> None:
    tiers = view.facts.terms.tiers
    changed = replace(tiers, **{field: getattr(tiers, field) + 1})
    terms = replace(view.facts.terms, tiers=changed)

    with pytest.raises(Refusal, match=f"tables_differ: {field} is {getattr(changed, field)} in the terms"):
        check_tables(replace(view, facts=replace(view.facts, terms=terms)), own_engine())


def test_assess__product_of_other_bounds__is_refused_by_field(view: ProductView) -> None:
    bounds = replace(view.facts.terms.tiers.bounds, high_above_score=8_001)
    terms = replace(view.facts.terms, tiers=replace(view.facts.terms.tiers, bounds=bounds))

    with pytest.raises(Refusal, match=r"bounds\.high_above_score is 8001 in the terms, 8000 in table health"):
        assess_applications([applied()], replace(view, facts=replace(view.facts, terms=terms)), own_engine())


def test_assess__many_applications__same_bytes_from_every_node(
    chain: PretendedUnderwritingChain, tmp_path: Path
) -> None:
    changes: list[dict[str, Any]] = [
        {"age_years": 18 + number % 60, "bmi_tenths": 180 + 3 * number, "premium_minor": 20_000 + 4_000 * number}
        for number in range(100)
    ]
    batch = [applied(number, **each) for number, each in enumerate(changes)]
    nodes = [make_underwriter(number, chain, tmp_path) for number in range(4)]

    said = [node.assess(PRODUCT, batch)[1:] for node in nodes]
    digests = {underwriting_report_digest(composed(node, batch)) for node in nodes}

    assert all(each == said[0] for each in said)
    assert len(digests) == 1
    assert {each.risk.tier for each in said[0][0]} == {RiskTier.LOW, RiskTier.MEDIUM, RiskTier.HIGH}
