"""The privacy notice: complete, true of the rules for keeping, and no text without an edition."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from backend.problems import LANGUAGES, Language, Problem
from backend.service import privacy_notice
from backend.service.knowledge_files import FOLDER, KnowledgeInvalid, article
from backend.vault.retention import Category, house_rules
from scripts import ROOT
from tests.backend.service.conftest import Counter

_ROW = re.compile(r"^\| `(?P<name>[a-z_]+)` \|.*\| (?P<kept>[^|]+) \| (?P<alone>[^|]+) \|$", re.MULTILINE)


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_notice__how_long_each_record_is_kept__as_the_vault_does(language: Language) -> None:
    told = {row["name"]: row for row in _ROW.finditer(article(privacy_notice.TOPIC, language).text)}

    assert set(told) == {each.value for each in Category}
    for category, rule in house_rules().categories.items():
        years = sorted({rule.purge_years, rule.purge_years_long_term})
        assert numbers(told[category.value]["kept"]) == years, category
        assert numbers(told[category.value]["alone"]) == [rule.without_contract_days], category


@pytest.mark.parametrize("language", LANGUAGES)
def test_notice__routes_it_names__are_there(language: Language) -> None:
    served = (ROOT / "docs/api.md").read_text("utf-8") + (ROOT / "docs/openapi.json").read_text("utf-8")
    named = re.findall(r"`(?:GET|POST) (/v1/[^`?]+)", article(privacy_notice.TOPIC, language).text)

    assert len(named) >= 8
    for path in named:
        assert path.replace("{your id}", "{person_id}") in served, path


def test_read_editions__text_changed_without_an_edition__refused(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder)
    with (folder / "privacy-notice.zh.md").open("a", encoding="utf-8") as file:
        file.write("\n一\n")

    with pytest.raises(KnowledgeInvalid, match="is not the text that is served"):
        privacy_notice.read_editions(folder=folder)


def test_read_editions__version_twice__refused(tmp_path: Path) -> None:
    written = privacy_notice.PATH.read_text("utf-8")
    path = tmp_path / "editions.yaml"
    path.write_text(written + written[written.index("- version") :], "utf-8")

    with pytest.raises(KnowledgeInvalid, match="a version twice"):
        privacy_notice.read_editions(path)


def test_cited__edition_not_in_force__refused_naming_the_one_that_is() -> None:
    now = privacy_notice.in_force()

    assert privacy_notice.cited(None) == privacy_notice.cited(now.version)
    with pytest.raises(Problem, match=now.version):
        privacy_notice.cited("1999-01")


def test_read_knowledge__privacy_notice__names_its_edition_and_hash(counter: Counter) -> None:
    told = counter.ask("GET", "/knowledge/privacy-notice", None, **{"Accept-Language": "zh"}).json()
    other = counter.ask("GET", "/knowledge/how-to-complain", None).json()

    file = (FOLDER / "privacy-notice.zh.md").read_bytes()
    assert (told["version"], told["sha256"]) == (privacy_notice.in_force().version, hashlib.sha256(file).hexdigest())
    assert file.decode().endswith(told["text"] + "\n")
    assert (other["version"], other["sha256"]) == (None, None)
