"""What institutions and payees sign: hashed as eth-account hashes the Solidity structs."""

from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payouts import CollectionReceipt, PayoutReceipt
from ledger import typed_receipts
from ledger.typed_receipts import (
    collection_receipt_digest,
    payout_receipt_digest,
    reroute_order_digest,
    take_order_digest,
)
from tests.ledger.solidity_structs import eip712_types
from tests.ledger.strategies import addresses, uints, words
from tests.ledger.test_typed_data import fields, reference

SOURCE = "DisbursementTypes.sol"
LIBRARY = Path(__file__).parents[2] / "contracts" / "libraries" / "TypedReceipts.sol"
currencies = st.binary(min_size=3, max_size=3)
payout_receipts = st.builds(
    PayoutReceipt, instruction_id=uints(256), payee=addresses, token=addresses, amount=uints(64), currency=currencies,
    rate=uints(64), reference_hash=words,
)  # fmt: skip
collection_receipts = st.builds(
    CollectionReceipt, institution=uints(32), product=addresses, application_id=uints(256), holder=addresses,
    token=addresses, amount=uints(64), currency=currencies, rate=uints(64), reference_hash=words, valid_until=uints(40),
)  # fmt: skip


@given(payout_receipts, uints(64), addresses)
def test_payout_receipt_digest__any_receipt__equals_eth_account(
    receipt: PayoutReceipt, chain_id: int, contract: str
) -> None:
    types = eip712_types(SOURCE, "PayoutReceipt")

    expected = reference(types, asdict(receipt), chain_id=chain_id, contract=contract)

    assert payout_receipt_digest(receipt, chain_id=chain_id, disbursement=contract) == expected


@given(collection_receipts, uints(64), addresses)
def test_collection_receipt_digest__any_receipt__equals_eth_account(
    receipt: CollectionReceipt, chain_id: int, contract: str
) -> None:
    types = eip712_types(SOURCE, "CollectionReceipt")

    expected = reference(types, asdict(receipt), chain_id=chain_id, contract=contract)

    assert collection_receipt_digest(receipt, chain_id=chain_id, disbursement=contract) == expected


@given(uints(256), addresses, uints(32), uints(40), uints(64), addresses)
def test_order_digests__any_order__equal_eth_account(
    instruction: int, to: str, institution: int, deadline: int, chain_id: int, contract: str
) -> None:
    take_types = {"TakeOrder": fields("uint256 instructionId,address to,uint40 deadline")}
    reroute_types = {"RerouteOrder": fields("uint256 instructionId,uint32 institution,uint40 deadline")}
    take = {"instruction_id": instruction, "to": to, "deadline": deadline}
    reroute = {"instruction_id": instruction, "institution": institution, "deadline": deadline}

    taken = take_order_digest(instruction, to, deadline, chain_id=chain_id, disbursement=contract)
    rerouted = reroute_order_digest(instruction, institution, deadline, chain_id=chain_id, disbursement=contract)

    assert taken == reference(take_types, take, chain_id=chain_id, contract=contract)
    assert rerouted == reference(reroute_types, reroute, chain_id=chain_id, contract=contract)


@pytest.mark.parametrize(
    "name", ["PAYOUT_RECEIPT_TYPE", "COLLECTION_RECEIPT_TYPE", "TAKE_ORDER_TYPE", "REROUTE_ORDER_TYPE"]
)
def test_type_strings__of_the_library__are_these(name: str) -> None:
    assert f'"{getattr(typed_receipts, name)}"' in LIBRARY.read_text("utf-8")
