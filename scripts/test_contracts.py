"""Run the Brownie tests of the contracts on an anvil of their own: `python -m scripts.test_contracts [pytest args]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from scripts.brownie_session import (
    BROWNIE,
    ROOT,
    BrownieNotReady,
    brownie_environment,
    compile_once,
    require_setup,
    run,
)

TESTS = ROOT / "tests" / "contracts"


def pytest_command(arguments: Sequence[str]) -> list[str]:
    """The command line: every contract test, unless the arguments name some."""
    named = any(not argument.startswith("-") and (ROOT / argument.split("::")[0]).exists() for argument in arguments)
    python = str(BROWNIE.with_name("python"))
    return [python, "-m", "pytest", "-c", str(TESTS / "pytest.ini"), *arguments, *([] if named else [str(TESTS)])]


def main(arguments: Sequence[str]) -> int:
    """Compile, then test. Returns the exit code of what failed first, 0 if nothing did."""
    try:
        require_setup()
    except BrownieNotReady as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    with brownie_environment() as environment:
        return compile_once(environment) or run(pytest_command(arguments), environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
