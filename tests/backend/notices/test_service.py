"""Notices on a real database: kept with their cause, sent by whatever takes them, proven."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from uuid import UUID

import pytest

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.database import Database
from backend.notices import repository, service
from backend.notices.kinds import ChannelName, NoticeKind
from backend.notices.models import NoticeRow
from backend.notices.ports import Recipient, RecordGone, RecordRestricted, SendingFailed
from backend.notices.sender import LEASE_SECONDS, NoticeSender
from backend.notices.states import MOST_ATTEMPTS, TOKEN_SECONDS, Confirmation, NoticeState, pause_after
from backend.problems import Problem
from tests.backend.notices.office import ADA, PERSON, TENANT, Carrier, Clock, Drawer, People, desk, notice

STAFF = UUID(int=99)
CUSTOMER_SERVICE = Principal(PrincipalKind.PERSON, STAFF, TENANT, frozenset({Role.CUSTOMER_SERVICE}))


class Office:
    """A database with people, records, a clock and two carriers."""

    def __init__(self, database: Database) -> None:
        self.database, self.people, self.drawer, self.clock = database, People(), Drawer(), Clock()
        self.mail, self.sms = Carrier(ChannelName.EMAIL), Carrier(ChannelName.SMS)
        self.sender = NoticeSender(database, [self.mail, self.sms], self.drawer, self.clock)

    def order(self, *args: object, **changes: object) -> NoticeRow:
        with self.database.scoped(Principal.worker(TENANT)) as session:
            return service.order(session, self.desk(), notice(*args, **changes))  # type: ignore[arg-type]  # by name

    def desk(self) -> service.NoticeDesk:
        return desk(self.people, self.drawer, self.clock)

    def row(self, notice_id: UUID) -> NoticeRow:
        with self.database.every_tenant() as session:
            found = repository.get(session, notice_id)
        assert found is not None
        return found

    def notices(self) -> list[NoticeRow]:
        with self.database.every_tenant() as session:
            return list(repository.of_subject(session, TENANT, "underwriting_case:17"))

    def token(self, row: NoticeRow) -> str:
        return str(self.drawer.kept[row.record_id][1]["body"]).partition("/confirm#")[2].split()[0]


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_order__once_for_a_cause__kept_with_its_transaction(office: Office) -> None:
    first = office.order(cause="case:17:decision")
    second = office.order(cause="case:17:decision")

    assert first.notice_id == second.notice_id
    assert len(office.notices()) == len(office.drawer.kept) == 1
    assert (first.state, first.channel) == (NoticeState.QUEUED, ChannelName.EMAIL)


def test_order__transaction_fails__no_notice(office: Office) -> None:
    with pytest.raises(ZeroDivisionError), office.database.scoped(Principal.worker(TENANT)) as session:
        assert service.order(session, office.desk(), notice()).attempts / 0

    assert office.notices() == []


def test_order__rows__hold_nothing_of_the_person(office: Office) -> None:
    row = office.order()
    office.sender.step()

    kept = repr(vars(office.row(row.notice_id)))
    for value in ("Ada", "ada@example.org", "+8613800138000", "score 70"):
        assert value not in kept


def test_order__content_hash__is_that_of_the_sealed_words_and_salted(office: Office) -> None:
    one, two = office.order(), office.order()

    content = office.drawer.kept[one.record_id][1]
    assert one.content_hash == service.content_hash(content)
    assert one.content_hash != two.content_hash
    assert len(str(content["salt"])) == 64


def test_order__nobody_left_to_tell__is_refused(office: Office) -> None:
    office.people.known.clear()

    with pytest.raises(RecordGone):
        office.order()


@pytest.mark.parametrize(
    ("contact", "kind", "values", "channel", "state"),
    [
        (ADA, NoticeKind.UNDERWRITING_DECISION, {}, ChannelName.EMAIL, NoticeState.QUEUED),
        (replace(ADA, email=None), NoticeKind.UNDERWRITING_DECISION, {}, ChannelName.SMS, NoticeState.QUEUED),
        (
            replace(ADA, email=None), NoticeKind.UNDERWRITING_DECISION, {"accepted": False}, ChannelName.BY_HAND,
            NoticeState.TO_HAND,
        ),
        (replace(ADA, email=None), NoticeKind.CLAIM_DECISION, {}, ChannelName.BY_HAND, NoticeState.TO_HAND),
        (replace(ADA, email=None, phone=None), NoticeKind.QUOTE_READY, {}, ChannelName.BY_HAND, NoticeState.TO_HAND),
    ],
)  # fmt: skip
def test_order__contact_and_kind__decide_the_way(
    office: Office, contact: object, kind: NoticeKind, values: dict[str, object], channel: ChannelName,
    state: NoticeState,
) -> None:  # fmt: skip
    office.people.known[PERSON.person_id] = contact  # type: ignore[assignment]  # a contact

    row = office.order(kind, **values)

    assert (row.channel, row.state) == (channel, state)


def test_step__queued__sent_once_with_the_right_words(office: Office) -> None:
    row = office.order()

    assert office.sender.step() == 1
    assert office.sender.step() == 0
    (message,) = office.mail.sent
    assert (message.reference, message.to) == (row.notice_id, "ada@example.org")
    assert "Dear Ada Example" in message.text
    after = office.row(row.notice_id)
    assert (after.state, after.sent_at, after.carrier_reference) == (NoticeState.SENT, office.clock.now, "email-1")


def test_step__short_message__carries_the_short_words(office: Office) -> None:
    office.people.known[PERSON.person_id] = replace(ADA, email=None)
    office.order()

    office.sender.step()

    assert office.sms.sent[0].text.startswith("Example Life: we accept")


def test_step__carrier_away__tried_again_ever_more_seldom(office: Office) -> None:
    row = office.order()
    office.mail.failures = [SendingFailed("connection", final=False)] * 3
    waits = []
    for _ in range(3):
        assert office.sender.step() == 1
        assert office.sender.step() == 0
        waits.append(office.row(row.notice_id).due_at - office.clock.now)
        office.clock.now += waits[-1]

    assert waits == [pause_after(n) for n in (1, 2, 3)] == [60, 120, 240]
    assert office.sender.step() == 1
    with office.database.every_tenant() as session:
        tried = [(each.attempt, each.outcome, each.code) for each in repository.attempts(session, row.notice_id)]
    assert tried == [(n, "failed", "connection") for n in (1, 2, 3)] + [(4, "sent", None)]


def test_step__carrier_refuses_for_good__people_take_over_with_the_same_words(office: Office) -> None:
    row = office.order()
    office.mail.failures = [SendingFailed("smtp_550", final=True)]

    office.sender.step()

    first, second = office.notices()
    assert (first.notice_id, first.state, first.failure_code) == (row.notice_id, NoticeState.BOUNCED, "smtp_550")
    assert (second.state, second.channel, second.follows) == (NoticeState.TO_HAND, ChannelName.BY_HAND, row.notice_id)
    assert (second.record_id, second.content_hash) == (first.record_id, first.content_hash)


def test_step__never_gets_through__given_up_after_the_last_attempt(office: Office) -> None:
    office.order()
    office.mail.failures = [SendingFailed("connection", final=False)] * MOST_ATTEMPTS
    for _ in range(MOST_ATTEMPTS):
        office.sender.step()
        office.clock.now += 7 * 3_600

    first, second = office.notices()
    assert (first.state, first.attempts) == (NoticeState.FAILED, MOST_ATTEMPTS)
    assert second.state == NoticeState.TO_HAND
    assert office.sender.step() == 0


def test_step__person_erased_meanwhile__nothing_is_sent(office: Office) -> None:
    row = office.order()
    office.drawer.kept.clear()

    office.sender.step()

    assert office.mail.sent == []
    assert office.row(row.notice_id).state == NoticeState.FAILED
    assert len(office.notices()) == 1


def test_step__person_restricted_for_long__goes_out_once_that_is_lifted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = office.order()

    def closed(*_: object) -> object:
        raise RecordRestricted

    with monkeypatch.context() as patch:
        patch.setattr(office.drawer, "open", closed)
        for attempt in range(1, MOST_ATTEMPTS + 2):
            office.sender.step()
            office.clock.now += pause_after(attempt)
    meanwhile = office.row(row.notice_id)
    office.sender.step()

    assert (meanwhile.state, meanwhile.attempts) == (NoticeState.QUEUED, MOST_ATTEMPTS + 1)
    assert [message.reference for message in office.mail.sent] == [row.notice_id]
    assert len(office.notices()) == 1


def test_step__killed_after_the_carrier_took_it__sent_again_under_the_same_number(office: Office) -> None:
    office.order()

    class Killed(BaseException):
        pass

    class Dying(Carrier):
        def send(self, message):  # type: ignore[no-untyped-def]
            super().send(message)
            raise Killed

    dying = Dying()
    with pytest.raises(Killed):
        NoticeSender(office.database, [dying], office.drawer, office.clock).step()
    assert office.sender.step() == 0
    office.clock.now += LEASE_SECONDS
    office.sender.step()

    assert [m.reference for m in dying.sent] == [m.reference for m in office.mail.sent]


def test_step__two_senders_at_once__each_notice_goes_out_once(office: Office) -> None:
    rows = {office.order().notice_id for _ in range(12)}
    others = [NoticeSender(office.database, [office.mail], office.drawer, office.clock) for _ in range(3)]
    threads = [threading.Thread(target=each.step) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(m.reference for m in office.mail.sent) == sorted(rows)


def test_confirm_by_token__right_token__counts_once(office: Office) -> None:
    row = office.order()
    office.sender.step()

    with office.database.every_tenant() as session:
        service.confirm_by_token(session, office.token(row), office.clock.now + 5)
    with (
        pytest.raises(Problem, match="token is not one") as refused,
        office.database.every_tenant() as session,
    ):
        service.confirm_by_token(session, office.token(row), office.clock.now + 6)

    after = office.row(row.notice_id)
    assert (after.state, after.confirmed_at, after.confirmation) == ("confirmed", office.clock.now + 5, "link")
    assert after.confirmed_by is None
    assert refused.value.code == "receipt_token_invalid"


def test_order__token__only_its_hash_is_in_the_row(office: Office) -> None:
    row = office.order()

    assert row.token_hash == hashlib.sha256(office.token(row).encode()).digest()
    assert office.token(row) not in repr(vars(row))


@pytest.mark.parametrize("late", [0, 1])
def test_confirm_by_token__wrong_or_late__says_no_more_than_that(office: Office, late: int) -> None:
    row = office.order()
    token = office.token(row) if late else "x" * 43

    with pytest.raises(Problem) as refused, office.database.every_tenant() as session:
        service.confirm_by_token(session, token, office.clock.now + late * (TOKEN_SECONDS + 1))

    assert (refused.value.code, refused.value.status) == ("receipt_token_invalid", 404)


def test_confirm_by_token__mail_bounced__the_link_goes_on_with_the_letter(office: Office) -> None:
    row = office.order()
    office.mail.failures = [SendingFailed("smtp_550", final=True)]
    office.sender.step()

    with office.database.every_tenant() as session:
        found = service.confirm_by_token(session, office.token(row), office.clock.now)

    assert found.follows == row.notice_id


def test_record_receipt__by_staff__keeps_who_and_seals_the_proof(office: Office) -> None:
    row = office.order()
    office.sender.step()

    with office.database.scoped(CUSTOMER_SERVICE) as session:
        service.record_receipt(
            session, office.drawer, CUSTOMER_SERVICE, row.notice_id, way=Confirmation.PHONE, proof="Call 5.", now=7
        )

    after = office.row(row.notice_id)
    assert (after.confirmation, after.confirmed_by, after.confirmed_at) == ("phone", STAFF, 7)
    assert after.confirmation_record is not None
    assert office.drawer.kept[after.confirmation_record][1] == {"way": "phone", "proof": "Call 5."}


def test_record_receipt__twice_or_own__is_refused(office: Office) -> None:
    row = office.order()
    with office.database.scoped(CUSTOMER_SERVICE) as session:
        service.record_receipt(
            session, office.drawer, CUSTOMER_SERVICE, row.notice_id, way=Confirmation.BRANCH, proof="Slip.", now=7
        )

    codes = []
    for by in (CUSTOMER_SERVICE, replace(CUSTOMER_SERVICE, principal_id=PERSON.person_id)):
        with pytest.raises(Problem) as refused, office.database.scoped(by) as session:
            service.record_receipt(
                session, office.drawer, by, row.notice_id, way=Confirmation.BRANCH, proof="Slip.", now=8
            )
        codes.append(refused.value.code)
    assert codes == ["notice_confirmed", "notice_own"]


def test_record_posting__by_hand__is_sent_and_only_then_again_refused(office: Office) -> None:
    office.people.known[PERSON.person_id] = replace(ADA, email=None, phone=None)
    row = office.order()

    with office.database.scoped(CUSTOMER_SERVICE) as session:
        service.record_posting(session, row.notice_id, reference="RR123", now=9)
    with pytest.raises(Problem, match="not waiting for you"), office.database.scoped(CUSTOMER_SERVICE) as session:
        service.record_posting(session, row.notice_id, reference="RR124", now=9)

    assert (office.row(row.notice_id).state, office.row(row.notice_id).carrier_reference) == ("sent", "RR123")


def test_note_delivery__carrier_says_so__delivered_then_bounced_leads_to_people(office: Office) -> None:
    row = office.order()
    office.sender.step()

    with office.database.every_tenant() as session:
        service.note_delivery(session, row.notice_id, delivered=True, code="", now=10)
    assert office.row(row.notice_id).state == NoticeState.DELIVERED
    for _ in range(2):
        with office.database.every_tenant() as session:
            service.note_delivery(session, row.notice_id, delivered=False, code="5.1.1", now=11)

    assert sorted(each.state for each in office.notices()) == [NoticeState.BOUNCED, NoticeState.TO_HAND]


@pytest.mark.parametrize(
    "stranger",
    [
        Principal(PrincipalKind.PERSON, UUID(int=8), TENANT, frozenset({Role.POLICYHOLDER})),
        Principal(PrincipalKind.PERSON, STAFF, UUID(int=2), frozenset({Role.CUSTOMER_SERVICE})),
        Principal.anonymous(),
    ],
)
def test_get__somebody_elses__is_unknown(office: Office, stranger: Principal) -> None:
    row = office.order()

    with pytest.raises(Problem) as refused, office.database.scoped(stranger) as session:
        service.get(session, row.notice_id)

    assert refused.value.code == "notice_unknown"


def test_read__own__with_its_words(office: Office) -> None:
    row = office.order()
    own = Principal(PrincipalKind.PERSON, PERSON.person_id, TENANT, frozenset({Role.POLICYHOLDER}))

    with office.database.scoped(own) as session:
        _, content = service.read(session, office.drawer, own, row.notice_id)

    assert "Dear Ada Example" in str(content["body"])


def test_list_notices__pages__newest_first_and_each_once(office: Office) -> None:
    made = []
    for _ in range(5):
        made.append(office.order().notice_id)
        office.clock.now += 1
    seen: list[UUID] = []
    after = None
    for _ in range(3):
        with office.database.scoped(CUSTOMER_SERVICE) as session:
            rows = service.list_notices(session, after=after, limit=2, subject=None, state=None)
        seen += [each.notice_id for each in rows]
        after = (rows[-1].created_at, rows[-1].notice_id)

    assert seen == made[::-1]


def test_recipient__of_another_tenant__has_its_own_causes(office: Office) -> None:
    elsewhere = Recipient(UUID(int=2), PERSON.person_id)
    one = office.order(cause="same")
    with office.database.scoped(Principal.worker(elsewhere.tenant_id)) as session:
        two = service.order(session, office.desk(), notice(cause="same", to=elsewhere))

    assert one.notice_id != two.notice_id
