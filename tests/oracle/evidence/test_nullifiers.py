"""Nullifiers: equal where the loss is equal, and nothing to guess by."""

import hashlib
import hmac
from datetime import date

import pytest

from oracle.evidence.nullifiers import IncidentIdentity, InvoiceIdentity, NullifierKeys, named, nullifier
from oracle.evidence.refusals import NullifierKeyInvalid

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
BILL = InvoiceIdentity("City Hospital", "A-1001")
INCIDENT = IncidentIdentity("E 1234 5678", "illness", date(2026, 3, 1))


def test_nullifier__by_hand__is_the_keyed_hash_of_the_rule() -> None:
    told = b'quittance nullifier 1\x00invoice\x00{"issuer":"cityhospital","number":"a1001"}'

    assert nullifier(BILL, OLD) == hmac.new(OLD, told, hashlib.sha256).digest()


@pytest.mark.parametrize(
    "same", [InvoiceIdentity("CITY  HOSPITAL", "a 1001"), InvoiceIdentity("Ｃity Hospital", "A/1001")]
)
def test_nullifier__written_differently__is_the_same(same: InvoiceIdentity) -> None:
    assert nullifier(same, OLD) == nullifier(BILL, OLD)


def test_nullifier__anything_else__is_another() -> None:
    others = [
        nullifier(InvoiceIdentity("City Hospital", "A-1002"), OLD),
        nullifier(InvoiceIdentity("City HospitalA", "1001"), OLD),
        nullifier(INCIDENT, OLD),
        nullifier(IncidentIdentity("E 1234 5678", "illness", date(2026, 3, 2)), OLD),
        nullifier(IncidentIdentity("E 1234 5678", "accident", date(2026, 3, 1)), OLD),
        nullifier(BILL, NEW),
    ]

    assert len({nullifier(BILL, OLD), *others}) == 7


def test_named__after_a_new_key__still_meets_what_the_old_one_named() -> None:
    before = named([INCIDENT, BILL], NullifierKeys({1: OLD}))
    during = named([BILL, INCIDENT, BILL], NullifierKeys({1: OLD, 2: NEW}))
    after = named([INCIDENT, BILL], NullifierKeys({2: NEW}))

    assert set(before) | set(after) == set(during)
    assert during == after + before
    assert len(during) == 4


def test_named__more_than_the_register_takes__is_refused() -> None:
    bills = [InvoiceIdentity("City Hospital", str(number)) for number in range(9)]

    with pytest.raises(NullifierKeyInvalid, match="16"):
        named(bills, NullifierKeys({1: OLD, 2: NEW}))


@pytest.mark.parametrize("keys", [{}, {0: OLD}, {1: b"short"}, {1: OLD, 2: OLD}])
def test_nullifier_keys__missing_short_or_twice__are_refused(keys: dict[int, bytes]) -> None:
    with pytest.raises(NullifierKeyInvalid):
        NullifierKeys(keys)


def test_nullifier_keys__shown__hide_their_bytes() -> None:
    keys = NullifierKeys({1: OLD})

    assert OLD.hex() not in repr(keys)
    assert str(OLD) not in repr(keys)
    assert NullifierKeys({1: OLD, 2: NEW}).fingerprint() != keys.fingerprint() != NullifierKeys({1: NEW}).fingerprint()


def test_nullifier__identity_of_nothing__is_refused() -> None:
    with pytest.raises(NullifierKeyInvalid, match="letter or digit"):
        nullifier(InvoiceIdentity("City Hospital", "--"), OLD)
