"""Knowledge texts: complete in both languages, and found by their words."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.service.knowledge_files import KnowledgeInvalid, articles, read_articles, search, terms


def test_articles__of_the_house__each_in_both_languages() -> None:
    topics = {topic for topic, _ in articles()}

    assert len(topics) >= 6
    assert {(topic, language) for topic in topics for language in ("en", "zh")} == set(articles())


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a-topic.en.md": "# A\n\nText"}, "a-topic.zh.md is missing"),
        ({"a-topic.en.md": "Text"}, "begin it with"),
        ({"A.en.md": "# A\n\nText"}, "call it topic"),
        ({"a-topic.en.md": "# A\n"}, "begin it with"),
    ],
)
def test_read_articles__not_written_as_it_should__refused(tmp_path: Path, files: dict[str, str], says: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")

    with pytest.raises(KnowledgeInvalid, match=says):
        read_articles(tmp_path)


@pytest.mark.parametrize(
    ("query", "language", "first"),
    [
        ("complaints", "en", "how-to-complain"), ("panel disputes", "en", "claim-disputes"),
        ("encrypted", "en", "your-data"),
        ("保险费", "zh", "paying-the-premium"), ("争议评审", "zh", "claim-disputes"), ("个人信息", "zh", "your-data"),
    ],
)  # fmt: skip
def test_search__words_of_a_topic__it_comes_first(query: str, language: str, first: str) -> None:
    assert search(query, "zh" if language == "zh" else "en")[0].topic == first


def test_search__words_of_nothing__nothing() -> None:
    assert list(search("zebra", "en")) == []
    assert list(search("投诉", "en")) == []


def test_search__no_words__every_text() -> None:
    assert len(search("", "en")) == len(articles()) // 2


def test_terms__plurals_and_neighbours__are_found_alike() -> None:
    assert terms("Complaints, 保险费") == ["complaint", "保险", "险费"]
