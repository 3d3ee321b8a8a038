"""Deliveries to a real receiver that fails in every way."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from backend.http.server_key import ServerKey
from backend.problems import Problem
from backend.webhooks import repository, service
from backend.webhooks.delivery import DISABLED_AFTER_SECONDS, LEASE_SECONDS, RETRY_SECONDS
from backend.webhooks.event_types import EventType
from backend.webhooks.schemas import EndpointChange
from backend.webhooks.sending import HttpSender
from tests.backend.webhooks.conftest import NOW, PostOffice, Receiver, body_of, receiving

DAY = 86_400


def test_deliver__told__signed_with_a_stable_id_and_logged(office: PostOffice, receiver: Receiver) -> None:
    endpoint, secret = office.register(receiver.url)
    message = office.tell()

    office.run()

    assert receiver.verified(secret) == [
        {"type": "webhook.test", "timestamp": "2026-09-21T14:13:20Z", "data": {"number": 1}}
    ]
    assert receiver.taken[0][0]["webhook-id"] == f"msg_{message.hex}"
    assert office.states(endpoint) == [("delivered", 1)]


def test_deliver__fails_then_answers__tried_again_under_the_same_id(office: PostOffice, receiver: Receiver) -> None:
    receiver.statuses = [500, 0, 301, 204]
    endpoint, secret = office.register(receiver.url)
    office.tell()

    office.run(8 * 3600, step=600)

    assert len(receiver.verified(secret)) == 4
    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.taken}) == 4
    assert office.states(endpoint) == [("delivered", 4)]


def test_deliver__redirect__not_followed(office: PostOffice, receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.statuses, receiver.headers = [307], {"location": elsewhere.url}
        office.register(receiver.url)
        office.tell()

        office.run()

        assert (len(receiver.taken), len(elsewhere.taken)) == (1, 0)


def test_deliver__never_answers__given_up_after_ten_attempts_over_days(office: PostOffice, receiver: Receiver) -> None:
    receiver.statuses = [503]
    endpoint, _ = office.register(receiver.url)
    office.tell()

    office.run(4 * DAY, step=3600)

    assert office.states(endpoint) == [("given_up", len(RETRY_SECONDS) + 1)]
    times = [int(headers["webhook-timestamp"]) for headers, _ in receiver.taken]
    assert 2 * DAY < times[-1] - times[0] < 4 * DAY


def test_deliver__asks_to_wait__waits(office: PostOffice, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [429, 204], {"retry-after": "7200"}
    office.register(receiver.url)
    office.tell()

    office.run(7100, step=500)
    early = len(receiver.taken)
    office.run(200, step=100)

    assert (early, len(receiver.taken)) == (1, 2)


def test_deliver__failing_for_days__disabled_and_the_other_endpoint_told(
    office: PostOffice, receiver: Receiver
) -> None:
    with receiving() as dead:
        dead.statuses = [500]
        endpoint, _ = office.register(dead.url, EventType.WEBHOOK_TEST)
        office.register(receiver.url, EventType.WEBHOOK_ENDPOINT_DISABLED)
        for _ in range(3):
            office.tell()
            office.run(2 * DAY, step=7200)

    assert office.now - NOW > DISABLED_AFTER_SECONDS
    with office.desk() as desk:
        row = service.get(desk, endpoint)
        assert (row.enabled, row.disabled_reason) == (False, "no delivery succeeded for 5 days")
    assert [body_of(t)["data"]["endpoint_id"] for t in receiver.taken] == [str(endpoint)]


def test_deliver__gone__disabled_at_once_and_taken_up_again_on_request(office: PostOffice, receiver: Receiver) -> None:
    receiver.statuses = [410, 204]
    endpoint, _ = office.register(receiver.url, EventType.WEBHOOK_TEST)
    office.tell()
    office.run(DAY)
    with office.desk() as desk:
        gone = service.get(desk, endpoint)
        assert (gone.enabled, len(receiver.taken)) == (False, 1)
        service.change(desk, endpoint, EndpointChange(enabled=True), f'"{gone.version}"')

    office.run(DAY)

    assert office.states(endpoint) == [("delivered", 2)]


def test_deliver__many_workers__every_message_once(office: PostOffice, receiver: Receiver) -> None:
    endpoint, _ = office.register(receiver.url)
    for _ in range(30):
        office.tell()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: office.run(), range(6)))

    assert len(receiver.taken) == 30
    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == 30
    assert office.states(endpoint) == [("delivered", 1)] * 30


def test_deliver__worker_died_after_taking_it__another_takes_it_when_the_lease_ends(
    office: PostOffice, receiver: Receiver
) -> None:
    endpoint, _ = office.register(receiver.url)
    office.tell()
    with office.database.every_tenant() as session:
        repository.spread(session, office.now, 10)
    with office.database.every_tenant() as session:
        assert len(repository.take_due(session, office.now, LEASE_SECONDS, 1)) == 1

    office.run(LEASE_SECONDS - 1, step=LEASE_SECONDS)
    during = len(receiver.taken)
    office.run(2)

    assert (during, len(receiver.taken)) == (0, 1)
    assert office.states(endpoint) == [("delivered", 1)]


@pytest.mark.parametrize("drip", [b"HTTP/1.1 200 OK\r\nx-slow: yes\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n"])
def test_send__answers_a_byte_at_a_time_and_never_ends__given_up_in_time(drip: bytes) -> None:
    with dripping(drip) as url:
        found = HttpSender(allow_loopback=True, seconds=0.3).send(url, {}, b"{}")

    assert (found.succeeded, found.status) == (False, None)
    assert "ReadTimeout" in str(found.failure)


def test_deliver__much_waits_for_one_that_fails__others_are_not_kept_waiting(
    office: PostOffice, receiver: Receiver
) -> None:
    with receiving() as failing:
        failing.statuses = [500]
        office.register(failing.url, EventType.WEBHOOK_ENDPOINT_DISABLED)
        office.tell(EventType.WEBHOOK_ENDPOINT_DISABLED)
        office.run()
        for _ in range(5):
            office.tell(EventType.WEBHOOK_ENDPOINT_DISABLED)
        office.now += 1
        office.register(receiver.url, EventType.WEBHOOK_TEST)
        office.tell(EventType.WEBHOOK_TEST)

        office.postman.step()

        assert (len(receiver.taken), len(failing.taken)) == (1, 1)


@contextmanager
def dripping(drip: bytes) -> Iterator[str]:
    """A receiver that says the first of it at once and then all of it, again and again, a byte at a time."""
    listener, ended = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(drip)
            for byte in itertools.cycle(drip if drip.endswith(b"\r\n\r\n") else b"x-more: y\r\n"):
                if ended.wait(0.005):
                    return
                connection.sendall(bytes([byte]))

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    ended.set()
    thread.join()
    listener.close()


def test_emit__transaction_undone__nothing_told(office: PostOffice, receiver: Receiver) -> None:
    office.register(receiver.url)

    def change_and_fail() -> None:
        with office.desk() as desk:
            service.send_test(desk, service.listed(desk)[0].endpoint_id)
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        change_and_fail()
    office.run()

    assert receiver.taken == []


def test_rotate__overlap__both_secrets_verify_then_only_the_new_one(office: PostOffice, receiver: Receiver) -> None:
    endpoint, old = office.register(receiver.url)
    with office.desk() as desk:
        new, until = service.rotate(desk, endpoint, 3600)
    office.tell()
    office.run()
    assert len(receiver.verified(old)) == len(receiver.verified(new)) == 1

    office.now = until + 1
    office.tell()
    office.run()

    receiver.taken = receiver.taken[1:]
    assert len(receiver.verified(new)) == 1
    with pytest.raises(WebhookVerificationError):
        receiver.verified(old)


def test_deliver__server_key_changed__says_what_to_do_and_sends_nothing_unsigned(
    office: PostOffice, receiver: Receiver
) -> None:
    endpoint, _ = office.register(receiver.url)
    office.tell()

    replace(office.postman, server_key=ServerKey(b"t" * 32)).step()

    assert receiver.taken == []
    with office.desk() as desk:
        (logged,) = service.deliveries(desk, endpoint, None, 10)
        assert "rotate it" in str(logged.attempts[0].failure)


def test_redeliver__given_up__sent_again_under_its_id(office: PostOffice, receiver: Receiver) -> None:
    receiver.statuses = [500]
    endpoint, _ = office.register(receiver.url)
    office.tell()
    office.run(4 * DAY, step=7200)
    receiver.statuses = [204]
    with office.desk() as desk:
        service.redeliver(desk, service.deliveries(desk, endpoint, None, 1)[0].delivery.delivery_id)

    office.run()

    assert office.states(endpoint) == [("delivered", len(RETRY_SECONDS) + 2)]
    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == 1


def test_endpoints__of_another_tenant__unknown(office: PostOffice, receiver: Receiver) -> None:
    from uuid import UUID

    endpoint, _ = office.register(receiver.url)
    with office.desk() as desk:
        stranger = replace(desk, tenant_id=UUID(int=8))

        with pytest.raises(Problem) as caught:
            service.rotate(stranger, endpoint, 0)

    assert caught.value.code == "webhook_endpoint_unknown"


def test_change__old_version__refused(office: PostOffice, receiver: Receiver) -> None:
    endpoint, _ = office.register(receiver.url)
    with office.desk() as desk:
        service.change(desk, endpoint, EndpointChange(description="one"), '"1"')

        with pytest.raises(Problem) as caught:
            service.change(desk, endpoint, EndpointChange(description="two"), '"1"')

    assert caught.value.code == "precondition_failed"
