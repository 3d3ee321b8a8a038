"""Digests equal eth-account's own encoder and the contract's; signatures are taken only in the one form there is."""

from dataclasses import asdict
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.reports import EventReport, Quote, RiskReport
from ledger import bindings as b
from ledger.typed_data import (
    SECP256K1_ORDER,
    SignatureInvalid,
    acceptance_digest,
    domain_separator,
    event_report_digest,
    permit_digest,
    quote_digest,
    recover,
    risk_report_digest,
    sign_digest,
    sort_signatures,
)
from scripts.rehearsal import TOKEN_NAME, account
from tests.ledger import strategies as some
from tests.ledger.story import Story

Types = dict[str, list[dict[str, str]]]
KEYS = st.integers(1, SECP256K1_ORDER - 1).map(lambda n: n.to_bytes(32, "big"))


def fields(text: str) -> list[dict[str, str]]:
    """Fields of a type, from their Solidity declaration."""
    return [dict(zip(("type", "name"), field.split(), strict=True)) for field in text.split(",")]


QUOTE = fields(
    "uint256 applicationId,address holder,address underwriter,string insuredEvent,uint40 occursAt,uint96 sumInsured,"
    "uint96 premium,uint40 validUntil"
)
HEAD = "uint256 chainId,address product,uint32 signerEpoch,uint40 observedAt,uint40 validUntil"
RISK_TYPES: Types = {
    "RiskReport": fields(f"{HEAD},bytes32 modelHash,Assessment[] assessments"),
    "Assessment": fields(
        "uint256 applicationId,uint256 eventId,uint40 occursAt,uint32 expectedSharePpb,uint96 sumInsuredCap,"
        "bytes32 commitment"
    ),
}
EVENT_TYPES: Types = {
    "EventReport": fields(f"{HEAD},bytes32 sourceHash,Measurement[] measurements"),
    "Measurement": fields("uint256 eventId,uint8 outcome,int32 value"),
}
PERMIT_TYPES: Types = {"Permit": fields("address owner,address spender,uint256 value,uint256 nonce,uint256 deadline")}


def camel(value: object) -> Any:
    """Field names as the contracts write them."""
    if isinstance(value, dict):
        return {_camel_name(name): camel(item) for name, item in value.items()}
    return [camel(item) for item in value] if isinstance(value, list | tuple) else value


def _camel_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def reference(types: Types, message: object, *, chain_id: int, contract: str, name: str = "Quittance") -> bytes:
    """The digest as eth-account computes it."""
    domain = {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": contract}
    return bytes(_hash_eip191_message(encode_typed_data(domain, types, camel(message))))


@given(some.risk_reports)
def test_risk_report_digest__any_report__equals_eth_account(report: RiskReport) -> None:
    expected = reference(RISK_TYPES, asdict(report), chain_id=report.chain_id, contract=report.product)

    assert risk_report_digest(report) == expected


@given(some.event_reports)
def test_event_report_digest__any_report__equals_eth_account(report: EventReport) -> None:
    expected = reference(EVENT_TYPES, asdict(report), chain_id=report.chain_id, contract=report.product)

    assert event_report_digest(report) == expected


@given(some.quotes, some.uints(64), some.addresses)
def test_quote_digest__any_quote__equals_eth_account(quote: Quote, chain_id: int, product: str) -> None:
    where = {"chain_id": chain_id, "contract": product}

    offered = quote_digest(quote, chain_id=chain_id, product=product)
    accepted = acceptance_digest(quote, chain_id=chain_id, product=product)

    assert offered == reference({"Quote": QUOTE}, asdict(quote), **where)  # type: ignore[arg-type]  # kinds are mixed
    assert accepted == reference({"Acceptance": QUOTE}, asdict(quote), **where)  # type: ignore[arg-type]  # as above
    assert offered != accepted


@given(
    st.fixed_dictionaries(
        {
            "owner": some.addresses,
            "spender": some.addresses,
            "value": some.uints(256),
            "nonce": some.uints(256),
            "deadline": some.uints(256),
        }
    ),
    some.addresses,
)
def test_permit_digest__any_permit__equals_eth_account(permit: dict[str, Any], token: str) -> None:
    expected = reference(PERMIT_TYPES, permit, chain_id=31337, contract=token, name=TOKEN_NAME)

    assert permit_digest(token=token, token_name=TOKEN_NAME, chain_id=31337, **permit) == expected


def test_domain_separator__deployed_contracts__equals_theirs(story: Story) -> None:
    rpc, house = story.rehearsal.rpc, story.rehearsal
    token = house.deployment.contracts["TestStablecoin"]

    of_product = rpc.eth_call(house.product, b.ParametricProduct.domain_separator())
    of_token = rpc.eth_call(token, b.TestStablecoin.domain_separator())

    assert of_product == domain_separator(31337, house.product)
    assert of_token == domain_separator(31337, token, name=TOKEN_NAME)


def test_digests__reports_on_chain__equal_what_the_contract_logged(story: Story) -> None:
    risks = [event for event in story.events if isinstance(event, b.RisksReported)]
    events = [event for event in story.events if isinstance(event, b.EventsReported)]

    assert [risk_report_digest(event.report) for event in risks] == [event.digest for event in risks]
    assert [event_report_digest(event.report) for event in events] == [event.digest for event in events]
    assert (len(risks), len(events)) == (2, 2)


@given(KEYS, some.words)
@settings(max_examples=40)
def test_sign_digest__any_key__is_eth_accounts_signature(key: bytes, digest: bytes) -> None:
    signer = Account.from_key(key)

    signature = sign_digest(key, digest)

    assert signature == bytes(signer.unsafe_sign_hash(digest).signature)
    assert recover(digest, signature) == signer.address


@given(KEYS, some.words)
@settings(max_examples=40)
def test_recover__other_form_of_a_signature__is_refused(key: bytes, digest: bytes) -> None:
    signature = sign_digest(key, digest)
    r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    high = r + (SECP256K1_ORDER - s).to_bytes(32, "big") + bytes([55 - v])

    for malformed in (high, signature[:64] + bytes([v - 27]), signature[:64], signature + b"\0", b""):
        with pytest.raises(SignatureInvalid):
            recover(digest, malformed)


@given(
    st.one_of(st.binary(max_size=70), st.binary(min_size=64, max_size=64).map(lambda raw: raw + b"\x1b")), some.words
)
def test_recover__garbage__is_refused_or_an_address(garbage: bytes, digest: bytes) -> None:
    try:
        found = recover(digest, garbage)
    except SignatureInvalid:
        return

    assert len(found) == 42
    assert garbage[64] in (27, 28)


@pytest.mark.parametrize(
    ("r", "s"), [(0, 1), (1, 0), (SECP256K1_ORDER, 1), (SECP256K1_ORDER - 1, 1), ((1 << 256) - 1, 1)]
)
def test_recover__number_out_of_range__is_refused(r: int, s: int) -> None:
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + b"\x1b"

    with pytest.raises(SignatureInvalid):
        recover(b"\x11" * 32, signature)


def test_sort_signatures__any_order_and_repeats__is_ascending_once_each() -> None:
    digest = b"\x22" * 32
    signatures = [sign_digest(bytes(account(f"signer {n}").key), digest) for n in range(7)]

    ordered = sort_signatures(digest, [*signatures, *reversed(signatures)])

    signers = [int(recover(digest, signature), 16) for signature in ordered]
    assert sorted(ordered) == sorted(signatures)
    assert signers == sorted(signers)


def test_sort_signatures__one_is_garbage__is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        sort_signatures(b"\x22" * 32, [b"\0" * 65])
