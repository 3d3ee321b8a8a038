"""People to be told, records kept in memory, carriers that take what they are given."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.notices.kinds import SECRET_GAP, ChannelName, Language, NoticeKind
from backend.notices.ports import Contact, FileCategory, Message, Recipient, RecordGone, Records, SendingFailed
from backend.notices.service import NoticeDesk, NoticeOrder
from backend.notices.writing import Value

TENANT = UUID(int=1)
PERSON = Recipient(TENANT, UUID(int=7))
ADA = Contact("Ada Example", Language.EN, email="ada@example.org", phone="+8613800138000")
WORDS: dict[NoticeKind, dict[str, Value]] = {
    NoticeKind.UNDERWRITING_DECISION: {
        "case": "17", "accepted": True, "tier": "medium", "basis": "score 70.00", "measure": "loading of 20 %",
        "reason": "", "ground": "", "ground_basis": "", "how_to_object": "Call 10 5555 0100.",
    },
    NoticeKind.UNDERWRITING_QUESTIONS: {"case": "17", "missing": ["occupation", "income"], "reply_by": "1 March 2026"},
    NoticeKind.UNDERWRITING_LAPSED: {"case": "17"},
    NoticeKind.QUOTE_READY: {
        "case": "17", "sum_insured": "$500,000.00", "premium": "$610.00", "valid_until": "2 March 2026"
    },
    NoticeKind.POLICY_ORDER_OFFERED: {
        "policy": "4", "sum_insured": "$600,000.00", "premium": "$12.00", "returned": False,
        "effective_on": "2 March 2026", "sign_by": "3 March 2026",
    },
    NoticeKind.POLICY_ORDER_ACCEPTED: {"policy": "4", "ends": True},
    NoticeKind.POLICY_ORDER_DECLINED: {"policy": "4", "ground": "a new risk report would be needed"},
    NoticeKind.OBJECTION_RECEIVED: {"objection": "3", "case": "17", "examined_by": "5 March 2026"},
    NoticeKind.OBJECTION_RESULT: {"objection": "3", "case": "17", "corrected": True, "result": "tier low"},
    NoticeKind.CLAIM_DECISION: {
        "claim": "9", "panel": False, "granted": False, "denied": False, "amount": "$5.00", "reason": "Not insured.",
        "clause": "C9", "clause_text": "We do not pay for war.", "how_to_dispute": "Ask for a panel.",
        "dispute_by": "3 April 2026",
    },
    NoticeKind.CLAIM_PAID: {
        "claim": "9", "amount": "$5.00", "interest": "$0.10", "paid_on": "9 May 2026", "transaction": "0x5a",
        "more": True,
    },
    NoticeKind.CLAIM_DEADLINE: {"claim": "9", "next_step": "decision", "owner": "the insurer", "due_on": "9 May 2026"},
    NoticeKind.STAFF_DEADLINE: {"subject": "case 17", "state": "decided", "due_on": "9 May 2026", "overdue": True},
    NoticeKind.SECURITY_EVENT: {
        "event": "A passkey was added.", "happened_on": "9 May 2026", "what_to_do": "Call us at once."
    },
    NoticeKind.COMPLAINT_RECEIVED: {"matter": "5", "answer_by": "9 May 2026"},
    NoticeKind.SERVICE_ANSWERED: {
        "matter": "5", "complaint": True, "upheld": True, "partly": False, "refused": False, "answer": "We were wrong.",
        "second_look": True,
    },
    NoticeKind.SURVEY_ASKED: {"subject": "complaints/5", "answer_by": "9 May 2026"},
    NoticeKind.PASSWORD_RESET: {"reset_link": SECRET_GAP, "valid_minutes": "30"},
}  # fmt: skip


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: int = 1_767_571_200

    def __call__(self) -> int:
        return self.now


@dataclass
class People:
    """Contacts of people, by id."""

    known: dict[UUID, Contact] = field(default_factory=lambda: {PERSON.person_id: ADA})

    def find(self, _session: Session, recipient: Recipient) -> Contact | None:
        return self.known.get(recipient.person_id)

    def insurer(self, _session: Session, _tenant_id: UUID) -> str:
        return "Example Life"


@dataclass
class Drawer:
    """Records, each opened only for whom it is about."""

    kept: dict[UUID, tuple[Recipient, Mapping[str, object]]] = field(default_factory=dict)
    subjects: dict[UUID, bytes] = field(default_factory=dict)

    def seal(
        self, _session: Session, principal: Principal, owner: Recipient, _category: FileCategory,
        document: Mapping[str, object], about: bytes,
    ) -> UUID:  # fmt: skip
        assert principal.tenant_id == owner.tenant_id
        record_id = uuid4()
        self.kept[record_id] = (owner, json.loads(json.dumps(document)))
        self.subjects[record_id] = about
        return record_id

    def about(self, _session: Session, record_id: UUID) -> bytes:
        return self.subjects[record_id]

    def open(self, _session: Session, principal: Principal, owner: Recipient, record_id: UUID) -> Mapping[str, object]:
        assert principal.tenant_id == owner.tenant_id
        if record_id not in self.kept or self.kept[record_id][0] != owner:
            raise RecordGone(f"record {record_id} is gone")
        return self.kept[record_id][1]


@dataclass
class Carrier:
    """A channel that keeps what it was given, or fails as told."""

    name: ChannelName = ChannelName.EMAIL
    failures: list[SendingFailed] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        return f"{self.name}-{len(self.sent)}"


def desk(people: People, drawer: Records, clock: Clock, *channels: ChannelName) -> NoticeDesk:
    return NoticeDesk(people, drawer, frozenset(channels or ChannelName), "https://insurer.example", clock)


_causes = itertools.count()


def notice(
    kind: NoticeKind = NoticeKind.UNDERWRITING_DECISION,
    cause: str = "",
    to: Recipient = PERSON,
    **changes: Value,
) -> NoticeOrder:
    values = {**WORDS[kind], **changes}
    return NoticeOrder(to, kind, cause or f"test:{next(_causes)}", "underwriting_case:17", lambda _: values)
