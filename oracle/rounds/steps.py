"""What goes into a round besides statements, and what comes out of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from oracle.rounds.outcome import Outcome, Proof
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.reports import MadeReport
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.statements import Proposal, SignedObservation, Statement, Vote


class Phase(IntEnum):
    """Where a node is in an attempt."""

    PROPOSE = 0
    APPROVE = 1
    LOCK = 2


@dataclass(frozen=True, slots=True)
class Seat:
    """Who this node is, and how it signs a digest."""

    node: str
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Unobserved:
    """This node could not see; `fields` say what was missing."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """Put this on disk before anything after it is done. A slot holds one statement for ever.

    Args:
        binds_until: Unix seconds; until then this node takes part in no other request of this subject. 0: not bound.
    """

    slot: str
    statement: Statement
    binds_until: int = 0


@dataclass(frozen=True, slots=True)
class Send:
    """Tell one node, or all others."""

    statement: Statement
    to: str | None = None


@dataclass(frozen=True, slots=True)
class KeepProof:
    """Keep a proof that a node said two things."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class Submit:
    """Hand the report in; any node and the relayer may, the contract takes it once."""

    report: MadeReport
    signatures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """The round is over."""

    outcome: Outcome


Output: TypeAlias = Store | Send | KeepProof | Submit | Finish


def slot_of(statement: Statement) -> str:
    """The place of an own statement in the journal: what may be said once."""
    if isinstance(statement, SignedObservation):
        return "observation"
    if isinstance(statement, Proposal):
        return f"proposal/{statement.attempt}"
    if isinstance(statement, Vote):
        return f"{statement.stage.name.lower()}/{statement.attempt}"
    return "signature"


def require_seat(request: Request, rules: RoundRules, seat: Seat) -> None:
    """A node takes part in what its signer set is asked.

    Raises:
        RoundRefused: `not_in_signer_set`.
    """
    if seat.node not in rules.seats:
        detail = f"signer {seat.node} is not among {len(rules.signers)} signers of epoch {request.signer_epoch}"
        raise RoundRefused("not_in_signer_set", f"{detail}: rotate it in, or start the node with the right keystore")
