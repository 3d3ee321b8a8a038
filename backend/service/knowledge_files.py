"""Texts that answer before anybody has to ask: a file for each topic and language, and a search through them.

A file is `topic.language.md`: its first line is the title, after `# `; what follows is the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from backend.problems import LANGUAGES, Language, Problem

FOLDER: Final = Path(__file__).with_name("knowledge")
TITLE_WEIGHT: Final = 5
MOST_FOUND: Final = 20
_NAME: Final = re.compile(r"([a-z][a-z0-9-]{1,39})\.(en|zh)\.md")
_WORDS: Final = re.compile(r"[a-z0-9]+")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")


class KnowledgeInvalid(Exception):
    """A text is missing in a language, or is not written as it should be. The text names the file."""


@dataclass(frozen=True, slots=True)
class Article:
    """One text in one language."""

    topic: str
    language: Language
    title: str
    text: str


def read_articles(folder: Path = FOLDER) -> Mapping[tuple[str, Language], Article]:
    """Every text of a folder.

    Raises:
        KnowledgeInvalid
    """
    found: dict[tuple[str, Language], Article] = {}
    for path in sorted(folder.glob("*.md")):
        named = _NAME.fullmatch(path.name)
        first, _, rest = path.read_text("utf-8").partition("\n")
        if named is None or not first.startswith("# ") or not rest.strip():
            raise KnowledgeInvalid(f"{path.name}: call it topic.en.md or topic.zh.md, and begin it with '# Title'.")
        language: Language = "zh" if named.group(2) == "zh" else "en"
        found[(named.group(1), language)] = Article(named.group(1), language, first[2:].strip(), rest.strip())
    for topic in sorted({topic for topic, _ in found}):
        missing = [each for each in LANGUAGES if (topic, each) not in found]
        if missing:
            raise KnowledgeInvalid(
                f"{topic}.{missing[0]}.md is missing. Every text is there in {' and '.join(LANGUAGES)}."
            )
    return found


@cache
def articles() -> Mapping[tuple[str, Language], Article]:
    """The house's texts, read once."""
    return read_articles()


def article(topic: str, language: Language) -> Article:
    """One text.

    Raises:
        Problem: `knowledge_unknown`.
    """
    found = articles().get((topic, language))
    if found is None:
        raise Problem("knowledge_unknown", f"There is no text on {topic[:40]!r}. See GET /v1/knowledge.")
    return found


def search(query: str, language: Language, limit: int = MOST_FOUND) -> Sequence[Article]:
    """Texts in which words of the query occur, the most fitting first; all of them for an empty query."""
    mine = [each for (_, spoken), each in articles().items() if spoken == language]
    wanted = set(terms(query))
    if not wanted:
        return sorted(mine, key=lambda each: each.topic)[:limit]
    scored = [(_score(each, wanted), each) for each in mine]
    scored.sort(key=lambda pair: (-pair[0], pair[1].topic))
    return [each for score, each in scored if score > 0][:limit]


def terms(text: str) -> list[str]:
    """What a text is found by: words without their plural's s, and pairs of neighbouring Han characters."""
    words = [word.removesuffix("s") if len(word) > 3 else word for word in _WORDS.findall(text.lower())]
    pairs = [run[at : at + 2] for run in _HAN.findall(text) for at in range(max(1, len(run) - 1))]
    return words + pairs


def _score(found: Article, wanted: set[str]) -> float:
    title, text = Counter(terms(found.title)), Counter(terms(found.text))
    hits = [term for term in wanted if title[term] or text[term]]
    return sum(TITLE_WEIGHT * title[term] + min(text[term], 3) for term in hits) * len(hits) / len(wanted)
