"""What `endorse` and `cancel` intents are about: orders that were signed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.chain.intents.kinds import IntentKind
from backend.policy_orders import repository
from backend.policy_orders.models import ACCEPTED, DONE, ENDORSEMENT, FAILED, PolicyOrderRow

KINDS_OF = {ENDORSEMENT: "endorse", "cancellation": "cancel"}
_SAID = ("sequence", "sum_insured", "exclusions", "beneficiary")


class OrderKind(IntentKind):
    """Carries out an order. One that comes to nothing is over: what it was signed for has changed."""

    def done(self, session: Session, key: str) -> bool:
        """Whether the policy was changed by these very words, or has been ended, by whoever brought it."""
        return any(_on_chain(session, row) for row in repository.of_intents(session, [key]))

    def wanted(self, session: Session, key: str) -> bool:
        """Whether the order still stands."""
        return repository.is_wanted(session, key)

    def note_mined(self, session: Session, key: str) -> None:
        """Carried out."""
        repository.move(session, [key], DONE)

    def note_failed(self, session: Session, key: str, code: str, detail: str) -> None:
        """The reason stays with it."""
        for row in repository.of_intents(session, [key]):
            row.state, row.failure_code, row.failure_detail = FAILED, code, detail

    def note_reopened(self, session: Session, keys: Sequence[str]) -> None:
        """On its way again."""
        repository.move(session, keys, ACCEPTED)


def _on_chain(session: Session, row: PolicyOrderRow) -> bool:
    if row.kind != ENDORSEMENT:
        return bool(repository.changes(session, row.product, row.policy_id, "cancelled"))
    wanted = tuple(row.order[name] for name in _SAID)
    found = repository.changes(session, row.product, row.policy_id, "endorsed")
    return any(tuple(getattr(change, name) for name in _SAID) == wanted for change in found)
