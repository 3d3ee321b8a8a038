"""E-mail by SMTP, with STARTTLS or TLS from the start, and a name and password where the server asks for them."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum

from backend.notices.kinds import ChannelName
from backend.notices.ports import Message, SendingFailed

PERMANENT_FROM = 500


class Security(StrEnum):
    """How the connection is protected. `NONE` is refused unless the server is on this machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out, and whose name it bears.

    Attributes:
        ca_file: Certificates to trust instead of the system's; None: the system's.
        sender: "name@domain" of the From line; `domain` is that of message ids.
    """

    host: str
    port: int
    sender: str
    sender_name: str = ""
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = ""
    ca_file: str | None = None
    timeout_seconds: float = 20.0

    def __post_init__(self) -> None:
        """Raises: ValueError: The server is far away and the connection open."""
        if self.security is Security.NONE and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(f"mail to {self.host} would travel in the open: use starttls or tls.")
        if "@" not in self.sender:
            raise ValueError("the sender is no address: write name@domain.")

    @property
    def domain(self) -> str:
        """Of the sender."""
        return self.sender.rpartition("@")[2]


class SmtpChannel:
    """Implements `Channel` by SMTP. One connection a message: notices are few, and none waits for another's server."""

    name = ChannelName.EMAIL

    def __init__(self, server: MailServer, clock: Callable[[], int]) -> None:
        self._server = server
        self._clock = clock

    def send(self, message: Message) -> str:
        """See `Channel`. The reference is the message id."""
        mail = self._mail(message)
        try:
            with self._connect() as smtp:
                smtp.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            status = next(iter(error.recipients.values()))[0]
            raise SendingFailed(f"smtp_{status}", final=status >= PERMANENT_FROM) from None
        except smtplib.SMTPAuthenticationError:
            raise SendingFailed("smtp_login", final=False) from None
        except smtplib.SMTPResponseException as error:
            raise SendingFailed(f"smtp_{error.smtp_code}", final=error.smtp_code >= PERMANENT_FROM) from None
        except smtplib.SMTPNotSupportedError:
            raise SendingFailed("smtp_not_protected", final=False) from None
        except ssl.SSLError:
            raise SendingFailed("tls", final=False) from None
        except (OSError, smtplib.SMTPException):
            raise SendingFailed("connection", final=False) from None
        return str(mail["Message-ID"])

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.security is Security.TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_seconds, context=self._context()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
        try:
            if server.security is Security.STARTTLS:
                smtp.starttls(context=self._context())
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._server.ca_file)

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        server = self._server
        try:
            mail["To"] = Address(addr_spec=message.to)
            mail["Subject"] = message.subject
        except (ValueError, IndexError):
            raise SendingFailed("address_malformed", final=True) from None
        mail["From"] = Address(display_name=server.sender_name, addr_spec=server.sender)
        mail["Date"] = format_datetime(datetime.fromtimestamp(self._clock(), UTC))
        mail["Message-ID"] = message_id(message.reference.hex, server.domain)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note answers it
        mail.set_content(message.text, cte="base64")
        mail["Content-Language"] = message.language.value
        return mail


def message_id(reference: str, domain: str) -> str:
    """The same for every attempt, so that a mail handed over twice is shown once."""
    return f"<notice.{reference}@{domain}>"
