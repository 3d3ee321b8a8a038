"""Pin every dependency by hash: `make lock`.

Writes requirements/{dev,runtime,brownie,proof,uv}.txt from pyproject.toml and requirements/*.in, and completes the npm
lock files. None of them names the index it was made from, so that they work behind any mirror.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
UV: Final = str(Path(sys.executable).parent / "uv")
COMPILE: Final = (
    "pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links",
    "--python-version", "3.11",
)  # fmt: skip
PYTHON_LOCKS: Final = {
    "requirements/dev.txt": ("pyproject.toml", "--universal", "--extra", "dev"),
    "requirements/runtime.txt": ("pyproject.toml", "--universal", "--constraint", "requirements/dev.txt"),
    "requirements/brownie.txt": ("requirements/brownie.in",),
    "requirements/proof.txt": ("requirements/proof.in",),
}
NPM_CPU: Final = {"amd64": "x64", "arm64": "arm64"}


def pinned_block(lock: str, name: str) -> str:
    """The lines of one package in a lock file: its pin and its hashes, without the comments.

    Raises:
        KeyError: The lock file does not pin the package.
    """
    found = re.search(rf"^{re.escape(name)}==\S+ \\\n(?:    --hash=\S+(?: \\)?\n)+", lock, re.MULTILINE)
    if found is None:
        raise KeyError(name)
    return found.group(0)


def complete_platforms(lock: dict[str, Any]) -> int:
    """Name the chain tools of the platforms a registry mirror does not carry; npm refuses a lock without them.

    npm leaves out an optional package it cannot look up, and `npm ci` then finds the lock incomplete. The entries have
    no integrity hash: on this platform they are never fetched. Returns how many were added.
    """
    packages = lock["packages"]
    added = 0
    for tool in ("anvil", "cast", "forge"):
        wanted = packages[f"node_modules/@foundry-rs/{tool}"].get("optionalDependencies", {})
        for name, version in wanted.items():
            _, system, cpu = name.rsplit("-", 2)
            if f"node_modules/{name}" in packages:
                continue
            packages[f"node_modules/{name}"] = {
                "version": version, "cpu": [NPM_CPU[cpu]], "dev": True, "license": "MIT OR Apache-2.0",
                "optional": True, "os": [system], "engines": {"node": ">=20"},
            }  # fmt: skip
            added += 1
    lock["packages"] = dict(sorted(packages.items()))
    return added


def lock_python(flags: Sequence[str]) -> None:
    """Compile the Python lock files, each on top of what it pins now unless `--upgrade` is among the flags."""
    environment = os.environ | {"UV_CUSTOM_COMPILE_COMMAND": "make lock"}
    for output, sources in PYTHON_LOCKS.items():
        subprocess.run([UV, *COMPILE, *sources, *flags, "-o", output], cwd=ROOT, env=environment, check=True)
    pinned = pinned_block((ROOT / "requirements/dev.txt").read_text("utf-8"), "uv")
    note = "# The installer itself, as pinned in dev.txt. Written by `make lock`.\n"
    (ROOT / "requirements/uv.txt").write_text(note + pinned, "utf-8")


def lock_npm(folder: Path) -> None:
    """Bring a package-lock.json up to its package.json, without addresses."""
    command = ["npm", "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved"]
    subprocess.run([*command, "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True)


def main(flags: Sequence[str]) -> int:
    """Write every lock file. Returns the exit code."""
    try:
        lock_python(flags)
        for folder in (ROOT, ROOT / "frontend"):
            lock_npm(folder)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"`{' '.join(map(str, error.cmd))}` failed: its message is above.\n")
        return 1
    path = ROOT / "package-lock.json"
    lock = json.loads(path.read_text("utf-8"))
    complete_platforms(lock)
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.write("Lock files written. Read the difference before you commit it.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
