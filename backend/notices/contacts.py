"""Where people can be reached: name, e-mail and language from identity, telephone numbers sealed beside them."""

from __future__ import annotations

import uuid

import phonenumbers
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.identity.desk import Desk
from backend.identity.people import service as people
from backend.notices.kinds import Language
from backend.notices.models import PhoneRow
from backend.notices.ports import Contact, Recipient
from backend.problems import Problem
from backend.tenants import service as tenants


class IdentityContacts:
    """Implements `Contacts` on people's sealed records."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find(self, session: Session, recipient: Recipient, /) -> Contact | None:
        """See `Contacts`."""
        try:
            person = people.get(session, self._desk, recipient.tenant_id, recipient.person_id)
        except Problem:
            return None
        language = Language.ZH if person.language.startswith("zh") else Language.EN
        return Contact(person.name, language, person.email, self._phone(session, recipient))

    def insurer(self, session: Session, tenant_id: uuid.UUID, /) -> str:
        """See `Contacts`."""
        return tenants.get(session, tenant_id).name

    def set_phone(self, session: Session, recipient: Recipient, number: str | None) -> None:
        """Keep a person's number, sealed; None forgets it.

        Raises:
            Problem: `request_invalid`.
        """
        mine = (PhoneRow.tenant_id == recipient.tenant_id) & (PhoneRow.person_id == recipient.person_id)
        if number is None:
            session.execute(delete(PhoneRow).where(mine))
            return
        sealed = self._desk.data.seal(_about(recipient), _e164(number).encode())
        keys = {"tenant_id": recipient.tenant_id, "person_id": recipient.person_id}
        statement = insert(PhoneRow).values(**keys, phone_sealed=sealed)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=list(keys), set_={"phone_sealed": statement.excluded.phone_sealed}
            )
        )

    def _phone(self, session: Session, recipient: Recipient) -> str | None:
        mine = (PhoneRow.tenant_id == recipient.tenant_id) & (PhoneRow.person_id == recipient.person_id)
        sealed = session.scalar(select(PhoneRow.phone_sealed).where(mine))
        return None if sealed is None else self._desk.data.open(_about(recipient), bytes(sealed)).decode()


def _about(recipient: Recipient) -> str:
    return f"notice-phones/{recipient.tenant_id}/{recipient.person_id}"


def _e164(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise Problem(
            "request_invalid", "phone is no number such as +86 138 0013 8000. Give it with its country.", field="phone"
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
