"""Token buckets, on a real PostgreSQL and its clock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from backend.access.rates import Rate, RateLimits
from backend.database import Database
from backend.problems import Problem
from tests.backend.conftest import database_from_template

SLOW = Rate(0.001, 5)


@pytest.fixture(scope="module")
def buckets(template: str) -> Iterator[Database]:
    with database_from_template(template) as found:
        yield found


def passed(limits: RateLimits, host: str) -> bool:
    try:
        limits.take_for_address(host)
    except Problem:
        return False
    return True


def limits_of(database: Database, rate: Rate = SLOW) -> RateLimits:
    return RateLimits(database, per_address=rate, per_principal=rate)


def test_take__burst__let_in_and_then_no_more_until_told(buckets: Database) -> None:
    limits = limits_of(buckets)

    for _ in range(5):
        limits.take_for_address("192.0.2.1")
    with pytest.raises(Problem) as caught:
        limits.take_for_address("192.0.2.1")

    assert (caught.value.code, caught.value.status) == ("rate_limited", 429)
    assert 900 <= caught.value.values["retry_after_seconds"] <= 1000


def test_take__time_has_passed__full_again_and_no_fuller(buckets: Database) -> None:
    limits = limits_of(buckets)
    while passed(limits, "192.0.2.2"):
        pass
    with buckets.transaction() as session:
        session.execute(text("UPDATE rate_buckets SET full_at = full_at - 1000000"))

    assert [passed(limits, "192.0.2.2") for _ in range(6)] == [True] * 5 + [False]


def test_take__many_at_once_through_two_replicas__the_burst_and_not_one_more(buckets: Database) -> None:
    second = Database(buckets.url)
    with ThreadPoolExecutor(8) as askers:
        replicas = [limits_of(buckets), limits_of(second)]
        found = list(askers.map(lambda n: passed(replicas[n % 2], "192.0.2.3"), range(60)))
    second.close()

    assert found.count(True) == 5


def test_take__other_address_and_principal__not_held_up(buckets: Database) -> None:
    limits = limits_of(buckets)
    while passed(limits, "192.0.2.4"):
        pass

    limits.take_for_address("192.0.2.5")
    limits.take_for_principal(uuid4())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.77", "192.0.2.77", True),
        ("testclient", "local", False),
    ],
)
def test_take__addresses__of_ipv6_a_network_counts_as_one(buckets: Database, one: str, other: str, same: bool) -> None:
    with buckets.transaction() as session:
        session.execute(text("DELETE FROM rate_buckets"))
    limits = limits_of(buckets)
    while passed(limits, one):
        pass

    assert passed(limits, other) is not same


def test_take__bucket__does_not_name_the_address(buckets: Database) -> None:
    limits_of(buckets).take_for_address("192.0.2.99")

    with buckets.transaction() as session:
        rows = session.execute(text("SELECT bucket FROM rate_buckets")).scalars()
        assert all(b"192.0.2.99" not in bytes(row) and len(row) == 16 for row in rows)


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_rate__lets_nobody_in__refused(per_second: float, burst: int) -> None:
    with pytest.raises(ValueError, match="lets nobody in"):
        Rate(per_second, burst)
