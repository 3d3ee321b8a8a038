"""Why a claim cannot be observed. `code` is stable and says nothing of anybody; the message names value and remedy.

ClaimError (a DomainError: field, value, problem, remedy)
├── ChainUnread          the chain gave no answer, or moved on meanwhile
├── ClaimUnfit           the claim, its product or its document is not one this node can assess
├── DossierUnavailable   the evidence store gave no dossier that is proven by the root on chain
├── EarlierUnread        earlier claims are to be read first
├── StatementInvalid     `claim.json` is missing or malformed
├── SecretUnsafe         a file of secrets is missing, malformed, weak, or can be read by others
└── FolderUnfit          a folder of files cannot be sealed or opened
"""

from domain.errors import DomainError


class ClaimError(DomainError):
    """Something about observing a claim that is refused.

    Attributes:
        passing: Asked again later, it may go well.
    """

    passing = False

    def __init__(self, code: str, field: str, value: object, problem: str, remedy: str) -> None:
        self.code = code
        super().__init__(field, value, problem, remedy)


class ChainUnread(ClaimError):
    """The chain gave no answer, or moved on meanwhile."""

    passing = True


class ClaimUnfit(ClaimError):
    """The claim, its product or its document is not one this node can assess."""


class DossierUnavailable(ClaimError):
    """The evidence store gave no dossier that is proven by the root on chain."""

    passing = True


class EarlierUnread(ClaimError):
    """Earlier claims are to be read first.

    Attributes:
        roots: Of their evidence.
    """

    passing = True

    def __init__(self, roots: frozenset[bytes]) -> None:
        self.roots = roots
        problem, remedy = "were not asked for yet", "Wait until this node has caught up"
        super().__init__("catching_up", "earlier claims", len(roots), problem, remedy)


class StatementInvalid(ClaimError):
    """`claim.json` is missing or malformed."""


class SecretUnsafe(ClaimError):
    """A file of secrets is missing, malformed, weak, or can be read by others."""


class FolderUnfit(ClaimError):
    """A folder of files cannot be sealed or opened."""
