"""Small forests for unit tests; measurements on public sets are made with those that are shipped."""

from collections.abc import Iterator

import pytest

from oracle.risk.learned import outliers, pipeline


@pytest.fixture(autouse=True, scope="module")
def small_trees(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        if not request.module.__name__.endswith("test_public_sets"):
            patched.setattr(pipeline, "FOREST_TREES", 30)
            patched.setattr(pipeline, "BOOSTING_ROUNDS", 80)
            patched.setattr(pipeline, "EXACT_ROUNDS", 100)
            patched.setattr(outliers, "TREES", 60)
        yield
