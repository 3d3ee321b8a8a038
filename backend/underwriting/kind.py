"""What an `underwriting-bind` intent is about: a quote that was accepted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.chain.intents.kinds import IntentKind
from backend.chain.projections import policies_read
from backend.underwriting import repository
from backend.underwriting.models import ACCEPTED, BOUND, OFFERED, CaseQuoteRow

KIND = "underwriting-bind"


def stem_of(case_id: int, number: int) -> str:
    """What keys of a quote's binding begin with; tries are counted behind it."""
    return f"{KIND}:{case_id}:{number}"


class UnderwritingBindKind(IntentKind):
    """Binds a quote. One that comes to nothing leaves the quote as it was offered, with the reason."""

    def done(self, session: Session, key: str) -> bool:
        """Whether the application is a policy, whoever brought it."""
        return any(
            policies_read.bound(session, product, int(kept.application_id)) is not None
            for kept, product in _carried(session, [key])
        )

    def wanted(self, session: Session, key: str) -> bool:
        """Whether the quote is still accepted."""
        return any(kept.state == ACCEPTED for kept, _ in _carried(session, [key]))

    def note_mined(self, session: Session, key: str) -> None:
        """Bound."""
        _move(session, [key], BOUND)

    def note_failed(self, session: Session, key: str, code: str, detail: str) -> None:
        """It can be accepted again as long as it is valid."""
        for kept, _ in _carried(session, [key]):
            kept.state, kept.acceptance, kept.accepted_at = OFFERED, None, None
            kept.failure_code, kept.failure_detail = code, detail

    def note_reopened(self, session: Session, keys: Sequence[str]) -> None:
        """It is on its way again."""
        _move(session, keys, ACCEPTED)


def _carried(session: Session, keys: Sequence[str]) -> Sequence[tuple[CaseQuoteRow, str]]:
    return repository.quotes_of_intents(session, keys)


def _move(session: Session, keys: Sequence[str], state: str) -> None:
    for kept, _ in _carried(session, keys):
        kept.state, kept.failure_code, kept.failure_detail = state, None, None
