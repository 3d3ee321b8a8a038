"""Who is heard: signers only, with their own signature, in the size their words have. No round sees the rest."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ledger.typed_data import SignatureInvalid, recover
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.reports import possible_digests
from oracle.rounds.statements import Proposal, ReportSignature, SignedObservation, Statement, Vote

MOST_BYTES_PLAIN = 32_768
"""Of an observation or a vote about one claim; theirs have a few kilobytes."""
MOST_BYTES_LONG = 524_288
"""Of a proposal, or of a signature with its proposal: 31 observations and as many votes have a quarter of it."""


class Gate:
    """May be asked from any thread.

    Args:
        known: Nodes that are heard from the beginning; signer sets seen on chain join them.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)

    def know(self, nodes: Iterable[str]) -> None:
        """Hear these as well."""
        if not self._known.issuperset(nodes):
            self._known |= frozenset(nodes)

    def check(self, statement: Statement, size: int) -> None:
        """Let a statement in.

        Args:
            size: Bytes it came in.
        Raises:
            RoundRefused: `node_unknown`, `statement_too_large`, `signature_wrong`.
        """
        if statement.node not in self._known:
            detail = f"node {statement.node} is in no signer set this node knows"
            raise RoundRefused("node_unknown", f"{detail}: rotate it in, or start it with the right keystore")
        most = MOST_BYTES_PLAIN if isinstance(statement, SignedObservation | Vote) else MOST_BYTES_LONG
        if size > most:
            raise RoundRefused("statement_too_large", f"the statement has {size} bytes: send {most} at most")
        if not _is_signed(statement):
            detail = f"the signature is not that of node {statement.node} over this statement"
            raise RoundRefused("signature_wrong", f"{detail}: sign the documented digest")


def _is_signed(statement: Statement) -> bool:
    """A report's signature is over the report, and that follows from the proposal; if it was decided, a round sees."""
    if not isinstance(statement, ReportSignature):
        return _signer(statement.digest, statement.signature) == statement.node
    proposal = statement.proposal
    if proposal.request != statement.request or _signer(proposal.digest, proposal.signature) != proposal.node:
        return False
    return any(_signer(digest, statement.signature) == statement.node for digest in _digests(_Reported(proposal)))


class _Reported:
    """A proposal, told from others by its digest: that binds request and observations."""

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal

    def __hash__(self) -> int:
        return hash(self.proposal.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reported) and other.proposal.digest == self.proposal.digest


@lru_cache(maxsize=256)
def _digests(of: _Reported) -> frozenset[bytes]:
    return possible_digests(of.proposal.request, of.proposal.observations)


@lru_cache(maxsize=8_192)
def _signer(digest: bytes, signature: bytes) -> str | None:
    """Worked out once, however often it is said again; None for bytes the contract would refuse."""
    try:
        return recover(digest, signature)
    except SignatureInvalid:
        return None
