"""Enquiries, complaints and surveys over HTTP: their steps, who may take them, and where words are kept."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.sequencer import Sequencer
from backend.notices.ports import Recipient
from backend.vault import service as vault_service
from domain.service_matters import REOPEN_SECONDS, SILENCE_SECONDS
from tests.backend.notices.office import TENANT
from tests.backend.service.conftest import (
    ADA,
    AUDITOR,
    BEN,
    BOSS,
    CLERK,
    INSURED_BOSS,
    INSURED_CLERK,
    JUNIOR,
    OTHER_CLERK,
    STRANGER,
    WORDS,
    Counter,
)

DAY = 86_400


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_enquiry__asked_and_answered__the_customer_is_told_in_words(counter: Counter) -> None:
    matter_id = counter.opened("enquiries", about="claims/7")

    told = counter.take(f"/enquiries/{matter_id}/answer", CLERK, {"words": "It is paid tomorrow."})

    assert (told["state"], told["outcome"], told["due_at"]) == ("answered", "answered", None)
    file = counter.ask("GET", f"/enquiries/{matter_id}", ADA).json()
    steps = [(each["step"], each["by_customer"], each["words"]) for each in file["steps"]]
    assert steps == [("opened", True, WORDS), ("answered", False, "It is paid tomorrow.")]
    (notice,) = counter.notices("service_answered")
    with counter.database.every_tenant() as session:
        words = counter.desk.notices.records.open(
            session, Principal.worker(TENANT), Recipient(TENANT, ADA), notice.record_id
        )
    assert "It is paid tomorrow." in str(words["body"])


@pytest.mark.parametrize("kind", ["enquiries", "complaints"])
@pytest.mark.parametrize("channel", ["web", "chat", "phone", "mail", "email", "branch"])
def test_matter__taken_down__says_the_way_it_came_and_the_language(counter: Counter, kind: str, channel: str) -> None:
    body = {"topic": "claim", "words": "太慢了", "channel": channel, "language": "zh", "person_id": str(ADA)}
    matter_id = counter.take(f"/{kind}", CLERK, body)["matter_id"]
    by_herself = counter.opened(kind)

    told = [counter.ask("GET", f"/{kind}/{each}", CLERK).json()["matter"] for each in (matter_id, by_herself)]

    assert [(each["channel"], each["language"]) for each in told] == [(channel, "zh"), ("web", "en")]


def test_complaint__opened__due_within_a_working_day_then_ten(counter: Counter) -> None:
    made = counter.take("/complaints", ADA, {"topic": "claim", "words": WORDS})
    acknowledged = counter.take(f"/complaints/{made['matter_id']}/acknowledgement", CLERK)

    assert made["due_at"] - made["opened_at"] >= DAY
    assert acknowledged["due_at"] - made["opened_at"] >= 10 * DAY
    assert [each.subject for each in counter.notices("complaint_received")] == [f"complaint:{made['matter_id']}"]


def test_complaint__not_content__a_colleague_looks_again(counter: Counter) -> None:
    matter_id = counter.answered()
    counter.take(f"/complaints/{matter_id}/escalation", ADA, {"words": "Still too long."})
    decision = {"outcome": "partly_upheld", "words": "Here is what we do."}

    refused(counter.ask("POST", f"/complaints/{matter_id}/answer", CLERK, decision), 409, "matter_step_refused")
    second = counter.take(f"/complaints/{matter_id}/answer", OTHER_CLERK, decision)

    assert (second["outcome"], second["escalated"], second["state"]) == ("partly_upheld", True, "answered")
    again = counter.ask("POST", f"/complaints/{matter_id}/escalation", ADA, {"words": "Once more."})
    refused(again, 409, "matter_step_refused")


def test_complaint__second_look_asked_too_late__refused(counter: Counter) -> None:
    matter_id = counter.answered()
    counter.clock.now += REOPEN_SECONDS + 1

    refused(counter.ask("POST", f"/complaints/{matter_id}/escalation", ADA, {"words": "?"}), 409, "matter_step_refused")


def test_complaint__extended__once_and_told(counter: Counter) -> None:
    matter_id = counter.opened()
    before = counter.take(f"/complaints/{matter_id}/acknowledgement", CLERK)["due_at"]

    longer = counter.take(f"/complaints/{matter_id}/extension", CLERK, {"words": "We wait for the hospital."})

    assert longer["due_at"] - before >= 20 * DAY
    assert len(counter.notices("complaint_received")) == 2
    again = counter.ask("POST", f"/complaints/{matter_id}/extension", CLERK, {"words": "Again."})
    refused(again, 409, "matter_step_refused")


def test_complaint__against_somebody__they_do_not_handle_it(counter: Counter) -> None:
    matter_id = counter.opened(against=str(CLERK))

    refused(counter.ask("POST", f"/complaints/{matter_id}/acknowledgement", CLERK), 403, "matter_own")
    counter.take(f"/complaints/{matter_id}/acknowledgement", OTHER_CLERK)


def test_complaint__answered_before_it_is_acknowledged__refused(counter: Counter) -> None:
    matter_id = counter.opened()

    answer = counter.ask("POST", f"/complaints/{matter_id}/answer", CLERK, {"outcome": "upheld", "words": "Yes."})

    refused(answer, 409, "matter_step_refused")
    assert "acknowledge" in answer.json()["detail"].lower()


def test_complaint__withdrawn__nothing_more_to_do(counter: Counter) -> None:
    matter_id = counter.opened()

    assert counter.take(f"/complaints/{matter_id}/withdrawal", ADA)["state"] == "withdrawn"
    refused(counter.ask("POST", f"/complaints/{matter_id}/acknowledgement", CLERK), 409, "matter_step_refused")


def test_open__staff_for_a_customer__theirs_and_by_phone(counter: Counter) -> None:
    matter_id = counter.opened("enquiries", CLERK, person_id=str(ADA), channel="phone")

    mine = counter.ask("GET", "/enquiries", ADA).json()["matters"]
    assert [(each["matter_id"], each["channel"]) for each in mine] == [(matter_id, "phone")]


def test_open__customer_for_somebody_else__nobody_they_know(counter: Counter) -> None:
    body = {"topic": "claim", "words": WORDS, "person_id": str(BEN)}

    refused(counter.ask("POST", "/enquiries", ADA, body), 403, "forbidden")
    refused(counter.ask("POST", "/enquiries", CLERK, body | {"person_id": str(UUID(int=9))}), 404, "person_unknown")


@pytest.mark.parametrize("kind", ["enquiries", "complaints"])
@pytest.mark.parametrize(("by", "status"), [(BEN, 404), (STRANGER, 404), (JUNIOR, 403), (None, 401)])
def test_read__not_theirs__not_there(counter: Counter, kind: str, by: UUID | None, status: int) -> None:
    matter_id = counter.opened(kind)

    assert counter.ask("GET", f"/{kind}/{matter_id}", by).status_code == status


def test_read__staff_who_are_customers_too__their_own_and_no_others(counter: Counter) -> None:
    others, mine = counter.opened(), counter.opened(by=INSURED_BOSS)

    assert counter.ask("GET", f"/complaints/{mine}", INSURED_BOSS).status_code == 200
    refused(counter.ask("GET", f"/complaints/{others}", INSURED_BOSS), 404, "complaint_unknown")
    listed = counter.ask("GET", "/complaints", INSURED_BOSS).json()["matters"]
    assert [each["matter_id"] for each in listed] == [mine]


def test_withdraw__clerk_who_is_a_customer_too__not_others(counter: Counter) -> None:
    matter_id = counter.opened()

    refused(counter.ask("POST", f"/complaints/{matter_id}/withdrawal", INSURED_CLERK), 404, "complaint_unknown")
    mine = counter.opened(by=INSURED_CLERK)
    refused(counter.ask("POST", f"/complaints/{mine}/acknowledgement", INSURED_CLERK), 403, "matter_own")
    assert counter.take(f"/complaints/{mine}/withdrawal", INSURED_CLERK)["state"] == "withdrawn"


def test_read__by_the_auditor__words_and_all(counter: Counter) -> None:
    matter_id = counter.opened()

    assert counter.ask("GET", f"/complaints/{matter_id}", AUDITOR).json()["steps"][0]["words"] == WORDS
    refused(counter.ask("POST", f"/complaints/{matter_id}/acknowledgement", AUDITOR), 403, "forbidden")


def test_list__of_others__only_own_and_pages_go_on(counter: Counter) -> None:
    for _ in range(3):
        counter.opened()
    counter.opened(by=BEN)

    first = counter.ask("GET", "/complaints?limit=2", ADA).json()
    rest = counter.ask("GET", f"/complaints?limit=2&cursor={first['next_cursor']}", ADA).json()

    assert (len(first["matters"]), len(rest["matters"]), rest["next_cursor"]) == (2, 1, None)
    assert len(counter.ask("GET", "/complaints", CLERK).json()["matters"]) == 4
    counter.clock.now += 10 * DAY
    assert len(counter.ask("GET", "/complaints?overdue=true", CLERK).json()["matters"]) == 4


def test_words__wherever_they_are_kept__sealed_and_not_in_the_audit_log(counter: Counter) -> None:
    matter_id = counter.answered()
    counter.take(f"/complaints/{matter_id}/escalation", ADA, {"words": "Ada Example is not content."})
    Sequencer(counter.database).step()

    with counter.database.every_tenant() as session:
        kept = [
            str(row)
            for table in ("service_matters", "service_steps", "surveys", "vault_records", "audit_entries", "notices")
            for row in session.execute(text(f"SELECT * FROM {table}")).all()
        ]
        entries = audit.page(session, TENANT, after=-1, limit=200)
    assert not [row for row in kept if "Ada Example" in row or "We were slow" in row]
    done = {entry.operation: json.loads(entry.leaf)["content"]["facts"] for entry in entries}
    assert {"complaints.open", "complaints.acknowledge", "complaints.answer", "complaints.escalate"} <= set(done)


def test_survey__after_closing__asked_once_and_answered_once(counter: Counter) -> None:
    matter_id = counter.answered()
    counter.take(f"/complaints/{matter_id}/closing", ADA)

    (asked,) = counter.ask("GET", "/surveys", ADA).json()["surveys"]
    assert asked["subject"] == f"complaints/{matter_id}"
    path, reply = f"/surveys/{asked['survey_id']}/answer", {"score": 4, "words": "Thank you, Ada Example."}
    refused(counter.ask("POST", path, BEN, reply), 404, "survey_unknown")
    counter.take(path, ADA, reply)
    refused(counter.ask("POST", path, ADA, reply | {"score": 1}), 409, "survey_closed")
    assert counter.ask("GET", "/surveys", ADA).json()["surveys"] == []
    assert len(counter.notices("survey_asked")) == 1


def answered_survey(counter: Counter, reply: dict[str, object]) -> str:
    counter.take(f"/complaints/{counter.answered()}/closing", ADA)
    (asked,) = counter.ask("GET", "/surveys", ADA).json()["surveys"]
    counter.take(f"/surveys/{asked['survey_id']}/answer", ADA, reply)
    return str(asked["survey_id"])


def test_survey_answers__read_by_staff__words_page_by_page_without_who_wrote_them(counter: Counter) -> None:
    first = answered_survey(counter, {"score": 2, "words": "We were slow, said Ada Example."})
    counter.clock.now += 60
    second = answered_survey(counter, {"score": 5})

    page = counter.ask("GET", "/survey-answers?limit=1", CLERK).json()
    rest = counter.ask("GET", f"/survey-answers?limit=1&cursor={page['next_cursor']}", CLERK).json()

    (newer,), (older,) = page["replies"], rest["replies"]
    assert (newer["survey_id"], newer["score"], newer["words"]) == (second, 5, None)
    assert (older["survey_id"], older["score"]) == (first, 2)
    assert older["words"] == "We were slow, said Ada Example."
    assert "person_id" not in older
    for nobody in (ADA, BEN):
        refused(counter.ask("GET", "/survey-answers", nobody), 403, "forbidden")


def test_survey_answers__words_erased__the_score_stays(counter: Counter) -> None:
    answered_survey(counter, {"score": 2, "words": "We were slow."})
    with counter.database.every_tenant() as session:
        session.execute(
            text("UPDATE vault_records SET wrapped_key = NULL, nonce = NULL, ciphertext = NULL, destroyed_at = 1")
        )

    (reply,) = counter.ask("GET", "/survey-answers", CLERK).json()["replies"]

    assert (reply["score"], reply["words"]) == (2, None)


def test_survey_answers__data_of_one_restricted__the_others_are_read_all_the_same(counter: Counter) -> None:
    answered_survey(counter, {"score": 2, "words": "We were slow."})
    with counter.database.every_tenant() as session:
        owner = session.execute(text("SELECT tenant_id, person_id FROM surveys")).one()
        worker = Principal.worker(owner.tenant_id)
        vault_service.restrict(session, counter.desk.vault, worker, person_id=owner.person_id, reason="disputed")

    (reply,) = counter.ask("GET", "/survey-answers", CLERK).json()["replies"]

    assert (reply["score"], reply["words"]) == (2, None)


def test_survey__after_thirty_days__over(counter: Counter) -> None:
    matter_id = counter.answered()
    counter.take(f"/complaints/{matter_id}/closing", ADA)
    (asked,) = counter.ask("GET", "/surveys", ADA).json()["surveys"]
    counter.clock.now += 30 * DAY

    refused(counter.ask("POST", f"/surveys/{asked['survey_id']}/answer", ADA, {"score": 4}), 409, "survey_closed")
    assert counter.ask("GET", "/surveys", ADA).json()["surveys"] == []


@pytest.mark.parametrize("score", [0, 6, "4", None])
def test_survey__score_that_is_none__refused(counter: Counter, score: object) -> None:
    answer = counter.ask("POST", f"/surveys/{UUID(int=5)}/answer", ADA, {"score": score})

    assert answer.status_code == 422


def test_close__by_staff__only_after_two_weeks_of_silence(counter: Counter) -> None:
    matter_id = counter.answered()

    refused(counter.ask("POST", f"/complaints/{matter_id}/closing", CLERK), 409, "matter_step_refused")
    counter.clock.now += SILENCE_SECONDS
    assert counter.take(f"/complaints/{matter_id}/closing", CLERK)["state"] == "closed"


@pytest.mark.parametrize(
    ("year", "quarter", "status"), [(1970, 1, 422), (1971, 1, 200), (9998, 4, 200), (9999, 1, 422)]
)
def test_figures__first_and_last_quarters__told_or_refused(
    counter: Counter, year: int, quarter: int, status: int
) -> None:
    assert counter.ask("GET", f"/service-figures?year={year}&quarter={quarter}", BOSS).status_code == status


def test_figures__of_a_quarter__counted_and_explained_in_both_languages(counter: Counter) -> None:
    for person in (ADA, BEN):
        matter_id = counter.answered(person)
        counter.take(f"/complaints/{matter_id}/closing", person)
    counter.opened("enquiries")
    counter.clock.now += 5 * DAY

    found = counter.ask("GET", "/service-figures?year=2026&quarter=1", BOSS).json()

    assert found["complaints"]["opened"] == found["complaints"]["outcomes"]["upheld"] == 2
    assert (found["complaints"]["in_time_bps"], found["enquiries"]["in_time_bps"]) == (10_000, 0)
    assert found["surveys"] == {"asked": 2, "replies": 0, "score_hundredths": None, "content_bps": None}
    chinese = counter.ask("GET", "/service-figures?year=2026&quarter=1", CLERK, **{"Accept-Language": "zh"}).json()
    assert set(chinese["definitions"]) == set(found["definitions"])
    assert "投诉" in chinese["definitions"]["outcomes"]
    refused(counter.ask("GET", "/service-figures?year=2026&quarter=1", ADA), 403, "forbidden")


def test_figures__fewer_than_five_scores__not_told(counter: Counter) -> None:
    with counter.database.every_tenant() as session:
        for number in range(5):
            session.execute(
                text(
                    "INSERT INTO surveys (survey_id, tenant_id, person_id, subject, asked_at, closes_at, answered_at,"
                    " score) VALUES (gen_random_uuid(), :t, :p, :s, :at, :at + 9, :at, :score)"
                ),
                {"t": TENANT, "p": ADA, "s": f"claims/{number}", "at": counter.clock.now, "score": number + 1},
            )
    told = counter.ask("GET", "/service-figures?year=2026&quarter=1", BOSS).json()["surveys"]
    with counter.database.every_tenant() as session:
        session.execute(text("UPDATE surveys SET score = NULL, answered_at = NULL WHERE score = 1"))
    silent = counter.ask("GET", "/service-figures?year=2026&quarter=1", BOSS).json()["surveys"]

    assert told == {"asked": 5, "replies": 5, "score_hundredths": 300, "content_bps": 4_000}
    assert silent == {"asked": 5, "replies": 4, "score_hundredths": None, "content_bps": None}


def test_knowledge__asked_by_anybody__found_in_their_language(counter: Counter) -> None:
    english = counter.ask("GET", "/knowledge?query=complaint", None).json()
    chinese = counter.ask("GET", "/knowledge?query=投诉", None, **{"Accept-Language": "zh-CN"}).json()

    assert english["articles"][0]["topic"] == chinese["articles"][0]["topic"] == "how-to-complain"
    assert (english["language"], chinese["language"]) == ("en", "zh")
    assert (
        counter.ask("GET", "/knowledge/how-to-complain", None).json()["title"].startswith("Complaints: how to complain")
    )
    refused(counter.ask("GET", "/knowledge/..%2F..%2Fetc", None), 404, "not_found")
    refused(counter.ask("GET", "/knowledge/nothing", None), 404, "knowledge_unknown")
