"""Writes notices from templates: a file for each kind and language, with sections for subject, body and short message.

Templates run in a sandbox and name only what their kind declares; a value that is missing is an error, never a gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment

from backend.notices.kinds import KINDS, Language, NoticeKind

FOLDER = Path(__file__).parent / "templates"
SECTIONS = ("subject", "body", "short")
MAX_SUBJECT = 200
MAX_BODY = 20_000
_LOCALES = {Language.EN: "en_GB", Language.ZH: "zh_CN"}

Value = str | bool | list[str]


class NoticeUnwritable(Exception):
    """A notice cannot be written: a value is missing, unknown or too long. The text names it."""


@dataclass(frozen=True, slots=True)
class Written:
    """A notice in words.

    Attributes:
        short: For short messages; None where the kind must not travel so.
    """

    subject: str
    body: str
    short: str | None


def write(kind: NoticeKind, language: Language, values: Mapping[str, Value]) -> Written:
    """The notice in words.

    Raises:
        NoticeUnwritable
    """
    needed = KINDS[kind].names
    if set(values) != needed:
        wrong = ", ".join(sorted(set(values) ^ needed))
        raise NoticeUnwritable(f"a notice of {kind} takes exactly its own values; missing or unknown: {wrong}.")
    try:
        texts = {name: _template(source).render(values).strip() for name, source in sections(kind, language).items()}
    except TemplateError as error:
        raise NoticeUnwritable(f"the template of {kind} in {language} fails ({type(error).__name__}).") from error
    subject, body = " ".join(texts["subject"].split()), texts["body"]
    if not 0 < len(subject) <= MAX_SUBJECT or not 0 < len(body) <= MAX_BODY:
        raise NoticeUnwritable(f"{kind} has a subject of {len(subject)} and a body of {len(body)} characters.")
    return Written(subject, body + "\n", texts.get("short"))


def sections(kind: NoticeKind, language: Language) -> dict[str, str]:
    """The sections of a template, as written."""
    return dict(_sections(FOLDER / f"{kind}.{language}.txt"))


def names_in(source: str) -> set[str]:
    """The values a template names."""
    return meta.find_undeclared_variables(_environment().parse(source))


def day(language: Language, instant: int, utc_offset_seconds: int) -> str:
    """The day of an instant in an office's time, as people write it."""
    local = datetime.fromtimestamp(instant + utc_offset_seconds, UTC).date()
    return format_date(local, format="long", locale=_LOCALES[language])


def money(language: Language, minor: int, currency: str, decimals: int = 2) -> str:
    """An amount of minor units, as people write it."""
    return format_currency(Decimal(minor).scaleb(-decimals), currency, locale=_LOCALES[language])


@cache
def _sections(path: Path) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, list[str]]] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("== "):
            found.append((line[3:].strip(), []))
        elif found:
            found[-1][1].append(line)
    names = [name for name, _ in found]
    if names not in (list(SECTIONS), list(SECTIONS[:2])):
        raise NoticeUnwritable(f"{path.name} has the sections {names}; write subject, body and, if any, short.")
    return tuple((name, "\n".join(lines).strip()) for name, lines in found)


@cache
def _environment() -> SandboxedEnvironment:
    # Plain text: nothing is escaped, because nothing reads it as HTML.
    return SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


@cache
def _template(source: str) -> Template:
    return _environment().from_string(source)
