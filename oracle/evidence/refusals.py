"""Why nothing is concluded from evidence. Each names the field, its value and what to do.

EvidenceError (domain.evidence.refusals)
├── EvidenceUnread         a file could not be read on this machine: nothing may be concluded from it
├── NullifierKeyInvalid    a key of nullifiers is too short, or there is none for the epoch
└── LossUndetermined       no loss can be stated from this dossier; the claim goes to a person
"""

from domain.evidence.refusals import EvidenceError


class EvidenceUnread(EvidenceError):
    """A file could not be read on this machine. Another node may have read it, so nothing may be concluded."""


class NullifierKeyInvalid(EvidenceError):
    """A key of nullifiers is too short, or there is none for the epoch."""


class LossUndetermined(EvidenceError):
    """No loss can be stated from this dossier. `code` says why; the claim goes to a person."""

    def __init__(self, code: str, field: str, value: object, problem: str, remedy: str) -> None:
        self.code = code
        super().__init__(field, value, problem, remedy)
