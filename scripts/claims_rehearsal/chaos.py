"""kill -9 of one node after another, at a moment drawn by lot and then at a labelled point, while claims come in."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

from scripts.oracle_nodes import HEALTH_SECONDS, NodeFailed, OracleNode

SLOTS: Final = ("observation", "proposal/0", "approve/0", "lock/0", "signature")
KILL_POINTS: Final = (
    "open.before", "open.kept",
    *(f"{slot}.{step}" for slot in SLOTS for step in ("keeping", "kept", "sending", "sent")),
    "submit.before", "submit.done", "end.before", "end.kept",
)  # fmt: skip
"""Labels of `oracle/rounds/runner.py`, for the first attempt of a round."""
DOWN_SECONDS: Final = 1.0
LONGEST_LIFE_SECONDS: Final = 4.0
"""Longest wait before a kill by lot; a round takes a few seconds."""
LABELS_IN_TURN: Final = 3
"""At how many labels a node dies, one after the other, before it may live on and the next one is killed."""
ARMED_SECONDS: Final = 45.0
"""How long a node waits for its label before the next one's turn; only leaders propose, so some labels come late."""


@dataclass
class Chaos:
    """Never more than one node is down or armed.

    Attributes:
        kills: By lot.
        reached: Labels at which a node has killed itself, in their order.
        left: Labels still to be reached.
    """

    nodes: Sequence[OracleNode]
    chance: random.Random
    left: deque[str] = field(default_factory=lambda: deque(KILL_POINTS))
    kills: int = 0
    reached: list[str] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until `stop`; then all nodes run, none of them armed.

        Raises:
            NodeFailed: A node did not come back.
        """
        for node in cycle(self.nodes):
            if self._stopping.wait(self.chance.uniform(0.0, LONGEST_LIFE_SECONDS)):
                return
            node.kill()
            self.kills += 1
            time.sleep(DOWN_SECONDS)
            for _ in range(LABELS_IN_TURN):
                if self.left and not self._stopping.is_set():
                    self._die_at_label(node, self.left.popleft())
            node.start()
            node.wait_healthy()

    def stop(self) -> None:
        """Ask `run` to end."""
        self._stopping.set()

    def _die_at_label(self, node: OracleNode, label: str) -> None:
        """Start a node that kills itself at a label; when this returns it is dead."""
        node.start(kill_at=label)
        if _up_or_dead(node):
            deadline = time.monotonic() + ARMED_SECONDS
            while node.alive and time.monotonic() < deadline and not self._stopping.is_set():
                time.sleep(0.05)
        if node.alive:
            node.kill()
            self.left.append(label)
        else:
            self.reached.append(label)
            time.sleep(DOWN_SECONDS)


def _up_or_dead(node: OracleNode) -> bool:
    """Whether it is well; False: it has died already, as one does that goes on with a round.

    Raises:
        NodeFailed: It is neither in time.
    """
    deadline = time.monotonic() + HEALTH_SECONDS
    while time.monotonic() < deadline:
        if node.healthy():
            return True
        if not node.alive:
            return False
        time.sleep(0.1)
    raise NodeFailed(f"{node.name} is neither healthy nor dead. The last it wrote:\n{node.last_words()}")
