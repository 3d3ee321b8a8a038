"""An underwriting office with a planted clock, in which people and machine take steps early, late or very late."""

from __future__ import annotations

import heapq
import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.chain.nodes import HttpNodes
from backend.chain.quorum import SignerSet
from backend.database import Database
from backend.notices.kinds import Language
from backend.notices.ports import Contact, FileCategory, Recipient
from backend.notices.service import NoticeDesk
from backend.notices.vault_records import VaultRecords
from backend.underwriting import casebook, objections
from backend.underwriting.assembly import Intents
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.models import CaseRow, LicenceRow
from backend.underwriting.ports import SoldProduct
from backend.underwriting.shelf import sold_product
from backend.underwriting.watch import watch
from backend.vault.keys import HeldKeys
from backend.vault.sealing import Vault
from domain.indemnity_reports import Measure
from domain.indemnity_terms import IndemnityTerms
from domain.objection_steps import Raised, Way
from domain.tiers import RiskTier
from domain.underwriting_case import notice_of
from domain.underwriting_decision import STANDARD, CaseAssessment, Channel, Conditions, Decision, Verdict
from domain.underwriting_desk import opened
from domain.underwriting_steps import (
    Assessed,
    Collected,
    Decided,
    Event,
    Fault,
    NoticeGiven,
    ReceiptConfirmed,
    Received,
    SentBack,
    Signed,
    Step,
)
from ledger.product_creation import creation_of
from ledger.product_file import load_product_file
from ledger.rpc import Rpc
from scripts import ROOT

BEGIN: Final = 1_767_571_200
"""Monday 5 January 2026, 00:00 UTC."""
SPREAD_SECONDS: Final = 20 * 86_400
LOOK_SECONDS: Final = 1_800
LEAST_PAUSE: Final = 2_700
MEAN_PAUSE: Final = 12 * 3_600
DAY: Final = 86_400
TENANT: Final = UUID(int=1)
CUSTOMER, CLERK, JUNIOR, SENIOR, OTHER_SENIOR = (UUID(int=n) for n in range(0x101, 0x106))
_ROLES: Final = {
    CUSTOMER: Role.POLICYHOLDER, CLERK: Role.CUSTOMER_SERVICE, JUNIOR: Role.JUNIOR_UNDERWRITER,
    SENIOR: Role.SENIOR_UNDERWRITER, OTHER_SENIOR: Role.SENIOR_UNDERWRITER,
}  # fmt: skip
_MEDIUM: Final = Conditions(Measure.LOADING, loading_bps=2_000)
_NOWHERE: Final = "http://127.0.0.1:1"
PRODUCT: Final = "0x" + "11" * 20
_HANDLERS: Final = ("Treasury", "OracleQuorum", "ClaimsDesk", "Disbursement")
Action = Callable[[], None]


@dataclass
class Clock:
    """Set by hand."""

    now: int = BEGIN

    def __call__(self) -> int:
        return self.now


class Contacts:
    """Everybody can be written to."""

    def find(self, _session: Session, _recipient: Recipient) -> Contact:
        """Where."""
        return Contact("Somebody", Language.EN, email="somebody@example.org")

    def insurer(self, _session: Session, _tenant_id: UUID) -> str:
        """In whose name."""
        return "Example Life"


class OneProduct:
    """The project's hospital care, of which notices tell words; nothing of it is on a chain here."""

    def __init__(self) -> None:
        made = creation_of(
            load_product_file(ROOT / "products" / "hospital-care.yaml"), dict.fromkeys(_HANDLERS, PRODUCT)
        )
        assert isinstance(made.terms, IndemnityTerms)
        self._sold = sold_product(PRODUCT, json.loads(json.dumps(made.document)), made.terms)

    def product(self, _address: str) -> SoldProduct:
        """See `Shelf`."""
        return self._sold

    def signers(self, product: SoldProduct) -> SignerSet:
        """See `Shelf`: nobody signs here."""
        return SignerSet(1, frozenset(), product.terms.min_signatures)

    def chain_time(self) -> int:
        """See `Shelf`."""
        return BEGIN

    def policy(self, _product: SoldProduct, _policy_id: int) -> None:
        """See `Shelf`: none is sold."""


@dataclass(slots=True)
class Told:
    """What the script did with a case."""

    fast: bool
    complete_at: int = 0
    told_at: int = 0
    reviewed: bool = False
    sent_back: bool = False
    objection: int = 0
    raised_at: int = 0
    passed_at: int = 0
    examined_at: int = 0


