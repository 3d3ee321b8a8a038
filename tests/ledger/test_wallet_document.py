"""What a wallet signs is what the contract checks: the document's digest, by another encoder, is ours."""

from eth_account.messages import _hash_eip191_message, encode_typed_data

from domain.hashing import ZERO_ADDRESS
from domain.indemnity_reports import Cancellation, Endorsement, IndemnityQuote, Measure
from domain.money import TokenUnits
from ledger.typed_indemnity import (
    CANCELLATION_TYPE,
    ENDORSEMENT_TYPE,
    INDEMNITY_ACCEPTANCE_TYPE,
    cancellation_digest,
    endorsement_digest,
    indemnity_acceptance_digest,
)
from ledger.wallet_document import wallet_document

CHAIN, PRODUCT, HOLDER = 31_337, "0x" + "11" * 20, "0x" + "22" * 20
BIG = TokenUnits((1 << 64) - 1)


def digest_of(document: object) -> bytes:
    return bytes(_hash_eip191_message(encode_typed_data(full_message=document)))  # type: ignore[arg-type]  # a document


def test_wallet_document__endorsement__hashes_to_what_is_signed() -> None:
    order = Endorsement((1 << 255) + 1, 3, BIG, BIG, 7, ZERO_ADDRESS, HOLDER, 1 << 39, 1 << 39)

    document = wallet_document(ENDORSEMENT_TYPE, order, chain_id=CHAIN, contract=PRODUCT)

    assert digest_of(document) == endorsement_digest(order, chain_id=CHAIN, product=PRODUCT)
    assert document["message"]["sumInsured"] == str(BIG)
    assert document["message"]["validUntil"] == 1 << 39


def test_wallet_document__cancellation__hashes_to_what_is_signed() -> None:
    order = Cancellation(9, 1, 1_800_000_000)

    document = wallet_document(CANCELLATION_TYPE, order, chain_id=CHAIN, contract=PRODUCT)

    assert digest_of(document) == cancellation_digest(order, chain_id=CHAIN, product=PRODUCT)


def test_wallet_document__acceptance_of_a_quote__hashes_to_what_is_signed() -> None:
    quote = IndemnityQuote(
        (1 << 200) + 5, HOLDER, ZERO_ADDRESS, HOLDER, HOLDER, b"\x07" * 32, BIG, TokenUnits(1), 3, Measure.LOADING, 0,
        1 << 39, 4,
    )  # fmt: skip

    document = wallet_document(INDEMNITY_ACCEPTANCE_TYPE, quote, chain_id=CHAIN, contract=PRODUCT)

    assert digest_of(document) == indemnity_acceptance_digest(quote, chain_id=CHAIN, product=PRODUCT)
