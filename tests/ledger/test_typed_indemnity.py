"""What is signed about indemnity policies, and their terms: hashed as eth-account hashes the Solidity structs."""

from dataclasses import asdict

from eth_account.messages import encode_typed_data
from hypothesis import given, settings

from domain.indemnity_reports import Cancellation, Endorsement, IndemnityQuote, UnderwritingReport
from domain.indemnity_terms import IndemnityTerms
from ledger.typed_indemnity import (
    cancellation_digest,
    endorsement_digest,
    indemnity_acceptance_digest,
    indemnity_quote_digest,
    underwriting_report_digest,
)
from tests.ledger import indemnity_strategies as some
from tests.ledger.solidity_structs import eip712_types
from tests.ledger.strategies import addresses, uints
from tests.ledger.test_typed_data import camel, reference

SOURCE = "IndemnityTypes.sol"


@given(some.underwriting_reports)
def test_underwriting_report_digest__any_report__equals_eth_account(report: UnderwritingReport) -> None:
    types = eip712_types(SOURCE, "UnderwritingReport")

    expected = reference(types, asdict(report), chain_id=report.chain_id, contract=report.product)

    assert underwriting_report_digest(report) == expected


@given(some.indemnity_quotes, uints(64), addresses)
def test_indemnity_quote_digest__any_quote__equals_eth_account_under_both_names(
    quote: IndemnityQuote, chain_id: int, product: str
) -> None:
    offer = eip712_types(SOURCE, "IndemnityQuote")
    acceptance = eip712_types(SOURCE, "IndemnityAcceptance", "IndemnityQuote")

    offered = indemnity_quote_digest(quote, chain_id=chain_id, product=product)
    accepted = indemnity_acceptance_digest(quote, chain_id=chain_id, product=product)

    assert offered == reference(offer, asdict(quote), chain_id=chain_id, contract=product)
    assert accepted == reference(acceptance, asdict(quote), chain_id=chain_id, contract=product)
    assert offered != accepted


@given(some.endorsements, uints(64), addresses)
def test_endorsement_digest__any_order__equals_eth_account(order: Endorsement, chain_id: int, product: str) -> None:
    expected = reference(eip712_types(SOURCE, "Endorsement"), asdict(order), chain_id=chain_id, contract=product)

    assert endorsement_digest(order, chain_id=chain_id, product=product) == expected


@given(some.cancellations, uints(64), addresses)
def test_cancellation_digest__any_order__equals_eth_account(order: Cancellation, chain_id: int, product: str) -> None:
    expected = reference(eip712_types(SOURCE, "Cancellation"), asdict(order), chain_id=chain_id, contract=product)

    assert cancellation_digest(order, chain_id=chain_id, product=product) == expected


@settings(max_examples=40)
@given(some.indemnity_terms)
def test_indemnity_terms_hash__any_terms__equals_eth_account(terms: IndemnityTerms) -> None:
    types = eip712_types(SOURCE, "IndemnityTerms")

    encoded = encode_typed_data({"name": "unused"}, types, camel(asdict(terms)))

    assert terms.hash() == encoded.body
