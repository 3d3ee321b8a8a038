"""What is owed, and the states an insured event and its policies go through. Twin of `ParametricProduct.sol`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.curve import indemnity
from domain.errors import (
    AmountInvalid,
    Conflict,
    EventAlreadyClosed,
    EventNotDue,
    EventStillOpen,
    IdentifierInvalid,
    ReportWindowOpen,
)
from domain.money import Bps, TokenUnits, token_units
from domain.parametric_terms import ParametricTerms
from domain.policy import Outcome
from domain.ranges import MAX_INT32, MIN_INT32, is_whole
from domain.reports import Measurement

NOTHING = TokenUnits(0)
NO_SHARE = Bps(0)
REPORTABLE = (Outcome.MEASURED, Outcome.CANCELLED, Outcome.DIVERTED)


def share_owed(terms: ParametricTerms, outcome: Outcome, value: int) -> Bps:
    """Share of the sum insured that an outcome is worth. Rules S1, S4 and S5.

    Args:
        terms: Of the product.
        outcome: Not OPEN.
        value: Measured value in the product's unit; 0 unless measured.
    Returns:
        Basis points, 0 to 10_000. 0 when not reported: then the premium goes back instead.
    Raises:
        EventStillOpen: Nothing is owed yet.
        AmountInvalid: A value without a measurement, or one that is not an int32.
    """
    if outcome is Outcome.OPEN:
        raise EventStillOpen("outcome", outcome.name, "is not final", "Wait for the report")
    if outcome is not Outcome.MEASURED and value != 0:
        raise AmountInvalid("value", value, f"was measured though the event is {outcome.name}", "Report 0")
    if outcome is Outcome.MEASURED:
        return terms.curve.share_bps(value)
    if outcome is Outcome.CANCELLED:
        return terms.cancelled_share_bps
    return terms.diverted_share_bps if outcome is Outcome.DIVERTED else NO_SHARE


def amount_owed(sum_insured: TokenUnits, premium: TokenUnits, outcome: Outcome, share_bps: Bps) -> TokenUnits:
    """What one policy is paid. Rules S2 and S4.

    Args:
        sum_insured: Token units.
        premium: Token units; returned when no quorum spoke in time.
        outcome: Not OPEN.
        share_bps: From `share_owed`.
    Returns:
        Token units, at most `sum_insured` or, when not reported, exactly `premium`.
    Raises:
        EventStillOpen, AmountInvalid
    """
    if outcome is Outcome.OPEN:
        raise EventStillOpen("outcome", outcome.name, "is not final", "Wait for the report")
    if outcome is Outcome.NOT_REPORTED:
        return token_units(premium, "premium")
    return indemnity(sum_insured, share_bps)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as the contract keeps it; it is settled once its event has `settled` above its ordinal."""

    holder: str
    sum_insured: TokenUnits
    premium: TokenUnits
    bound_at: int


