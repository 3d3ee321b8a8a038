"""Mail about accounts: links to set a password anew, and what was changed."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from backend.access.roles import Role
from backend.database import Database
from backend.identity.attempts import service as attempts
from backend.identity.attempts.delays import LIMITS, Counted
from backend.identity.events import SecurityEvent
from backend.identity.passwords import service as passwords
from backend.notices.contacts import IdentityContacts
from backend.notices.kinds import SECRET_GAP, ChannelName, Language, NoticeKind
from backend.notices.ports import SendingFailed
from backend.notices.sender import NoticeSender
from backend.notices.service import NoticeDesk
from backend.notices.vault_records import VaultRecords
from backend.security_mail import resets
from backend.security_mail.alerts import SecurityMail
from backend.security_mail.words import EVENTS
from backend.vault.key_files import FileKeys, make_key_file
from backend.vault.sealing import Vault
from tests.backend.identity.house import ORIGIN, PASSWORD, House, make_house
from tests.backend.identity.test_identity_api import Page, code_of, make_app
from tests.backend.notices.office import Carrier

NEW = "plinth orbit nineteen kayak"


@dataclass
class PostRoom(Page):
    """An insurer that mails."""

    database: Database
    carrier: Carrier
    worker: resets.ResetWorker
    sender: NoticeSender

    def ask(self, email: str, tenant: str = "") -> int:
        return int(self.post("/v1/passwords/reset", {"tenant": tenant or self.house.slug, "email": email}).status_code)

    def run(self) -> None:
        """What the workers do."""
        self.worker.step()
        self.sender.step()

    def tokens(self) -> list[str]:
        links = [re.search(re.escape(ORIGIN) + r"/sign-in/password#(\S+)", mail.text) for mail in self.carrier.sent]
        return [link[1] for link in links if link]

    def rows(self, query: str) -> str:
        with self.database.every_tenant() as session:
            return json.dumps([list(row) for row in session.execute(text(query))], default=str)


@pytest.fixture
def room(database: Database, tmp_path: Path) -> Iterator[PostRoom]:
    house: House = make_house(database)
    make_key_file(tmp_path / "vault.key")
    records = VaultRecords(Vault(FileKeys(tmp_path / "vault.key"), clock=house.clock))
    mail = NoticeDesk(
        IdentityContacts(house.desk), records, frozenset({ChannelName.EMAIL}), ORIGIN, house.clock
    )  # fmt: skip
    house.desk = replace(house.desk, tell=SecurityMail(mail))
    app = make_app(house, database, tmp_path)
    app.state.services = replace(app.state.services, underwriting=SimpleNamespace(notices=mail))
    carrier = Carrier()
    links = {NoticeKind.PASSWORD_RESET: resets.links(house.desk)}
    sender = NoticeSender(database, [carrier], records, house.clock, links)
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield PostRoom(client, house, database, carrier, resets.ResetWorker(database, house.desk, mail), sender)


def test_ask_reset__person_is_there__one_mail_whose_link_sets_the_password_once(room: PostRoom) -> None:
    person_id = room.house.person(Role.POLICYHOLDER)
    before = room.sign_in(person_id).json()["token"]

    assert room.ask(room.house.email_of(person_id)) == room.ask("  PERSON0@example.org ") == 202
    room.run()

    assert [mail.to for mail in room.carrier.sent] == ["person0@example.org"]
    (token,) = room.tokens()
    assert room.post("/v1/passwords/by-token", {"token": token, "password": NEW}).status_code == 204
    assert code_of(room.post("/v1/passwords/by-token", {"token": token, "password": PASSWORD})) == "ticket_invalid"
    assert code_of(room.sign_in(person_id)) == "sign_in_refused"
    assert room.sign_in(person_id, password=NEW).status_code == 201
    ended = room.client.get("/v1/people/me", headers={"Authorization": f"Bearer {before}"})
    assert code_of(ended) == "session_expired"
    room.run()
    assert EVENTS[SecurityEvent.PASSWORD_SET_BY_LINK][Language.EN] in room.carrier.sent[-1].text


def test_ask_reset__nobody_has_the_address_or_no_address_at_all__the_same_answer_and_row_and_no_mail(
    room: PostRoom,
) -> None:
    person_id = room.house.person(Role.POLICYHOLDER)
    body = {"tenant": room.house.slug}
    answers = [
        room.post("/v1/passwords/reset", body | {"email": email})
        for email in (room.house.email_of(person_id), "nobody@example.org", "no address")
    ]

    assert {(answer.status_code, answer.text) for answer in answers} == {(202, "null")}
    assert json.loads(room.rows("SELECT count(*), count(DISTINCT length(email_lookup)) FROM password_resets")) == [
        [3, 1]
    ]
    room.run()
    assert [mail.to for mail in room.carrier.sent] == [room.house.email_of(person_id)]
    assert json.loads(room.rows("SELECT * FROM password_resets")) == []


def test_ask_reset__person_shut_out__no_mail(room: PostRoom) -> None:
    person_id = room.house.person(Role.POLICYHOLDER)
    email = room.house.email_of(person_id)
    administrator = room.bearer(room.house.person(Role.ADMINISTRATOR))
    assert room.delete(f"/v1/people/{person_id}", **administrator).status_code == 204

    assert room.ask(email) == 202
    room.run()

    assert room.tokens() == []


def test_ask_reset__account_recovered__only_the_link_made_then_sets_the_password(room: PostRoom) -> None:
    house = room.house
    boss, ada = house.person(Role.ADMINISTRATOR), house.person(Role.POLICYHOLDER)
    room.ask(house.email_of(ada))
    room.worker.step()
    link = room.post(f"/v1/people/{ada}/recovery", **room.bearer(boss)).json()["token"]
    house.clock.now += resets.APART_SECONDS
    room.ask(house.email_of(ada))
    room.run()
    with house.desk.tenant_scope(house.tenant_id) as session:
        mailed = passwords.make_reset(session, house.desk, house.tenant_id, ada)

    assert room.tokens() == []
    assert code_of(room.post("/v1/passwords/by-token", {"token": mailed, "password": NEW})) == "ticket_invalid"
    assert code_of(room.sign_in(ada, password=NEW)) == "sign_in_refused"
    (told,) = [
        mail.text for mail in room.carrier.sent if EVENTS[SecurityEvent.ACCOUNT_RECOVERED][Language.EN] in mail.text
    ]
    assert "nobody can sign in" in told
    assert room.post("/v1/passwords/by-token", {"token": link, "password": NEW}).status_code == 204
    assert room.sign_in(ada, password=NEW).status_code == 201


def test_link__too_old_or_asked_for_again__worthless(room: PostRoom) -> None:
    email = room.house.email_of(room.house.person(Role.POLICYHOLDER))
    room.ask(email)
    room.run()
    room.house.clock.now += resets.APART_SECONDS
    room.ask(email)
    room.run()
    first, second = room.tokens()

    assert code_of(room.post("/v1/passwords/by-token", {"token": first, "password": NEW})) == "ticket_invalid"
    room.house.clock.now += room.house.desk.rules.reset_seconds
    assert code_of(room.post("/v1/passwords/by-token", {"token": second, "password": NEW})) == "ticket_invalid"


def test_link__in_the_database_and_to_who_reads_the_notice__is_a_gap(room: PostRoom) -> None:
    person_id = room.house.person(Role.POLICYHOLDER)
    bearer = {"Authorization": f"Bearer {room.sign_in(person_id).json()['token']}"}
    app: Any = room.client.app
    app.state.services = replace(app.state.services, vault=room.sender._records._vault)
    room.ask(room.house.email_of(person_id))
    room.run()
    (token,) = room.tokens()

    (notice,) = room.client.get("/v1/notices", headers=bearer).json()["notices"]
    read = room.client.get(f"/v1/notices/{notice['notice_id']}", headers=bearer).json()

    assert SECRET_GAP in read["body"]
    assert token not in read["body"]
    assert token not in room.rows("SELECT * FROM identity_tickets") + room.rows("SELECT * FROM notices")


def test_mail__carrier_refuses_for_good__ends_and_goes_through_nobodys_hands(room: PostRoom) -> None:
    room.carrier.failures = [SendingFailed("smtp_550", final=True)]
    room.ask(room.house.email_of(room.house.person(Role.POLICYHOLDER)))
    room.run()

    assert json.loads(room.rows("SELECT channel, state FROM notices")) == [["email", "bounced"]]


def test_ask_reset__asked_many_times_from_one_address__delayed(room: PostRoom) -> None:
    house = room.house
    for _ in range(LIMITS[Counted.ISSUE].free - 1):
        attempts.begin(house.desk, house.tenant_id, attempts.issue_bucket(house.desk, "testclient"))

    assert [room.ask(f"{uuid.uuid4().hex}@example.org") for _ in range(2)] == [202, 429]


def test_ask_reset__server_sends_no_mail__says_so(room: PostRoom) -> None:
    app = room.client.app
    app.state.services = replace(app.state.services, underwriting=None)  # type: ignore[attr-defined]  # the app's own

    assert code_of(room.post("/v1/passwords/reset", {"tenant": "acme", "email": "a@example.org"})) == "mail_missing"


def test_account__changed__its_person_is_told_each_time(room: PostRoom) -> None:
    person_id = room.house.person(Role.ADMINISTRATOR)
    bearer = room.bearer(person_id)
    room.post("/v1/totp/recovery-codes", None, **bearer)
    expires = room.house.clock() + 86_400
    key = {"label": "x", "roles": ["institution"], "scopes": ["notices.report_delivery"], "expires_at": expires}
    assert room.post("/v1/api-keys", key, **bearer).status_code == 201
    changed = room.client.put(
        "/v1/passwords/mine", json={"current_password": PASSWORD, "password": NEW}, headers=bearer
    )
    assert changed.status_code == 204
    room.delete("/v1/totp", **bearer)
    room.run()

    told = [mail.text for mail in room.carrier.sent]
    for event in (
        SecurityEvent.CODES_RENEWED, SecurityEvent.API_KEY_MADE, SecurityEvent.PASSWORD_CHANGED,
        SecurityEvent.APP_REMOVED,
    ):  # fmt: skip
        assert sum(EVENTS[event][Language.EN] in mail for mail in told) == 1


@pytest.mark.parametrize("event", SecurityEvent)
def test_words__every_event__in_both_languages(event: SecurityEvent) -> None:
    assert EVENTS[event][Language.EN].isascii()
    assert any("\u4e00" <= sign <= "\u9fff" for sign in EVENTS[event][Language.ZH])
