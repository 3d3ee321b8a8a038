"""Wallets: linked and signed in with by EIP-4361; keys by recovery, contracts by asking them on a real chain."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from backend.identity.sessions import service as sessions
from backend.identity.sign_in import service as sign_in
from backend.identity.wallets import service as wallets
from backend.identity.wallets.message import SignInMessage
from backend.identity.wallets.signatures import signed_by
from backend.problems import Problem
from domain.hashing import checksum_address
from ledger.rpc import Rpc
from scripts.anvil import running_anvil
from scripts.compile import compile_contracts
from tests.backend.identity.house import CLIENT, House

SOURCE = "contracts/mocks/ContractWallet.sol"
KEY: LocalAccount = Account.from_key(b"\x11" * 32)
OTHER: LocalAccount = Account.from_key(b"\x22" * 32)


def written(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def message(house: House, made: str, **changes: Any) -> SignInMessage:
    fields: dict[str, Any] = {
        "domain": "insurer.example", "address": KEY.address, "uri": "https://insurer.example/sign-in",
        "chain_id": 31337, "nonce": made, "issued_at": written(house.clock()), "statement": "Sign in.",
    } | changes  # fmt: skip
    return SignInMessage(**fields)


def signed(text: str, key: LocalAccount = KEY) -> bytes:
    return bytes(key.sign_message(encode_defunct(text=text)).signature)


def nonce_for(house: House, person_id: uuid.UUID | None) -> str:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return wallets.make_nonce(session, house.desk, house.tenant_id, person_id)


def link(house: House, person_id: uuid.UUID, key: LocalAccount = KEY) -> None:
    text = message(house, nonce_for(house, person_id), address=key.address).text()
    address = wallets.proved_address(house.desk, house.tenant_id, text, signed(text, key), linking=person_id)
    with house.desk.tenant_scope(house.tenant_id) as session:
        wallets.link(session, house.desk, house.tenant_id, person_id, address)


def sign_in_with(house: House, text: str, signature: bytes) -> sign_in.Opened:
    return sign_in.by_wallet(house.desk, house.slug, text, signature, client=CLIENT)


def test_by_wallet__linked__session_with_the_address(house: House) -> None:
    person_id = house.person(password=None)
    link(house, person_id)
    text = message(house, sign_in.wallet_nonce(house.desk, house.slug, client=CLIENT)).text()

    opened = sign_in_with(house, text, signed(text))

    assert (opened.visit.person_id, opened.visit.address) == (person_id, KEY.address)
    assert opened.visit.strong_at is None


def test_by_wallet__person_has_an_app__pending(house: House) -> None:
    person_id = house.person()
    link(house, person_id)
    house.app_of(person_id)
    text = message(house, nonce_for(house, None)).text()

    assert sign_in_with(house, text, signed(text)).visit.pending


def test_by_wallet__not_linked__refused_as_any_other(house: House) -> None:
    text = message(house, nonce_for(house, None)).text()

    with pytest.raises(Problem) as caught:
        sign_in_with(house, text, signed(text))

    assert caught.value.code == "sign_in_refused"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"domain": "evil.example"}, "domain is not insurer.example"),
        ({"domain": "insurer.example.evil.example"}, "domain is not"),
        ({"domain": "insurer.example:8443"}, "domain is not"),
        ({"domain": "user@insurer.example"}, "domain is not"),
        ({"scheme": "http"}, "domain is not"),
        ({"uri": "https://evil.example/sign-in"}, "URI is not below"),
        ({"uri": "https://insurer.example.evil.example"}, "URI is not below"),
        ({"uri": "http://insurer.example/sign-in"}, "URI is not below"),
        ({"chain_id": 1}, "Chain ID 1"),
        ({"issued_at": "2020-01-01T00:00:00Z"}, "Issued At"),
        ({"issued_at": "2036-01-01T00:00:00Z"}, "Issued At"),
        ({"expiration_time": "2026-01-01T00:00:00Z"}, "Expiration Time is past"),
        ({"not_before": "2036-01-01T00:00:00Z"}, "Not Before"),
        ({"nonce": "0" * 32}, "nonce is unknown"),
    ],
)
def test_by_wallet__signed_for_something_else__refused(house: House, changes: dict[str, Any], words: str) -> None:
    link(house, house.person(password=None))
    text = message(house, nonce_for(house, None), **changes).text()

    with pytest.raises(Problem, match=words) as caught:
        sign_in_with(house, text, signed(text))

    assert caught.value.code == "wallet_refused"


def test_by_wallet__same_message_twice_or_too_late__refused(house: House) -> None:
    link(house, house.person(password=None))
    text = message(house, nonce_for(house, None)).text()
    sign_in_with(house, text, signed(text))

    with pytest.raises(Problem, match="used or too old"):
        sign_in_with(house, text, signed(text))
    late = nonce_for(house, None)
    house.clock.now += 300
    text = message(house, late).text()
    with pytest.raises(Problem, match="used or too old"):
        sign_in_with(house, text, signed(text))


def test_by_wallet__nonce_made_for_linking__refused(house: House) -> None:
    person_id = house.person(password=None)
    link(house, person_id)
    text = message(house, nonce_for(house, person_id)).text()

    with pytest.raises(Problem, match="nonce"):
        sign_in_with(house, text, signed(text))


def test_by_wallet__no_eip_4361_message__says_the_field(house: House) -> None:
    with pytest.raises(Problem, match="first line"):
        sign_in_with(house, "hello", signed("hello"))


def test_link__somebody_elses_address__taken(house: House) -> None:
    link(house, house.person(password=None))

    with pytest.raises(Problem) as caught:
        link(house, house.person(password=None))

    assert caught.value.code == "wallet_taken"


def test_unlink__own__signs_in_no_more(house: House) -> None:
    person_id = house.person(password=None)
    link(house, person_id)
    with house.desk.tenant_scope(house.tenant_id) as session:
        wallets.unlink(session, house.tenant_id, person_id, KEY.address, now=house.clock())
        with pytest.raises(Problem, match="not linked to you"):
            wallets.unlink(session, house.tenant_id, person_id, KEY.address, now=house.clock())
    text = message(house, nonce_for(house, None)).text()

    with pytest.raises(Problem, match="refused"):
        sign_in_with(house, text, signed(text))


def test_unlink__sessions_opened_by_it__end_and_others_stay(house: House) -> None:
    person_id = house.person()
    link(house, person_id)
    text = message(house, nonce_for(house, None)).text()
    by_wallet, by_password = sign_in_with(house, text, signed(text)), house.sign_in(person_id)

    with house.desk.tenant_scope(house.tenant_id) as session:
        wallets.unlink(session, house.tenant_id, person_id, KEY.address, now=house.clock())
        with pytest.raises(Problem) as caught:
            sessions.find(session, by_wallet.token, now=house.clock())

        assert caught.value.code == "session_expired"
        assert sessions.find(session, by_password.token, now=house.clock()).person_id == person_id


@pytest.fixture(scope="module")
def chain() -> Iterator[Rpc]:
    """A chain of its own."""
    with running_anvil(timestamp=1_700_000_000) as found:
        yield found


def deployed_wallet(chain: Rpc, owner: str) -> str:
    (payer, *_rest) = chain.call("eth_accounts")
    code = compile_contracts([SOURCE])[SOURCE]["ContractWallet"]["evm"]["bytecode"]["object"]
    data = "0x" + code + bytes(12).hex() + owner[2:].lower()
    sent = chain.call("eth_sendTransaction", {"from": payer, "data": data, "gas": hex(3_000_000)})
    for _ in range(600):  # the chain answers before the block is there
        if (receipt := chain.call("eth_getTransactionReceipt", sent)) is not None:
            return str(receipt["contractAddress"])
        time.sleep(0.05)
    raise AssertionError(f"{sent} was not mined within 30 seconds")


def test_signed_by__keys_and_contracts__only_the_holder(chain: Rpc) -> None:
    contract = checksum_address(deployed_wallet(chain, KEY.address))
    text = "hello"

    assert signed_by(chain, KEY.address, text, signed(text))
    assert signed_by(chain, contract, text, signed(text))
    assert not signed_by(chain, OTHER.address, text, signed(text))
    assert not signed_by(chain, contract, text, signed(text, OTHER))
    assert not signed_by(chain, contract, text, signed("other"))
    assert not signed_by(chain, contract, text, b"\x01")
    assert not signed_by(chain, KEY.address, text, signed(text)[:-1] + b"\x07")
    assert not signed_by(chain, KEY.address, text, b"")
