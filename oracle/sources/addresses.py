"""Where a question may go: what leaves this machine in the clear could be read, and answered, by anybody on the way."""

from __future__ import annotations

from typing import Final

import httpx

HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class AddressUnsafe(ValueError):
    """The address cannot be used; the message names it and the remedy."""


def require_private(name: str, url: str, *, key: str = "a key file") -> None:
    """An address is reached by TLS, or is on this machine, and holds no user or password.

    Args:
        name: Of the field, as the operator wrote it.
        key: Where a key is given instead.
    Raises:
        AddressUnsafe
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise AddressUnsafe(f"{name} {url} is no address: write it as in https://example.org:9443")
    if parsed.userinfo:
        raise AddressUnsafe(f"{name} holds a user or password: give a key with {key}")
    if parsed.scheme == "http" and parsed.host not in HERE:
        raise AddressUnsafe(f"{name} {url} is neither TLS nor this machine: begin it with https://")
