"""Writes docs/security/asvs.md from docs/security/asvs.yaml. `python -m scripts.asvs [--check]`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from ledger.atomic_file import write_atomically
from scripts import ROOT

SOURCE: Final = ROOT / "docs" / "security" / "asvs.yaml"
IDS: Final = ROOT / "docs" / "security" / "asvs-ids.yaml"
PAGE: Final = ROOT / "docs" / "security" / "asvs.md"
ANSWERS: Final = {
    "met": "met", "partly": "**partly**", "not_met": "**not met**", "operator": "operator's",
    "not_applicable": "not applicable",
}  # fmt: skip
_CHAPTERS: Final = (
    "Encoding and sanitization", "Validation and business logic", "Web frontend", "API and web service",
    "File handling", "Authentication", "Session management", "Authorization", "Self-contained tokens",
    "OAuth and OIDC", "Cryptography", "Secure communication", "Configuration", "Data protection",
    "Secure coding and architecture", "Logging and error handling", "WebRTC",
)  # fmt: skip
_HEAD: Final = """# OWASP ASVS 5.0, levels 1 and 2

Generated from `asvs.yaml` by `python -m scripts.asvs`: do not edit. The words are ours and short; the requirements
themselves are in the [standard](https://github.com/OWASP/ASVS) (CC BY-SA 4.0). A test holds the ids against the
standard's list and every test and file named here against what is there.

**Met**: a test or the code named shows it. **Partly** and **not met** say what is missing. **Operator's**: what runs
around the backend has to do it; docs/operations.md says how. **Not applicable** says why.

"""


@dataclass(frozen=True, slots=True)
class Answered:
    """One requirement, answered.

    Args:
        by: Tests as `path::name`, files and folders, from the root of the repository.
    """

    requirement: str
    level: int
    about: str
    answer: str
    by: tuple[str, ...]
    why: str


def required() -> Mapping[str, int]:
    """Level of every requirement of levels 1 and 2, by id."""
    raw = yaml.safe_load(IDS.read_text("utf-8"))
    return {one: level for level in (1, 2) for one in raw[f"level_{level}"]["ids"]}


def read() -> list[Answered]:
    """Every answer, in the standard's order."""
    levels = required()
    raw = yaml.safe_load(SOURCE.read_text("utf-8"))
    found = [
        Answered(one, levels.get(one, 0), said["about"], said["answer"], tuple(said.get("by", ())), said.get("why", ""))
        for one, said in raw.items()
    ]
    return sorted(found, key=lambda a: _place(a.requirement))


def page(found: Sequence[Answered]) -> str:
    """The page as it should be."""
    parts = [_HEAD, _counts(found)]
    for number, title in enumerate(_CHAPTERS, start=1):
        of_chapter = [one for one in found if _place(one.requirement)[0] == number]
        parts.append(
            f"\n## V{number} {title}\n\n| id | level | in short | answer | shown by |\n|---|---|---|---|---|\n"
        )
        parts += [_line(one) for one in of_chapter]
    return "".join(parts)


def _counts(found: Sequence[Answered]) -> str:
    lines = ["| answer | level 1 | level 2 |\n", "|---|---|---|\n"]
    counts = Counter((one.answer, one.level) for one in found)
    lines += [f"| {shown} | {counts[answer, 1]} | {counts[answer, 2]} |\n" for answer, shown in ANSWERS.items()]
    lines.append(f"| together | {sum(o.level == 1 for o in found)} | {sum(o.level == 2 for o in found)} |\n")
    return "".join(lines)


def _line(one: Answered) -> str:
    shown = [f"[{_short(reference)}](../../{reference.partition('::')[0]})" for reference in one.by]
    cell = " ".join([*([one.why] if one.why else []), *shown]).replace("|", "\\|")
    return f"| {one.requirement} | {one.level} | {one.about} | {ANSWERS[one.answer]} | {cell} |\n"


def _short(reference: str) -> str:
    path, _, test = reference.partition("::")
    return f"`{test}`" if test else f"`{path}`"


def _place(requirement: str) -> tuple[int, ...]:
    return tuple(int(part) for part in requirement.removeprefix("V").split("."))


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say whether it is current. Returns the exit code."""
    text = page(read())
    current = PAGE.exists() and PAGE.read_text("utf-8") == text
    if "--check" in arguments:
        if not current:
            sys.stdout.write("docs/security/asvs.md is not what asvs.yaml says: run python -m scripts.asvs\n")
        return 0 if current else 1
    if not current:
        write_atomically(PAGE, text)
        sys.stdout.write("docs/security/asvs.md written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
