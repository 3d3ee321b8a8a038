"""Nonces and fees of a kept key's transactions: each its own nonce, and dearer where one takes another's place."""

from __future__ import annotations

import pytest
from eth_account import Account

from backend.claims.lanes import FEES, Flying, placed, read_flying
from backend.claims.ports import Postage
from ledger.sender import FeeTooHigh
from ledger.signing import GWEI

NOW = Postage(nonce=7, gas=200_000, max_fee=21 * GWEI, priority_fee=GWEI, balance=10**18)
"""At a base fee of 10 gwei."""


def at(nonce: int, fee: int = 21, tip: int = 1) -> Flying:
    return Flying(nonce, fee * GWEI, tip * GWEI)


def test_placed__nothing_on_its_way__as_the_chain_counts() -> None:
    assert placed(NOW, own=None, others=[], given_up=[]) == NOW


@pytest.mark.parametrize(
    ("others", "nonce"), [([at(7)], 8), ([at(7), at(8)], 9), ([at(8)], 7), ([at(9), at(7)], 8), ([at(7), at(7)], 8)]
)
def test_placed__others_on_their_way__the_first_free_nonce(others: list[Flying], nonce: int) -> None:
    found = placed(NOW, own=None, others=others, given_up=[])

    assert found is not None
    assert (found.nonce, found.max_fee) == (nonce, NOW.max_fee)


def test_placed__own_is_there_and_dear_enough__nothing_to_sign() -> None:
    assert placed(NOW, own=at(7, 11), others=[at(8)], given_up=[]) is None


@pytest.mark.parametrize(("own", "fee", "tip"), [(at(7, 10, 1), 21, 1.13), (at(7, 20, 11), 22.6, 12.43)])
def test_placed__own_is_too_cheap_now__dearer_at_its_nonce(own: Flying, fee: float, tip: float) -> None:
    found = placed(NOW, own=own, others=[at(8)], given_up=[])

    assert found is not None
    assert found.nonce == 7
    assert (found.max_fee / GWEI, found.priority_fee / GWEI) == pytest.approx((fee, tip))
    assert found.max_fee * 100 >= own.max_fee * 110
    assert found.priority_fee * 100 >= own.priority_fee * 110


def test_placed__own_nonce_was_used_by_another__the_next_free_one() -> None:
    found = placed(NOW, own=at(6), others=[at(7)], given_up=[])

    assert found is not None
    assert (found.nonce, found.max_fee) == (8, NOW.max_fee)


def test_placed__given_up_has_the_nonce__outbid_however_cheap_the_chain_is_now() -> None:
    found = placed(NOW, own=None, others=[], given_up=[at(7, 40, 2), at(8, 90)])

    assert found is not None
    assert found.nonce == 7
    assert (found.max_fee / GWEI, found.priority_fee / GWEI) == pytest.approx((45.2, 2.26))


def test_placed__cannot_be_outbid_below_the_cap__said() -> None:
    with pytest.raises(FeeTooHigh, match="nonce 7"):
        placed(NOW, own=None, others=[], given_up=[Flying(7, FEES.cap, GWEI)])


@pytest.mark.parametrize("fees", [{"maxFeePerGas": 5, "maxPriorityFeePerGas": 3}, {"gasPrice": 5, "accessList": []}])
def test_read_flying__either_type__nonce_and_fees(fees: dict[str, object]) -> None:
    fields = {"chainId": 1, "nonce": 4, "to": "0x" + "11" * 20, "value": 0, "gas": 21_000, "data": b"", **fees}
    kind = 2 if "maxFeePerGas" in fees else 1
    raw = Account.from_key(b"\x11" * 32).sign_transaction({"type": kind, **fields}).raw_transaction

    assert read_flying(bytes(raw)) == Flying(4, 5, 3 if kind == 2 else 5)
