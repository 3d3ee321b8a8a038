"""Payment institutions: who they are, what they take, and what they have taken on today. Twin of `InstitutionBook`.

Amounts are token units, times unix seconds. A step that raises has changed nothing.
"""

from dataclasses import dataclass, field, replace
from enum import IntEnum

from domain.errors import StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.money import TokenUnits

DAY_SECONDS = 86_400
MIN_RECEIPT_SECONDS = 3_600
MAX_RECEIPT_SECONDS = 14 * DAY_SECONDS
FUNDED_PART = 2
"""Payees' own money may use this part of a day, as a divisor."""
NOTHING = TokenUnits(0)
NO_REFERENCE = bytes(32)


class Engagement(IntEnum):
    """What an institution is asked to take on."""

    CLAIM = 0
    FUNDED = 1
    PREMIUM = 2


@dataclass(frozen=True, slots=True)
class InstitutionTerms:
    """What governance admits an institution with."""

    signer: str
    account: str
    per_payout_limit: TokenUnits
    per_day_limit: TokenUnits
    receipt_seconds: int


@dataclass(frozen=True, slots=True)
class DayUse:
    """What an institution has taken on in one day (UTC): payouts, those of them payees funded, and premiums."""

    day: int
    opened: TokenUnits = NOTHING
    funded: TokenUnits = NOTHING
    collected: TokenUnits = NOTHING


@dataclass(slots=True)
class Institution:
    """An institution as it stands."""

    terms: InstitutionTerms
    suspended: bool = False
    use: DayUse = field(default_factory=lambda: DayUse(0))
    tokens: set[str] = field(default_factory=set)
    references: set[bytes] = field(default_factory=set)

    def today(self, now: int) -> DayUse:
        """What it has taken on today: a day that is over counts for nothing."""
        day = now // DAY_SECONDS
        return self.use if self.use.day == day else DayUse(day)


