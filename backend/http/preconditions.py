"""Changes that name the version they are meant for: ETag and If-Match (RFC 9110, section 13.1.1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from backend.problems import Problem

IfMatch = Annotated[
    str,
    Header(
        alias="If-Match", max_length=200, description="ETag of the version the change is meant for.", examples=['"3"']
    ),
]
"""A required header: without it the answer is 428 `precondition_required`."""


def etag(version: int) -> str:
    """The ETag of a row's version number."""
    return f'"{version}"'


def require_match(if_match: str, version: int) -> None:
    """Pass when the change is meant for this version.

    Raises:
        Problem: `precondition_failed`.
    """
    wanted = {tag.strip() for tag in if_match.split(",")}
    if "*" not in wanted and etag(version) not in wanted:
        raise Problem("precondition_failed", version=version)


def set_etag(response: Response, version: int) -> None:
    """Name the version in the answer."""
    response.headers["ETag"] = etag(version)
