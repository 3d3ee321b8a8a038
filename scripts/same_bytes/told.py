"""What one node makes of one input, as bytes: what it says in a round, and the report that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from domain.claim_reports import LossReport
from domain.reports import EventReport
from ledger.bindings import ClaimsDesk, ParametricProduct
from oracle.rounds.agreement import agree, group_of
from oracle.rounds.messages import encode
from oracle.rounds.refusals import Disagreement
from oracle.rounds.reports import make_report
from oracle.rounds.rules import FieldRule, Request, RoundRules
from oracle.rounds.simulation import seats_of
from oracle.rounds.statements import Observation, sign_observation

SEATS = seats_of(4)
NODES = tuple(seat.node for seat in SEATS)


class Mind(Protocol):
    """What turns inputs of one kind into bytes."""

    def told(self, number: int) -> Mapping[str, object]:
        """What this node says of an input, in plain values."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How this node works, which must not be seen in what it says.

    Attributes:
        backwards: The last input first, files as the disk has them and then the other way round, sources and words of
            others in the other order, and everything earlier read before the first claim is looked at.
    """

    backwards: bool


def agreed(
    request: Request, fields: Mapping[str, FieldRule], observation: Observation, habits: Habits
) -> dict[str, object]:
    """The signed word of a node, and the report four such words make, as calldata and as the digest that is signed."""
    said = [sign_observation(request, seat.node, observation, seat.sign) for seat in SEATS]
    word = encode(said[0]).decode("ascii")
    if habits.backwards:
        said.reverse()
    rules = RoundRules(NODES, fields)
    try:
        made = make_report(request, agree(rules, group_of(rules, said)))
    except Disagreement as refused:
        return {"word": word, "refused": refused.code.value, "fields": list(refused.fields)}
    return {"word": word, "digest": made.digest.hex(), "report": _calldata(made.report).hex()}


def plain(value: object) -> object:
    """Dataclasses' values as JSON has them; a set stays in the order it has here, which is what may differ."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def _calldata(report: object) -> bytes:
    if isinstance(report, LossReport):
        return ClaimsDesk.report_loss(report, ()).data
    assert isinstance(report, EventReport)
    return ParametricProduct.report_events(report, ()).data