@dataclass(slots=True)
class InstitutionBook:
    """All institutions, numbered from 1. `address` is the disbursement contract's own."""

    address: str
    institutions: list[Institution] = field(default_factory=list)

    def register(self, terms: InstitutionTerms) -> int:
        """Admits an institution; its number.

        Raises:
            StepRefused: `InstitutionKeysInvalid`, `InstitutionLimitsInvalid`, `ReceiptSecondsInvalid`.
        """
        self._require_keys(terms)
        _require_limits(terms)
        self.institutions.append(Institution(terms))
        return len(self.institutions)

    def rotate_keys(self, number: int, signer: str, account: str) -> None:
        """Replaces signer and account, for payouts on the way too.

        Raises:
            StepRefused: `InstitutionUnknown`, `InstitutionKeysInvalid`.
        """
        kept = self.known(number)
        terms = replace(kept.terms, signer=signer, account=account)
        self._require_keys(terms)
        kept.terms = terms

    def change_limits(self, number: int, per_payout: TokenUnits, per_day: TokenUnits, receipt_seconds: int) -> None:
        """Sets limits and time for receipts of what comes from now on.

        Raises:
            StepRefused: `InstitutionUnknown`, `InstitutionLimitsInvalid`, `ReceiptSecondsInvalid`.
        """
        kept = self.known(number)
        terms = replace(kept.terms, per_payout_limit=per_payout, per_day_limit=per_day, receipt_seconds=receipt_seconds)
        _require_limits(terms)
        kept.terms = terms

    def accept_token(self, number: int, token: str, *, accepted: bool = True) -> None:
        """Says whether an institution takes a token.

        Raises:
            StepRefused: `InstitutionUnknown`.
        """
        tokens = self.known(number).tokens
        tokens.add(token) if accepted else tokens.discard(token)

    def suspend(self, number: int) -> None:
        """Nothing new for the institution, nothing it says counts, nothing goes to its account.

        Raises:
            StepRefused: `InstitutionUnknown`, `InstitutionIsSuspended`.
        """
        self.active(number).suspended = True

    def resume(self, number: int) -> None:
        """Ends a suspension.

        Raises:
            StepRefused: `InstitutionUnknown`, `InstitutionNotSuspended`.
        """
        kept = self.known(number)
        if not kept.suspended:
            raise StepRefused("InstitutionNotSuspended", institution=number)
        kept.suspended = False

    def accepts(self, number: int, token: str, amount: TokenUnits, now: int) -> bool:
        """Whether an institution would take this payout of a claim now."""
        try:
            self.check_engagement(number, token, amount, Engagement.CLAIM, now)
        except StepRefused:
            return False
        return True

    def check_engagement(self, number: int, token: str, amount: TokenUnits, kind: Engagement, now: int) -> DayUse:
        """What the day would stand at with this.

        Raises:
            StepRefused: `InstitutionUnknown`, `InstitutionIsSuspended`, `TokenNotAccepted`, `AmountZero`,
                `PayoutLimitExceeded`, `DayLimitExceeded`.
        """
        kept = self.active(number)
        if token not in kept.tokens:
            raise StepRefused("TokenNotAccepted", institution=number, token=token)
        if amount == 0:
            raise StepRefused("AmountZero")
        if amount > kept.terms.per_payout_limit:
            limit = kept.terms.per_payout_limit
            raise StepRefused("PayoutLimitExceeded", institution=number, amount=amount, limit=limit)
        use, limit = kept.today(now), kept.terms.per_day_limit
        if kind is Engagement.PREMIUM:
            return replace(use, collected=_counted(number, use.collected, amount, limit))
        use = replace(use, opened=_counted(number, use.opened, amount, limit))
        if kind is Engagement.CLAIM:
            return use
        return replace(use, funded=_counted(number, use.funded, amount, TokenUnits(limit // FUNDED_PART)))

    def check_reference(self, number: int, currency: bytes, rate: int, reference_hash: bytes) -> None:
        """A receipt's words are complete, and its transfer settles nothing else.

        Raises:
            StepRefused: `CurrencyInvalid`, `ReceiptIncomplete`, `ReferenceUsed`.
        """
        if len(currency) != 3 or not all(ord("A") <= letter <= ord("Z") for letter in currency):
            raise StepRefused("CurrencyInvalid", currency=currency)
        if rate == 0 or reference_hash == NO_REFERENCE:
            raise StepRefused("ReceiptIncomplete", rate=rate, reference_hash=reference_hash)
        if reference_hash in self.known(number).references:
            raise StepRefused("ReferenceUsed", institution=number, reference_hash=reference_hash)

    def check_signer(self, number: int, signed_by: str) -> Institution:
        """The institution, if it is not suspended and its present signer signed.

        Raises:
            StepRefused: `InstitutionUnknown`, `InstitutionIsSuspended`, `ReceiptSignatureInvalid`.
        """
        kept = self.active(number)
        if signed_by != kept.terms.signer:
            raise StepRefused("ReceiptSignatureInvalid", institution=number, signer=kept.terms.signer)
        return kept

    def active(self, number: int) -> Institution:
        """An institution that is known and not suspended.

        Raises:
            StepRefused: `InstitutionUnknown`, `InstitutionIsSuspended`.
        """
        kept = self.known(number)
        if kept.suspended:
            raise StepRefused("InstitutionIsSuspended", institution=number)
        return kept

    def known(self, number: int) -> Institution:
        """An institution.

        Raises:
            StepRefused: `InstitutionUnknown`.
        """
        if not 1 <= number <= len(self.institutions):
            raise StepRefused("InstitutionUnknown", institution=number)
        return self.institutions[number - 1]

    def _require_keys(self, terms: InstitutionTerms) -> None:
        if ZERO_ADDRESS in (terms.signer, terms.account) or terms.account == self.address:
            raise StepRefused("InstitutionKeysInvalid", signer=terms.signer, account=terms.account)


def _counted(number: int, used: TokenUnits, amount: TokenUnits, limit: TokenUnits) -> TokenUnits:
    total = TokenUnits(used + amount)
    if total > limit:
        raise StepRefused("DayLimitExceeded", institution=number, total=total, limit=limit)
    return total


def _require_limits(terms: InstitutionTerms) -> None:
    per_payout, per_day = terms.per_payout_limit, terms.per_day_limit
    if not 0 < per_payout <= per_day:
        raise StepRefused("InstitutionLimitsInvalid", per_payout_limit=per_payout, per_day_limit=per_day)
    if not MIN_RECEIPT_SECONDS <= terms.receipt_seconds <= MAX_RECEIPT_SECONDS:
        bounds = {"least": MIN_RECEIPT_SECONDS, "most": MAX_RECEIPT_SECONDS}
        raise StepRefused("ReceiptSecondsInvalid", receipt_seconds=terms.receipt_seconds, **bounds)
