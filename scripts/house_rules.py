"""House rules no linter knows: secrets, lock files, open ends, stale figures. `python -m scripts.house_rules`.

Looks at every file git knows or would add. Each finding names file, line and remedy.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

SECRET_PATTERNS: Final = {
    "a private key block": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an AWS access key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a live payment key": re.compile(r"\b[sr]k_live_[0-9A-Za-z]{10,}"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[0-9A-Za-z]{36,}"),
    "a private key": re.compile(r"(?i)(?:private[_-]?key|secret)[\"']?\s*[:=]\s*[\"'](?:0x)?[0-9a-f]{64}[\"']"),
    "a password in an address": re.compile(r"\b[a-z][a-z0-9+]*://[^/\s:@{}$<>]+:[^/\s:@{}$<>]+@[^\s/]"),
    "a keystore": re.compile(r"\"ciphertext\"\s*:\s*\"[0-9a-f]{32,}\""),
}
# Said on the line itself, with a reason, where a test needs something that looks like a secret.
SECRET_ALLOWED: Final = "not a secret:"

INDEX_ADDRESSES: Final = {
    ".json": re.compile(r"\"resolved\"\s*:"),
    ".txt": re.compile(r"index-url|find-links|trusted-host|https?://|file:"),
}
OPEN_END: Final = re.compile(r"(\b(TODO|FIXME)\b(?!\s*\(#\d+\))|\bXXX:)")
LOCK_FILES: Final = re.compile(r"(^|/)(package-lock\.json|requirements/[^/]+\.txt)$")
TEXT_SUFFIXES: Final = {
    ".py", ".sol", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".json", ".yaml", ".yml", ".toml", ".md", ".sh",
    ".txt", ".in", ".mako", ".ini", ".cfg", "",
}  # fmt: skip
LARGEST_FILE_BYTES: Final = 1_500_000


@dataclass(frozen=True, order=True)
class Finding:
    """Something to mend: where, what, and how."""

    path: str
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}: {self.remedy}"


def tracked_files(root: Path = ROOT) -> list[Path]:
    """Files git knows or would add, relative to the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode()
    return sorted(Path(name) for name in set(listed.split("\0")) if name and (root / name).is_file())


def _lines(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.search(line):
            yield number, line


def find_secrets(path: str, text: str) -> Iterator[Finding]:
    """Lines that look like a key or a password. Public test keys say `not a secret: <why>` on their line."""
    for what, pattern in SECRET_PATTERNS.items():
        for number, line in _lines(text, pattern):
            if SECRET_ALLOWED not in line:
                yield Finding(path, number, f"looks like {what}", f"remove it, or write `{SECRET_ALLOWED} <why>` there")


def find_index_addresses(path: str, text: str) -> Iterator[Finding]:
    """Addresses in a lock file: they tie an installation to one network."""
    if not LOCK_FILES.search(path):
        return
    for number, _ in _lines(text, INDEX_ADDRESSES[Path(path).suffix]):
        yield Finding(path, number, "lock file holds an address", "run `make lock`")


def find_open_ends(path: str, text: str) -> Iterator[Finding]:
    """Work left open without an issue that says so: `TODO(#12)` is fine, a bare one is not."""
    if path == "scripts/house_rules.py" or path.startswith("tests/scripts/") or LOCK_FILES.search(path):
        return
    for number, _ in _lines(text, OPEN_END):
        yield Finding(path, number, "open end without an issue", "do it, or name the issue as in `TODO` + `(#12)`")


def find_foreign_imports(path: str, text: str) -> Iterator[Finding]:
    """Imports of domain/ from outside the standard library, eth_hash and domain itself."""
    if not (path.startswith("domain/") and path.endswith(".py")):
        return
    for node in ast.walk(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        for name in names:
            room = name.split(".")[0]
            if room not in sys.stdlib_module_names and room not in {"domain", "eth_hash"}:
                yield Finding(path, getattr(node, "lineno", 0), f"domain imports {name}", "keep it in another room")


def _imported_names(text: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name


def find_borrowed_repositories(path: str, text: str) -> Iterator[Finding]:
    """A backend subject that queries through another one's repository instead of asking its service.

    The records a repository returns (their names are CapWords) may travel; its functions may not.
    """
    parts = Path(path).parts
    if len(parts) < 3 or parts[0] != "backend" or not path.endswith(".py"):
        return
    borrowed = re.compile(rf"^backend\.(?!{re.escape(parts[1])}\.)(\w+)\.repository(\.|$)")
    for line, name in _imported_names(text):
        record = name.rsplit(".", 1)[-1][:1].isupper()
        if borrowed.match(name) and not record and parts[1] not in {"chain", "workflows"}:
            yield Finding(path, line, f"uses {name}", "ask that subject's service")


Rule = Callable[[str, str], Iterable[Finding]]
"""Takes a path and its text."""

FILE_RULES: Final[tuple[Rule, ...]] = (
    find_secrets,
    find_index_addresses,
    find_open_ends,
    find_foreign_imports,
    find_borrowed_repositories,
)


def find_large(path: str, size_bytes: int) -> Iterator[Finding]:
    """Files too large for a repository."""
    if size_bytes > LARGEST_FILE_BYTES:
        yield Finding(path, 0, f"{size_bytes:,} bytes", f"at most {LARGEST_FILE_BYTES:,} belong in the repository")


def find_stale_figures(root: Path = ROOT) -> Iterator[Finding]:
    """docs/figures.md and the table in the README have to be what docs/figures.json gives."""
    source = root / "docs" / "figures.json"
    if not source.exists():
        return
    from scripts.figures.store import rendered_files

    for path, text in rendered_files(json.loads(source.read_text("utf-8")), root).items():
        if not path.exists() or path.read_text("utf-8") != text:
            yield Finding(str(path.relative_to(root)), 1, "is not what docs/figures.json gives", "run `make figures`")


def findings(paths: Iterable[Path], root: Path = ROOT) -> list[Finding]:
    """Everything wrong in these files, in order."""
    found: list[Finding] = []
    for path in paths:
        name = path.as_posix()
        found.extend(find_large(name, (root / path).stat().st_size))
        if path.suffix not in TEXT_SUFFIXES:
            continue
        text = (root / path).read_text("utf-8", errors="replace")
        for rule in FILE_RULES:
            found.extend(rule(name, text))
    return sorted(found)


def main() -> int:
    """Print findings and return 1 if there are any."""
    paths = tracked_files()
    found = [*findings(paths), *find_stale_figures()]
    sys.stdout.write("".join(f"{finding}\n" for finding in found))
    sys.stdout.write(f"{len(paths)} files, {len(found)} findings\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
