"""The reader of EIP-4361 messages: what it takes, what it does not, and that nothing is lost on the way."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.identity.wallets.message import MessageInvalid, SignInMessage, read_message, unix_seconds
from domain.hashing import checksum_address

# The example of EIP-4361 itself.
EXAMPLE = """service.invalid wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ServiceOrg Terms of Service: https://service.invalid/tos

URI: https://service.invalid/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json"""
WITHOUT_STATEMENT = EXAMPLE.replace("I accept the ServiceOrg Terms of Service: https://service.invalid/tos\n", "")


def test_read_message__example_of_the_standard__every_field() -> None:
    message = read_message(EXAMPLE)

    assert message.domain == "service.invalid"
    assert message.address == "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
    assert message.statement == "I accept the ServiceOrg Terms of Service: https://service.invalid/tos"
    assert (message.uri, message.chain_id, message.nonce) == ("https://service.invalid/login", 1, "32891756")
    assert unix_seconds(message.issued_at) == 1_633_019_124
    assert message.resources is not None
    assert len(message.resources) == 2


def test_read_message__no_statement__two_empty_lines_are_needed() -> None:
    assert read_message(WITHOUT_STATEMENT).statement is None
    with pytest.raises(MessageInvalid):
        read_message(WITHOUT_STATEMENT.replace("Cc2\n\n\n", "Cc2\n\n"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("service.invalid wants", " wants"),
        ("service.invalid wants", "service .invalid wants"),
        ("service.invalid wants", "service.invalid/x wants"),
        ("service.invalid wants", "[::g] wants"),
        ("Ethereum account:", "ethereum account:"),
        ("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"),
        ("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc"),
        ("I accept", "I accept \u2013"),
        ("I accept", 'I "accept"'),
        ("URI: https://service.invalid/login", "URI: /login"),
        ("URI: https://service.invalid/login", "URI: https://service.invalid/lo gin"),
        ("URI: https://service.invalid/login", "URI: https://service.invalid/%zz"),
        ("Version: 1", "Version: 2"),
        ("Version: 1", "version: 1"),
        ("Chain ID: 1", "Chain ID: 01"),
        ("Chain ID: 1", "Chain ID: -1"),
        ("Chain ID: 1", "Chain ID: 0x1"),
        ("Chain ID: 1", "Chain ID: \u0661"),
        ("Nonce: 32891756", "Nonce: 3289175"),
        ("Nonce: 32891756", "Nonce: 3289-1756"),
        ("Issued At: 2021-09-30T16:25:24Z", "Issued At: 2021-09-30 16:25:24Z"),
        ("Issued At: 2021-09-30T16:25:24Z", "Issued At: 2021-09-31T16:25:24Z"),
        ("Issued At: 2021-09-30T16:25:24Z", "Issued At: 2021-09-30T16:25:24"),
        ("Issued At: 2021-09-30T16:25:24Z\n", ""),
        ("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
        ("Resources:", "Resources: "),
        ("- https://example.com/my-web2-claim.json", "-https://example.com/my-web2-claim.json"),
        ("- https://example.com/my-web2-claim.json", "- https://example.com/my-web2-claim.json\n"),
        ("Resources:", "Request ID: a b\nResources:"),
        ("Resources:", "Not Before: 2021-09-30T16:25:24Z\nExpiration Time: 2021-09-30T16:25:24Z\nResources:"),
        ("\n", "\r\n"),
        ("Nonce: 32891756", "Nonce: 32891756\nNonce: 32891756"),
    ],
)
def test_read_message__one_thing_wrong__refused(before: str, after: str) -> None:
    assert before in EXAMPLE

    with pytest.raises(MessageInvalid):
        read_message(EXAMPLE.replace(before, after))


def test_read_message__refused__says_the_field_and_repeats_nothing() -> None:
    with pytest.raises(MessageInvalid, match="Nonce") as caught:
        read_message(EXAMPLE.replace("32891756", "secret!!"))

    assert "secret" not in str(caught.value)


def test_read_message__too_long__refused_unread() -> None:
    with pytest.raises(MessageInvalid, match="at most 4096"):
        read_message(EXAMPLE + "a" * 4_096)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t01:00:00+01:00", 0),
        ("2026-11-22T13:00:00.5z", 1_795_352_400.5),
        ("2026-11-22T13:00:00.1234567Z", 1_795_352_400.123456),
    ],
)
def test_unix_seconds__ways_rfc_3339_allows__the_moment(text: str, seconds: float) -> None:
    assert unix_seconds(text) == pytest.approx(seconds, abs=1e-6)


_ALNUM = string.ascii_letters + string.digits
_LABEL = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
_HOST = st.builds(".".join, st.lists(_LABEL, min_size=1, max_size=3))
_DOMAIN = st.one_of(
    _HOST, st.builds("{}:{}".format, _HOST, st.integers(1, 65_535)), st.just("[2001:db8::1]:8443"), st.just("127.0.0.1")
)
_PATH = st.text(_ALNUM + "-._~!$&'()*+,;=:@/", max_size=20).map(lambda path: "/" + path.lstrip("/"))
_URI = st.one_of(
    st.builds("{}://{}{}".format, st.sampled_from(["https", "ipfs", "a+b"]), _DOMAIN, _PATH),
    st.builds("https://{}?{}#{}".format, _HOST, _LABEL, _LABEL), st.just("urn:uuid:1"), st.just("did:web:x"),
)  # fmt: skip
_TIME = st.datetimes().map(lambda moment: moment.strftime("%Y").zfill(4) + moment.strftime("-%m-%dT%H:%M:%SZ"))
_STATEMENT = st.text(_ALNUM + "-._~:/?#[]@!$&'()*+,;= ", min_size=1, max_size=80)
MESSAGES = st.builds(
    SignInMessage, domain=_DOMAIN, address=st.binary(min_size=20, max_size=20).map(
        lambda raw: checksum_address("0x" + raw.hex())
    ),
    uri=_URI, chain_id=st.integers(0, 2**256 - 1), nonce=st.text(_ALNUM, min_size=8, max_size=40), issued_at=_TIME,
    scheme=st.none() | st.sampled_from(["https", "wss"]), statement=st.none() | _STATEMENT,
    expiration_time=st.none() | _TIME, not_before=st.none() | _TIME,
    request_id=st.none() | st.text(_ALNUM + "-._~%41"[0:4], max_size=20),
    resources=st.none() | st.lists(_URI, max_size=3).map(tuple),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_read_message__any_message_of_the_grammar__read_and_written_is_the_same(message: SignInMessage) -> None:
    assert read_message(message.text()) == message


@settings(max_examples=300, deadline=None)
@given(MESSAGES, st.data())
def test_read_message__any_change_of_a_message__refused_or_read_as_it_stands(
    message: SignInMessage, data: st.DataObject
) -> None:
    text = message.text()
    position = data.draw(st.integers(0, len(text) - 1))
    changed = text[:position] + data.draw(st.text(max_size=3)) + text[position + data.draw(st.integers(0, 3)) :]

    try:
        found = read_message(changed)
    except MessageInvalid:
        return

    assert found.text() == changed


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_read_message__any_text__only_its_own_error(text: str) -> None:
    with pytest.raises(MessageInvalid):
        read_message(text)
