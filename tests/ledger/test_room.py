"""What holds of the room as a whole."""

import subprocess
import sys


def test_import__json_nested_without_end__is_refused_and_kills_nobody() -> None:
    """A library in use lets Python recurse until the stack overflows: the room takes that back."""
    program = (
        "import eth_account, ledger.sender, json\n"
        "try:\n    json.loads('[' * 200_000)\n"
        "except RecursionError:\n    print('refused')"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr[-500:]
