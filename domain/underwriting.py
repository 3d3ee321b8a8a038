"""Which quotes the contract binds: the checks of `ParametricProduct.bind` on price, time and limits.

Signatures, roles and the used-application bitmap are the chain's; see `ledger`.
"""

from domain.errors import QuoteRefused
from domain.hashing import ZERO_ADDRESS
from domain.money import TokenUnits
from domain.parametric_terms import ParametricTerms
from domain.policy import MAX_EVENT_TEXT_BYTES, Outcome, event_id
from domain.premium import premium_due
from domain.reports import Assessment, Quote
from domain.settlement import InsuredEvent


def check_quote(terms: ParametricTerms, assessment: Assessment, quote: Quote, event: InsuredEvent, *, now: int) -> None:
    """Refuse a quote that `bind` would refuse, in the contract's order. Rule S9.

    Args:
        terms: Of the product.
        assessment: What the oracle quorum said of this application.
        quote: To be bound.
        event: The insured event as it stands; `InsuredEvent()` if nothing is insured on it yet.
        now: Chain time, unix seconds.
    Raises:
        QuoteRefused: `code` is the contract's own error.
    """
    size = len(quote.insured_event.encode("utf-8", "surrogatepass"))
    if not 1 <= size <= MAX_EVENT_TEXT_BYTES:
        problem = f"has {size} bytes, and 1 to {MAX_EVENT_TEXT_BYTES} are allowed"
        raise QuoteRefused("InsuredEventTextInvalid", "insured_event", quote.insured_event, problem, "Shorten it")
    _check_subject(assessment, quote)
    if quote.holder in (ZERO_ADDRESS, terms.treasury):
        raise QuoteRefused("HolderInvalid", "holder", quote.holder, "cannot be paid", "Name the holder's own account")
    if quote.valid_until < now:
        raise QuoteRefused("QuoteExpired", "valid_until", quote.valid_until, f"lies before {now}", "Quote again")
    check_sale(terms, quote.occurs_at, now=now)
    check_sum_insured(terms, quote.sum_insured, cap=assessment.sum_insured_cap)
    _check_premium(terms, assessment, quote)
    _check_event(terms, quote, event)


def sale_window(terms: ParametricTerms, occurs_at: int) -> tuple[int, int]:
    """First and last second in which an event can be insured, unix seconds, both inclusive. Rule S9."""
    return max(occurs_at - terms.max_lead_seconds, 0), max(occurs_at - terms.min_lead_seconds, 0)


def check_sale(terms: ParametricTerms, occurs_at: int, *, now: int) -> None:
    """Refuse an event outside the product's period, or one whose sale is not open at `now`. Rule S9.

    Raises:
        QuoteRefused: `EventOutsidePeriod` or `SaleClosed`.
    """
    if not terms.period_start <= occurs_at <= terms.period_end:
        problem = f"lies outside the product's period, {terms.period_start} to {terms.period_end}"
        raise QuoteRefused("EventOutsidePeriod", "occurs_at", occurs_at, problem, "Choose an event within it")
    opens_at, closes_at = sale_window(terms, occurs_at)
    if now < opens_at:
        raise QuoteRefused("SaleClosed", "now", now, f"sale opens at {opens_at}", "Apply from then on")
    if now > closes_at:
        raise QuoteRefused("SaleClosed", "now", now, f"sale closed at {closes_at}", "Choose a later event")


def check_sum_insured(terms: ParametricTerms, sum_insured: TokenUnits, *, cap: TokenUnits | None = None) -> None:
    """Refuse a sum insured outside the terms, or above what the oracle says the risk bears. Rule S9.

    Raises:
        QuoteRefused: `SumInsuredOutOfRange`.
    """
    most = terms.max_sum_insured if cap is None else min(cap, terms.max_sum_insured)
    if not terms.min_sum_insured <= sum_insured <= most:
        problem = f"must be {terms.min_sum_insured} to {most} token units"
        raise QuoteRefused("SumInsuredOutOfRange", "sum_insured", sum_insured, problem, "Choose a sum in this range")


def _check_subject(assessment: Assessment, quote: Quote) -> None:
    pairs = (
        ("ApplicationMismatch", "application_id", quote.application_id, assessment.application_id),
        ("EventMismatch", "event_id", event_id(quote.insured_event), assessment.event_id),
        ("OccursAtMismatch", "occurs_at", quote.occurs_at, assessment.occurs_at),
    )
    for code, field, quoted, assessed in pairs:
        if quoted != assessed:
            raise QuoteRefused(code, field, quoted, f"was assessed as {assessed}", "Quote what was assessed")


def _check_premium(terms: ParametricTerms, assessment: Assessment, quote: Quote) -> None:
    due = premium_due(quote.sum_insured, assessment.expected_share_ppb, terms.loading_bps, terms.min_premium)
    if quote.premium != due:
        raise QuoteRefused("PremiumNotAsPriced", "premium", quote.premium, f"should be {due}", "Quote that premium")
    if due >= quote.sum_insured:
        problem = f"reaches the sum insured, {quote.sum_insured}"
        raise QuoteRefused("PremiumTooHigh", "premium", due, problem, "This risk cannot be insured here")


def _check_event(terms: ParametricTerms, quote: Quote, event: InsuredEvent) -> None:
    if event.outcome is not Outcome.OPEN:
        raise QuoteRefused("EventAlreadyClosed", "outcome", event.outcome.name, "is final", "Choose a later event")
    if event.policies and quote.occurs_at != event.occurs_at:
        problem = f"differs from {event.occurs_at}, which earlier policies have"
        raise QuoteRefused("OccursAtMismatch", "occurs_at", quote.occurs_at, problem, "Use the scheduled time")
    exposure = event.exposure + quote.sum_insured
    if exposure > terms.max_event_exposure:
        problem = f"exceeds {terms.max_event_exposure}, the most insured on one event"
        raise QuoteRefused("EventExposureTooLarge", "event exposure", exposure, problem, "Choose another event")
