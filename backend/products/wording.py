"""A product's wording as people take it home: text or PDF, in one language, always the same bytes for the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, cast

from domain.document_parts import clause_from_json
from domain.product_words import REASONS_TITLE, VERSION_WORDS, nature

_KEPT: Final = 64
"""Wordings kept in memory: drawing one takes a good part of a second."""
_SOURCE: Final = {
    "en": "These words and the terms on the chain are bound by the hashes below. Whoever has the product's document "
    "can work them out again.",
    "zh": "本条款与链上条款由下列哈希值绑定。持有产品文件者均可自行验算。",
}
_HASHES: Final = {
    "en": {"terms_hash": "Terms hash", "document_hash": "Document hash", "clause_root": "Clause root"},
    "zh": {"terms_hash": "条款哈希", "document_hash": "文件哈希", "clause_root": "条款树根"},
}


class TextUnprintable(Exception):
    """The font of the PDF has no sign for some characters."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        super().__init__(f"The font of wordings has no sign for {characters!r}. Take the text, or say it otherwise.")


class WordingFormat(StrEnum):
    """How a wording is written."""

    PDF = "pdf"
    TEXT = "text"

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        return {"pdf": "application/pdf", "text": "text/plain; charset=utf-8"}[self.value]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it; `note` is beside the heading."""

    heading: str
    note: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """What one language of a product document says, in the order it is read."""

    language: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    terms_hash: str

    def as_text(self) -> str:
        """Plain text."""
        parts = [self.title, self.subtitle, ""]
        for section in self.sections:
            note = f"  [{section.note}]" if section.note else ""
            parts += [f"{section.heading}{note}", section.text, ""]
        return "\n".join([*parts, *self.closing]) + "\n"


@dataclass(frozen=True, slots=True)
class WrittenWording:
    """The bytes of a wording, and what they are known by."""

    content: bytes
    media_type: str
    name: str

    @property
    def sha256(self) -> bytes:
        """Of the bytes."""
        return hashlib.sha256(self.content).digest()


def wording_of(document: Mapping[str, Any], language: str) -> Wording:
    """What a product document, whose hashes were checked, says in "en" or "zh"."""
    clauses = [clause_from_json(item) for item in document["clauses"]]
    sections = [Section(clause.id, nature(clause, language), clause.text(language)) for clause in clauses]
    reasons = cast("Sequence[Mapping[str, Any]]", document.get("reasons", ()))
    if reasons:
        lines = [f"{each['code']}  {each['text'][language]}  ({', '.join(each['clauses'])})" for each in reasons]
        sections.append(Section(REASONS_TITLE[language], "", "\n".join(lines)))
    hashes = [f"{label}: {document[name]}" for name, label in _HASHES[language].items()]
    return Wording(
        language, document["title"][language],
        f"{document['product_id']}, {VERSION_WORDS[language]} {document['version']}", tuple(sections),
        (_SOURCE[language], *hashes), str(document["terms_hash"]),
    )  # fmt: skip


@lru_cache(maxsize=_KEPT)
def _written(wording: Wording, form: WordingFormat) -> bytes:
    if form is WordingFormat.TEXT:
        return wording.as_text().encode()
    from backend.products.wording_page import draw  # the PDF library takes a while to load, and few ask for it

    return draw(wording)


def write(document: Mapping[str, Any], language: str, form: WordingFormat) -> WrittenWording:
    """A wording as a file.

    Raises:
        TextUnprintable: The font of the PDF lacks a character; its text can still be had.
    """
    wording = wording_of(document, language)
    ending = "pdf" if form is WordingFormat.PDF else "txt"
    name = f"{document['product_id']}-{_safe(str(document['version']))}-{language}.{ending}"
    return WrittenWording(_written(wording, form), form.media_type, name)


def _safe(version: str) -> str:
    """A version as a file name may hold it."""
    return "".join(letter if (letter.isascii() and letter.isalnum()) or letter in ".-" else "_" for letter in version)
