"""The short profile of `quittance figures schemathesis`."""

import pytest

from scripts.figures.schemathesis import run


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_run__every_operation_and_asker__no_server_error_and_nothing_undocumented() -> None:
    found = run(cases=250)

    assert found.cases > 150
    assert found.operations > 150
    assert found.server_errors == 0
    assert found.faults == {}
