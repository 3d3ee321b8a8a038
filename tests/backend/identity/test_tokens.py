"""Tokens and sealed values."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.identity import tokens
from backend.identity.people.addresses import EmailInvalid, normalise_email
from backend.identity.personal_data import IdentityKeyInvalid, KeyedPersonalData, SealedValueUnreadable
from backend.identity.tokens import TokenKind

TENANT = uuid.UUID(int=7)


@given(st.sampled_from(list(TokenKind)), st.uuids())
def test_read__what_was_made__kind_insurer_and_hash(kind: TokenKind, tenant_id: uuid.UUID) -> None:
    text = tokens.make(kind, tenant_id)

    found = tokens.read(text)

    assert found is not None
    assert (found.kind, found.tenant_id) == (kind, tenant_id)
    assert text.startswith(found.prefix)
    assert found.digest == tokens.digest(text.encode())


@given(st.text(max_size=100))
def test_read__any_text__nothing_and_no_error(text: str) -> None:
    assert tokens.read(text) is None


@given(st.text(min_size=64, max_size=64))
def test_read__right_shape_wrong_alphabet__nothing_or_a_token(body: str) -> None:
    found = tokens.read(f"qs_00000000_{body}")

    assert found is None or body.isascii()


def test_make__twice__never_the_same() -> None:
    assert tokens.make(TokenKind.SESSION, TENANT) != tokens.make(TokenKind.SESSION, TENANT)


def test_seal__opened_elsewhere_or_changed_or_with_another_key__unreadable() -> None:
    data = KeyedPersonalData(b"i" * 32)
    sealed = data.seal("people/1/email", b"ada@example.org")

    assert data.open("people/1/email", sealed) == b"ada@example.org"
    with pytest.raises(SealedValueUnreadable):
        data.open("people/2/email", sealed)
    with pytest.raises(SealedValueUnreadable):
        data.open("people/1/email", sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(SealedValueUnreadable):
        KeyedPersonalData(b"j" * 32).open("people/1/email", sealed)
    with pytest.raises(SealedValueUnreadable):
        data.open("people/1/email", b"")


def test_lookup__another_key__another_hash() -> None:
    first, second = KeyedPersonalData(b"i" * 32), KeyedPersonalData(b"j" * 32)

    assert first.lookup("a", "b") == first.lookup("a", "b") != second.lookup("a", "b")
    assert first.lookup("a", "b") != first.lookup("ab", "")


def test_load__file_others_can_read__says_chmod(tmp_path: Path) -> None:
    file = tmp_path / "identity.key"
    file.write_text("11" * 32)
    file.chmod(0o644)

    with pytest.raises(IdentityKeyInvalid, match="chmod 600"):
        KeyedPersonalData.load(file)
    file.chmod(0o600)
    assert KeyedPersonalData.load(file).lookup("a", "b") == KeyedPersonalData(b"\x11" * 32).lookup("a", "b")
    with pytest.raises(IdentityKeyInvalid, match="does not exist"):
        KeyedPersonalData.load(tmp_path / "none")
    file.write_text("zz")
    with pytest.raises(IdentityKeyInvalid, match="64 hex digits"):
        KeyedPersonalData.load(file)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" Ada@Example.ORG ", "ada@example.org"),
        ("ada+x@bücher.example", "ada+x@xn--bcher-kva.example"),
        ("straße@example.org", "strasse@example.org"),
    ],
)
def test_normalise_email__ways_to_write_it__one_spelling(text: str, normal: str) -> None:
    assert normalise_email(text) == normal


@pytest.mark.parametrize("text", ["", "ada", "@example.net", "ada@", "ada@host", "a b@example.org", "a..b@example.org",
                                  ".a@example.org", "a@-x.org", "a@b@c.org", "a" * 65 + "@example.org"])  # fmt: skip
def test_normalise_email__no_address__refused_without_repeating_it(text: str) -> None:
    with pytest.raises(EmailInvalid) as refused:
        normalise_email(text)

    assert text == "" or text not in str(refused.value)
