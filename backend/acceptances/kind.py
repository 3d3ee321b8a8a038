"""What a `bind` intent is about: acceptances."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.acceptances import repository
from backend.chain.intents.kinds import IntentKind


class BindKind(IntentKind):
    """Binds acceptances. One that comes to nothing leaves them waiting: the binder makes another of those it can."""

    retries = 0

    def done(self, session: Session, key: str) -> bool:
        """Whether every quote it carries is a policy."""
        carried, policies = repository.carried(session, key)
        return carried > 0 and policies == carried

    def wanted(self, session: Session, key: str) -> bool:
        """Whether it still carries acceptances."""
        return repository.carried(session, key)[0] > 0

    def note_mined(self, session: Session, key: str) -> None:
        """Bound."""
        repository.close_bound(session, key)

    def note_failed(self, session: Session, key: str, code: str, detail: str) -> None:
        """They wait for another transaction."""
        repository.try_again(session, key, code, detail)

    def note_reopened(self, session: Session, keys: Sequence[str]) -> None:
        """Their transactions are on their way again."""
        repository.reopen(session, keys)
