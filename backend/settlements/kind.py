"""What intents that report, close and settle are about: insured events."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.chain.intents import repository as intents
from backend.chain.intents.kinds import IntentKind
from backend.settlements import repository


class ClosingKind(IntentKind):
    """Closes events, by a report or for want of one. The settler plans anew what comes to nothing."""

    retries = 0

    def done(self, session: Session, key: str) -> bool:
        """Whether all its events are closed."""
        found = intents.events_of(session, key)
        return bool(found) and repository.count_closed(session, found[0].product, [e.event_id for e in found]) == len(
            found
        )


class SettlingKind(IntentKind):
    """Settles what closed events still owe."""

    retries = 0

    def done(self, session: Session, key: str) -> bool:
        """Whether nothing of its events is left to settle."""
        found = intents.events_of(session, key)
        return bool(found) and not repository.count_unsettled(session, found[0].product, [e.event_id for e in found])
