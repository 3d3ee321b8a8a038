"""What goes wrong, as RFC 9457 problem details: one table from stable codes to status and texts in both languages.

Problem
├── any code of `problem_texts.yaml`, raised by services; the English sentence names field, value and remedy
`backend.http.answers` turns these, and what others raise, into answers.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
MEDIA_TYPE: Final = "application/problem+json"
TEXTS_FILE: Final = Path(__file__).with_name("problem_texts.yaml")


@dataclass(frozen=True, slots=True)
class ProblemText:
    """What people read of a problem, by language. `detail` may hold `{names}` of values."""

    status: int
    title: Mapping[Language, str]
    detail: Mapping[Language, str]

    def placeholders(self, language: Language) -> frozenset[str]:
        """Names of the values the detail wants."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.detail[language]) if name)


class _Given(dict[str, object]):
    """Values given; what is missing is left out of the sentence."""

    def __missing__(self, key: str) -> str:
        return "…"


@cache
def problem_texts() -> Mapping[str, ProblemText]:
    """The table, read once."""
    raw = yaml.safe_load(TEXTS_FILE.read_text("utf-8"))
    return {code: ProblemText(int(entry["status"]), entry["title"], entry["detail"]) for code, entry in raw.items()}


STATUS: Final[Mapping[str, int]] = {code: text.status for code, text in problem_texts().items()}
"""Status of every code."""


class Problem(Exception):
    """A request that cannot be met.

    Args:
        code: A key of `problem_texts.yaml`.
        detail: An English sentence for this very case; without it the table's is used.
        detail_zh: The same in Chinese.
        values: Go into the body beside `code`, and into the sentences where these name them.
    """

    def __init__(self, code: str, detail: str | None = None, *, detail_zh: str | None = None, **values: Any) -> None:
        self.code = code if code in STATUS else "application_refused"
        self.status = STATUS[self.code]
        self.values = values
        self.detail = detail or self._from_table("en")
        self._detail_zh = detail_zh
        super().__init__(self.detail)

    def title_in(self, language: Language) -> str:
        """The short text of its code."""
        return problem_texts()[self.code].title[language]

    def detail_in(self, language: Language) -> str:
        """The sentence: the one given in this language, else the table's with the values filled in."""
        return self.detail if language == "en" else self._detail_zh or self._from_table(language)

    def _from_table(self, language: Language) -> str:
        return problem_texts()[self.code].detail[language].format_map(_Given(self.values))


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem details. `title` and `detail` are in the language Accept-Language asks for.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, with its value, and what to do."},
        "code": {"type": "string", "enum": sorted(STATUS)},
        "request_id": {
            "type": "string",
            "description": "As in the header X-Request-Id. Logs have it too, one that is not hex by its SHA-256.",
        },
    },
}


def documented(status: int) -> dict[str, Any]:
    """An answer of this status, for OpenAPI."""
    codes = sorted(code for code, number in STATUS.items() if number == status)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": ", ".join(f"`{code}`" for code in codes), "content": content}


_ANSWERED = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)
PROBLEMS: dict[int | str, dict[str, Any]] = {number: documented(number) for number in _ANSWERED}
"""For `responses=` of every router."""
