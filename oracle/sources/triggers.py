"""Asking every source a trigger needs, and making one reading of them, or an explained refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import EventTextInvalid
from domain.hashing import keccak256
from domain.insured_period import InsuredPeriod, Trigger
from domain.readings import TRIGGER_RULES, Accord, agree
from oracle.sources.errors import SourceMisconfigured, SourcesDisagree
from oracle.sources.facts import Fact, Source


class ReadingState(StrEnum):
    """How far a reading is. Only the first can be reported; the clause on silence speaks of the others."""

    MEASURED = "measured"
    NOT_DUE = "not_due"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class TriggerReading:
    """What the sources say together of an insured period.

    Attributes:
        state: See `ReadingState`.
        value: In the unit of the product's thresholds; None unless measured.
        why_missing: In words, unless measured.
        facts: What each source said, in their order; empty before it is due.
        provenance: keccak over the facts' provenance, in order.
    """

    state: ReadingState
    value: int | None
    why_missing: str
    facts: tuple[Fact[int], ...]
    provenance: bytes


def due_at(insured: InsuredPeriod) -> int:
    """From when a reading can be final, unix seconds."""
    return insured.ends_at + TRIGGER_RULES[insured.trigger].settles_after_seconds


def observe(insured: InsuredPeriod, sources: Sequence[Source[InsuredPeriod, int]], now: int) -> TriggerReading:
    """What can be known of an insured period at `now`, unix seconds.

    Raises:
        SourceMisconfigured: Fewer sources than the trigger asks for, or one of them twice.
        SourcesDisagree: They lie further apart than the tolerance. No value is chosen between them.
        SourceUnavailable: One of them gave no usable answer; ask again later.
    """
    rule = TRIGGER_RULES[insured.trigger]
    if len({source.name for source in sources}) < max(rule.sources, len(sources)):
        names = ", ".join(source.name for source in sources) or "none"
        raise SourceMisconfigured(f"{insured.trigger} needs {rule.sources} different sources, given: {names}")
    if now < due_at(insured):
        return TriggerReading(ReadingState.NOT_DUE, None, f"final from {due_at(insured)} on", (), bytes(32))
    facts = tuple(source.fetch(insured, now) for source in sources)
    provenance = keccak256(b"".join(fact.provenance for fact in facts))
    together = agree([fact.value for fact in facts], rule)
    if together.accord is Accord.APART:
        told = ", ".join(f"{s.name} {f.value}" for s, f in zip(sources, facts, strict=True))
        raise SourcesDisagree(f"{insured.text()}: {told} lie more than {rule.tolerance} apart: people must look")
    if together.accord is Accord.MISSING:
        why = "; ".join(f"{s.name}: {f.why_missing}" for s, f in zip(sources, facts, strict=True) if f.value is None)
        return TriggerReading(ReadingState.MISSING, None, why, facts, provenance)
    return TriggerReading(ReadingState.MEASURED, together.value, "", facts, provenance)


def check_trigger(insured: InsuredPeriod, trigger: Trigger, name: str) -> None:
    """Refuse a question another source is for.

    Raises:
        EventTextInvalid
    """
    if insured.trigger is not trigger:
        problem = f"is not about {trigger}, which is all {name} knows"
        raise EventTextInvalid("insured_event", insured.text(), problem, "Ask the source of its kind")
