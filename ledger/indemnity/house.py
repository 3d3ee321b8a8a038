"""The twin of one insurer's indemnity business, and how a step of it is done: whole, or noted as refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import TypeVar

from domain.claim_ids import ORDINAL_BITS, POLICY_BITS, split_claim_id
from domain.disbursement import Disbursement
from domain.errors import DomainError, StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.indemnity_policy import IndemnityPolicy
from domain.indemnity_product import IndemnityProduct
from domain.token import Token
from ledger import bindings as b
from ledger.codec import LogRef, checksum
from ledger.findings import Findings
from ledger.indemnity.effects import Effects
from ledger.indemnity.refusals import rule_of
from ledger.indemnity.standing import Clock, HeardSigners, staff_of
from ledger.indemnity.twins import DeskOnChain, TokenOnChain, TreasuryOnChain
from ledger.replay import LedgerState

Answer = TypeVar("Answer")
PRODUCT_AT = POLICY_BITS + ORDINAL_BITS
NO_RULES: Mapping[str, str] = {}


class _Tokens(dict[str, Token]):
    """The house's token by its address; any other token is somebody else's."""

    def __init__(self, ours: TokenOnChain) -> None:
        super().__init__()
        self._ours = ours

    def __missing__(self, address: str) -> Token:
        return self._ours if address == self._ours.address else TokenOnChain(address)


class House:
    """Products, treasury, desk and disbursement as the twin has them.

    Attributes:
        now: Time of the event that has its turn, unix seconds.
        hashes: Product → terms hash.
    """

    def __init__(self, state: LedgerState, findings: Findings, effects: Effects | None = None) -> None:
        self.state, self.findings = state, findings
        self.effects = effects or Effects(findings)
        self.clock = Clock()
        self.token = TokenOnChain()
        self.treasury = TreasuryOnChain(state.treasury_address, self.token, self.effects)
        self.rail = Disbursement("", _Tokens(self.token))
        self.products: dict[str, IndemnityProduct] = {}
        self.hashes: dict[str, bytes] = {}
        signers = HeardSigners(state, self.clock)
        self.desk = DeskOnChain(self.products, signers, effects=self.effects, rail=self.rail, token=self.token)

    @property
    def now(self) -> int:
        """Time of the event that has its turn, unix seconds."""
        return self.clock.now

    def is_ours(self, claim_id: int) -> bool:
        """Whether a claim is one on this insurer's policies."""
        return checksum(f"0x{claim_id >> PRODUCT_AT:040x}") in self.products

    def add_product(self, event: b.IndemnityProductCreated) -> None:
        """A product of this insurer came to be."""
        terms, subject = event.terms, f"product {event.product}"
        if event.treasury != self.treasury.address:
            return
        where = event.log.transaction_hash
        self.findings.expect(terms.treasury == event.treasury, "I14", subject, f"pays from {terms.treasury}", where)
        self.findings.expect(terms.hash() == event.terms_hash, "S7", subject, "its terms have another hash", where)
        staff = staff_of(self.state, self.clock)
        self.products[event.product] = IndemnityProduct(event.product, terms, self.treasury, staff)
        self.hashes[event.product] = event.terms_hash
        self._meet("desk", terms.desk, self.desk.address, subject, where)
        self.desk.address = self.desk.address or terms.desk
        if terms.disbursement != ZERO_ADDRESS:
            self._meet("disbursement", terms.disbursement, self.rail.address, subject, where)
            self.meet_rail(self.rail.address or terms.disbursement)
            self.treasury.collectors.add(terms.disbursement)

    def meet_rail(self, address: str) -> None:
        """Where the disbursement contract stands."""
        self.rail.address = self.rail.book.address = address

    def _meet(self, role: str, named: str, known: str, subject: str, where: bytes) -> None:
        detail = f"its {role} is {named}, events are read from {known}: its claims cannot be followed"
        self.findings.expect(known in ("", named), "I7", subject, detail, where)

    def step(
        self, subject: str, log: LogRef, action: Callable[[], Answer], *, claims: Iterable[int] = (),
        policies: Iterable[tuple[str, int]] = (), rules: Mapping[str, str] = NO_RULES,
    ) -> Answer | None:  # fmt: skip
        """Do a step of the twin, or note why the twin refuses it and leave everything as it was.

        Args:
            claims, policies: What the step may change, new ones included.
            rules: Code of a refusal → rule it breaks, where that is not the usual one.
        Returns:
            What the step gives; None if it was refused.
        """
        try:
            with self._undone_if_refused(tuple(claims), tuple(policies)):
                answer = action()
        except DomainError as refusal:
            code = refusal.code if isinstance(refusal, StepRefused) else type(refusal).__name__
            rule = rules.get(code) or rule_of(code)
            self.findings.expect(False, rule, subject, f"{code}: {refusal}", log.transaction_hash)
            self.effects.drop(subject)
            return None
        self.effects.keep()
        return answer

    @contextmanager
    def _undone_if_refused(self, claims: tuple[int, ...], policies: tuple[tuple[str, int], ...]) -> Iterator[None]:
        treasury, desk = self.treasury, self.desk
        touched = {*policies, *(split_claim_id(claim_id)[:2] for claim_id in claims)}
        books = {product: copy(treasury.products[product]) for product, _ in touched}
        cash = (treasury.booked, treasury.paid_today, treasury.day, dict(treasury.held), list(treasury.pauses))
        kept_claims = {claim_id: copy(desk.claims.get(claim_id)) for claim_id in claims}
        kept_policies = {place: _policy(self.products[place[0]].policies.get(place[1])) for place in touched}
        limits = {place: copy(limit) for place, limit in desk.limits.items()}
        incidents, moves = len(desk.incidents), len(self.token.moved)
        try:
            yield
        except DomainError:
            treasury.products.update(books)
            treasury.booked, treasury.paid_today, treasury.day, treasury.held, treasury.pauses = cash
            _restore(desk.claims, kept_claims)
            for (product, policy_id), policy in kept_policies.items():
                _restore(self.products[product].policies, {policy_id: policy})
            desk.limits = limits
            for nullifier in list(desk.incidents)[incidents:]:
                del desk.incidents[nullifier]
            del self.token.moved[moves:]
            raise


def _policy(policy: IndemnityPolicy | None) -> IndemnityPolicy | None:
    """A copy that keeps its versions: those are added to, all else is replaced."""
    kept = copy(policy)
    if kept is not None:
        kept.versions = list(kept.versions)
    return kept


Kept = TypeVar("Kept")


def _restore(there: dict[int, Kept], before: Mapping[int, Kept | None]) -> None:
    for number, value in before.items():
        if value is None:
            there.pop(number, None)
        else:
            there[number] = value
