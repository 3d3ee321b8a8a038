"""What an outcome tells of each node, and why there is no report."""

from collections.abc import Collection, Sequence

from oracle.rounds.agreement import check_own
from oracle.rounds.book import RoundBook
from oracle.rounds.examine import Examined
from oracle.rounds.outcome import Outcome, Reason, Standing
from oracle.rounds.refusals import OWN_OBJECTIONS, Code, Disagreement
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.statements import Observation, SignedObservation, Stage

PASSING = frozenset({Code.NO_PROPOSAL, Code.NO_QUORUM, Code.LOCKED_OTHERWISE, Code.SPREAD_OPEN})
"""Reasons that say nothing about what was seen."""


def reasons_of(
    rules: RoundRules,
    book: RoundBook,
    examined: Examined | None,
    own: Sequence[Reason],
    missing: Collection[str],
) -> tuple[Reason, ...]:
    """Which nodes had what against a report, each reason once, by ascending signer."""
    found: dict[tuple[str, Code], Reason] = {}
    for reason in [*own, *_from_votes(book), *_from_observations(rules, book, examined)]:
        found.setdefault((reason.node, reason.code), reason)
    for node in book.proofs:
        found[node, Code.EQUIVOCATED] = Reason(node, Code.EQUIVOCATED)
    for node in rules.seats - book.observations.keys():
        if not any(known == node for known, _ in found):
            found[node, Code.SILENT] = Reason(node, Code.SILENT)
    if not any(code is not Code.SILENT for _, code in found):
        for node in missing:
            found[node, Code.SIGNATURE_MISSING] = Reason(node, Code.SIGNATURE_MISSING)
    return tuple(sorted(found.values(), key=lambda reason: (int(reason.node, 16), reason.code)))


def outcome_of(
    request: Request,
    rules: RoundRules,
    book: RoundBook,
    examined: Examined | None,
    attempt: int | None,
    signatures: tuple[bytes, ...],
    signed: Collection[str],
    reasons: tuple[Reason, ...],
    *,
    started_at: int,
    now: int,
) -> Outcome:
    """The outcome with each node's part in it."""
    standings = []
    against = {reason.node for reason in reasons if reason.code in OWN_OBJECTIONS}
    for node in rules.signers:
        heard = book.heard_at.get(node)
        agreed = node in book.observations and examined is not None and node not in against
        latency = None if heard is None else heard - started_at
        standings.append(Standing(node, latency, agreed, node in signed, node in book.proofs))
    made = examined.made if examined and signatures else None
    told = examined.agreed if examined else None
    took = now - started_at
    return Outcome(request, made, told, attempt, signatures, reasons, tuple(standings), took)


def _from_votes(book: RoundBook) -> list[Reason]:
    votes = [vote for (_, stage), found in book.votes.items() if stage is Stage.APPROVE for vote in found.values()]
    return [Reason(v.node, v.code, v.fields) for v in votes if v.code is not None and v.code not in PASSING]


def _from_observations(rules: RoundRules, book: RoundBook, examined: Examined | None) -> list[Reason]:
    if examined is not None:
        objections = [(node, _objection(rules, examined, said)) for node, said in book.observations.items()]
        return [Reason(node, objection.code, objection.fields) for node, objection in objections if objection]
    return _apart(rules, [*book.observations.values()])


def _apart(rules: RoundRules, observations: Sequence[SignedObservation]) -> list[Reason]:
    """Where nothing was agreed: who differs from the commonest decision, or lies far from the middle."""
    if not observations:
        return []
    alike: dict[tuple[object, ...], list[Observation]] = {}
    for each in observations:
        alike.setdefault((each.observation.versions, each.observation.decisions), []).append(each.observation)
    common = max(alike.values(), key=len)[0]
    found = [_difference(each, common) for each in observations]
    return [reason for reason in found if reason] + _far(rules, observations)


def _difference(one: SignedObservation, common: Observation) -> Reason | None:
    seen = one.observation
    if seen.versions != common.versions:
        names = {name for name, _ in set(seen.versions) ^ set(common.versions)}
        return Reason(one.node, Code.VERSIONS_DIFFER, tuple(sorted(names)))
    if seen.decisions != common.decisions:
        names = {name for name, _ in set(seen.decisions) ^ set(common.decisions)}
        return Reason(one.node, Code.DECISION_DIFFERS, tuple(sorted(names)))
    return None


def _far(rules: RoundRules, observations: Sequence[SignedObservation]) -> list[Reason]:
    columns: dict[str, list[tuple[str, int]]] = {}
    for each in observations:
        for name, value in each.observation.numbers:
            columns.setdefault(name, []).append((each.node, value))
    far: dict[str, list[str]] = {}
    for name, column in columns.items():
        rule = rules.rule_of(name)
        median = sorted(value for _, value in column)[(len(column) - 1) // 2]
        for node, value in column:
            if rule is not None and not rule.near(median, value):
                far.setdefault(node, []).append(name)
    return [Reason(node, Code.NUMBER_DIFFERS, tuple(sorted(names))) for node, names in far.items()]


def _objection(rules: RoundRules, examined: Examined, said: SignedObservation) -> Disagreement | None:
    try:
        check_own(rules, examined.agreed, said.observation)
    except Disagreement as disagreement:
        return disagreement
    return None
