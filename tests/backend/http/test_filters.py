"""What filters of lists take."""

from __future__ import annotations

import pytest

from backend.http.filters import require_known
from backend.problems import Problem


@pytest.mark.parametrize("value", [None, "open", "closed"])
def test_require_known__what_there_is_or_nothing__passes(value: str | None) -> None:
    require_known("state", value, ["open", "closed"])


def test_require_known__what_there_is_not__names_field_value_and_choices_in_both_languages() -> None:
    with pytest.raises(Problem) as refused:
        require_known("state", "opened", ["open", "closed"])

    assert (refused.value.code, refused.value.status, refused.value.values["field"]) == (
        "request_invalid",
        422,
        "state",
    )
    assert refused.value.detail == "state 'opened' is none there is. Choose one of open, closed."
    assert "open, closed" in refused.value.detail_in("zh")