@dataclass(frozen=True, slots=True)
class InsuredEvent:
    """An insured event as a product keeps it. Each step returns the next state; none goes back.

    OPEN --close--> MEASURED | CANCELLED | DIVERTED, OPEN --close_unreported--> NOT_REPORTED; then `settle` raises
    `settled` until it equals `policies`.

    Attributes:
        policies: How many are bound.
        settled: How many of them, in order, are settled.
        exposure: Sums insured not yet settled, token units.
        occurs_at: Unix seconds.
        outcome: How it ended.
        share_bps: Share owed once the outcome is known.
        value: Measured value.
    """

    policies: int = 0
    settled: int = 0
    exposure: TokenUnits = NOTHING
    occurs_at: int = 0
    outcome: Outcome = Outcome.OPEN
    share_bps: Bps = NO_SHARE
    value: int = 0

    def bind(self, policy: Policy, occurs_at: int, terms: ParametricTerms) -> "InsuredEvent":
        """The event with one more policy; its ordinal is `policies` of the event before.

        Raises:
            EventAlreadyClosed: The outcome is known.
            Conflict: Earlier policies say it occurs at another time.
            AmountInvalid: The product would insure more on this event than `max_event_exposure`.
        """
        self._require_open()
        if self.policies and occurs_at != self.occurs_at:
            problem = f"differs from {self.occurs_at}, which earlier policies have"
            raise Conflict("occurs_at", occurs_at, problem, "Use the scheduled time")
        exposure = token_units(self.exposure + policy.sum_insured, "event exposure", most=terms.max_event_exposure)
        return replace(self, policies=self.policies + 1, exposure=exposure, occurs_at=occurs_at)

    def close(self, terms: ParametricTerms, measurement: Measurement, observed_at: int) -> "InsuredEvent":
        """The event with its outcome, as a quorum reported it.

        Raises:
            IdentifierInvalid: Nothing is insured on it.
            EventAlreadyClosed, EventNotDue
            AmountInvalid: The measurement is neither measured, cancelled nor diverted, or has a value without being
                measured, or one that is not an int32.
        """
        self._require_insured()
        self._require_open()
        if observed_at < self.occurs_at:
            problem = f"lies before {self.occurs_at}, when the event is due"
            raise EventNotDue("observed_at", observed_at, problem, "Report after the event")
        if measurement.outcome not in REPORTABLE:
            raise AmountInvalid("outcome", measurement.outcome.name, "cannot be reported", "Report what was observed")
        if not is_whole(measurement.value, MIN_INT32, MAX_INT32):
            raise AmountInvalid("value", measurement.value, "does not fit 32 bits", "Report in the product's unit")
        share = share_owed(terms, measurement.outcome, measurement.value)
        return replace(self, outcome=measurement.outcome, value=measurement.value, share_bps=share)

    def close_unreported(self, terms: ParametricTerms, now: int) -> "InsuredEvent":
        """The event closed because no quorum spoke within the report window. Rule S4.

        Raises:
            IdentifierInvalid, EventAlreadyClosed
            ReportWindowOpen: `now` is not after the window's last second.
        """
        self._require_insured()
        self._require_open()
        closes_at = self.occurs_at + terms.report_window_seconds
        if now <= closes_at:
            raise ReportWindowOpen("now", now, f"the quorum may report until {closes_at}", "Wait until after that")
        return replace(self, outcome=Outcome.NOT_REPORTED)

    def settle(self, policies: Sequence[Policy], room: int) -> "Settlement":
        """Settle this event's policies in the order they were bound, paying at most `room` of them.

        When nothing is owed all are settled at once and no room is used.

        Args:
            policies: All policies of the event, by ordinal.
            room: How many payouts the batch still takes, 0 or more.
        Raises:
            EventStillOpen
            IdentifierInvalid: `policies` is not all of them.
        """
        if self.outcome is Outcome.OPEN:
            raise EventStillOpen("outcome", self.outcome.name, "is not final", "Wait for the report")
        if len(policies) != self.policies:
            problem = f"are not the event's {self.policies}"
            raise IdentifierInvalid("policies", len(policies), problem, "Give all of them, by ordinal")
        owed = self.outcome is Outcome.NOT_REPORTED or self.share_bps > 0
        end = min(self.policies, self.settled + room) if owed else self.policies
        due = policies[self.settled : end]
        amounts = tuple(amount_owed(p.sum_insured, p.premium, self.outcome, self.share_bps) for p in due)
        exposure = TokenUnits(sum(p.sum_insured for p in due))
        after = replace(self, settled=end, exposure=TokenUnits(self.exposure - exposure))
        return Settlement(after, self.settled, end, exposure, amounts if owed else ())

    def _require_insured(self) -> None:
        if self.policies == 0:
            raise IdentifierInvalid("event", self.policies, "has no policies", "Check the event id")

    def _require_open(self) -> None:
        if self.outcome is not Outcome.OPEN:
            raise EventAlreadyClosed("outcome", self.outcome.name, "is final", "Nothing more can be reported")


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one step of settlement did to an event.

    Attributes:
        event: Its state afterwards.
        first, end: Policies number `first` to `end` - 1 are settled by it.
        exposure: Token units released.
        amounts: What each of them is paid, token units, by ordinal from `first`; empty when nothing is owed.
    """

    event: InsuredEvent
    first: int
    end: int
    exposure: TokenUnits
    amounts: tuple[TokenUnits, ...]

    @property
    def paid(self) -> TokenUnits:
        """Token units paid by this step."""
        return TokenUnits(sum(self.amounts))
