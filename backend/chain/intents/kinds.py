"""What kinds of intents differ in: how their effect is recognised, whether they are still wanted, who is told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session


class IntentKind:
    """A kind of intents. This one suits whatever has no rows of its own; subjects derive theirs.

    Attributes:
        retries: How often one that reverted in its block, although it would not now, is sent again with more gas.
    """

    retries = 2

    def done(self, session: Session, key: str) -> bool:  # noqa: ARG002
        """Whether its effect is on the chain already, whoever brought it, as far as blocks are taken in."""
        return False

    def wanted(self, session: Session, key: str) -> bool:  # noqa: ARG002
        """Whether it is still to be sent."""
        return True

    def note_mined(self, session: Session, key: str) -> None:
        """It is in a block and did what it was meant to; or its effect is there by another transaction."""

    def note_failed(self, session: Session, key: str, code: str, detail: str) -> None:
        """It comes to nothing."""

    def note_reopened(self, session: Session, keys: Sequence[str]) -> None:
        """The blocks they rested on are gone: they are being looked at again."""
