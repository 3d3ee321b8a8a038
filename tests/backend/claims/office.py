"""A claims office on a real chain and a real database: policies in force, people with wallets, everything stepped."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.chain.indexer import Indexer
from backend.chain.intents.delivery import Delivery
from backend.chain.relayer import make_delivery
from backend.claims import drafts, service
from backend.claims.asking import Authority, Draft
from backend.claims.authorities import RecordedAuthorities
from backend.claims.casebook import ClaimCases
from backend.claims.chain import DeployedClaims
from backend.claims.checks import Loss
from backend.claims.desk import ClaimsOffice
from backend.claims.follower import Follower
from backend.claims.models import CaseRow
from backend.claims.opening import KeptKeys, LinkedWallets, SealedEvidence
from backend.claims.terms import TermsShelf
from backend.custody import service as keys
from backend.custody.kinds import KeyKind
from backend.custody.ports import DeployedContracts
from backend.custody.service import CustodyDesk
from backend.database import Database
from backend.evidence.desk import EvidenceDesk
from backend.http.server_key import ServerKey
from backend.identity.wallets import service as wallets
from backend.notices.contacts import IdentityContacts
from backend.notices.kinds import ChannelName
from backend.notices.service import NoticeDesk
from backend.notices.vault_records import VaultRecords
from backend.products.service import Documents
from backend.vault.keys import HeldKeys
from backend.vault.sealing import Vault
from domain.claim_reports import LossReport
from domain.money import Bps, TokenUnits
from ledger.bindings import ClaimsDesk
from ledger.typed_claims import loss_report_digest
from ledger.typed_data import sign_digest, sort_signatures
from scripts.anvil import chain_time, give_gas_money
from scripts.claims_rehearsal.insurer import UNIT
from scripts.claims_rehearsal.stack import Stack
from scripts.rehearsal import account
from tests.backend.conftest import index_all
from tests.backend.identity.house import House, make_house

DAY = 86_400
LOSS = 1_000 * UNIT
ALONE = 100_000 * UNIT  # what the product lets one adjuster decide: products/hospital-care.yaml
HOSPITAL, ACCIDENT = 0, 1
SERVER_KEY = ServerKey(b"s" * 32)
ADJUSTER = account("adjuster")


@dataclass
class Office:
    """One insurer's claims."""

    database: Database
    stack: Stack
    house: House
    desk: ClaimsOffice
    indexer: Indexer
    delivery: Delivery
    follower: Follower
    taken: int = 0
    large_taken: int = 0
    people: dict[str, uuid.UUID] = field(default_factory=dict)

    @property
    def tenant_id(self) -> uuid.UUID:
        return self.house.tenant_id

    def insured(self, *, wallet: bool = True, large: bool = False) -> tuple[Principal, int, LocalAccount]:
        """The holder of the next policy, who has linked the wallet that holds it: who, number, key."""
        if large:
            policy = self.stack.large[self.large_taken]
            self.large_taken += 1
        else:
            policy = self.stack.policies[self.taken]
            self.taken += 1
        key, person_id = account(policy.holder), self.house.person(Role.POLICYHOLDER, password=None)
        if wallet:
            self.link(person_id, key.address)
        return self.who(person_id, Role.POLICYHOLDER), policy.number, key

    def link(self, person_id: uuid.UUID, address: str) -> None:
        with self.database.scoped(Principal.worker(self.tenant_id)) as session:
            wallets.link(session, self.house.desk, self.tenant_id, person_id, address)

    def who(self, person_id: uuid.UUID, *roles: Role, strong: bool = True) -> Principal:
        strong_at = self.house.clock() if strong else None
        return Principal(PrincipalKind.PERSON, person_id, self.tenant_id, frozenset(roles), strong_at=strong_at)

    def adjuster(self, key: LocalAccount | None = ADJUSTER) -> Principal:
        """An adjuster, always the same for a key."""
        name = key.address if key else "without a key"
        if name not in self.people:
            self.people[name] = self.house.person(Role.ADJUSTER, password=None)
            if key is not None:
                self.link(self.people[name], key.address)
        return self.who(self.people[name], Role.ADJUSTER)

    def keyed_adjuster(self, monkeypatch: pytest.MonkeyPatch, key: LocalAccount = ADJUSTER) -> Principal:
        """An adjuster without a wallet: the key kept for them is one the insurer appointed on the chain."""
        name = f"kept {key.address}"
        if name not in self.people:
            self.people[name] = self.house.person(Role.ADJUSTER, password=None)
        adjuster = self.who(self.people[name], Role.ADJUSTER)
        assert adjuster.principal_id is not None
        assert isinstance(self.desk.custody, KeptKeys)
        monkeypatch.setattr("backend.custody.service._new_secret", lambda: bytes(key.key))
        with self.acting(adjuster) as session:
            keys.ensure_key(session, self.desk.custody.desk, adjuster, adjuster.principal_id, kind=KeyKind.STAFF)
        return adjuster

    @contextmanager
    def acting(self, who: Principal) -> Iterator[Session]:
        with self.database.scoped(who) as session:
            yield session

    def loss(self, **changes: int) -> Loss:
        told = {"coverage": HOSPITAL, "peril": ACCIDENT, "occurred_at": chain_time(self.stack.rpc) - 2 * DAY}
        return Loss(**{**told, "claimed": LOSS, **changes})

    def draft(self, who: Principal, policy_id: int, **changes: int) -> CaseRow:
        with self.acting(who) as session:
            return drafts.draft(
                session, self.desk, who, Draft(self.stack.insurer.product, policy_id, self.loss(**changes))
            )

    def draft_for(self, who: Principal, person_id: uuid.UUID, policy_id: int, authority: Authority | None) -> CaseRow:
        asked = Draft(self.stack.insurer.product, policy_id, self.loss(), person_id=person_id, authority=authority)
        with self.acting(who) as session:
            return drafts.draft(session, self.desk, who, asked)

    def prepare(self, who: Principal, case_id: uuid.UUID) -> service.Prepared:
        with self.acting(who) as session:
            return service.prepare(session, self.desk, who, case_id, subject="P-4711")

    def hand_in(self, who: Principal, case_id: uuid.UUID, signature: bytes | None) -> CaseRow:
        with self.acting(who) as session:
            return service.hand_in(session, self.desk, who, case_id, signature)

    def case(self, case_id: uuid.UUID) -> CaseRow:
        with self.database.every_tenant() as session:
            return session.get_one(CaseRow, case_id)

    def noticed(self, claimed: int = LOSS) -> tuple[Principal, CaseRow, LocalAccount]:
        """A claim on the chain, notified through the backend; one of much on a large policy."""
        who, policy_id, key = self.insured(large=claimed > ALONE)
        prepared = self.prepare(who, self.draft(who, policy_id, claimed=claimed).case_id)
        self.hand_in(who, prepared.row.case_id, sign_digest(bytes(key.key), bytes(prepared.row.digest or b"")))
        self.settle()
        return who, self.case(prepared.row.case_id), key

    def settle(self) -> None:
        """Let intents out, take blocks in, follow, until nothing moves."""
        quiet = 0
        for _ in range(40):
            moved = self.delivery.turn()
            index_all(self.indexer)
            moved += self.follower.step()
            quiet = 0 if moved else quiet + 1
            if quiet == 2:
                return
        raise AssertionError("the office does not come to rest")

    def report(self, row: CaseRow, *, loss: int = LOSS, fraud_score: int = 0, incidents: int = 1) -> LossReport:
        """What a quorum says of a claim, on the chain."""
        now = chain_time(self.stack.rpc)
        report = LossReport(
            self.desk.chain.chain_id, self.desk.chain.desk, 1, now, now + 600, row.claim_id or 0, TokenUnits(loss),
            fraud_score, Bps(10_000), 0, bytes(row.evidence_root or b""), bytes(32),
            tuple(uuid.uuid4().bytes * 2 for _ in range(incidents)),
        )  # fmt: skip
        digest = loss_report_digest(report)
        signed = [sign_digest(bytes(signer.key), digest) for signer in self.stack.insurer.signers[:3]]
        self.send("administrator", ClaimsDesk.report_loss(report, sort_signatures(digest, signed)).data)
        return report

    def send(self, name: str, data: bytes) -> None:
        """A transaction of somebody's own, to the desk."""
        sender = self.stack.insurer.people.sender(name)
        receipt = sender.send(f"test/{uuid.uuid4()}", self.desk.chain.desk, data)
        assert receipt.succeeded
        index_all(self.indexer)


