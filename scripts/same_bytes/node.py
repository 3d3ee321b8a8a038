"""One node in a process of its own: `python -m scripts.same_bytes.node INPUTS STATE OUT [--backwards]`.

Writes one line for each input, in the order of kinds and numbers: its name, a tab, and what the node says of it as
canonical JSON. Lines of two nodes over the same inputs have to be the same bytes.
"""

from __future__ import annotations

import json
import locale
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from domain.hashing import canonical_json
from scripts.same_bytes.names import APPLICATIONS, CLAIMS, EVENTS
from scripts.same_bytes.told import Habits, Mind

BACKWARDS: Final = "--backwards"
SURROUNDINGS: Final = "surroundings"
KINDS: Final = {"claim": CLAIMS, "event": EVENTS, "application": APPLICATIONS}


def main(arguments: list[str]) -> None:
    """Say something of every input.

    Raises:
        OSError: Inputs cannot be read, or the output not written.
    """
    locale.setlocale(locale.LC_ALL, "")
    inputs, state, out = map(Path, arguments[:3])
    habits = Habits(backwards=BACKWARDS in arguments[3:])
    lines: list[bytes] = []
    for kind, listed in KINDS.items():
        count = len(json.loads((inputs / listed).read_text("utf-8")))
        numbers = list(range(1, count + 1))
        with _mind(kind, inputs, state, habits) as mind:
            found = {number: mind.told(number) for number in (reversed(numbers) if habits.backwards else numbers)}
        lines += [f"{kind} {number}\t".encode() + canonical_json(found[number]) + b"\n" for number in numbers]
    out.write_bytes(f"{SURROUNDINGS}\t".encode() + canonical_json(_surroundings()) + b"\n" + b"".join(lines))


@contextmanager
def _mind(kind: str, inputs: Path, state: Path, habits: Habits) -> Iterator[Mind]:
    """Loaded when its turn comes: a run over one kind takes half as long."""
    if kind == "claim":
        from scripts.same_bytes.claim_node import ClaimMind

        with closing(ClaimMind(inputs, state, habits)) as claims:
            yield claims
    elif kind == "event":
        from scripts.same_bytes.events import EventMind

        with closing(EventMind(inputs, state, habits)) as events:
            yield events
    else:
        from scripts.same_bytes.applications import ApplicationMind

        yield ApplicationMind(inputs)


def _surroundings() -> dict[str, object]:
    """What this process is surrounded by, as the interpreter itself sees it."""
    letters = {"first", "second", "third", "fourth", "fifth", "sixth"}
    return {
        "set_order": list(letters),
        "time_zone": time.strftime("%z", time.localtime(0)),
        "decimal_point": str(locale.localeconv()["decimal_point"]),
        "text_encoding": locale.getpreferredencoding(False),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
