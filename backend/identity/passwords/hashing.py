"""Argon2id hashes of passwords.

Parameters by name, so that a reader finds their source: RFC 9106, section 4, second choice (64 MiB, 3 passes, 4
lanes), and the least OWASP's Password Storage Cheat Sheet takes (19 MiB, 2 passes, 1 lane).
"""

from __future__ import annotations

import secrets
import threading
from enum import StrEnum
from typing import Final

from argon2 import PasswordHasher as Argon2Hasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

AT_ONCE: Final = 4
"""Hashes computed at the same time: bounds the memory strangers can make us take to 4 x 64 MiB."""


class Profile(StrEnum):
    """Cost of one hash."""

    RFC_9106_LOW_MEMORY = "rfc_9106_low_memory"
    OWASP_MINIMUM = "owasp_minimum"


_HASHERS: Final = {
    Profile.RFC_9106_LOW_MEMORY: Argon2Hasher(3, 65_536, 4, 32, 16, type=Type.ID),
    Profile.OWASP_MINIMUM: Argon2Hasher(2, 19_456, 1, 32, 16, type=Type.ID),
}
_AT_ONCE: Final = threading.BoundedSemaphore(AT_ONCE)


class PasswordHasher:
    """Hashes and checks passwords at one cost."""

    def __init__(self, profile: Profile = Profile.RFC_9106_LOW_MEMORY) -> None:
        self._hasher = _HASHERS[profile]
        with _AT_ONCE:
            self._nobody = self._hasher.hash(secrets.token_hex(32))

    def hash(self, password: str) -> str:
        """Hash in PHC notation: parameters and salt are in it."""
        with _AT_ONCE:
            return self._hasher.hash(password)

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether the password belongs to the hash. None (nobody, or no password) takes as long and never matches."""
        try:
            with _AT_ONCE:
                self._hasher.verify(hashed or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Whether it was made at another cost: then it is made anew at the next sign-in."""
        return self._hasher.check_needs_rehash(hashed)
