"""Follows the chain for cases: which claim became of which notice, which decisions stand, who is to be written to.

One worker does it, again and again; each step looks at what is so and changes what differs, so that a crash, a
reorganisation or a notice handed in past us leave nothing behind.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain.projections import claims_read
from backend.chain.projections.claim_models import ClaimRow
from backend.claims import decision_rows, decisions, parties, repository, sending, stuck
from backend.claims.desk import ClaimsOffice
from backend.claims.letters import tell
from backend.claims.models import CaseDecisionRow, CaseRow
from backend.claims.states import CaseState, Channel, DecisionState
from backend.database import Database
from backend.problems import Problem

log = structlog.get_logger()
POLL_SECONDS: Final = 0.2
_BATCH: Final = 100
_AGAIN_SECONDS: Final = 5.0


class Follower:
    """Keeps cases in step with the chain.

    Args:
        confirmations: Blocks, its own included, after which a block counts as final.
    """

    def __init__(self, database: Database, office: ClaimsOffice, *, confirmations: int = 1) -> None:
        self._database = database
        self._office = office
        self._confirmations = max(1, confirmations)
        self._broadcast_at: dict[uuid.UUID, float] = {}
        self._unsold: set[str] = set()

    def step(self) -> int:
        """One look. Returns how many cases changed."""
        return self._take_up() + self._adopt() + self._decisions() + self._tell()

    def _take_up(self) -> int:
        """Cases learn their claim's number, and nodes are given their evidence under it."""
        with self._database.every_tenant() as session:
            found = [
                (row.case_id, row.tenant_id, claim_id)
                for row, claim_id in repository.take_up(session, self._office.clock())
            ]
        done = 0
        for case_id, tenant_id, claim_id in found:
            worker = Principal.worker(tenant_id)
            with self._by_itself(case_id, tenant_id), self._database.scoped(worker) as session:
                row = repository.case(session, case_id, lock=True)
                assert row is not None
                self._note(session, worker, row, claim_id)
                done += 1
        return done

    def _note(self, session: Session, worker: Principal, row: CaseRow, claim_id: int) -> None:
        if row.claim_id != claim_id and row.channel != Channel.CHAIN:
            self._office.evidence.attach(session, worker, row.case_id, claim_id, bytes(row.evidence_root or b""))
        row.claim_id, row.state, row.version = claim_id, CaseState.NOTICED, row.version + 1
        row.failure_code = row.failure_detail = None
        stuck.let_go(row)
        log.info("case.noticed", case_id=str(row.case_id), claim_id=f"0x{claim_id:064x}")

    def _adopt(self) -> int:
        """Claims notified past us become cases too, so that no queue leaves them out."""
        with self._database.every_tenant() as session:
            claims = repository.without_case(session, _BATCH, self._unsold)
            treasuries = repository.treasuries(session, [each.product for each in claims])
            sellers = {p: parties.seller(session, treasury) for p, treasury in treasuries.items()}
        self._unsold |= {each.product for each in claims if sellers.get(each.product) is None}
        adopted = [(each, sellers[each.product]) for each in claims if sellers.get(each.product) is not None]
        for claim, tenant_id in adopted:
            assert tenant_id is not None
            with self._database.scoped(Principal.worker(tenant_id)) as session:
                self._adopt_one(session, claim, tenant_id)
        return len(adopted)

    def _adopt_one(self, session: Session, claim: ClaimRow, tenant_id: uuid.UUID) -> None:
        known = claims_read.claim(session, claim.claim_id)
        earlier = [step.other_claim_id for step in known.steps if step.kind == "reopened"] if known else []
        before = repository.by_claim(session, [each for each in earlier if each is not None])
        origin = next(iter(before.values()), None)
        person_id = self._office.wallets.person_of(session, tenant_id, claim.claimant)
        row = CaseRow(
            case_id=uuid.uuid4(), tenant_id=tenant_id, person_id=origin.person_id if origin else person_id,
            product=claim.product, policy_id=claim.policy_id, claimant=claim.claimant, coverage=claim.coverage,
            peril=claim.peril, occurred_at=claim.occurred_at, claimed=claim.claimed, state=CaseState.NOTICED,
            channel=Channel.CHAIN, evidence_root=claim.evidence_root, claim_id=claim.claim_id, version=1,
            adjuster=origin.adjuster if origin else None, created_at=self._office.clock(),
        )  # fmt: skip
        repository.add(session, row)
        if origin is not None:
            self._give_evidence(session, origin, claim)
        log.info("case.adopted", case_id=str(row.case_id), claim_id=f"0x{claim.claim_id:064x}")

    def _give_evidence(self, session: Session, origin: CaseRow, claim: ClaimRow) -> None:
        """A reopened claim's evidence was sealed for the case it comes from."""
        worker, root = Principal.worker(origin.tenant_id), bytes(claim.evidence_root)
        try:
            self._office.evidence.attach(session, worker, origin.case_id, claim.claim_id, root)
        except Problem as problem:  # it was sealed elsewhere, and is not ours to give
            log.warning("case.evidence_elsewhere", case_id=str(origin.case_id), code=problem.code)

    def _decisions(self) -> int:
        """Decisions come to stand on the chain, or to nothing."""
        moved = 0
        now: int | None = None
        after: tuple[int, uuid.UUID] | None = None
        while True:
            with self._database.every_tenant() as session:
                found = decision_rows.open_ones(session, after=after, limit=_BATCH)
                final = repository.tip(session) - self._confirmations + 1
                for kept in found:
                    now = self._office.chain.time() if now is None else now
                    moved += self._follow(session, kept, now, final)
                if len(found) < _BATCH:
                    return moved
                after = (found[-1].created_at, found[-1].decision_id)

    def _follow(self, session: Session, kept: CaseDecisionRow, now: int, final: int) -> bool:
        """What a reorganisation may still undo is neither decided nor failed: then it is brought again."""
        decided = decisions.decided(session, kept)
        if decided is None and now <= kept.valid_until:
            return self._watch(kept, final)
        if decided is not None and decided[0] > final:
            return False
        if decided is not None and decided[1]:
            kept.state = DecisionState.DECIDED
        else:
            kept.state = DecisionState.FAILED
            kept.failure_code = "decision_expired" if decided is None else "decided_otherwise"
        log.info("decision.followed", decision_id=str(kept.decision_id), state=kept.state, code=kept.failure_code)
        return True

    def _watch(self, kept: CaseDecisionRow, final: int) -> bool:
        """What was sent is brought again until it is mined; what reverted for good is to be sent anew, signed again."""
        last = self._broadcast_at.get(kept.decision_id)
        if kept.state != DecisionState.SENT or (last is not None and time.monotonic() - last <= _AGAIN_SECONDS):
            return False
        self._broadcast_at[kept.decision_id] = time.monotonic()
        block = self._office.chain.reverted(bytes(kept.transaction_hash or b""))
        if block is None:
            sending.bring_again(self._office.chain, kept)
        if block is None or block > final:
            return False
        kept.state, kept.failure_code = DecisionState.PREPARED, "transaction_reverted"
        kept.raw = kept.transaction_hash = None
        log.info("decision.followed", decision_id=str(kept.decision_id), state=kept.state, code=kept.failure_code)
        return True

    def _tell(self) -> int:
        """Claimants are written to: once of what the machine paid, once of each decision."""
        if self._office.notices is None:
            return 0
        with self._database.snapshot() as session:  # a block taken in between its two questions would be half of it
            rows = repository.untold(session, _BATCH, self._office.clock())
            found = [(row.case_id, row.tenant_id, what) for row, what in rows]
        done = 0
        for case_id, tenant_id, what in found:
            with self._by_itself(case_id, tenant_id), self._database.scoped(Principal.worker(tenant_id)) as session:
                row = repository.case(session, case_id, lock=True)
                if row is not None and row.told != what:
                    tell(session, self._office, row, what)
                    row.told = what
                    stuck.let_go(row)
                done += 1
        return done

    @contextmanager
    def _by_itself(self, case_id: uuid.UUID, tenant_id: uuid.UUID) -> Iterator[None]:
        """What one case is refused stops no other: it is rolled back, and put aside to be tried again later."""
        try:
            yield
        except Problem as problem:
            with self._database.scoped(Principal.worker(tenant_id)) as session:
                stuck.put_aside(session, case_id, problem.code, self._office.clock())
