"""Webhooks go to the public internet, whatever a name resolves to and when."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import httpcore
import pytest

from backend.webhooks.addresses import AddressRefused, GuardedBackend, check_address, check_url
from backend.webhooks.deadlines import Deadline
from backend.webhooks.sending import HttpSender

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1",
    "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_check_address__not_public__refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="private, local or reserved"):
        check_address(ipaddress.ip_address(address), allow_loopback=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_check_address__public__passes(address: str) -> None:
    check_address(ipaddress.ip_address(address), allow_loopback=False)


@pytest.mark.parametrize("address", [a for a in PRIVATE if a not in ("127.0.0.1", "::1")])
def test_check_address__loopback_allowed__only_loopback(address: str) -> None:
    check_address(ipaddress.ip_address("127.0.0.1"), allow_loopback=True)

    with pytest.raises(AddressRefused):
        check_address(ipaddress.ip_address(address), allow_loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https://example.org:0/", "https://example.org:x/",
        "https://user:pw@example.org/",  # not a secret: an address that is refused
        "https://example.org/#part", "https://exa mple.org/", "https://例え.jp/", "https://[::1/", "https://10.0.0.1/",
        "https://[::ffff:127.0.0.1]/", "https://example.org/" + "x" * 2000, "javascript:alert(1)",
    ],
)  # fmt: skip
def test_check_url__not_https_to_a_public_host__refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, allow_loopback=False)


@pytest.mark.parametrize("url", ["http://localhost:9000/x", "http://127.0.0.1/", "http://[::1]:80/"])
def test_check_url__loopback__only_when_configured(url: str) -> None:
    check_url(url, allow_loopback=True)

    with pytest.raises(AddressRefused):
        check_url(url, allow_loopback=False)


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def answer(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def test_send__name_resolves_to_this_machine__refused_before_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, "93.184.215.14", "127.0.0.1")

    found = HttpSender(allow_loopback=False).send("https://rebinding.example.org/", {}, b"{}")

    assert found.status is None
    assert found.failure == "url leads to a private, local or reserved address. Use a public host."


def test_connect__judged_address__is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, "93.184.215.14")
    connected: list[str] = []

    class Inner(httpcore.NetworkBackend):
        def connect_tcp(self, host: str, *_rest: Any, **_more: Any) -> Any:
            connected.append(host)
            raise httpcore.ConnectError("nobody there")

    backend = GuardedBackend(allow_loopback=False, deadline=Deadline(5))
    monkeypatch.setattr(backend, "_inner", Inner())

    with pytest.raises(httpcore.ConnectError, match="nobody there"):
        backend.connect_tcp("example.org", 443)

    assert connected == ["93.184.215.14"]


def test_send__name_does_not_resolve__told_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any, **_more: Any) -> None:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    found = HttpSender(allow_loopback=False).send("https://nowhere.example.org/", {}, b"{}")

    assert found.failure is not None
    assert "does not resolve" in found.failure
