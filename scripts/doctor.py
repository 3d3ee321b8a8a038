"""Say what is missing or unfit on this machine, and how to mend it: `quittance doctor`.

Uses the standard library only and any Python from 3.8 on, so that it can run before anything is installed
(`make setup` starts with it) and can tell somebody with an old Python just that.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.machine import Machine, canonical_name, this_machine

GIB = 1 << 30

PYTHON_LEAST = (3, 11)
NODE_LEAST = (20, 19)
DATABASE_LEAST_BYTES = 1 * GIB  # 5,000 policies take about 150 MB; PostgreSQL stops hard when a disk is full
INSTALL_LEAST_BYTES = 2 * GIB  # .venv, node_modules and caches
MEMORY_LEAST_BYTES = 2 * GIB
MEMORY_ADVISED_BYTES = 4 * GIB
PLATFORMS = {
    ("Linux", "x86_64"): "linux-amd64",
    ("Linux", "aarch64"): "linux-arm64",
    ("Darwin", "x86_64"): "darwin-amd64",
    ("Darwin", "arm64"): "darwin-arm64",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

OK, ADVICE, MISSING = "ok", "advice", "missing"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Args:
        name: What was looked at.
        verdict: `ok`, `advice` (works, but something is left out) or `missing` (does not work).
        found: What there is, in words.
        remedy: What to do; empty when all is well.
    """

    name: str
    verdict: str
    found: str
    remedy: str = ""


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _size(size_bytes: int) -> str:
    return f"{size_bytes / GIB:.1f} GiB"


def check_python(machine: Machine) -> Finding:
    """Python is new enough and can make an environment."""
    found = ".".join(map(str, machine.python))
    if machine.python < PYTHON_LEAST:
        remedy = "install Python 3.11 or newer, then say which: `make setup PYTHON=python3.11`"
        return Finding("Python", MISSING, f"{found}, needed is 3.11 or newer", remedy)
    if not (machine.has_module("venv") and machine.has_module("ensurepip")):
        remedy = f"install it: Debian and Ubuntu call it python{found}-venv"
        return Finding("Python", MISSING, f"{found} without venv and pip", remedy)
    return Finding("Python", OK, found)


def check_platform(machine: Machine) -> Finding:
    """The chain and the compiler exist for this system."""
    found = f"{machine.system} {machine.architecture}"
    if (machine.system, machine.architecture) in PLATFORMS:
        return Finding("System", OK, found)
    remedy = "use Linux or macOS on x86-64 or ARM64; on Windows, WSL2 with Ubuntu"
    return Finding("System", MISSING, f"{found}: there is no anvil for it", remedy)


def check_node(machine: Machine) -> Finding:
    """Node runs the page's build, the compiler and its tests."""
    needed = ".".join(map(str, NODE_LEAST))
    remedy = f"install Node {needed} or newer (nodejs.org, or your system's package), so that `node --version` says so"
    said = machine.version_of("node")
    if said is None:
        return Finding("Node", MISSING, "not found on PATH", remedy)
    if _numbers(said)[:2] < NODE_LEAST:
        return Finding("Node", MISSING, f"{said}, needed is {needed} or newer", remedy)
    return Finding("Node", OK, said)


def check_npm(machine: Machine) -> Finding:
    """npm installs the chain tools and the page's packages."""
    said = machine.version_of("npm")
    if said is None:
        return Finding("npm", MISSING, "not found on PATH", "install npm; it comes with Node from nodejs.org")
    return Finding("npm", OK, said)


def check_memory(machine: Machine) -> Finding:
    """Chain, database, four nodes and backend fit into memory."""
    found = _size(machine.memory_bytes) if machine.memory_bytes else "unknown"
    if machine.memory_bytes and machine.memory_bytes < MEMORY_LEAST_BYTES:
        remedy = f"give this machine at least {_size(MEMORY_LEAST_BYTES)}"
        return Finding("Memory", MISSING, f"{found}, needed is {_size(MEMORY_LEAST_BYTES)}", remedy)
    if machine.memory_bytes and machine.memory_bytes < MEMORY_ADVISED_BYTES:
        return Finding("Memory", ADVICE, found, "sell fewer policies at a time: `quittance demo --policies 500`")
    return Finding("Memory", OK, found)


def check_home(machine: Machine) -> Finding:
    """State can be written, and the database has room."""
    if not machine.writable(machine.home):
        remedy = "make it writable, or name another folder: `export QUITTANCE_HOME=/path/to/folder`"
        return Finding("State folder", MISSING, f"{machine.home} cannot be written", remedy)
    free = machine.free_bytes(machine.home)
    if free < DATABASE_LEAST_BYTES and not machine.database_url:
        remedy = "free some space, or name a folder on another disk: `export QUITTANCE_HOME=/path/to/folder`"
        found = f"{_size(free)} free at {machine.home}, the database needs {_size(DATABASE_LEAST_BYTES)}"
        return Finding("State folder", MISSING, found, remedy)
    return Finding("State folder", OK, f"{machine.home}, {_size(free)} free")


def check_install_space(machine: Machine) -> Finding:
    """There is room to install."""
    free = machine.free_bytes(machine.root)
    if free < INSTALL_LEAST_BYTES:
        found = f"{_size(free)} free at {machine.root}, installing needs {_size(INSTALL_LEAST_BYTES)}"
        return Finding("Disk", MISSING, found, "free some space, or clone the repository on another disk")
    return Finding("Disk", OK, f"{_size(free)} free")


def locked_versions(text: str) -> dict[str, str]:
    """Package -> version of a lock file, without those that other systems or Pythons need."""
    found = re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)(?: *; *([^\\\n]*))?", text, re.MULTILINE)
    return {canonical_name(name): version for name, version, marker in found if not marker.strip()}


