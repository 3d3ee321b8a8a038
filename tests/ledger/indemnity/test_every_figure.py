"""No figure that an event of the insurer tells can be altered unseen, but for those listed here, each for a reason."""

from dataclasses import fields, is_dataclass, replace
from enum import IntEnum
from typing import Any

import pytest

from ledger import bindings as b
from ledger.codec import ChainEvent
from scripts.rehearsal import account
from tests.ledger.indemnity.claims_house import ClaimsHouse
from tests.ledger.indemnity.test_tampering import Histories

STORIES = (
    "part_approval_and_dispute", "endorsement", "held_payouts", "institution", "instalments", "same_incident",
    "lost_deposit_held",
)  # fmt: skip
STRANGER = account("stranger").address
OF_NOBODY = {
    # Somebody's word that nothing else depends on: the log is all there is, and a bundle or a node proves the log.
    (b.ClaimNoticed, "evidence_root"), (b.ClaimNoticed, "occurred_at"), (b.ClaimNoticed, "peril"),
    (b.ClaimNoticed, "claimed"), (b.RulingRevealed, "award"), (b.RulingRevealed, "reason_code"),
    (b.RulingRevealed, "clause"), (b.RulingCommitted, "commitment"), (b.InstitutionChosen, "institution"),
    # Known only to the contract, and asked of it: the panel's windows.
    (b.PanelDrawn, "commit_until"), (b.PanelDrawn, "reveal_until"),
    # The token's own affair.
    (b.BlockedChanged, "account"), (b.BlockedChanged, "blocked"),
}  # fmt: skip


def other(value: Any) -> Any:
    """A value of the same kind that is another."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, IntEnum):
        return type(value)((value + 1) % len(type(value)))
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return STRANGER
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"\x01"
    if isinstance(value, tuple):
        return value[:-1]
    assert is_dataclass(value)
    first = fields(value)[0].name
    return replace(value, **{first: other(getattr(value, first))})  # type: ignore[type-var]  # an instance


@pytest.fixture(scope="module")
def histories(claims_house: ClaimsHouse) -> Histories:
    return Histories(claims_house)


@pytest.mark.parametrize("story", STORIES)
def test_verify_events__any_figure_of_a_story_altered__is_found(histories: Histories, story: str) -> None:
    events, witness = histories.of(story)
    assert histories.found(events, witness) == ()
    first = next(n for n, event in enumerate(events) if isinstance(event, b.ApplicationsAssessed))
    unseen: set[tuple[type[ChainEvent], str]] = set()
    tried = 0

    for n, event in enumerate(events[first:], start=first):
        for field in fields(event):
            if field.name == "log":
                continue
            tried += 1
            altered = replace(event, **{field.name: other(getattr(event, field.name))})
            if not histories.found([*events[:n], altered, *events[n + 1 :]], witness):
                unseen.add((type(event), field.name))

    assert tried > 50
    assert {(kind.__name__, name) for kind, name in unseen - OF_NOBODY} == set()
