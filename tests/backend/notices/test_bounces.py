"""Delivery reports of mail servers (RFC 3464)."""

from __future__ import annotations

from uuid import UUID

import pytest

from backend.notices.bounces import Bounce, read_bounce

NOTICE = UUID(int=0xABC)
REPORT = f"""From: MAILER-DAEMON@mx.example.org
To: notices@insurer.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <20260105@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

The mail could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ada@example.org
Action: ACTION
Status: STATUS
Diagnostic-Code: smtp; 550 5.1.1 nobody here

--x
Content-Type: QUOTED

Message-ID: <notice.{NOTICE.hex}@insurer.example>
Subject: your application

--x--
"""


def report(action: str = "failed", status: str = "5.1.1", quoted: str = "text/rfc822-headers") -> bytes:
    return REPORT.replace("ACTION", action).replace("STATUS", status).replace("QUOTED", quoted).encode()


@pytest.mark.parametrize("quoted", ["text/rfc822-headers", "message/rfc822"])
def test_read_bounce__failed__names_notice_and_status(quoted: str) -> None:
    assert read_bounce(report(quoted=quoted)) == Bounce(NOTICE, "5.1.1", final=True)


def test_read_bounce__delayed__is_not_final() -> None:
    assert read_bounce(report("delayed", "4.2.2")) == Bounce(NOTICE, "4.2.2", final=False)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"From: ada@example.org\r\n\r\nHello",
        report().replace(b"<notice.", b"<other."),
        report(status="none"),
        report().replace(b"Action: failed", b""),
        b"x" * (1 << 20) + b"x",
    ],
)
def test_read_bounce__no_report_about_a_notice__is_none(raw: bytes) -> None:
    assert read_bounce(raw) is None
