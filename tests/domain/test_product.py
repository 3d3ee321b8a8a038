"""Product files: what parse_product accepts, and what it refuses in which words."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.clauses import ClauseKind
from domain.errors import AddressInvalid, TermsInvalid
from domain.hashing import ZERO_ADDRESS
from domain.terms import IndemnityFile, ProductFile, check_terms, parse_product, parse_product_file
from tests.domain.samples import QUORUM, TREASURY, drop, flight_delay_data, hospital_care_data, put

Change = Callable[[dict[str, Any]], None]


def refusal(change: Change) -> TermsInvalid:
    """How the flight-delay file is refused after a change."""
    data = flight_delay_data()
    change(data)
    with pytest.raises(TermsInvalid) as refused:
        parse_product(data)
    return refused.value


def test_parse_product__flight_delay__gives_its_terms(product: ProductFile) -> None:
    terms = product.terms(treasury=TREASURY, quorum=QUORUM)

    check_terms(terms, threshold=3, signers=4)
    assert (product.product_id, product.unit, product.symbol, product.decimals) == (
        "flight-delay",
        "minutes",
        "TUSD",
        6,
    )
    assert (terms.min_sum_insured, terms.max_sum_insured) == (100_000_000, 1_000_000_000)
    assert (terms.max_event_exposure, terms.min_premium) == (2_000_000_000_000, 1_000_000)
    assert (terms.thresholds, terms.shares_bps) == ((60, 120, 180), (2_000, 5_000, 10_000))
    assert (terms.min_lead_seconds, terms.max_lead_seconds) == (3_600, 72 * 3_600)
    assert (terms.period_start, terms.period_end) == (
        datetime(2013, 1, 1, tzinfo=UTC).timestamp(),
        datetime(2014, 1, 1, 5, tzinfo=UTC).timestamp(),
    )
    assert (terms.clause_root, terms.document_hash) == (product.clause_root, product.document_hash)
    assert (terms.treasury, terms.quorum) == (TREASURY, QUORUM)


def test_parse_product__flight_delay__says_what_an_insured_must_know(product: ProductFile) -> None:
    english = " ".join(clause.text_en for clause in product.clauses)

    assert {clause.kind for clause in product.clauses} == set(ClauseKind)
    for promise in (
        "20 % from 60 minutes, 50 % from 120 minutes, 100 % from 180 minutes",
        "is cancelled",
        "is diverted",
        "later than 1 hour",
        "at least 3 nodes",
        "need not file a claim",
        "return your premium in full",
        "off the ledger",
        "complain",
    ):
        assert promise in english
    assert all("{" not in clause.text_en + clause.text_zh for clause in product.clauses)


def test_parse_product__other_line_breaks__are_the_same_product(product: ProductFile) -> None:
    data = flight_delay_data()
    for clause in data["clauses"]:
        clause["text"]["en"] = "\n ".join(clause["text"]["en"].split())
        clause["text"]["zh"] = clause["text"]["zh"].replace("\n", "\n   \n")

    assert parse_product(data).document_hash == product.document_hash


@pytest.mark.parametrize(
    ("change", "field", "value", "problem"),
    [
        # shape
        (drop("unit"), "product file.unit", None, "is missing"),
        (put("colour", "red"), "product file", "colour", "is an unknown key"),
        (drop("parameters.min_premium"), "parameters.min_premium", None, "is missing"),
        (put("parameters.max_payout", 1), "parameters", "max_payout", "is an unknown key"),
        (put("parameters", []), "parameters", [], "is not a mapping"),
        (put("product_id", "Flight Delay"), "product_id", "Flight Delay", "does not match [a-z][a-z0-9-]{0,63}"),
        (put("version", 1), "version", 1, "is not text"),
        (put("title.zh", "  "), "title.zh", "  ", "is not text"),
        (drop("title.zh"), "title.zh", None, "is missing"),
        (put("unit", "parsecs"), "unit", "parsecs", "is no unit we know"),
        (
            put("settlement_token.symbol", "T USD"),
            "settlement_token.symbol",
            "T USD",
            "does not match [A-Za-z0-9.]{1,16}",
        ),
        (put("settlement_token.decimals", 19), "settlement_token.decimals", 19, "must be 0 to 18"),
        (put("settlement_token.decimals", "6"), "settlement_token.decimals", "6", "is not a whole number"),
        (put("kind", "life"), "kind", "life", "is no kind of product"),
        (put("kind", None), "kind", None, "is no kind of product"),
        (put("kind", "indemnity"), "kind", "indemnity", "is not parametric, which is needed here"),
        # amounts
        (put("parameters.min_premium", 1.0), "parameters.min_premium", 1.0, "is a float, and money must be exact"),
        (put("parameters.min_premium", 1), "parameters.min_premium", 1, "is a int, and money must be exact"),
        (put("parameters.min_premium", "1,0"), "parameters.min_premium", "1,0", "is not a decimal amount"),
        (
            put("parameters.min_premium", "1.0000001"),
            "parameters.min_premium",
            "1.0000001",
            "is finer than the token's 6 decimals",
        ),
        # ranges, in the words of the file
        (
            put("parameters.min_premium", "0.00"),
            "parameters.min_premium",
            '"0.00"',
            'must be "0.000001" to "99.999999"',
        ),
        (
            put("parameters.min_sum_insured", "1000.01"),
            "parameters.min_sum_insured",
            '"1000.01"',
            'must be "0.000001" to "1000.00"',
        ),
        (
            put("parameters.max_event_exposure", "999.99"),
            "parameters.max_sum_insured",
            '"1000.00"',
            'must be "100.00" to "999.99"',
        ),
        (put("parameters.loading_bps", 65_536), "parameters.loading_bps", "65536", "must be 0 to 65535"),
        (put("parameters.loading_bps", 25.0), "parameters.loading_bps", 25.0, "is not a whole number"),
        (
            put("parameters.cancelled_share_bps", 10_001),
            "parameters.cancelled_share_bps",
            "10001",
            "must be 0 to 10000",
        ),
        (put("parameters.diverted_share_bps", True), "parameters.diverted_share_bps", True, "is not a whole number"),
        (put("parameters.min_lead_seconds", 0), "parameters.min_lead_seconds", "0", "must be 1 to 259200"),
        (
            put("parameters.report_window_seconds", 60),
            "parameters.report_window_seconds",
            "60",
            "must be 86400 to 31536000",
        ),
        (put("parameters.min_signatures", 2), "parameters.min_signatures", "2", "must be 3 to 31"),
        # times
        (put("parameters.period_start", "2013-01-01"), "parameters.period_start", "2013-01-01", "is not a time"),
        (
            put("parameters.period_start", datetime(2013, 1, 1, tzinfo=UTC)),
            "parameters.period_start",
            datetime(2013, 1, 1, tzinfo=UTC),
            "is not a time",
        ),
        (
            put("parameters.period_start", "2013-02-30T00:00:00Z"),
            "parameters.period_start",
            "2013-02-30T00:00:00Z",
            "is no such day or time",
        ),
        (
            put("parameters.period_start", "1969-12-31T23:59:59Z"),
            "parameters.period_start",
            "1969-12-31T23:59:59Z",
            "lies before 1970",
        ),
        (
            put("parameters.period_end", "2012-12-31T23:59:59Z"),
            "parameters.period_end",
            "2012-12-31 23:59:59 UTC",
            "must be 2013-01-01 00:00 UTC to 1099511627775",
        ),
        # curve
        (put("parameters.curve", []), "parameters.curve", [], "is not a list with entries"),
        (put("parameters.curve", "60"), "parameters.curve", "60", "is not a list with entries"),
        (put("parameters.curve.1.threshold", 60), "thresholds[1]", 60, "does not exceed 60"),
        (put("parameters.curve.1.share_bps", 2_000), "shares_bps[1]", 2_000, "does not exceed 2000"),
        (put("parameters.curve.2.share_bps", 10_001), "shares_bps[2]", 10_001, "must be 1 to 10000"),
        (
            put("parameters.curve.0.threshold", 60.0),
            "parameters.curve[0].threshold",
            60.0,
            "is not a whole number",
        ),
        (drop("parameters.curve.0.share_bps"), "parameters.curve[0].share_bps", None, "is missing"),
        # clauses
        (put("clauses", []), "clauses", [], "is not a list with entries"),
        (drop("clauses.3.text.zh"), "clauses[3].text.zh", None, "is missing"),
        (put("clauses.3.text.en", ""), "clauses[3].text.en", "", "is not text"),
        (put("clauses.1.id", "C1"), "clauses[1].id", "C1", "is used twice"),
        (put("clauses.1.kind", "promise"), "clauses[1].kind", "promise", "is no kind of clause"),
        (put("clauses.1.kind", ["cover"]), "clauses[1].kind", ["cover"], "is no kind of clause"),
        (
            put("clauses.3.text.en", "We pay you {cancelled_share_bps}, that is 50 percent, at once."),
            "clauses[3].text.en",
            "share_bps}, that is 50 percent, at once.",
            "has a number typed in",
        ),
        (put("clauses.0.exclusion", {"code": "storm", "bit": 0}), "clauses[0]", "exclusion", "is an unknown key"),
        (put("clauses.3.text.en", "We pay."), "clauses[3].text", "{cancelled_share_bps}", "is in one language only"),
        (
            put("clauses.3.text", {"en": "We pay.", "zh": "我们赔付。"}),
            "clauses",
            "cancelled_share_bps",
            "is a parameter that no clause says",
        ),
        (
            put("clauses.3.text", {"en": "We pay {most}.", "zh": "我们赔付{most}。"}),
            "clauses[3].text.en",
            "{most}",
            "names no parameter",
        ),
    ],
)
def test_parse_product__malformed_file__names_field_value_and_remedy(
    change: Change, field: str, value: object, problem: str
) -> None:
    refused = refusal(change)

    assert (refused.field, refused.value, refused.problem) == (field, value, problem)
    assert refused.remedy
    assert str(refused).startswith(f"{field} is ")
    assert str(refused).endswith(f": {problem}. {refused.remedy}.")


@pytest.mark.parametrize("data", [None, [], "flight-delay", 7])
def test_parse_product__not_a_mapping__is_refused(data: Mapping[str, object]) -> None:
    with pytest.raises(TermsInvalid, match=r"product file is .*: is not a mapping"):
        parse_product(data)


def test_parse_product__a_parameter_changed__changes_words_and_hashes_together(product: ProductFile) -> None:
    data = flight_delay_data()
    put("parameters.cancelled_share_bps", 4_000)(data)

    changed = parse_product(data)

    assert "we pay you 40 % of the sum insured" in changed.clauses[3].text_en
    assert "赔付保险金额的40%" in changed.clauses[3].text_zh
    assert changed.clause_root != product.clause_root
    assert changed.document_hash != product.document_hash


def test_parse_product__kind_or_title_changed__changes_the_document_hash_only(product: ProductFile) -> None:
    for change in (put("clauses.0.kind", "procedure"), put("title.en", "Delay insurance")):
        data = flight_delay_data()
        change(data)

        changed = parse_product(data)

        assert changed.clause_root == product.clause_root
        assert changed.document_hash != product.document_hash


def test_terms__malformed_treasury__is_refused(product: ProductFile) -> None:
    with pytest.raises(AddressInvalid):
        product.terms(treasury="the treasury", quorum=QUORUM)


def test_document__terms_of_another_product__are_refused(product: ProductFile) -> None:
    with pytest.raises(TermsInvalid, match="were not made from this product file"):
        product.document(product.parameters)
    assert product.parameters.treasury == ZERO_ADDRESS


def test_parse_product__kind_parametric__is_what_a_file_without_a_kind_is(product: ProductFile) -> None:
    data = flight_delay_data()
    data["kind"] = "parametric"

    assert parse_product(data).document_hash == product.document_hash


def test_parse_product_file__either_kind__by_what_the_file_says() -> None:
    assert isinstance(parse_product_file(flight_delay_data()), ProductFile)
    assert isinstance(parse_product_file(hospital_care_data()), IndemnityFile)
