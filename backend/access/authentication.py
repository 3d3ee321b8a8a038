"""The port through which a request becomes a principal."""

from __future__ import annotations

from typing import Protocol

from fastapi import Request

from backend.access.principal import Principal


class Authenticator(Protocol):
    """Tells who a request comes from."""

    def authenticate(self, request: Request) -> Principal:
        """Who asks; a visitor when the request shows nothing.

        Raises:
            Problem: `unauthenticated` when what it shows cannot be read, `session_expired`, `key_invalid`.
        """
        ...
