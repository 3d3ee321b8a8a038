"""Claims as intents: a notice its holder signed, and an adjuster's decision that must follow it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from backend.chain.intents.service import submit
from domain.claim_ids import claim_id
from domain.claim_reports import Decision, Notice
from domain.clauses import clause_proof
from domain.money import TokenUnits
from domain.terms import IndemnityFile
from ledger.bindings import ClaimNoticed, ClaimPaid, ClaimsDesk, TestStablecoin
from ledger.events import fetch_events
from ledger.product_file import load_product_file
from ledger.rpc import Rpc
from ledger.typed_claims import loss_notice_digest
from ledger.typed_data import sign_digest
from scripts.anvil import chain_time
from scripts.claims_rehearsal.desk import ACCIDENT, HOSPITAL
from scripts.claims_rehearsal.insurer import HOSPITAL_CARE, UNIT, Insurer, StepFailed
from scripts.claims_rehearsal.sales import Policy
from scripts.rehearsal import account

DAY: Final = 86_400
REASON: Final = 1
CLAIMED: Final = TokenUnits(1_000 * UNIT)
FAR: Final = 30 * DAY


@dataclass(frozen=True, slots=True)
class Told:
    """What the chain says of the claims: by policy, how many were notified and how many times each was paid.

    `differing` counts holders who got another amount than their claim's payments say.
    """

    notified: Counter[int]
    payments: Counter[int]
    differing: int


class Claimants:
    """Gives the backend what claimants and adjuster want sent."""

    def __init__(self, insurer: Insurer, seed: int) -> None:
        file = load_product_file(HOSPITAL_CARE)
        if not isinstance(file, IndemnityFile):
            raise StepFailed(f"{HOSPITAL_CARE.name} is no indemnity product: name one that is")
        self._insurer = insurer
        self._desk = insurer.contracts["ClaimsDesk"]
        self._clauses = file.clauses
        self._chance = random.Random(seed)
        self._now = chain_time(insurer.rpc)

    def ask(self, session: Session, policy: Policy) -> None:
        """Ask for notice and decision of a policy's first claim. Asking again changes nothing."""
        number = claim_id(self._insurer.product, policy.number, 0)
        notice, decision = f"notice:{number:x}", f"decision:{number:x}"
        submit(
            session, key=notice, tenant_id=None, kind="notice", to=self._desk, calldata=self._notice(policy),
            asked_by="claimant",
        )  # fmt: skip
        submit(
            session, key=decision, tenant_id=None, kind="decision", to=self._desk,
            calldata=self._decision(number), asked_by="adjuster", after=notice,
        )  # fmt: skip

    def told(self, rpc: Rpc, policies: list[Policy], before: dict[str, int]) -> Told:
        """What became of them, from the chain alone."""
        deployment = self._insurer.deployment
        events = fetch_events(rpc, deployment, deployment.block_number, rpc.block_number())
        numbers = {claim_id(self._insurer.product, p.number, 0) >> 32: p.number for p in policies}
        notified = Counter(numbers[e.claim_id >> 32] for e in events if isinstance(e, ClaimNoticed))
        payments = Counter(numbers[e.claim_id >> 32] for e in events if isinstance(e, ClaimPaid))
        paid = Counter[str]()
        for event in events:
            if isinstance(event, ClaimPaid):
                paid[event.payee] += event.indemnity + event.interest
        after = self.balances(rpc, policies)
        differing = sum(after[who] - before[who] != paid[who] for who in before)
        return Told(notified, payments, differing)

    def balances(self, rpc: Rpc, policies: list[Policy]) -> dict[str, int]:
        """Tokens of each holder."""
        token = self._insurer.contracts["TestStablecoin"]
        holders = [account(p.holder).address for p in policies]
        found: list[int] = rpc.eth_calls([(token, TestStablecoin.balance_of(h)) for h in holders])
        return dict(zip(holders, found, strict=True))

    def _notice(self, policy: Policy) -> bytes:
        holder = account(policy.holder)
        notice = Notice(
            self._insurer.product, policy.number, HOSPITAL, ACCIDENT, self._now - 3 * DAY, CLAIMED,
            bytes(31) + bytes([1 + policy.number % 250]),
        )  # fmt: skip
        deadline = self._now + FAR
        digest = loss_notice_digest(
            notice, signer=holder.address, nonce=0, deadline=deadline, chain_id=self._insurer.deployment.chain_id,
            desk=self._desk,
        )  # fmt: skip
        return ClaimsDesk.notify_for(notice, holder.address, deadline, sign_digest(bytes(holder.key), digest)).data

    def _decision(self, number: int) -> bytes:
        clause = self._clauses[0]
        decision = Decision(
            claim_id=number, loss=CLAIMED, reason_code=REASON, clause=clause.words_hash(),
            proof=clause_proof(self._clauses, clause.id), letter_hash=bytes(32), instalments=0, interval_seconds=0,
            valid_until=self._now + FAR,
        )  # fmt: skip
        return ClaimsDesk.decide(decision, "0x" + "00" * 20, b"").data
