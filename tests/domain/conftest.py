"""Fixtures of the domain tests, and a guard: none of them may open a socket."""

import socket
from collections.abc import Iterator
from typing import NoReturn

import pytest

from domain.terms import ParametricTerms, ProductFile
from tests.domain.samples import QUORUM, TREASURY, flight_delay


@pytest.fixture(scope="module", autouse=True)
def no_sockets() -> Iterator[None]:
    """The domain does no I/O: a test that opens a socket fails."""

    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise AssertionError("a domain test opened a socket")

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket.socket, "bind", refuse)
        yield


@pytest.fixture(scope="session")
def product() -> ProductFile:
    """The flight-delay product."""
    return flight_delay()


@pytest.fixture(scope="session")
def flight_terms(product: ProductFile) -> ParametricTerms:
    """Its terms, with made-up treasury and quorum."""
    return product.terms(treasury=TREASURY, quorum=QUORUM)
