"""How a round ended: a report and how close the nodes were, or no report and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from oracle.rounds.agreement import Agreed
from oracle.rounds.refusals import WORDS, Code
from oracle.rounds.reports import MadeReport
from oracle.rounds.rules import Request
from oracle.rounds.statements import Statement

MOST_NAMED = 16
"""Fields of a reason that are told: another node chose them, and may have chosen thousands."""


class Path(StrEnum):
    """What comes next."""

    AUTOMATIC = "automatic"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Reason:
    """What one node had against a report."""

    node: str
    code: Code
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        more = len(self.fields) - MOST_NAMED
        named = [*self.fields[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
        return f"{self.node} {WORDS[self.code]}{': ' if named else ''}{', '.join(named)}"


@dataclass(frozen=True, slots=True)
class Standing:
    """One node's part in a round; `latency_ms` from the request to its observation, None without one."""

    node: str
    latency_ms: int | None
    agreed: bool
    signed: bool
    equivocated: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """Two different statements of one node, of a kind it may make once. Anyone can check both signatures."""

    node: str
    first: Statement
    second: Statement


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a round ended for the node that tells.

    Args:
        report: None: the request goes to people.
        agreed: What was agreed, spreads included; None if nothing was.
        attempt: The one that was decided.
        signatures: For the contract, by ascending signer; threshold or more.
        reasons: Which node had what against it, by which fields. Outliers are named also where there is a report.
    """

    request: Request
    report: MadeReport | None
    agreed: Agreed | None
    attempt: int | None
    signatures: tuple[bytes, ...]
    reasons: tuple[Reason, ...]
    standings: tuple[Standing, ...]
    took_ms: int

    @property
    def path(self) -> Path:
        """A person decides where there is no report, or the nodes were far apart."""
        tight = self.report is not None and self.agreed is not None and self.agreed.automatic
        return Path.AUTOMATIC if tight else Path.PEOPLE

    @property
    def spreads(self) -> Mapping[str, int]:
        """How far apart the nodes were, by number."""
        return dict(self.agreed.spreads) if self.agreed else {}

    def explained(self) -> str:
        """In words."""
        told = "; ".join(str(reason) for reason in self.reasons)
        if self.report is None:
            return f"no report, people decide: {told or 'the time was over'}"
        wide = ", ".join(self.agreed.wide) if self.agreed else ""
        path = f"report, people decide: far apart in {wide}" if wide else "report, automatic"
        return f"{path}; {told}" if told else path
