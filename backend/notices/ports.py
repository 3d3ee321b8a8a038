"""What notices need of others: who can be reached where, sealed records, and channels to the outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.notices.kinds import ChannelName, Language
from backend.vault.records import CitedNotice


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person of one insurer, whose record it is."""

    tenant_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """Where a person can be reached. Personal data: never logged, never kept outside the vault."""

    name: str
    language: Language
    email: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return "Contact(…)"


class Contacts(Protocol):
    """People's contact data, from their sealed records."""

    def find(self, session: Session, recipient: Recipient, /) -> Contact | None:
        """Where a person can be reached; None where the record is gone or restricted."""
        ...

    def insurer(self, session: Session, tenant_id: UUID, /) -> str:
        """The insurer's name, as customers know it."""
        ...


class FileCategory(StrEnum):
    """What a sealed record is; how long it is kept follows from it."""

    APPLICATION = "application"
    ASSESSMENT = "assessment"
    NOTICE = "notice"
    OBJECTION = "objection"
    THIRD_PARTY = "third_party"


class Records(Protocol):
    """Sealed records of people."""

    def seal(
        self, session: Session, principal: Principal, owner: Recipient, category: FileCategory,
        document: Mapping[str, object], about: bytes, /,
    ) -> UUID:  # fmt: skip
        """Encrypt and keep a record, in the caller's transaction. Returns its id.

        Args:
            about: What it belongs to, at most 32 bytes: the record is kept as long as that contract's file.
        Raises:
            Problem: What rests on consent is not kept without it.
        """
        ...

    def about(self, session: Session, record_id: UUID, /) -> bytes:
        """What a record belongs to, for another that is kept as long."""
        ...

    def open(
        self, session: Session, principal: Principal, owner: Recipient, record_id: UUID, /
    ) -> Mapping[str, object]:
        """A record of a person's, for whoever may open it.

        Raises:
            RecordGone: It was erased, or is restricted.
            Problem: This principal may not open it.
        """
        ...


class Consents(Protocol):
    """What people agreed to have collected and read."""

    def give(
        self, session: Session, principal: Principal, owner: Recipient, evidence_hash: bytes, notice: CitedNotice, /
    ) -> None:
        """A person agreed that third parties are asked about them, and had read that edition of the privacy notice."""
        ...

    def withdraw(self, session: Session, principal: Principal, owner: Recipient, /) -> None:
        """A person agrees to it no more: what was collected opens no more."""
        ...


class RecordGone(Exception):
    """A sealed record was erased or is restricted; what needs it cannot go on."""


class RecordRestricted(RecordGone):
    """It is restricted: it opens again once that is lifted."""


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """What goes out.

    Attributes:
        reference: The notice's id: the idempotency key and the message's own number at every channel.
        to: Address or number, as the channel takes it.
    """

    reference: UUID
    to: str
    language: Language
    subject: str
    text: str

    def __repr__(self) -> str:
        return f"Message({self.reference})"


class SendingFailed(Exception):
    """A channel did not take a message.

    Attributes:
        code: Short and stable, without anything personal: `smtp_451`, `connection`.
        final: Whether trying again is of no use.
    """

    def __init__(self, code: str, *, final: bool) -> None:
        self.code = code
        self.final = final
        super().__init__(code)


class Channel(Protocol):
    """A way to the outside."""

    @property
    def name(self) -> ChannelName:
        """Which one it is."""
        ...

    def send(self, message: Message) -> str:
        """Hand a message over. Returns the carrier's own reference, or "".

        Raises:
            SendingFailed
        """
        ...
