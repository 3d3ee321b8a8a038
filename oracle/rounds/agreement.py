"""What signed observations agree on: lower medians, the same decisions, and how far apart the numbers are. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from oracle.rounds.refusals import Code, Disagreement
from oracle.rounds.rules import RoundRules
from oracle.rounds.statements import Observation, SignedObservation


@dataclass(frozen=True)
class Agreed:
    """What a report is made of.

    Args:
        numbers: Lower medians, by name.
        spreads: For each number, the smallest range that holds the median and threshold observations; in its unit.
        wide: Numbers whose spread closes the automatic path.
    """

    numbers: tuple[tuple[str, int], ...]
    decisions: tuple[tuple[str, bytes], ...]
    versions: tuple[tuple[str, bytes], ...]
    spreads: tuple[tuple[str, int], ...]
    wide: tuple[str, ...]

    @cached_property
    def number(self) -> dict[str, int]:
        """Numbers to look up."""
        return dict(self.numbers)

    @cached_property
    def decision(self) -> dict[str, bytes]:
        """Decisions to look up."""
        return dict(self.decisions)

    @cached_property
    def version(self) -> dict[str, bytes]:
        """Versions to look up."""
        return dict(self.versions)

    @property
    def automatic(self) -> bool:
        """Whether the observations are close enough to go on without a person."""
        return not self.wide


def lower_median(values: Sequence[int]) -> int:
    """The middle one, of two the lower. With at most f of threshold or more false it lies among the true ones."""
    return sorted(values)[(len(values) - 1) // 2]


def spread_around(values: Sequence[int], median: int, count: int) -> int:
    """Width of the narrowest range that holds `count` of the values and the median."""
    ordered = sorted(values)
    ranges = zip(ordered, ordered[count - 1 :], strict=False)
    return min(high - low for low, high in ranges if low <= median <= high)


def group_of(rules: RoundRules, observations: Sequence[SignedObservation]) -> tuple[SignedObservation, ...]:
    """The largest group that has versions, decisions and fields in common, by ascending signer.

    Raises:
        Disagreement: No group is as large as the threshold; `fields` are the decisions and versions they differ in.
    """
    groups: dict[tuple[object, ...], list[SignedObservation]] = {}
    for each in observations:
        groups.setdefault(_kind_of(each.observation), []).append(each)
    largest = max(groups.values(), key=len, default=[])
    if len(largest) < rules.threshold:
        differing = {
            name for each in observations for name in differing_fields(each.observation, largest[0].observation)
        }
        raise Disagreement(Code.TOO_FEW_OBSERVATIONS, tuple(sorted(differing)))
    return tuple(sorted(largest, key=lambda each: int(each.node, 16)))


def agree(rules: RoundRules, observations: Sequence[SignedObservation]) -> Agreed:
    """What a group of observations agrees on, worked out anew by every node.

    Raises:
        Disagreement
    """
    if len(observations) < rules.threshold:
        raise Disagreement(Code.TOO_FEW_OBSERVATIONS)
    first = observations[0].observation
    for each in observations[1:]:
        if _kind_of(each.observation) != _kind_of(first):
            raise _difference(each.observation, first)
    columns = zip(*(each.observation.numbers for each in observations), strict=True)
    numbers, spreads, wide = [], [], []
    for column in columns:
        name, values = column[0][0], [value for _, value in column]
        median, spread, tight = _agree_on(rules, name, values)
        numbers.append((name, median))
        spreads.append((name, spread))
        if not tight:
            wide.append(name)
    return Agreed(tuple(numbers), first.decisions, first.versions, tuple(spreads), tuple(wide))


def check_own(rules: RoundRules, agreed: Agreed, own: Observation) -> None:
    """Hold what was agreed against what this node saw itself.

    Raises:
        Disagreement
    """
    if own.versions != agreed.versions:
        raise Disagreement(Code.VERSIONS_DIFFER, _differing(own.versions, agreed.versions))
    if own.decisions != agreed.decisions:
        raise Disagreement(Code.DECISION_DIFFERS, _differing(own.decisions, agreed.decisions))
    mine = dict(own.numbers)
    if mine.keys() != agreed.number.keys():
        raise Disagreement(Code.FIELDS_DIFFER, tuple(sorted(mine.keys() ^ agreed.number.keys())))
    far = [name for name, value in agreed.numbers if not _near(rules, name, value, mine[name])]
    if far:
        raise Disagreement(Code.NUMBER_DIFFERS, tuple(far))


def differing_fields(one: Observation, other: Observation) -> tuple[str, ...]:
    """Versions, decisions and names in which two observations differ."""
    names = {name for name, _ in one.numbers} ^ {name for name, _ in other.numbers}
    findings = _differing(one.versions, other.versions) + _differing(one.decisions, other.decisions)
    return tuple(sorted({*findings, *names}))


def check_form(rules: RoundRules, observation: Observation) -> None:
    """An observation's numbers have rules, its names ascend, and none stands twice.

    Raises:
        Disagreement
    """
    for findings in (observation.numbers, observation.decisions, observation.versions):
        names = [name for name, _ in findings]
        if any(left >= right for left, right in pairwise(names)):
            raise Disagreement(Code.FIELDS_DIFFER, tuple(names))
    unknown = tuple(name for name, _ in observation.numbers if rules.rule_of(name) is None)
    if unknown or "observed_at" not in dict(observation.numbers):
        raise Disagreement(Code.FIELDS_DIFFER, unknown or ("observed_at",))


def _agree_on(rules: RoundRules, name: str, values: list[int]) -> tuple[int, int, bool]:
    rule, median = rules.rule_of(name), lower_median(values)
    if rule is None:
        raise Disagreement(Code.FIELDS_DIFFER, (name,))
    if not rule.least <= median <= rule.most:
        raise Disagreement(Code.LIMIT_BROKEN, (name,))
    if sum(rule.near(median, value) for value in values) < rules.threshold:
        raise Disagreement(Code.TOO_FEW_NEAR, (name,))
    spread = spread_around(values, median, rules.threshold)
    return median, spread, rule.is_tight(median, spread)


def _near(rules: RoundRules, name: str, median: int, own: int) -> bool:
    rule = rules.rule_of(name)
    return rule is not None and rule.near(median, own)


def _kind_of(observation: Observation) -> tuple[object, ...]:
    return observation.versions, observation.decisions, tuple(name for name, _ in observation.numbers)


def _difference(one: Observation, other: Observation) -> Disagreement:
    if one.versions != other.versions:
        return Disagreement(Code.VERSIONS_DIFFER, _differing(one.versions, other.versions))
    if one.decisions != other.decisions:
        return Disagreement(Code.DECISION_DIFFERS, _differing(one.decisions, other.decisions))
    return Disagreement(Code.FIELDS_DIFFER, differing_fields(one, other))


def _differing(one: Sequence[tuple[str, bytes]], other: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
    return tuple(sorted({name for name, _ in set(one) ^ set(other)}))
