"""Reads what mail servers send back (RFC 3464): which notice did not arrive, and why."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import default

_NOTICE = re.compile(r"<notice\.([0-9a-f]{32})@")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Bounce:
    """What became of one mail.

    Attributes:
        status: Enhanced status code (RFC 3463), such as "5.1.1".
        final: Whether the server gave up.
    """

    notice_id: uuid.UUID
    status: str
    final: bool


def read_bounce(raw: bytes) -> Bounce | None:
    """What a delivery report says of a notice; None where it is none, or about another mail."""
    if len(raw) > MAX_BYTES:
        return None
    report = message_from_bytes(raw, policy=default)
    fields = [part for part in report.walk() if part.get_content_type() == "message/delivery-status"]
    sent = [found.group(1) for part in report.walk() for found in [_notice_of(part)] if found]
    if not fields or not sent:
        return None
    blocks = [block for part in fields for block in _blocks(part)]
    actions = [str(block["Action"]).strip().lower() for block in blocks if block["Action"]]
    statuses = [found.group() for block in blocks if (found := _STATUS.search(str(block["Status"] or "")))]
    if not actions or not statuses:
        return None
    return Bounce(uuid.UUID(sent[0]), statuses[0], actions[0] == "failed")


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _notice_of(part: Message) -> re.Match[str] | None:
    """The notice's id in the headers a report quotes; its own headers name the report only."""
    if part.get_content_type() == "text/rfc822-headers":
        return _NOTICE.search(str(part.get_payload()))
    return _NOTICE.search(str(part["Message-ID"] or ""))
