"""Keys that wrap the keys of records: where they come from, which is current, how one follows another.

A data key is wrapped with AES-256-GCM under a random nonce; the label of its record is authenticated with it, so a
wrapped key opens nothing but its own record.
Source: NIST SP 800-38D: at most 2^32 wraps under one key, so rotate long before.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from domain.hashing import keccak256

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class VaultKeyInvalid(Exception):
    """A key is missing, readable by others, or no key. The text says what to do."""


class KeyUnknown(Exception):
    """The key a record was sealed with is not held here: it was destroyed, or never given to this process."""


class KeyUnfit(Exception):
    """The key does not open this: its bytes or its label were changed."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A record's data key, and which key wrapped it."""

    key_id: str
    blob: bytes


class KeyProvider(Protocol):
    """Wraps and unwraps data keys. Safe to share between threads."""

    def current_id(self) -> str:
        """The key that wraps what is new."""

    def ids(self) -> frozenset[str]:
        """Every key that still opens something."""

    def wrap(self, data_key: bytes, label: bytes) -> WrappedKey:
        """Wrap under the current key, bound to `label`."""

    def unwrap(self, wrapped: WrappedKey, label: bytes) -> bytes:
        """The data key.

        Raises:
            KeyUnknown, KeyUnfit
        """

    def unwrap_legacy(self, wrapped: WrappedKey) -> bytes:
        """The data key of a record of the first version, wrapped by RFC 3394 without a label.

        Raises:
            KeyUnknown, KeyUnfit
        """

    def rotate(self) -> str:
        """Make a new current key. Returns its id.

        Raises:
            VaultKeyInvalid: This provider cannot; the text says who can.
        """

    def destroy(self, retired_before: int) -> frozenset[str]:
        """Destroy, for good, the keys that were retired before that unix second. Returns their ids.

        Raises:
            VaultKeyInvalid: This provider cannot; the text says who can.
        """


class HeldKeys:
    """Implements `KeyProvider` with keys in memory. The first is current."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        self._keys = dict(keys)
        self._current = current

    @classmethod
    def of(cls, *keys: bytes) -> HeldKeys:
        """Keys by their content, the current one first."""
        if not keys:
            raise VaultKeyInvalid("There is no key. Give at least one of 32 bytes.")
        named = {key_name(key): key for key in keys}
        return cls(named, key_name(keys[0]))

    @classmethod
    def from_text(cls, text: str) -> HeldKeys:
        """Keys of an environment variable: 64 hex digits each, separated by commas, the current one first.

        Raises:
            VaultKeyInvalid
        """
        try:
            return cls.of(*(bytes.fromhex(part.strip()) for part in text.split(",")))
        except ValueError as error:
            raise VaultKeyInvalid("QUITTANCE_VAULT_KEYS is not 64 hex digits each, separated by commas.") from error

    def current_id(self) -> str:
        """See `KeyProvider`."""
        return self._current

    def ids(self) -> frozenset[str]:
        """See `KeyProvider`."""
        return frozenset(self._keys)

    def wrap(self, data_key: bytes, label: bytes) -> WrappedKey:
        """See `KeyProvider`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        current = self._current
        return WrappedKey(current, nonce + AESGCM(self._keys[current]).encrypt(nonce, data_key, label))

    def unwrap(self, wrapped: WrappedKey, label: bytes) -> bytes:
        """See `KeyProvider`."""
        nonce, sealed = wrapped.blob[:NONCE_BYTES], wrapped.blob[NONCE_BYTES:]
        try:
            return AESGCM(self._key(wrapped.key_id)).decrypt(nonce, sealed, label)
        except (InvalidTag, ValueError) as error:
            raise KeyUnfit(f"key {wrapped.key_id} does not open this") from error

    def unwrap_legacy(self, wrapped: WrappedKey) -> bytes:
        """See `KeyProvider`."""
        try:
            return aes_key_unwrap(self._key(wrapped.key_id), wrapped.blob)
        except (InvalidUnwrap, ValueError) as error:
            raise KeyUnfit(f"key {wrapped.key_id} does not open this") from error

    def rotate(self) -> str:
        """See `KeyProvider`."""
        raise VaultKeyInvalid("Keys of the environment are rotated there: put a new one first in QUITTANCE_VAULT_KEYS.")

    def destroy(self, retired_before: int) -> frozenset[str]:  # noqa: ARG002 the environment is not ours to change
        """See `KeyProvider`."""
        raise VaultKeyInvalid("Keys of the environment are destroyed there: take them out of QUITTANCE_VAULT_KEYS.")

    def _key(self, key_id: str) -> bytes:
        try:
            return self._keys[key_id]
        except KeyError:
            raise KeyUnknown(f"key {key_id} is not held here") from None


def key_name(key: bytes) -> str:
    """The id of a key, 16 hex digits; says nothing about it.

    Raises:
        VaultKeyInvalid: It has not 32 bytes.
    """
    if len(key) != KEY_BYTES:
        raise VaultKeyInvalid(f"A vault key has {KEY_BYTES} bytes, this has {len(key)}. Make one with vault-key.")
    return keccak256(b"vault-key/" + key).hex()[:16]
