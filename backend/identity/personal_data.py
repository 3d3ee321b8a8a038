"""Personal data of people who sign in: found by a keyed hash, kept encrypted.

Two keys come out of one file by HKDF (RFC 5869): one makes the hashes by which a name is found, one seals what is
kept (AES-256-GCM, NIST SP 800-38D). Whoever has only the database can neither read a name nor try names.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12


class IdentityKeyInvalid(Exception):
    """The key file is missing, readable by others, or holds no key. The text says what to do."""


class SealedValueUnreadable(Exception):
    """A value was sealed with another key, for another place, or its bytes were changed."""


class PersonalData(Protocol):
    """Seals and finds personal values. `about` says where a value belongs: it opens nowhere else."""

    def lookup(self, about: str, value: str) -> bytes:
        """Keyed hash by which `value` is found."""
        ...

    def seal(self, about: str, plain: bytes) -> bytes:
        """Encrypt a value."""
        ...

    def open(self, about: str, sealed: bytes) -> bytes:
        """The value again.

        Raises:
            SealedValueUnreadable
        """
        ...


def make_identity_key(path: Path) -> None:
    """Write a new key, readable by its owner only. Never over one that is there.

    Raises:
        IdentityKeyInvalid: The file exists or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise IdentityKeyInvalid(f"{path} exists already, and names may depend on it. Choose another name.") from None
    except OSError as error:
        raise IdentityKeyInvalid(f"{path} cannot be written ({error.strerror}). Choose another folder.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES))


class KeyedPersonalData:
    """Personal data under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise IdentityKeyInvalid(f"An identity key has {KEY_BYTES} bytes, this has {len(key)}. Make one anew.")
        self._lookup_key = _derived(key, b"quittance/identity/lookup")
        self._cipher = AESGCM(_derived(key, b"quittance/identity/seal"))

    @classmethod
    def load(cls, path: Path) -> KeyedPersonalData:
        """From a file of 64 hex digits that only its owner may read.

        Raises:
            IdentityKeyInvalid
        """
        try:
            mode = path.stat().st_mode
            key = bytes.fromhex(path.read_text("ascii").strip())
        except FileNotFoundError:
            raise IdentityKeyInvalid(f"{path} does not exist. Make it: quittance backend identity-key {path}") from None
        except (ValueError, OSError) as error:
            raise IdentityKeyInvalid(
                f"{path} does not hold 64 hex digits ({type(error).__name__}). Restore it from backup."
            ) from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise IdentityKeyInvalid(f"{path} can be read by others. Run: chmod 600 {path}")
        return cls(key)

    def lookup(self, about: str, value: str) -> bytes:
        """Keyed hash by which `value` is found."""
        return hmac.new(self._lookup_key, f"{about}\n{value}".encode(), hashlib.sha256).digest()

    def seal(self, about: str, plain: bytes) -> bytes:
        """Encrypt a value: nonce, then ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, about.encode())

    def open(self, about: str, sealed: bytes) -> bytes:
        """The value again.

        Raises:
            SealedValueUnreadable
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise SealedValueUnreadable(f"{about} does not open with this key. Is it the database's own?") from error


def _derived(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)