@dataclass
class Play:
    """An office, its clock, and what is still to be done, by time."""

    database: Database
    chance: random.Random
    clock: Clock = field(default_factory=Clock)
    told: dict[int, Told] = field(default_factory=dict)
    _queue: list[tuple[int, int, Action]] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        records = VaultRecords(Vault(HeldKeys.of(b"v" * 32), clock=self.clock))
        self.desk = UnderwritingDesk(
            records, records, NoticeDesk(Contacts(), records, frozenset(), _NOWHERE, self.clock),
            HttpNodes((), timeout_seconds=1), OneProduct(), Intents(Rpc(_NOWHERE)), self.clock, 31_337,
        )  # fmt: skip
        seniority = date(2000, 1, 1)
        with self.database.every_tenant() as session:
            session.add_all(
                LicenceRow(
                    tenant_id=TENANT, person_id=person, set_at=0, offices=[], licensed_on=seniority,
                    intermediate_exam_on=seniority if role is Role.SENIOR_UNDERWRITER else None,
                )
                for person, role in _ROLES.items()
                if person not in (CUSTOMER, CLERK)
            )  # fmt: skip

    def run(self, cases: int) -> None:
        """Everything to its end; deadlines are looked at every half hour."""
        for number in range(1, cases + 1):
            self._at(BEGIN + self.chance.randrange(SPREAD_SECONDS), lambda n=number: self._receive(n))  # type: ignore[misc]  # bound now
        look = BEGIN
        while self._queue:
            at, _, action = heapq.heappop(self._queue)
            while look < at:
                self.clock.now = look
                watch(self.database, self.desk, lambda _session, _tenant, _role: ())
                look += LOOK_SECONDS
            self.clock.now = at
            action()

    def _at(self, when: int, action: Action) -> None:
        heapq.heappush(self._queue, (when, next(self._count), action))

    def _then(self, action: Action) -> None:
        """After a pause: mostly hours, now and then days."""
        self._at(self.clock.now + LEAST_PAUSE + int(self.chance.expovariate(1 / MEAN_PAUSE)), action)

    def _receive(self, number: int) -> None:
        fast = self.chance.random() < 0.5
        self.told[number] = Told(fast)
        row = CaseRow(
            case_id=number, application_id=number << 8, product=PRODUCT, line="health", party="personal",
            received_at=self.clock.now, tenant_id=TENANT, person_id=CUSTOMER, events=0, stuck=None, sampled=False,
        )  # fmt: skip
        worker = Principal.worker(TENANT)
        with self.database.scoped(worker) as session:
            row.record_id = self.desk.records.seal(
                session, worker, Recipient(TENANT, CUSTOMER), FileCategory.APPLICATION, {}, casebook.about(row)
            )
            came_in = Event(self.clock.now, casebook.MACHINE, Received(frozenset({str(CUSTOMER)})))
            casebook.open_case(session, self.desk, worker, row, opened(number, came_in))
        self._then(lambda: self._collect(number))

    def _collect(self, number: int) -> None:
        self._take(number, None, Collected())
        self.told[number].complete_at = self.clock.now
        self._then(lambda: self._assess(number))

    def _assess(self, number: int) -> None:
        if self.told[number].fast:
            found = CaseAssessment(bytes(32), 3_000, 2_000, RiskTier.LOW, STANDARD, fast_lane=True)
        else:
            found = CaseAssessment(bytes(32), 7_000, 6_000, RiskTier.MEDIUM, _MEDIUM)
        self._take(number, None, Assessed(found))
        self._then(lambda: self._decide(number))

    def _decide(self, number: int) -> None:
        fast = self.told[number].fast
        decision = Decision(Verdict.ACCEPT, STANDARD if fast else _MEDIUM)
        self._take(number, None if fast else JUNIOR, Decided(decision))
        self._then(lambda: self._tell(number) if fast else self._review(number))

    def _review(self, number: int) -> None:
        told = self.told[number]
        if self.chance.random() < 0.2:
            told.sent_back = told.reviewed = True
            self._take(number, SENIOR, SentBack(frozenset({Fault.COMPLIANCE}), "Say why."))
            self._then(lambda: self._decide(number))
            return
        told.reviewed = True
        self._take(number, SENIOR, Signed())
        self._then(lambda: self._tell(number))

    def _tell(self, number: int) -> None:
        with self.database.scoped(Principal.worker(TENANT)) as session:
            _, case = casebook.load(session, self.desk, number, lock=False)
        said = notice_of(case, Channel.WRITTEN, basis="As assessed.", how_to_object="Call us.")
        self._take(number, None, NoticeGiven(said))
        self.told[number].told_at = self.clock.now
        after = self._object if self.chance.random() < 0.4 else self._confirm
        self._then(lambda: after(number))

    def _confirm(self, number: int) -> None:
        self._take(number, None, ReceiptConfirmed("signed"))

    def _object(self, number: int) -> None:
        told = self.told[number]
        with self.database.scoped(_who(CLERK)) as session:
            kept, _ = objections.record(
                session, self.desk, _who(CLERK), number, Raised(Way.PHONE, "Look again.", "At home.")
            )  # fmt: skip
        told.objection, told.raised_at = kept.objection_id, self.clock.now
        self._then(lambda: self._pass_on(number))
        self._then(lambda: self._confirm(number))

    def _pass_on(self, number: int) -> None:
        told = self.told[number]
        with self.database.scoped(_who(CLERK)) as session:
            objections.pass_on(session, self.desk, _who(CLERK), told.objection)
        told.passed_at = self.clock.now
        self._then(lambda: self._then(lambda: self._examine(number)))

    def _examine(self, number: int) -> None:
        told, by = self.told[number], _who(OTHER_SENIOR)
        with self.database.scoped(by) as session:
            objections.uphold(session, self.desk, by, told.objection, "It was right.")
        told.examined_at = self.clock.now

    def _take(self, number: int, person: UUID | None, what: Step) -> None:
        principal = Principal.worker(TENANT) if person is None else _who(person)
        with self.database.scoped(principal) as session:
            row, case = casebook.load(session, self.desk, number)
            by = casebook.MACHINE if person is None else None
            casebook.take(session, self.desk, principal, row, case, what, by=by)


def _who(person: UUID) -> Principal:
    return Principal(PrincipalKind.PERSON, person, TENANT, frozenset({_ROLES[person]}))