def check_packages(machine: Machine) -> Finding:
    """Python packages are there, and in the repository at the locked versions."""
    if not machine.is_checkout:
        return _check_required(machine)
    wanted = locked_versions((machine.root / "requirements" / "runtime.txt").read_text("utf-8"))
    installed = machine.installed()
    if not installed:
        return Finding("Python packages", MISSING, "nothing is installed in .venv", "run `make setup`")
    wrong = [
        f"{name} {installed.get(name, 'missing')} instead of {version}"
        for name, version in sorted(wanted.items())
        if installed.get(name) != version
    ]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        remedy = "run `rm -f .venv/.installed && make setup`"
        return Finding("Python packages", MISSING, f"{', '.join(wrong[:3])}{more}", remedy)
    return Finding("Python packages", OK, f"{len(wanted)} at their locked versions")


def _check_required(machine: Machine) -> Finding:
    wanted, installed = machine.required(), machine.installed()
    absent = sorted(name for name in wanted if name not in installed)
    if absent:
        return Finding(
            "Python packages", MISSING, f"{', '.join(absent[:3])} missing", "install the package again by pip"
        )
    return Finding("Python packages", OK, f"{len(wanted)} that Quittance asks for")


def check_chain_tools(machine: Machine) -> Finding:
    """anvil, forge, solc and OpenZeppelin are in node_modules."""
    label = PLATFORMS.get((machine.system, machine.architecture), "linux-amd64")
    modules = machine.root / "node_modules"
    wanted = {
        "anvil": modules / f"@foundry-rs/anvil-{label}" / "bin" / "anvil",
        "forge": modules / f"@foundry-rs/forge-{label}" / "bin" / "forge",
        "solc": modules / "solc" / "package.json",
        "OpenZeppelin": modules / "@openzeppelin" / "contracts" / "package.json",
    }
    absent = [name for name, path in wanted.items() if not path.exists()]
    if absent:
        return Finding(
            "Chain tools", MISSING, f"{', '.join(absent)} not in node_modules", "run `npm ci` (or `make setup`)"
        )
    return Finding("Chain tools", OK, ", ".join(wanted))


def check_page(machine: Machine) -> Finding:
    """The page is built."""
    if not (machine.root / "frontend" / "dist" / "index.html").exists():
        return Finding("Page", MISSING, "frontend/dist is not built", "run `make setup`")
    return Finding("Page", OK, "built")


def check_browser(machine: Machine) -> Finding:
    """A browser for the page's tests. Nothing else needs one of its own."""
    given = [machine.browser] if machine.browser and Path(machine.browser).exists() else []
    found = given or [path for path in map(machine.which, BROWSERS) if path]
    if found:
        return Finding("Chromium", OK, found[0])
    remedy = "only `make test` needs it: `apt-get install chromium`, or name one with `export CHROMIUM=/path`"
    return Finding("Chromium", ADVICE, "not found", remedy)


def check_ports(machine: Machine, ports: dict[str, int]) -> Finding:
    """The ports `quittance up` listens on are free."""
    busy = [f"{port} ({use})" for use, port in ports.items() if not machine.port_free(port)]
    if busy:
        remedy = "`make down` stops an earlier stack; or choose others: `quittance up --port 0 --chain-port 0`"
        return Finding("Ports", ADVICE, f"in use: {', '.join(busy)}", remedy)
    return Finding("Ports", OK, ", ".join(f"{port} ({use})" for use, port in ports.items()))


# Defaults of `quittance up`; the demo takes any free ones.
PORTS = {"chain": 8545, "page and API": 8400}


def examine(machine: Machine, *, before_setup: bool = False) -> Iterator[Finding]:
    """Every check, or only what has to hold before anything can be installed."""
    yield check_platform(machine)
    yield check_python(machine)
    if machine.is_checkout:
        yield check_node(machine)
        yield check_npm(machine)
    if before_setup:
        yield check_install_space(machine)
        return
    yield from _examine_installed(machine)


def _examine_installed(machine: Machine) -> Iterator[Finding]:
    yield check_memory(machine)
    yield check_home(machine)
    yield check_packages(machine)
    if machine.is_checkout:
        yield check_chain_tools(machine)
        yield check_page(machine)
        yield check_browser(machine)
    else:
        remedy = "clone the repository and run `make setup` there"
        yield Finding("Demonstration", ADVICE, "its chain and the page are not part of the package", remedy)
    yield check_ports(machine, PORTS)


def report(findings: Sequence[Finding]) -> str:
    """A line a check, with the remedy under whatever needs one."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{finding.verdict:<8} {finding.name:<16} {finding.found}")
        if finding.remedy:
            lines.append(f"{'':<25} -> {finding.remedy}")
    missing = sum(finding.verdict == MISSING for finding in findings)
    verdict = f"{missing} to mend before Quittance can run here." if missing else "Quittance can run here."
    return "\n".join([*lines, "", verdict])


def main(arguments: Sequence[str]) -> int:
    """Examine this machine. Returns 1 when something is missing; quiet before setup when nothing is."""
    parser = argparse.ArgumentParser(
        prog="quittance doctor", description="Say what is missing here and how to mend it."
    )
    parser.add_argument("--before-setup", action="store_true", help="only what has to hold before installing")
    options = parser.parse_args(arguments)
    findings = list(examine(this_machine(), before_setup=options.before_setup))
    missing = any(finding.verdict == MISSING for finding in findings)
    if missing or not options.before_setup:
        sys.stdout.write(report(findings) + "\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
