"""One request's id and trace, from the API over the workflow to the block, and into the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import HOUSE_TENANT
from backend.audit.sequencer import Sequencer
from backend.chain.intents import repository
from backend.database import Database
from backend.observability.carried import Carried, correlate, current, resumed
from backend.observability.tracing import close_traces, configure_traces, drawn, span, traceparent, under
from backend.workflows.carrying import CARRIED, asked_in
from backend.workflows.requests import Handover, request
from tests.backend.api import Api
from tests.backend.flights import flight

REQUEST = "5a" * 16


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Spans as a collector would get them."""
    exporter = InMemorySpanExporter()
    configure_traces(SimpleSpanProcessor(exporter))
    yield exporter
    close_traces()


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [each for each in spans.get_finished_spans() if each.name == name]


def trace_of(found: ReadableSpan) -> int:
    assert found.context is not None
    return found.context.trace_id


def test_as_json__everything_known__comes_back_the_same() -> None:
    carried = Carried(REQUEST, "claims/7", f"00-{'1' * 32}-{'2' * 16}-01", (f"00-{'3' * 32}-{'4' * 16}-01",))

    assert Carried.of(json.loads(json.dumps(carried.as_json()))) == carried


@pytest.mark.parametrize(
    "kept", [None, {}, {"request_id": "Ada Example"}, {"traceparent": "x"}, {"links": "x"}, {"correlation": 7}]
)
def test_of__what_is_not_well_formed__left_out(kept: dict[str, object] | None) -> None:
    assert Carried.of(kept) == Carried()


def test_together__acceptances_of_several_requests__first_trace_and_links_to_the_others() -> None:
    traces = [f"00-{n:032x}-{n:016x}-01" for n in (1, 2, 3)]
    several = [Carried(f"{n:032x}", "policies/7", trace) for n, trace in enumerate(traces)]

    found = Carried.together(several)

    assert found == Carried(None, "policies/7", traces[0], (traces[1], traces[2]))


def test_drawn__callers_that_choose_their_ids_and_ask_to_be_told__no_more_are_told_than_our_share() -> None:
    exporter = InMemorySpanExporter()
    configure_traces(SimpleSpanProcessor(exporter), ratio=0.2, chance=Random(1))
    callers = [f"00-{n:016x}{0:016x}-{1:016x}-01" for n in range(1, 301)]  # the least ids: a share by id tells them all

    for caller in callers:
        with under(drawn(caller)), span("request"):
            kept = traceparent()
        with under(kept), span("chain.send"):
            pass
    close_traces()

    told = [{trace_of(each) for each in named(exporter, name)} for name in ("request", "chain.send")]
    assert 30 < len(told[0]) < 90
    assert told[0] == told[1]


def test_resumed__work_of_a_row__logs_and_spans_belong_to_where_it_came_from(spans: InMemorySpanExporter) -> None:
    with structlog.contextvars.bound_contextvars(request_id=REQUEST), span("request"):
        correlate("claims/7")
        kept = Carried.of(json.loads(json.dumps(current().as_json())))
    structlog.contextvars.clear_contextvars()

    with resumed(kept), span("chain.send"):
        assert (current().request_id, current().correlation) == (REQUEST, "claims/7")

    (first,), (second,) = named(spans, "request"), named(spans, "chain.send")
    assert trace_of(first) == trace_of(second)
    assert second.parent is not None
    assert second.parent.span_id == first.context.span_id  # type: ignore[union-attr]  # a finished span has one
    assert current() == Carried()


def test_span__personal_values_and_errors__not_told(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Ada"), span("request", operation="claims.read", applicant="Ada Example"):
        raise ValueError("Ada Example, ada@example.org")

    (found,) = spans.get_finished_spans()
    assert found.attributes == {"operation": "claims.read", "applicant": "[masked]"}
    assert (found.status.description, found.events) == ("ValueError", ())


def test_span__nobody_listens__none_made() -> None:
    with span("request"):
        assert traceparent() is None


def test_request__workflow_asked_for_in_a_request__handed_over_with_it(database: Database) -> None:
    handed: list[dict[str, Any] | None] = []
    with structlog.contextvars.bound_contextvars(request_id=REQUEST), database.transaction() as session:
        request(session, queue="q", workflow="cases.advance", workflow_id="w")

    Handover(database, lambda *given: handed.append(given[4])).step()

    assert handed == [{"request_id": REQUEST}]


def test_asked_in__step_of_a_workflow__finds_what_it_was_asked_in(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("CREATE SCHEMA dbos"))
        session.execute(text("CREATE TABLE dbos.workflow_status (workflow_uuid TEXT, attributes JSONB)"))
        kept = json.dumps({CARRIED: {"request_id": REQUEST}})
        session.execute(text("INSERT INTO dbos.workflow_status VALUES ('w', CAST(:kept AS JSONB))"), {"kept": kept})

    assert asked_in(database, "w") == Carried(REQUEST)
    assert asked_in(database, "another") == asked_in(database, None) == Carried()


def test_record__in_a_request__entry_names_it_and_the_log_still_verifies(database: Database) -> None:
    worker = Principal.worker(HOUSE_TENANT)
    with database.every_tenant() as session:
        audit.record(session, worker, operation="claims.read", subject="claims/7")
        with structlog.contextvars.bound_contextvars(request_id=REQUEST):
            audit.record(session, worker, operation="claims.decide", subject="claims/7")
    Sequencer(database).step()

    with database.every_tenant() as session:
        before, within = audit.page(session, HOUSE_TENANT, after=-1, limit=9)
        audit.prove_inclusion(session, HOUSE_TENANT, 1)
    assert "request_id" not in json.loads(before.leaf)["content"]
    assert json.loads(within.leaf)["content"]["request_id"] == REQUEST


def test_acceptance__by_the_api__its_request_and_trace_go_on_to_the_block(
    api: Api, spans: InMemorySpanExporter
) -> None:
    quoted = api.quote(flight(1).text(), applicant={"name": "Ada Example", "contact": "ada@example.org"}).json()
    api.client.headers["X-Request-Id"] = REQUEST
    answer = api.accept(quoted["quotes"][0])
    assert answer.status_code in (200, 201, 202), answer.text

    api.backend.settle_down()

    with api.backend.database.every_tenant() as session:
        (intent,) = [i for i in repository.of(session, list(repository.IntentStatus), None, 9) if i.kind == "bind"]
    (asked,) = [each for each in spans.get_finished_spans() if (each.attributes or {}).get("request_id") == REQUEST]
    (sent,), mined = named(spans, "chain.send"), named(spans, "chain.mined")
    assert intent.carried.request_id == REQUEST
    assert trace_of(asked) == trace_of(sent) == trace_of(mined[0])
    told = " ".join(str(dict(each.attributes or {})) + each.name for each in spans.get_finished_spans())
    assert not [word for word in ("Ada", "ada@", "example.org") if word in told]
