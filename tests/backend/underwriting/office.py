"""An insurer's underwriting office on a real database, with real nodes over a pretended chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.chain.quorum import SignerSet
from backend.chain.simulation import Refusal
from backend.database import Database
from backend.notices import service as notices_service
from backend.notices.kinds import ChannelName, Language
from backend.notices.ports import Contact
from backend.notices.vault_records import VaultRecords
from backend.service import privacy_notice
from backend.underwriting import casebook, repository, service
from backend.underwriting.automatic import Progress, advance
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.models import CaseRow, LicenceRow, OfficeRow
from backend.underwriting.ports import SoldProduct, SourceAnswer, SourceFailed
from backend.underwriting.service import Application, Authorisation
from backend.underwriting.shelf import sold_product
from backend.vault import service as vault_service
from backend.vault.keys import HeldKeys
from backend.vault.sealing import Vault
from domain.hashing import ZERO_ADDRESS
from domain.underwriting_case import Case
from domain.underwriting_people import Office as Seat
from ledger.bindings import IndemnityPolicy
from scripts.rehearsal import account
from tests.backend.notices.office import TENANT, Clock, People, desk
from tests.backend.underwriting.nodes import RealNodes
from tests.oracle.samples import CHAIN_ID, EPOCH, PRODUCT, SIGNERS
from tests.oracle.underwriting_samples import NOW, PretendedUnderwritingChain, applied

HOLDER = account("policyholder")
ADA, JUNIOR, OTHER_JUNIOR, SENIOR, OTHER_SENIOR, CLERK = (UUID(int=n) for n in range(0x101, 0x107))
COMMITTEE = {seat: UUID(int=0x201 + number) for number, seat in enumerate(Seat)}
ROLES = {
    ADA: Role.POLICYHOLDER, JUNIOR: Role.JUNIOR_UNDERWRITER, OTHER_JUNIOR: Role.JUNIOR_UNDERWRITER,
    SENIOR: Role.SENIOR_UNDERWRITER, OTHER_SENIOR: Role.SENIOR_UNDERWRITER, CLERK: Role.CUSTOMER_SERVICE,
    **{each: Role.COMMITTEE_MEMBER for each in COMMITTEE.values()},
}  # fmt: skip
CONTACT = Contact("Ada Example", Language.EN, email="ada@example.org", phone="+8613800138000")


def who(person: UUID, tenant: UUID = TENANT) -> Principal:
    return Principal(PrincipalKind.PERSON, person, tenant, frozenset({ROLES[person]}))


@dataclass
class PretendedShelf:
    """The product and signers of the pretended chain."""

    chain: PretendedUnderwritingChain
    folder: Path
    policies: dict[int, IndemnityPolicy] = field(default_factory=dict)

    def product(self, address: str) -> SoldProduct:
        assert address == PRODUCT
        document = json.loads((self.folder / "document.json").read_text("utf-8"))
        return sold_product(address, document, self.chain.seen.facts.terms)

    def signers(self, _product: SoldProduct) -> SignerSet:
        return SignerSet(EPOCH, frozenset(SIGNERS), 3)

    def chain_time(self) -> int:
        return self.chain.seen.time

    def policy(self, _product: SoldProduct, policy_id: int) -> IndemnityPolicy | None:
        return self.policies.get(policy_id)


@dataclass
class Sent:
    """Transactions asked for, by key."""

    asked: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    refusal: Refusal | None = None

    def foresee(self, _sender: str, _to: str, _calldata: bytes) -> Refusal | None:
        return self.refusal

    def submit(self, _session: Session, *, stem: str, tenant_id: UUID, to: str, calldata: bytes) -> str:
        assert tenant_id == TENANT
        self.asked.setdefault(stem, (to, calldata))
        return stem


@dataclass
class Registers:
    """Third parties that answer as told."""

    answers: dict[str, list[SourceAnswer | SourceFailed]] = field(default_factory=dict)
    asked: list[tuple[str, UUID]] = field(default_factory=list)

    def ask(self, source: str, request_id: UUID, _person: Mapping[str, object], evidence_hash: bytes) -> SourceAnswer:
        assert len(evidence_hash) == 32
        self.asked.append((source, request_id))
        answer = self.answers[source].pop(0)
        if isinstance(answer, SourceFailed):
            raise answer
        return answer


class UnderwritingOffice:
    """Everything a test steps by hand."""

    def __init__(self, database: Database, folder: Path, nodes: RealNodes, chain: PretendedUnderwritingChain) -> None:
        self.database, self.nodes, self.chain = database, nodes, chain
        self.people, self.clock = People(dict.fromkeys(ROLES, CONTACT)), Clock(NOW)
        self.records = VaultRecords(Vault(HeldKeys.of(b"v" * 32), clock=self.clock))
        self.sent, self.registers = Sent(), Registers()
        notices = desk(self.people, self.records, self.clock, ChannelName.EMAIL, ChannelName.SMS)
        self.desk = UnderwritingDesk(
            self.records, self.records, notices, nodes, PretendedShelf(chain, folder), self.sent, self.clock, CHAIN_ID,
            self.registers, account("underwriter"),
        )  # fmt: skip
        self._staff()

    def _staff(self) -> None:
        seniority = date(2000, 1, 1)
        with self.database.every_tenant() as session:
            rows = [
                LicenceRow(
                    tenant_id=TENANT, person_id=person, set_at=0, offices=[],
                    licensed_on=None if person in (ADA, CLERK) else seniority,
                    intermediate_exam_on=seniority if person in (SENIOR, OTHER_SENIOR) else None,
                )
                for person in ROLES
                if person not in COMMITTEE.values()
            ]  # fmt: skip
            seats = [
                LicenceRow(tenant_id=TENANT, person_id=person, set_at=0, offices=[seat.value])
                for seat, person in COMMITTEE.items()
            ]
            repository.add(session, *rows, *seats)
        self.set_office()

    def restrict(self, session: Session, person_id: UUID) -> None:
        """Processing of somebody's data is restricted."""
        vault, worker = self.records._vault, Principal.worker(TENANT)
        vault_service.restrict(session, vault, worker, person_id=person_id, reason="disputed")

    def lift(self, session: Session, person_id: UUID) -> None:
        """It is no more."""
        vault, worker = self.records._vault, Principal.worker(TENANT)
        vault_service.lift_restriction(session, vault, worker, person_id=person_id)

    def set_office(self, **changes: Any) -> None:
        values = {
            "calendar": "china", "machine_accepts": True, "sample_bps": 0, "quote_valid_seconds": 86_400,
            "how_to_object": {"en": "Call us.", "zh": "请致电。"}, **changes,
        }  # fmt: skip
        with self.database.every_tenant() as session:
            set_before = repository.office(session, TENANT)
            before = set_before.version if set_before else 0
            assert repository.set_row(session, OfficeRow, {"tenant_id": TENANT}, values, before=before)

    def application(self, number: int = 1, *, sources: tuple[str, ...] = (), **changes: Any) -> Application:
        document = applied(number, **changes).document
        statements = document["statements"]
        assert isinstance(statements, dict)
        return Application(
            ADA,
            PRODUCT,
            "health",
            "personal",
            document["declaration"],  # type: ignore[arg-type]  # a declaration
            dict(statements),
            HOLDER.address,
            ZERO_ADDRESS,
            [Authorisation(each, self.clock.now - 60, "Form 7, signed.") for each in sources],
            {"identity": "110101199001011234"},
            privacy_notice.cited(None),
        )

    def apply(self, asked: Application | None = None, by: Principal | None = None) -> int:
        wanted, principal = asked or self.application(), by or who(ADA)
        drafted = service.draft(self.desk, wanted)
        with self.database.scoped(principal) as session:
            return service.apply(session, self.desk, principal, wanted, drafted).case_id

    def work(self) -> list[Progress]:
        """What the workflows would do, until nothing is asked for."""
        done: list[Progress] = []
        while True:
            with self.database.every_tenant() as session:
                asked = session.execute(text("DELETE FROM workflow_requests RETURNING arguments")).all()
            if not asked:
                return done
            for (arguments,) in asked:
                progress = Progress.AGAIN
                while progress is Progress.AGAIN:
                    progress = advance(self.database, self.desk, arguments[0])
                done.append(progress)

    def row(self, case_id: int) -> CaseRow:
        with self.database.every_tenant() as session:
            found = repository.case(session, case_id)
        assert found is not None
        return found

    def case(self, case_id: int) -> Case:
        with self.database.scoped(Principal.worker(TENANT)) as session:
            return casebook.load(session, self.desk, case_id, lock=False)[1]

    def step(self, person: UUID, case_id: int, what: Any) -> Case:
        self.clock.now += 60
        with self.database.scoped(who(person)) as session:
            return service.step(session, self.desk, who(person), case_id, what)

    def words(self, subject: str) -> list[str]:
        """What people were told about something, in order."""
        worker = Principal.worker(TENANT)
        with self.database.scoped(worker) as session:
            rows = notices_service.of_subject(session, TENANT, subject)
            opened = [notices_service.read(session, self.records, worker, row.notice_id)[1] for row in rows]
        return [str(each["body"]) for each in opened]


def other_tenant(principal: Principal) -> Principal:
    return replace(principal, tenant_id=UUID(int=2))
