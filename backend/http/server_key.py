"""The key all replicas share: it signs cursors and seals what must not lie open in the database.

What it protects is short-lived (cursors, answers kept 30 days) or can be set anew (webhook secrets). People's data is
the vault's.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class ServerKeyInvalid(Exception):
    """The key file is missing and cannot be made, is readable by others, or holds no key. The text says what to do."""


class SealBroken(Exception):
    """Sealed with another key, for another purpose or place, or altered since."""


class ServerKey:
    """One key, from which a key of its own is derived for every purpose (HKDF, RFC 5869)."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ServerKeyInvalid(f"a server key has {KEY_BYTES} bytes, this has {len(key)}. Make one anew.")
        self._key = key

    @classmethod
    def load(cls, path: Path) -> ServerKey:
        """The key of a file of 64 hex digits that only its owner reads. Made when it is not there.

        Raises:
            ServerKeyInvalid
        """
        try:
            _make(path)
            mode = path.stat().st_mode
            key = bytes.fromhex(path.read_text("ascii").strip())
        except (OSError, ValueError) as error:
            raise ServerKeyInvalid(f"{path} holds no server key ({error}). Restore it, or set another path.") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ServerKeyInvalid(f"{path} can be read by others. Run: chmod 600 {path}")
        return cls(key)

    def mac(self, purpose: str, data: bytes) -> bytes:
        """32 bytes that only a holder of the key can make."""
        return hmac.digest(self._derived(purpose, b""), data, "sha256")

    def seal(self, purpose: str, plain: bytes, *, about: bytes, salt: bytes = b"") -> bytes:
        """Encrypt and authenticate (AES-256-GCM) together with `about`, its place. `salt` is needed to open it."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._derived(purpose, salt)).encrypt(nonce, plain, about)

    def open(self, purpose: str, sealed: bytes, *, about: bytes, salt: bytes = b"") -> bytes:
        """What was sealed.

        Raises:
            SealBroken
        """
        try:
            return AESGCM(self._derived(purpose, salt)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"{purpose}: does not open with this server's key.") from error

    def _derived(self, purpose: str, salt: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt or None, f"quittance/{purpose}".encode()).derive(self._key)


def _make(path: Path) -> None:
    """Write a new key, unless there is one. Of several processes that try, one wins and all read the same."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
