"""Rules S7 (terms hash) and S8 (ranges)."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from hypothesis import given, settings

from domain.errors import AddressInvalid, AmountInvalid, CurveInvalid, TermOutOfRange
from domain.hashing import checksum_address
from domain.terms import ParametricTerms, check_terms
from tests.domain.samples import QUORUM, TREASURY, any_terms, flight_delay

TERMS = flight_delay().terms(treasury=TREASURY, quorum=QUORUM)
SOLIDITY_TYPES = [
    *["address"] * 2,
    *["bytes32"] * 2,
    *["uint96"] * 4,
    *["uint16", "uint8", "uint16", "uint16"],
    *["uint32"] * 3,
    *["uint40"] * 2,
    *["int32[]", "uint16[]"],
]
OTHER_ADDRESS = "0x" + "44" * 20


def camel_case(name: str) -> str:
    """The Solidity name of a field."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def hash_by_eth_account(terms: ParametricTerms) -> bytes:
    """The same struct hash by somebody else's EIP-712 code."""
    names = [field.name for field in fields(terms)]
    types = [{"name": camel_case(name), "type": type_} for name, type_ in zip(names, SOLIDITY_TYPES, strict=True)]
    values = {name: getattr(terms, name) for name in names}
    message = {camel_case(n): list(v) if isinstance(v, tuple) else v for n, v in values.items()}
    return encode_typed_data({"name": "any"}, {"ParametricTerms": types}, message).body


@settings(max_examples=50)
@given(any_terms())
def test_hash__any_terms__agree_with_eth_account(terms: ParametricTerms) -> None:
    assert terms.hash() == hash_by_eth_account(terms)


@pytest.mark.parametrize("name", [field.name for field in fields(TERMS)])
def test_hash__one_changed_field__is_another_hash(name: str) -> None:
    value: Any = getattr(TERMS, name)
    others: dict[type, Callable[[], Any]] = {
        str: lambda: OTHER_ADDRESS,
        bytes: lambda: bytes([value[0] ^ 1]) + value[1:],
        int: lambda: value + 1,
        tuple: lambda: (*value[:-1], value[-1] - 1),
    }

    changed = replace(TERMS, **{name: others[type(value)]()})

    assert changed.hash() != TERMS.hash()


def test_parametric_terms__addresses__are_checksummed() -> None:
    lower = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"

    assert replace(TERMS, treasury=lower).treasury == checksum_address(lower) != lower


def test_parametric_terms__malformed_address_or_word__is_refused() -> None:
    with pytest.raises(AddressInvalid):
        replace(TERMS, quorum="0x12")
    with pytest.raises(AmountInvalid, match="has 3 bytes"):
        replace(TERMS, clause_root=b"abc")


def test_class_shares_bps__flight_delay__lists_every_way_to_end() -> None:
    assert TERMS.class_shares_bps() == (0, 2_000, 5_000, 10_000, 5_000, 5_000)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"cancelled_share_bps": 0, "diverted_share_bps": 10_000},
        {"min_sum_insured": 1_000_000_000, "max_event_exposure": 1_000_000_000},
        {"min_premium": 99_999_999},
        {"min_lead_seconds": 259_200},
        {"min_lead_seconds": 1},
        {"report_window_seconds": 86_400},
        {"report_window_seconds": 365 * 86_400},
        {"period_end": TERMS.period_start},
        {"period_end": 2**40 - 1},
        {"min_signatures": 31},
        {"loading_bps": 65_535},
    ],
)
def test_check_terms__at_the_bounds__are_accepted(changed: dict[str, Any]) -> None:
    check_terms(replace(TERMS, **changed))


@pytest.mark.parametrize(
    ("changed", "field", "least", "most"),
    [
        ({"cancelled_share_bps": 10_001}, "cancelled_share_bps", 0, 10_000),
        ({"diverted_share_bps": 10_001}, "diverted_share_bps", 0, 10_000),
        ({"min_sum_insured": 0}, "min_sum_insured", 1, 1_000_000_000),
        ({"min_sum_insured": 1_000_000_001}, "min_sum_insured", 1, 1_000_000_000),
        ({"max_event_exposure": 999_999_999}, "max_sum_insured", 100_000_000, 999_999_999),
        ({"min_premium": 0}, "min_premium", 1, 99_999_999),
        ({"min_premium": 100_000_000}, "min_premium", 1, 99_999_999),
        ({"min_lead_seconds": 0}, "min_lead_seconds", 1, 259_200),
        ({"min_lead_seconds": 259_201}, "min_lead_seconds", 1, 259_200),
        ({"report_window_seconds": 86_399}, "report_window_seconds", 86_400, 31_536_000),
        ({"report_window_seconds": 31_536_001}, "report_window_seconds", 86_400, 31_536_000),
        ({"period_end": TERMS.period_start - 1}, "period_end", TERMS.period_start, 2**40 - 1),
        ({"min_signatures": 2}, "min_signatures", 3, 31),
        ({"min_signatures": 32}, "min_signatures", 3, 31),
        ({"max_event_exposure": 2**96}, "max_event_exposure", 0, 2**96 - 1),
        ({"loading_bps": 65_536}, "loading_bps", 0, 65_535),
        ({"loading_bps": -1}, "loading_bps", 0, 65_535),
        ({"max_lead_seconds": 2**32}, "max_lead_seconds", 0, 2**32 - 1),
        ({"period_end": 2**40}, "period_end", 0, 2**40 - 1),
        ({"min_signatures": True}, "min_signatures", 0, 255),
    ],
)
def test_check_terms__out_of_range__names_term_and_bounds(
    changed: dict[str, Any], field: str, least: int, most: int
) -> None:
    with pytest.raises(TermOutOfRange) as refused:
        check_terms(replace(TERMS, **changed))

    assert (refused.value.field, refused.value.least, refused.value.most) == (field, least, most)


@pytest.mark.parametrize(("needed", "allowed"), [(2, False), (3, True), (4, True), (5, False)])
def test_check_terms__known_signer_set__bounds_the_signatures(needed: int, allowed: bool) -> None:
    terms = replace(TERMS, min_signatures=needed)

    if allowed:
        check_terms(terms, threshold=3, signers=4)
        return

    with pytest.raises(TermOutOfRange, match="min_signatures"):
        check_terms(terms, threshold=3, signers=4)


def test_check_terms__malformed_curve__is_refused() -> None:
    with pytest.raises(CurveInvalid):
        check_terms(replace(TERMS, thresholds=(60, 60, 180)))
