"""A proposal worked out anew: what it agrees on, the report that follows, and what a node has against it."""

from dataclasses import dataclass

from oracle.rounds.agreement import Agreed, agree, check_own, group_of
from oracle.rounds.refusals import Code, Disagreement
from oracle.rounds.reports import MadeReport, ReportMaker
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.statements import Observation, Proposal, SignedObservation, value_of


@dataclass(frozen=True, slots=True)
class Examined:
    """What follows from a choice of observations."""

    agreed: Agreed
    made: MadeReport
    value: bytes


class Examiner:
    """Works proposals out, each once."""

    def __init__(self, request: Request, rules: RoundRules, make_report: ReportMaker) -> None:
        self._request = request
        self._rules = rules
        self._make = make_report
        self._known: dict[tuple[bytes, ...], Examined | Disagreement] = {}

    def of_observations(self, observations: tuple[SignedObservation, ...]) -> Examined:
        """The report of these observations, all of them.

        Raises:
            Disagreement
        """
        key = tuple(each.digest for each in observations)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._work_out(observations)
        if isinstance(found, Disagreement):
            raise found
        return found

    def of_group(self, observations: tuple[SignedObservation, ...]) -> tuple[tuple[SignedObservation, ...], Examined]:
        """The largest group of these observations, and its report.

        Raises:
            Disagreement
        """
        group = group_of(self._rules, observations)
        return group, self.of_observations(group)

    def of_proposal(self, proposal: Proposal) -> Examined:
        """What a proposal amounts to; its observations are right already.

        Raises:
            Disagreement: It amounts to no report, or to another than it says.
        """
        examined = self.of_observations(proposal.observations)
        if examined.value != proposal.value:
            raise Disagreement(Code.PROPOSAL_INVALID)
        return examined

    def objection(self, proposal: Proposal, own: Observation | None) -> Disagreement | None:
        """What a node that saw `own` has against a proposal; None: it would sign its report."""
        try:
            examined = self.of_proposal(proposal)
            if own is None:
                return Disagreement(Code.NOT_OBSERVED)
            check_own(self._rules, examined.agreed, own)
        except Disagreement as disagreement:
            return disagreement
        return None

    def _work_out(self, observations: tuple[SignedObservation, ...]) -> Examined | Disagreement:
        try:
            agreed = agree(self._rules, observations)
            made = self._make(self._request, agreed)
        except Disagreement as disagreement:
            return disagreement
        return Examined(agreed, made, value_of(made.digest, observations))
