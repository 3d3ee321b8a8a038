"""Why evidence is not taken. Each names the field, its value and what to do, and has a code for machines.

EvidenceError (a DomainError: field, value, problem, remedy)
├── EvidenceRefused        a file breaks a limit of type, size or count; `code` names the limit
└── EvidenceAltered        bytes, manifest or proof do not give the root that was notified
"""

from domain.errors import DomainError


class EvidenceError(DomainError):
    """Something about evidence that is refused."""


class EvidenceRefused(EvidenceError):
    """A file breaks a limit. `code` is the limit's name."""

    def __init__(self, code: str, field: str, value: object, problem: str, remedy: str) -> None:
        self.code = code
        super().__init__(field, value, problem, remedy)


class EvidenceAltered(EvidenceError):
    """Bytes, manifest or proof do not give the root that was notified."""
