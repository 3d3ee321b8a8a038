"""Goes through the events of indemnity insurance, one transaction after the other, and holds the books at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from domain.money import TokenUnits
from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.findings import Findings
from ledger.indemnity.capital import Capital, Handlers
from ledger.indemnity.claims import Claims
from ledger.indemnity.decisions import Decisions
from ledger.indemnity.disputes import Panels
from ledger.indemnity.effects import KEYS
from ledger.indemnity.house import House
from ledger.indemnity.institutions import Institutions
from ledger.indemnity.parties import PartyCheck
from ledger.indemnity.payouts import Payouts
from ledger.indemnity.roll_forward import RollForward
from ledger.indemnity.sales import Sales
from ledger.indemnity.twins import Move
from ledger.replay import LedgerState
from ledger.signature_check import SignatureCheck

OF_CLAIMS = (
    b.ClaimNoticed, b.ClaimReopened, b.ClaimAcknowledged, b.ClaimReestimated, b.ClaimReferred, b.ClaimDecided,
    b.ClaimDisputed, b.ClaimAwarded, b.ClaimClosed, b.InstitutionChosen, b.LossReported, b.AwardDelivered,
)  # fmt: skip
"""Of another insurer's claims these are passed over."""
OF_PRODUCTS = (
    b.ApplicationsAssessed, b.IndemnityPolicyBound, b.PolicyEndorsed, b.PolicyCancelled, b.PolicyPremiumEarned,
    b.PolicyClosed, b.IndemnityProductSalesSuspended, b.IndemnityProductTransfer, b.IndemnityProductLocked,
)  # fmt: skip
"""Of another insurer's products these are passed over."""
OF_TREASURY = (
    b.ReserveChanged, b.ClaimPaid, b.PayoutHeld, b.ExposureLocked, b.ExposureReleased, b.PremiumEarned,
    b.PremiumReturned,
)  # fmt: skip
INCIDENTS = (b.IncidentRegistered, b.IncidentDuplicate)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was looked at; disputes and payouts are those of all insurers."""

    products: int
    policies: int
    claims: int
    payments: int
    disputes: int
    reports: int
    payouts: int


class IndemnityVerifier:
    """Drives the twin by events. `begin` a transaction, `take` its events in order, `end` it; at last `finish`.

    Attributes:
        house: The state the events give.
    """

    def __init__(
        self, state: LedgerState, findings: Findings, signatures: SignatureCheck, house: House | None = None
    ) -> None:
        self.house = house or House(state, findings)
        self._state, self._findings = state, findings
        parties = PartyCheck(signatures, findings)
        self.panels = Panels(self.house, signatures)
        self.sales = Sales(self.house, parties)
        self.decisions = Decisions(self.house, parties, self.panels)
        self.roll_forward = RollForward(findings)
        self._capital = Capital(self.house)
        self._handlers: Handlers = {
            **self._capital.handlers, **self.sales.handlers, **Claims(self.house).handlers, **self.decisions.handlers,
            **self.panels.handlers, **Institutions(self.house, signatures).handlers,
            **Payouts(self.house, signatures).handlers, b.IndemnityProductCreated: self.house.add_product,
            b.AdjusterLimitSet: self._limit, b.DeskAdmitted: self._desk, b.TestStablecoinTransfer: self._moved,
        }  # fmt: skip
        self.payments = 0
        self._balances: Counter[str] = Counter()
        self._transfers: list[Move] = []

    def begin(self, events: Sequence[ChainEvent]) -> None:
        """A transaction with these events begins."""
        self.house.effects.begin(events)
        self._transfers.clear()

    def take(self, event: ChainEvent) -> None:
        """The next event; the state it is held against is the one before it."""
        self.house.effects.advance()
        self.house.clock.now = event.log.block_time
        if isinstance(event, b.AwardDelivered):
            self.panels.delivered(event)
        if not self._is_ours(event):
            return
        if isinstance(event, b.ReserveChanged):
            self.roll_forward.changed(event)
        elif isinstance(event, b.ClaimPaid):
            self.payments += 1
            self.roll_forward.paid(event)
        if self.house.effects.take(event):
            return
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(event)
        elif type(event) in KEYS:
            self.house.effects.wait(event)

    def end(self, transaction: bytes) -> list[Move]:
        """The transaction is over: what is missing, what follows from nothing, what did not move. Returns what the
        twin moved."""
        self.house.effects.end(transaction)
        moved, self.house.token.moved = self.house.token.moved, []
        self._check_moves(moved, transaction)
        return moved

    def finish(self) -> None:
        """What must hold of policies, claims and treasury together (I7, I16, I17)."""
        treasury, said = self.house.treasury, self._state.treasury
        for product in self.house.products.values():
            account, subject = treasury.products[product.address], f"product {product.address}"
            policies = product.policies.values()
            exposure = sum(policy.exposure(product.terms) for policy in policies)
            self._same("I17", subject, "exposure of policies", exposure, account.exposure)
            unearned = sum(policy.unearned for policy in policies)
            self._same("S14", subject, "unearned premium of policies", unearned, account.unearned)
            self._same("I16", subject, "closing", self.roll_forward.products[product.address].closing, account.reserves)
        reserved = sum(claim.reserve for claim in self.house.desk.claims.values())
        self._same("I16", "treasury", "reserves of claims", reserved, treasury.total_reserves)
        pairs = {
            "booked assets": (said.booked, treasury.booked), "exposure": (said.total_exposure, treasury.total_exposure),
            "reserves": (said.total_reserves, treasury.total_reserves),
            "unearned premium": (said.total_unearned, treasury.total_unearned),
            "held payouts": (said.total_held, treasury.total_held),
        }  # fmt: skip
        for name, (events, twin) in pairs.items():
            self._same("I7", "treasury", f"{name} by the events", events, twin)

    def exposure(self) -> int:
        """What this insurer's indemnity policies have locked, token units."""
        return sum(self.house.treasury.products[address].exposure for address in self.house.products)

    def counts(self) -> Counts:
        """How much was looked at."""
        house = self.house
        return Counts(
            products=len(house.products), policies=sum(len(product.policies) for product in house.products.values()),
            claims=len(house.desk.claims), payments=self.payments, disputes=len(self.panels.disputes),
            reports=self.sales.reports + self.decisions.reports, payouts=len(house.rail.instructions),
        )  # fmt: skip

    def _is_ours(self, event: ChainEvent) -> bool:
        """Whether the twin has to do with an event. Takes what is not the insurer's own, as far as it matters."""
        house = self.house
        if isinstance(event, OF_PRODUCTS):
            return event.log.address in house.products
        if isinstance(event, OF_CLAIMS):
            return house.is_ours(event.claim_id)
        if isinstance(event, INCIDENTS) and not house.is_ours(event.claim_id):
            self._foreign_incident(event)
            return False
        if isinstance(event, OF_TREASURY):
            if event.product in house.products:
                return True
            other = self._capital.of_others.get(type(event))
            if other is not None:
                other(event)
            known = event.product in self._state.products
            detail = f"{type(event).__name__} for product {event.product}, which is none of its own"
            self._findings.expect(known, "I14", "treasury", detail, event.log.transaction_hash)
            return False
        return True

    def _foreign_incident(self, event: ChainEvent) -> None:
        """Another insurer's claim was the first to name an incident, or was not."""
        incidents = self.house.desk.incidents
        if isinstance(event, b.IncidentRegistered):
            fresh = event.nullifier not in incidents
            name = f"incident 0x{event.nullifier.hex()}"
            self._findings.expect(fresh, "I13", name, "is registered twice", event.log.transaction_hash)
            incidents.setdefault(event.nullifier, event.claim_id)

    def _limit(self, event: b.AdjusterLimitSet) -> None:
        per_decision, per_day = TokenUnits(event.per_decision), TokenUnits(event.per_day)
        self.house.desk.set_adjuster_limit(event.treasury, event.adjuster, per_decision, per_day)

    def _desk(self, event: b.DeskAdmitted) -> None:
        (self.house.desk.admitted.add if event.admitted else self.house.desk.admitted.discard)(event.desk)

    def _moved(self, event: b.TestStablecoinTransfer) -> None:
        self.house.token.address = event.log.address
        self._transfers.append((event.from_, event.to, event.value))
        self._balances[event.from_] -= event.value
        self._balances[event.to] += event.value

    def _check_moves(self, moved: Sequence[Move], transaction: bytes) -> None:
        """What leaves panel and disbursement is what the twin sent; what the twin sent there has come."""
        for name, address in (("panel", self.panels.address), ("disbursement", self.house.rail.address)):
            if not address:
                continue
            left = Counter(move for move in self._transfers if move[0] == address)
            due = Counter(move for move in moved if move[0] == address)
            for sender, to, amount in sorted((left - due) + (due - left)):
                times = f"{left[(sender, to, amount)]} transfers, {due[(sender, to, amount)]} payments"
                self._findings.expect(False, "I2", name, f"{amount} token units to {to}: {times}", transaction)
            came = Counter(move for move in self._transfers if move[1] == address)
            for sender, _, amount in Counter(move for move in moved if move[1] == address) - came:
                self._findings.expect(
                    False, "I2", name, f"{amount} token units from {sender} did not come", transaction
                )
        booked, there = self.house.rail.booked.get(self.house.token.address, 0), self._balances[self.house.rail.address]
        detail = f"{booked} token units are promised and {there} are there"
        self._findings.expect(there >= booked, "I1", "disbursement", detail, transaction)

    def _same(self, rule: str, subject: str, what: str, found: int, due: int) -> None:
        self._findings.expect(found == due, rule, subject, f"{what} {found}, in the twin's books {due}")
