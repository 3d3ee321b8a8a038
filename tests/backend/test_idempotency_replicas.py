"""The short profile of `quittance figures idempotency`: two real processes on one database, one of them killed."""

import pytest

from scripts.figures.idempotency import REQUESTS_PER_KEY, run


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_run__two_processes_one_killed__one_effect_a_key_and_the_same_answer() -> None:
    found = run(keys=3, processes=2, kills=1)

    assert found.requests >= 2 * REQUESTS_PER_KEY * found.keys
    assert (found.quotes, found.acceptances, found.policies) == (3, 3, 3)
    assert found.differing == 0
