"""E-mail over a real SMTP server: protection, sign-in, refusals, and what the mail says."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.notices.channels.smtp import MailServer, Security, SmtpChannel
from backend.notices.kinds import Language
from backend.notices.ports import Message, SendingFailed

REFERENCE = UUID(int=0xABC)
USER, PASSWORD = "notices", "open sesame"


class Mailbox:
    """Takes mail, or answers as told."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        answer = self.answers.get("DATA", "250 taken")
        if answer.startswith("250"):
            self.envelopes.append(envelope)
        return answer


class AnyPort(Controller):
    """A server on whatever port is free."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def sign_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox, certificate: Path) -> Iterator[Controller]:
    """A server that wants TLS and a name before it takes mail."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = AnyPort(
        mailbox, hostname="127.0.0.1", port=0, tls_context=context, require_starttls=True, auth_required=True,
        authenticator=sign_in,
    )  # fmt: skip
    controller.start()
    yield controller
    controller.stop()


def channel(server: Controller, certificate: Path | None, **changes: object) -> SmtpChannel:
    settings = {
        "host": "127.0.0.1", "port": server.port, "sender": "notices@insurer.example", "sender_name": "Example Life",
        "user": USER, "password": PASSWORD, "ca_file": str(certificate) if certificate else None,
        "timeout_seconds": 5.0, **changes,
    }  # fmt: skip
    return SmtpChannel(MailServer(**settings), lambda: 1_767_571_200)  # type: ignore[arg-type]  # fields by name


def message(
    to: str = "ada@example.org", subject: str = "关于您的投保申请", text: str = "尊敬的客户：\n\n结果如下。\n"
) -> Message:
    return Message(REFERENCE, to, Language.ZH, subject, text)


def test_send__starttls_and_sign_in__the_mail_arrives_whole(
    server: Controller, mailbox: Mailbox, certificate: Path
) -> None:
    reference = channel(server, certificate).send(message())

    (envelope,) = mailbox.envelopes
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content, policy=default)
    assert envelope.rcpt_tos == ["ada@example.org"]
    assert mail["Subject"] == "关于您的投保申请"
    assert mail["From"] == "Example Life <notices@insurer.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "zh"
    assert mail["Message-ID"] == reference == f"<notice.{REFERENCE.hex}@insurer.example>"
    assert mail.get_content().replace("\r\n", "\n") == "尊敬的客户：\n\n结果如下。\n"


def test_send__again__bears_the_same_message_id(server: Controller, certificate: Path) -> None:
    assert channel(server, certificate).send(message()) == channel(server, certificate).send(message())


@pytest.mark.parametrize(
    ("where", "answer", "code", "final"),
    [
        ("RCPT", "550 5.1.1 nobody here", "smtp_550", True),
        ("RCPT", "451 4.3.0 later", "smtp_451", False),
        ("DATA", "554 5.7.1 spam", "smtp_554", True),
        ("DATA", "452 4.2.2 full", "smtp_452", False),
    ],
)
def test_send__server_refuses__says_whether_another_attempt_is_of_use(
    server: Controller, mailbox: Mailbox, certificate: Path, where: str, answer: str, code: str, final: bool
) -> None:
    mailbox.answers[where] = answer

    with pytest.raises(SendingFailed) as failed:
        channel(server, certificate).send(message())

    assert (failed.value.code, failed.value.final) == (code, final)
    assert mailbox.envelopes == []


def test_send__certificate_not_trusted__nothing_leaves(server: Controller, mailbox: Mailbox) -> None:
    with pytest.raises(SendingFailed, match="tls"):
        channel(server, None).send(message())

    assert mailbox.envelopes == []


def test_send__wrong_password__is_tried_again_later(server: Controller, mailbox: Mailbox, certificate: Path) -> None:
    with pytest.raises(SendingFailed, match="smtp_login") as failed:
        channel(server, certificate, password="wrong").send(message())

    assert not failed.value.final
    assert mailbox.envelopes == []


def test_send__server_without_tls__password_never_leaves(mailbox: Mailbox) -> None:
    controller = AnyPort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        with pytest.raises(SendingFailed, match="smtp_not_protected"):
            channel(controller, None).send(message())
    finally:
        controller.stop()

    assert mailbox.envelopes == []


def test_send__nobody_listens__is_tried_again_later(mailbox: Mailbox) -> None:
    controller = AnyPort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    gone = channel(controller, None)
    controller.stop()

    with pytest.raises(SendingFailed, match="connection") as failed:
        gone.send(message())

    assert not failed.value.final


@pytest.mark.parametrize(
    ("to", "subject"),
    [("nobody", "x"), ("a@b.example\r\nBcc: all@example.org", "x"), ("ada@example.org", "x\r\nBcc: all@example.org")],
)
def test_send__address_or_subject_that_is_none__is_refused_for_good(
    server: Controller, mailbox: Mailbox, certificate: Path, to: str, subject: str
) -> None:
    with pytest.raises(SendingFailed, match="address_malformed") as failed:
        channel(server, certificate).send(message(to, subject))

    assert failed.value.final
    assert mailbox.envelopes == []


def test_mail_server__far_away_and_open__is_refused() -> None:
    with pytest.raises(ValueError, match="in the open"):
        MailServer("mail.example.org", 25, "a@b.example", security=Security.NONE)


def test_message__shown__tells_nothing_of_the_person() -> None:
    assert "ada" not in repr(message())
