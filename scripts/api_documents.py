"""Writes docs/openapi.json and docs/problems.md from the code. `python -m scripts.api_documents [--check]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from backend.main import describe
from backend.problems import problem_texts
from ledger.atomic_file import write_atomically
from scripts import ROOT

OPENAPI: Final = ROOT / "docs" / "openapi.json"
PROBLEMS: Final = ROOT / "docs" / "problems.md"
_HEAD: Final = """# Problems

Generated from `backend/problem_texts.yaml` by `python -m scripts.api_documents`: do not edit.

Every error answer of the API is `application/problem+json` (RFC 9457). `code` is stable; `title` and `detail` are in
the language `Accept-Language` asks for, English or Chinese, as `Content-Language` says; `request_id` is in the server's
log. `…` stands for a value of the case at hand; where one is named here it is also a member of the body.

| code | status | title | what to do |
|---|---|---|---|
"""


def problems_page() -> str:
    """The page of all codes."""
    lines = []
    for code, text in sorted(problem_texts().items(), key=lambda item: (item[1].status, item[0])):
        title = f"{text.title['en']}<br>{text.title['zh']}"
        detail = f"{text.detail['en']}<br>{text.detail['zh']}".replace("|", "\\|")
        lines.append(f"| `{code}` | {text.status} | {title} | {detail} |")
    return _HEAD + "\n".join(lines) + "\n"


def expected_files() -> dict[Path, str]:
    """Every generated document and the text it should have."""
    return {
        OPENAPI: json.dumps(describe(), indent=1, ensure_ascii=False, sort_keys=True) + "\n",
        PROBLEMS: problems_page(),
    }


def main(arguments: list[str]) -> int:
    """Write what differs, or with `--check` say what does. Returns the exit code."""
    differing = [
        path for path, text in expected_files().items() if not path.exists() or path.read_text("utf-8") != text
    ]
    if "--check" in arguments:
        for path in differing:
            sys.stdout.write(
                f"{path.relative_to(ROOT)} is not what the code says: run `python -m scripts.api_documents`\n"
            )
        return 1 if differing else 0
    expected = expected_files()
    for path in differing:
        write_atomically(path, expected[path])
        sys.stdout.write(f"{path.relative_to(ROOT)} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
