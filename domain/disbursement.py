"""Payouts and premiums through institutions, never on both legs. Twin of `Disbursement.sol`.

The token waits for the institution's receipt. Refusal, or silence past the time, makes the payee free to take it or to
choose another institution. Amounts are token units, times unix seconds. Who signed is what the signature says;
recovering it is the ledger's work. A step that raises has changed nothing. Allowances are the token's business.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from domain.errors import StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.institutions import DAY_SECONDS, DayUse, Engagement, InstitutionBook
from domain.money import TokenUnits
from domain.payouts import CollectionReceipt, Earmark, PayoutInstruction, PayoutOrder, PayoutReceipt, PayoutState
from domain.token import Token

MAX_COLLECTION_SECONDS = 30 * DAY_SECONDS


@dataclass(slots=True)
class Disbursement:
    """The contract's books. `tokens` are the settlement tokens by their address."""

    address: str
    tokens: dict[str, Token]
    book: InstitutionBook = field(init=False)
    instructions: list[PayoutInstruction] = field(default_factory=list)
    earmarks: dict[tuple[str, int], Earmark] = field(default_factory=dict)
    booked: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.book = InstitutionBook(self.address)

    def open_payout(self, order: PayoutOrder, now: int) -> int:
        """Hands a claim's payout, whose tokens have arrived, to an institution; the instruction's number.

        Raises:
            StepRefused: `RecipientInvalid`, what `InstitutionBook.check_engagement` raises, `PayoutUnfunded`.
        """
        self._require_recipient(order.payee)
        use = self._check(order, Engagement.CLAIM, now)
        needed, held = self.booked[order.token] + order.amount, self.tokens[order.token].balances[self.address]
        if held < needed:
            raise StepRefused("PayoutUnfunded", token=order.token, needed=needed, held=held)
        self.booked[order.token] = needed
        self.book.known(order.institution).use = use
        return self._opened(order, now)

    def fund_payout(self, payee: str, institution: int, token: str, amount: TokenUnits, now: int) -> int:
        """Sends a payee's own tokens through an institution; the instruction's number.

        Raises:
            StepRefused: What `InstitutionBook.check_engagement` raises, and the token.
        """
        order = PayoutOrder(0, payee, institution, token, amount)
        use = self._check(order, Engagement.FUNDED, now)
        self.tokens[token].move(payee, self.address, amount)
        self.booked[token] += amount
        self.book.known(institution).use = use
        return self._opened(order, now)

    def confirm_payout(self, receipt: PayoutReceipt, signed_by: str) -> None:
        """The institution paid the payee and has the token. Late counts, while neither leg is paid.

        Raises:
            StepRefused: `PayoutNotInState`, `ReceiptMismatch`, what `InstitutionBook.check_signer` and
                `check_reference` raise, and the token.
        """
        kept = self._waiting(receipt.instruction_id)
        order, number = kept.order, kept.order.institution
        if (receipt.payee, receipt.token, receipt.amount) != (order.payee, order.token, order.amount):
            instruction = {"instruction_id": receipt.instruction_id, "payee": order.payee, "token": order.token}
            raise StepRefused("ReceiptMismatch", **instruction, amount=order.amount)
        institution = self.book.check_signer(number, signed_by)
        self.book.check_reference(number, receipt.currency, receipt.rate, receipt.reference_hash)
        self._pay_out(order.token, institution.terms.account, order.amount)
        institution.references.add(receipt.reference_hash)
        kept.state = PayoutState.CONFIRMED

    def refuse_payout(self, instruction_id: int, caller: str, reason_code: int) -> None:
        """The institution will not pay: the payee is free at once.

        Raises:
            StepRefused: `PayoutNotInState`, `InstitutionIsSuspended`, `InstitutionRequired`, `RefusalReasonMissing`.
        """
        kept = self._waiting(instruction_id)
        terms = self.book.active(kept.order.institution).terms
        if caller not in (terms.signer, terms.account):
            raise StepRefused("InstitutionRequired", instruction_id=instruction_id, caller=caller)
        if reason_code == 0:
            raise StepRefused("RefusalReasonMissing", instruction_id=instruction_id)
        kept.state = PayoutState.REFUSED

    def take_payout(self, instruction_id: int, payee: str, to: str, now: int) -> None:
        """The payee takes the token of a freed payout, in person or by a signed order.

        Raises:
            StepRefused: `PayoutNotInState`, `PayeeRequired`, `PayoutNotFree`, `RecipientInvalid`, and the token.
        """
        kept = self._free(instruction_id, payee, now)
        self._require_recipient(to)
        self._pay_out(kept.order.token, to, kept.order.amount)
        kept.state = PayoutState.TAKEN

    def reroute_payout(self, instruction_id: int, payee: str, institution: int, now: int) -> int:
        """The payee sends a freed payout to an institution anew; the successor's number.

        Raises:
            StepRefused: `PayoutNotInState`, `PayeeRequired`, `PayoutNotFree`, and what
                `InstitutionBook.check_engagement` raises.
        """
        kept = self._free(instruction_id, payee, now)
        old = kept.order
        order = PayoutOrder(old.claim_id, old.payee, institution, old.token, old.amount)
        kind = Engagement.CLAIM if old.claim_id else Engagement.FUNDED
        use = self._check(order, kind, now)
        self.book.known(institution).use = use
        kept.state = PayoutState.REROUTED
        return self._opened(order, now)

    def collect_premium(self, receipt: CollectionReceipt, signed_by: str, now: int) -> None:
        """Sets the premium an institution received aside for one application.

        Raises:
            StepRefused: `RecipientInvalid`, `CollectionTimeInvalid`, `PremiumAlreadyCollected`, what
                `InstitutionBook.check_signer`, `check_engagement` and `check_reference` raise, and the token.
        """
        self._require_recipient(receipt.product)
        self._require_recipient(receipt.holder)
        latest = now + MAX_COLLECTION_SECONDS
        if not now <= receipt.valid_until <= latest:
            raise StepRefused("CollectionTimeInvalid", valid_until=receipt.valid_until, earliest=now, latest=latest)
        key = (receipt.product, receipt.application_id)
        if key in self.earmarks:
            raise StepRefused("PremiumAlreadyCollected", product=key[0], application_id=key[1])
        number, token = receipt.institution, receipt.token
        institution = self.book.check_signer(number, signed_by)
        use = self.book.check_engagement(number, token, receipt.amount, Engagement.PREMIUM, now)
        self.book.check_reference(number, receipt.currency, receipt.rate, receipt.reference_hash)
        self.tokens[token].move(institution.terms.account, self.address, receipt.amount)
        self.booked[token] += receipt.amount
        institution.use = use
        institution.references.add(receipt.reference_hash)
        self.earmarks[key] = Earmark(receipt, receipt.amount)

    def release_premium(
        self, product: str, application_id: int, holder: str, token: str, premium: int, now: int
    ) -> None:
        """Gives the premium set aside for an application to the product that binds it.

        Raises:
            StepRefused: `PremiumNotCollected`, `PremiumExpired`, `PremiumHolderWrong`, `PremiumTokenWrong`,
                `CollectionTooSmall`, and the token.
        """
        key = (product, application_id)
        kept = self.earmarks.get(key)
        named = {"product": product, "application_id": application_id}
        if kept is None or kept.released:
            raise StepRefused("PremiumNotCollected", **named)
        receipt = kept.receipt
        if receipt.valid_until < now:
            raise StepRefused("PremiumExpired", **named, valid_until=receipt.valid_until)
        if receipt.holder != holder:
            raise StepRefused("PremiumHolderWrong", **named, holder=receipt.holder)
        if receipt.token != token:
            raise StepRefused("PremiumTokenWrong", **named, token=receipt.token)
        if kept.amount < premium:
            raise StepRefused("CollectionTooSmall", **named, needed=premium, collected=kept.amount)
        self._pay_out(token, product, TokenUnits(premium))
        kept.amount, kept.released = TokenUnits(kept.amount - premium), True
        if kept.amount == 0:
            del self.earmarks[key]

    def return_collection(self, product: str, application_id: int, now: int) -> None:
        """Sends back to the institution what was set aside and not needed.

        Raises:
            StepRefused: `PremiumNotCollected`, `PremiumStillValid`, `InstitutionIsSuspended`, and the token.
        """
        kept = self.earmarks.get((product, application_id))
        named = {"product": product, "application_id": application_id}
        if kept is None:
            raise StepRefused("PremiumNotCollected", **named)
        if not kept.released and now <= kept.receipt.valid_until:
            raise StepRefused("PremiumStillValid", **named, valid_until=kept.receipt.valid_until)
        institution = self.book.active(kept.receipt.institution)
        self._pay_out(kept.receipt.token, institution.terms.account, kept.amount)
        del self.earmarks[product, application_id]

    def state(self, instruction_id: int) -> PayoutState:
        """State of an instruction."""
        known = 1 <= instruction_id <= len(self.instructions)
        return self.instructions[instruction_id - 1].state if known else PayoutState.NONE

    def _check(self, order: PayoutOrder, kind: Engagement, now: int) -> DayUse:
        return self.book.check_engagement(order.institution, order.token, order.amount, kind, now)

    def _opened(self, order: PayoutOrder, now: int) -> int:
        seconds = self.book.known(order.institution).terms.receipt_seconds
        self.instructions.append(PayoutInstruction(order, now + seconds))
        return len(self.instructions)

    def _waiting(self, instruction_id: int) -> PayoutInstruction:
        state = self.state(instruction_id)
        if state is not PayoutState.WAITING:
            raise StepRefused("PayoutNotInState", instruction_id=instruction_id, state=int(state))
        return self.instructions[instruction_id - 1]

    def _free(self, instruction_id: int, payee: str, now: int) -> PayoutInstruction:
        state = self.state(instruction_id)
        if state not in (PayoutState.WAITING, PayoutState.REFUSED):
            raise StepRefused("PayoutNotInState", instruction_id=instruction_id, state=int(state))
        kept = self.instructions[instruction_id - 1]
        if payee != kept.order.payee:
            raise StepRefused("PayeeRequired", instruction_id=instruction_id, caller=payee)
        if not kept.is_free(now):
            raise StepRefused("PayoutNotFree", instruction_id=instruction_id, receipt_due=kept.receipt_due)
        return kept

    def _pay_out(self, token: str, to: str, amount: TokenUnits) -> None:
        if not self.tokens[token].pays(self.address, to, amount):
            raise StepRefused("AccountBlocked", account=to)
        self.booked[token] -= amount

    def _require_recipient(self, to: str) -> None:
        if to in (ZERO_ADDRESS, self.address):
            raise StepRefused("RecipientInvalid", to=to)