def make_office(database: Database, stack: Stack, folder: Path) -> Office:
    house = make_house(database, slug=f"insurer{uuid.uuid4().hex[:8]}")
    clock, insurer = house.clock, stack.insurer
    vault = Vault(HeldKeys.of(b"k" * 32), clock=clock)
    notices = NoticeDesk(
        IdentityContacts(house.desk), VaultRecords(vault), frozenset({ChannelName.EMAIL}), "https://x.example", clock
    )
    contracts = DeployedContracts(insurer.deployment, insurer.rpc)
    office = ClaimsOffice(
        vault=vault, shelf=TermsShelf(Documents(folder / "documents").find),
        evidence=SealedEvidence(EvidenceDesk(vault, SERVER_KEY, ClaimCases(), clock)), wallets=LinkedWallets(),
        chain=DeployedClaims(insurer.rpc, insurer.deployment), clock=clock,
        custody=KeptKeys(CustodyDesk(vault, contracts, database, clock, RecordedAuthorities())),
        notices=notices,
    )  # fmt: skip
    relayer = account("claims relayer")
    give_gas_money(insurer.rpc, relayer.address)
    made = Office(
        database, stack, house, office, Indexer(database, insurer.rpc, insurer.deployment),
        make_delivery(database, insurer.rpc, insurer.deployment, relayer), Follower(database, office),
    )  # fmt: skip
    index_all(made.indexer)
    return made


def machine(office: Office, *roles: Role, scopes: frozenset[str] = frozenset({"claims.*"})) -> Principal:
    """A machine of the insurer's."""
    return Principal(PrincipalKind.MACHINE, uuid.uuid4(), office.tenant_id, frozenset(roles), scopes)


def weak(who: Principal) -> Principal:
    """The same without a second factor."""
    return replace(who, strong_at=None)
