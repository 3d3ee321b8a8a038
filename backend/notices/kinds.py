"""What people are told, and which values each notice needs. Templates name these values and no others (tested)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class NoticeKind(StrEnum):
    """What a notice is about."""

    UNDERWRITING_DECISION = "underwriting_decision"
    UNDERWRITING_QUESTIONS = "underwriting_questions"
    UNDERWRITING_LAPSED = "underwriting_lapsed"
    QUOTE_READY = "quote_ready"
    POLICY_ORDER_OFFERED = "policy_order_offered"
    POLICY_ORDER_ACCEPTED = "policy_order_accepted"
    POLICY_ORDER_DECLINED = "policy_order_declined"
    OBJECTION_RECEIVED = "objection_received"
    OBJECTION_RESULT = "objection_result"
    CLAIM_DECISION = "claim_decision"
    CLAIM_PAID = "claim_paid"
    CLAIM_DEADLINE = "claim_deadline"
    STAFF_DEADLINE = "staff_deadline"
    SECURITY_EVENT = "security_event"
    COMPLAINT_RECEIVED = "complaint_received"
    SERVICE_ANSWERED = "service_answered"
    SURVEY_ASKED = "survey_asked"
    PASSWORD_RESET = "password_reset"


class ChannelName(StrEnum):
    """How a notice travels. By hand: printed, or told on the phone, by staff who record it."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"
    BY_HAND = "by_hand"


class Language(StrEnum):
    """Languages every notice is written in."""

    EN = "en"
    ZH = "zh"


SECRET_GAP = "[…]"
"""Stands in a kept notice where its secret was."""

COMMON = frozenset({"name", "insurer", "reference"})
"""Values every notice has: the recipient's name, the insurer's, and the notice's own number."""


@dataclass(frozen=True, slots=True)
class About:
    """What a kind of notice needs.

    Attributes:
        values: Besides the common ones.
        receipt: Whether the recipient's confirmation is asked for and kept; it brings the value `confirm_link`.
        written: Whether it must reach the recipient as a text they can keep, so never by short message.
        secret: Whether it carries what only the recipient may see: it goes by e-mail alone, never through staff's
            hands, and the secret is put into `SECRET_GAP` as it leaves.
    """

    values: frozenset[str]
    receipt: bool = False
    written: bool = False
    secret: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Every value its templates may name."""
        return COMMON | self.values | ({"confirm_link"} if self.receipt else frozenset())


def _about(*values: str, receipt: bool = False, written: bool = False, secret: bool = False) -> About:
    return About(frozenset(values), receipt, written, secret)


KINDS: Mapping[NoticeKind, About] = {
    NoticeKind.UNDERWRITING_DECISION: _about(
        "case", "accepted", "tier", "basis", "measure", "reason", "ground", "ground_basis", "how_to_object",
        receipt=True,
    ),
    NoticeKind.UNDERWRITING_QUESTIONS: _about("case", "missing", "reply_by", receipt=True),
    NoticeKind.UNDERWRITING_LAPSED: _about("case"),
    NoticeKind.QUOTE_READY: _about("case", "sum_insured", "premium", "valid_until"),
    NoticeKind.POLICY_ORDER_OFFERED: _about(
        "policy", "sum_insured", "premium", "returned", "effective_on", "sign_by"
    ),
    NoticeKind.POLICY_ORDER_ACCEPTED: _about("policy", "ends"),
    NoticeKind.POLICY_ORDER_DECLINED: _about("policy", "ground"),
    NoticeKind.OBJECTION_RECEIVED: _about("objection", "case", "examined_by"),
    NoticeKind.OBJECTION_RESULT: _about("objection", "case", "corrected", "result", receipt=True, written=True),
    NoticeKind.CLAIM_DECISION: _about(
        "claim", "panel", "granted", "denied", "amount", "reason", "clause", "clause_text", "how_to_dispute",
        "dispute_by", receipt=True, written=True,
    ),
    NoticeKind.CLAIM_PAID: _about("claim", "amount", "interest", "paid_on", "transaction", "more"),
    NoticeKind.CLAIM_DEADLINE: _about("claim", "next_step", "owner", "due_on"),
    NoticeKind.STAFF_DEADLINE: _about("subject", "state", "due_on", "overdue"),
    NoticeKind.SECURITY_EVENT: _about("event", "happened_on", "what_to_do"),
    NoticeKind.COMPLAINT_RECEIVED: _about("matter", "answer_by", written=True),
    NoticeKind.SERVICE_ANSWERED: _about(
        "matter", "complaint", "upheld", "partly", "refused", "answer", "second_look", written=True
    ),
    NoticeKind.SURVEY_ASKED: _about("subject", "answer_by"),
    NoticeKind.PASSWORD_RESET: _about("reset_link", "valid_minutes", written=True, secret=True),
}  # fmt: skip
"""Every kind there is."""
