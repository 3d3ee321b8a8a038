"""Institutions: admitted, changed, suspended, and the premiums they put aside. Rule S31."""

from __future__ import annotations

from domain.institutions import InstitutionTerms
from domain.money import TokenUnits
from ledger import bindings as b
from ledger.indemnity.capital import Handlers
from ledger.indemnity.rail import NOT_TWICE, RailCheck
from ledger.typed_receipts import collection_receipt_digest


class Institutions(RailCheck):
    """The institutions of all insurers, and premiums that came through them."""

    @property
    def handlers(self) -> Handlers:
        """Event → what to do about it."""
        return {
            b.InstitutionRegistered: self.registered, b.InstitutionKeysRotated: self.rotated,
            b.InstitutionLimitsChanged: self.limits, b.InstitutionTokenChanged: self.token,
            b.InstitutionSuspended: self.suspended, b.InstitutionResumed: self.resumed,
            b.PremiumCollected: self.collected, b.PremiumReleased: self.released, b.CollectionReturned: self.returned,
        }  # fmt: skip

    def registered(self, event: b.InstitutionRegistered) -> None:
        """An institution was admitted."""
        self._house.meet_rail(event.log.address)
        limits = (TokenUnits(event.per_payout_limit), TokenUnits(event.per_day_limit), event.receipt_seconds)
        terms = InstitutionTerms(event.signer, event.account, *limits)
        number = self._step(event, lambda: self._house.rail.book.register(terms))
        if number is not None:
            self._same(event, "number", event.institution, number)

    def rotated(self, event: b.InstitutionKeysRotated) -> None:
        """An institution has other keys."""
        book = self._house.rail.book
        self._step(event, lambda: book.rotate_keys(event.institution, event.signer, event.account))

    def limits(self, event: b.InstitutionLimitsChanged) -> None:
        """An institution has other limits."""
        book = self._house.rail.book
        limits = (TokenUnits(event.per_payout_limit), TokenUnits(event.per_day_limit), event.receipt_seconds)
        self._step(event, lambda: book.change_limits(event.institution, *limits))

    def token(self, event: b.InstitutionTokenChanged) -> None:
        """An institution takes a token, or no longer."""
        book = self._house.rail.book
        self._step(event, lambda: book.accept_token(event.institution, event.token, accepted=event.accepted))

    def suspended(self, event: b.InstitutionSuspended) -> None:
        """Nothing goes through an institution for a while."""
        self._step(event, lambda: self._house.rail.book.suspend(event.institution))

    def resumed(self, event: b.InstitutionResumed) -> None:
        """A suspension ended."""
        self._step(event, lambda: self._house.rail.book.resume(event.institution))

    def collected(self, event: b.PremiumCollected) -> None:
        """An institution put a premium aside."""
        receipt, rail, now = event.receipt, self._house.rail, self._house.now
        digest = collection_receipt_digest(receipt, chain_id=self._signatures.chain_id, disbursement=event.log.address)
        signer = self._signer(event, receipt.institution, digest, event.signature)
        self._step(event, lambda: self._done(rail.collect_premium, receipt, signer, now))
        named = (event.product, event.application_id, event.institution)
        self._same(event, "receipt", named, (receipt.product, receipt.application_id, receipt.institution))

    def released(self, event: b.PremiumReleased) -> None:
        """Another insurer's product bound on a premium that was set aside."""
        rail, key, now = self._house.rail, (event.product, event.application_id), self._house.now
        if event.product in self._house.products:
            self._house.effects.wait(event)
            return
        earmark = rail.earmarks.get(key)
        holder, token = (earmark.receipt.holder, earmark.receipt.token) if earmark else ("", "")
        rest = earmark.amount - event.premium if earmark else 0
        premium = TokenUnits(event.premium)
        self._step(event, lambda: self._done(rail.release_premium, *key, holder, token, premium, now), NOT_TWICE)
        self._same(event, "rest", event.rest, rest)

    def returned(self, event: b.CollectionReturned) -> None:
        """What was not needed went back to the institution."""
        rail, key, now = self._house.rail, (event.product, event.application_id), self._house.now
        earmark = rail.earmarks.get(key)
        amount, institution = (earmark.amount, earmark.receipt.institution) if earmark else (0, 0)
        self._step(event, lambda: self._done(rail.return_collection, *key, now), NOT_TWICE)
        self._same(event, "amount", event.amount, amount)
        self._same(event, "institution", event.institution, institution)
