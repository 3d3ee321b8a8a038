"""Filters of lists: a value that no row can have is refused, rather than answered by an empty page."""

from __future__ import annotations

from collections.abc import Iterable

from backend.problems import Problem


def require_known(field: str, value: str | None, known: Iterable[str]) -> None:
    """Refuse a filter's value that is none of those there are.

    Raises:
        Problem: `request_invalid`, naming the field, the value and what there is.
    """
    choices = list(known)
    if value is None or value in choices:
        return
    listed = ", ".join(choices)
    raise Problem(
        "request_invalid", f"{field} {value!r} is none there is. Choose one of {listed}.",
        detail_zh=f"{field} {value!r} 不存在。请从以下各项中选择：{listed}。", field=field,
    )  # fmt: skip
