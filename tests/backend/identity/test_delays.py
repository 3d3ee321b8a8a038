"""How long one waits after failures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.identity.attempts.delays import LIMITS, Counted, Limit, delay_seconds, remembered, wait_seconds
from backend.identity.attempts.service import network_of

LIMIT = Limit(free=5, cap_seconds=900, forget_seconds=86_400)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (10_000, 900)]
)
def test_delay_seconds__failures__doubles_up_to_the_cap(failures: int, seconds: int) -> None:
    assert delay_seconds(LIMIT, failures) == seconds


@given(st.sampled_from(list(Counted)), st.integers(0, 10**6), st.integers(0, 10**10))
def test_wait_seconds__whatever_strangers_do__never_longer_than_the_cap(kind: Counted, failures: int, now: int) -> None:
    assert 0 <= wait_seconds(LIMITS[kind], failures, now, now) <= LIMITS[kind].cap_seconds <= 900


def test_remembered__after_a_long_pause__forgotten() -> None:
    assert remembered(LIMIT, 9, 1_000, 1_000 + 86_399) == 9
    assert remembered(LIMIT, 9, 1_000, 1_000 + 86_400) == 0


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_network_of__address__what_counts_as_one(client: str, network: str) -> None:
    assert network_of(client) == network
