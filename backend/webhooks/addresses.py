"""Which addresses a webhook may go to: public ones only, judged after names are resolved, and connected to as judged.

A name that resolves to a public address when looked at and to a private one when connected to gains nothing: the
connection goes to the very address that was judged.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore

from backend.webhooks.deadlines import Deadline, EndingBackend

_LONGEST_URL: Final = 2000


class AddressRefused(Exception):
    """A webhook may not go there. The text says why and what to do; it names no address behind the name."""


def check_url(url: str, *, allow_loopback: bool) -> None:
    """Pass for https to a host, and for http to this machine when that is configured.

    Raises:
        AddressRefused
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused("url cannot be read. Write https://host/path.") from error
    if len(url) > _LONGEST_URL or not url.isascii() or any(sign <= " " or sign == "\x7f" for sign in url):
        raise AddressRefused(f"url has more than {_LONGEST_URL} signs, or signs that are not ASCII. Encode them.")
    if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise AddressRefused("url has no host, or holds a user, a password or a fragment. Write https://host/path.")
    local = allow_loopback and _is_loopback_name(host)
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise AddressRefused("url does not begin with https://. Only https is delivered to.")
    literal = _literal(host)
    if literal is not None:
        check_address(literal, allow_loopback=allow_loopback)


def check_address(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, *, allow_loopback: bool
) -> None:  # fmt: skip
    """Pass for an address on the public internet.

    Raises:
        AddressRefused
    """
    if allow_loopback and address.is_loopback:
        return
    for inner in _inside(address):
        if not inner.is_global or inner.is_multicast or inner.is_reserved or inner.is_unspecified:
            raise AddressRefused("url leads to a private, local or reserved address. Use a public host.")


def _inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Iterable[Any]:
    """The address, and the IPv4 address it carries inside, if it does."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        yield from (inner for inner in carried if inner is not None)


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback_name(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" or (literal is not None and literal.is_loopback)


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves a name once, judges every address, and connects to those that passed."""

    def __init__(self, *, allow_loopback: bool, deadline: Deadline) -> None:
        self._allow_loopback = allow_loopback
        self._inner: httpcore.NetworkBackend = EndingBackend(httpcore.SyncBackend(), deadline)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """Connect to a judged address.

        Raises:
            AddressRefused: One of the addresses is not public.
            httpcore.ConnectError: The name does not resolve, or nobody answers.
        """
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._judged(host, port):
            try:
                return self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _judged(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"the name does not resolve ({error})") from error
        addresses = list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))
        for address in addresses:
            check_address(ipaddress.ip_address(address), allow_loopback=self._allow_loopback)
        return addresses
