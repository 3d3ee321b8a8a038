"""Fields that logs and traces may have, and of what kind each is. What is not named here goes out masked."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final


class FieldKind(Enum):
    """How a field's value is looked at before it goes out."""

    CODE = auto()  # a stable word: letters, digits, and _ . - / :
    ID = auto()  # an id of ours: as a code, hex up to 32 bytes, no @ and no space
    HASH = auto()  # 32 bytes in hex: public hashes and ids of the chain
    NUMBER = auto()  # a whole number or a fraction
    TIME = auto()  # as structlog writes it
    FLAG = auto()  # true or false
    ADDRESS = auto()  # where a machine of ours is: scheme, host, port
    TEXT = auto()  # a sentence of ours or of a library: word by word, see `redaction`
    TRACE = auto()  # places in the code


_BY_KIND: Final[Mapping[FieldKind, str]] = {
    FieldKind.CODE: (
        "event level logger worker operation method route path outcome status state step kind code why by channel way"
        " source role version slug category type action malware"
    ),
    FieldKind.ID: (
        "request_id correlation convoy key key_id alert_id tenant_id person_id grant_id session_id endpoint_id"
        " delivery_id notice_id record_id batch_id case_id objection_id enquiry_id complaint_id survey_id workflow_id"
        " subject sender product prefix contract backup"
    ),
    FieldKind.HASH: "transaction_hash event_id quote_id",
    FieldKind.NUMBER: (
        "attempt ancestor block_number count depth due events first gas held kept last max_policies nonce number"
        " oldest_at pause_seconds policies quotes refused sessions size status_code terms_noted tip told tries port"
        " files length clues pruned"
    ),
    FieldKind.TIME: "timestamp",
    FieldKind.FLAG: "dry pending waits denies",
    FieldKind.ADDRESS: "url node",
    FieldKind.TEXT: "detail reason refusal remedy template",
    FieldKind.TRACE: "exception",
}
FIELDS: Final[Mapping[str, FieldKind]] = {
    name: kind for kind, names in _BY_KIND.items() for name in names.split()
}  # fmt: skip
"""Every field there is, besides those whose names end in `_id`: these are ids."""


def kind_of(name: str) -> FieldKind | None:
    """The kind of a field; None: nobody named it."""
    return FIELDS.get(name) or (FieldKind.ID if name.endswith("_id") else None)
