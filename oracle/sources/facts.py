"""The one interface of sources: a question at a time, a fact with its age, origin, licence and cost."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from oracle.sources.errors import SourceAnswerInvalid, SourceStale

Question = TypeVar("Question", contravariant=True)
Value = TypeVar("Value")
CLOCK_TOLERANCE_SECONDS = 3_600
"""How far a source's clock may run ahead of the chain's."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one question costs: millionths of a unit of the currency."""

    millionths: int
    currency: str


FREE = Cost(0, "USD")


@dataclass(frozen=True, slots=True)
class Fact(Generic[Value]):
    """One source's answer.

    Attributes:
        value: None when the source has none: that is never zero, nor "no".
        why_missing: In words, when there is no value; else empty.
        observed_at: Unix seconds this answer speaks of: the `now` it was asked for.
        freshness_seconds: Age of the source's record at `observed_at`.
        provenance: keccak of the bytes it was read from.
        licence: Under which it may be used.
        cost: Of this question.
    """

    value: Value | None
    why_missing: str
    observed_at: int
    freshness_seconds: int
    provenance: bytes
    licence: str
    cost: Cost


class Source(Protocol[Question, Value]):
    """A place where a node looks. Safe to share between threads."""

    @property
    def name(self) -> str:
        """Short name, as in `GET /v1/node`."""
        ...

    @property
    def source_hash(self) -> bytes:
        """32 bytes that name the source and its rules."""
        ...

    @property
    def licence(self) -> str:
        """Under which its data may be used."""
        ...

    @property
    def cost(self) -> Cost:
        """Of one question."""
        ...

    def fetch(self, question: Question, now: int) -> Fact[Value]:
        """What can be known at `now`, unix seconds.

        Raises:
            SourceUnavailable
        """
        ...


def check_made(name: str, made_at: int | None, *, now: int, not_before: int, max_age_seconds: int | None) -> int:
    """Age of an answer at `now`, refused when it is too old, or from the future.

    Args:
        name: Of the source.
        made_at: When the source made the answer, unix seconds; None if it does not say: nobody knows how old it is.
        now: Unix seconds.
        not_before: An answer made earlier cannot speak of what was asked.
        max_age_seconds: None: any age is good, as of a record that no longer changes.
    Raises:
        SourceStale, SourceAnswerInvalid
    """
    if made_at is None:
        raise SourceAnswerInvalid(f"{name} does not date its answer: ask one that sends `Date` and a right `Age`")
    if made_at > now + CLOCK_TOLERANCE_SECONDS:
        raise SourceAnswerInvalid(f"{name} dates its answer {made_at}, after {now}: compare its clock with the chain's")
    if made_at < not_before:
        raise SourceStale(f"{name} made its answer at {made_at}, before {not_before} it cannot be final: ask again")
    age = max(now - made_at, 0)
    if max_age_seconds is not None and age > max_age_seconds:
        raise SourceStale(f"{name}'s answer is {age} s old, at most {max_age_seconds} are taken: ask again")
    return age
