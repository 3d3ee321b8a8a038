"""Intake over HTTP: who may say what is needed, what is recommended and why, where it is kept, and when it goes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.sequencer import Sequencer
from backend.intake import service as intakes
from backend.problems import Problem
from backend.service import privacy_notice
from backend.vault import erasure, purge
from backend.vault import service as vault_service
from backend.vault.records import subject_of
from backend.vault.retention import DAY_SECONDS, Term
from tests.backend.intake.conftest import TIME, Shop
from tests.backend.notices.office import TENANT
from tests.backend.service.conftest import (
    ADA,
    AUDITOR,
    BEN,
    BOSS,
    CLERK,
    INSURED_BOSS,
    JUNIOR,
    STRANGER,
    Counter,
    who,
)

ONE = 1_000_000
DAY = DAY_SECONDS
NAME, MAIL, OWN_WORDS = "Ada Example", "ada@example.org", "My mother was ill last year."


def asked(**others: object) -> dict[str, object]:
    usual = {
        "name": NAME, "contact": {"email": MAIL}, "need": "medical_treatment", "sum_insured": 100_000 * ONE,
        "budget": 900 * ONE, "words": OWN_WORDS,
    }  # fmt: skip
    return usual | others


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def opened(counter: Counter, by: UUID = ADA, **others: object) -> dict[str, Any]:
    return counter.take("/intakes", by, asked(**others))


def file(counter: Counter, intake_id: int, by: UUID = ADA, language: str = "en") -> dict[str, Any]:
    answer = counter.ask("GET", f"/intakes/{intake_id}", by, **{"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_intake__by_oneself__name_contact_and_need_are_kept_and_products_recommended(
    counter: Counter, shop: Shop
) -> None:
    care, flight = shop.sell("hospital-care"), shop.sell("flight-delay")

    made = opened(counter)

    told = file(counter, made["intake_id"])
    assert (made["person_id"], made["privacy_notice"]) == (str(ADA), privacy_notice.in_force().version)
    assert (told["name"], told["contact"]["email"], told["words"]) == (NAME, MAIL, OWN_WORDS)
    first, second = told["products"]
    assert (first["product"], first["suits"], first["line"]) == (care, True, "health")
    assert first["apply_at"] == "/v1/underwriting-cases"
    assert (second["product"], second["suits"], second["apply_at"]) == (flight, False, None)
    assert [each["text"] for each in second["reasons"]] == [
        "It does not cover treatment in hospital after illness or accident."
    ]
    assert first["reasons"][1]["text"] == (
        "You can insure 100,000.00 TUSD; it sells 10,000.00 TUSD to 2,000,000.00 TUSD."
    )
    assert "not known before a quote" in first["reasons"][-1]["text"]


def test_intake__in_chinese__the_same_reasons_in_chinese_words(counter: Counter, shop: Shop) -> None:
    shop.sell("hospital-care")
    made = opened(counter)

    (english,) = file(counter, made["intake_id"])["products"]
    (chinese,) = file(counter, made["intake_id"], language="zh")["products"]

    assert chinese["title"] == "住院医疗费用保险"
    assert chinese["reasons"][0]["text"] == "保障范围包括疾病或意外的住院医疗。"
    assert [each["code"] for each in chinese["reasons"]] == [each["code"] for each in english["reasons"]]


def test_intake__event_of_a_parametric_product__times_are_the_chains_and_quotes_come_next(
    counter: Counter, shop: Shop
) -> None:
    shop.sell("flight-delay")
    soon, late = TIME + 5, TIME + 2 * DAY

    wanted: dict[str, Any] = {"need": "flight_delay", "sum_insured": 200 * ONE, "budget": 50 * ONE}
    (too_soon,) = file(counter, opened(counter, **wanted, starts_at=soon)["intake_id"])["products"]
    (possible,) = file(counter, opened(counter, **wanted, starts_at=late)["intake_id"])["products"]

    assert "starts_too_soon" in [each["code"] for each in too_soon["reasons"]]
    assert not too_soon["suits"]
    assert not [each for each in possible["reasons"] if not each["speaks_for"]]
    assert (possible["line"], possible["apply_at"]) == (None, "/v1/quotes")


def test_intake__enough_policies_sold__estimated_by_what_others_pay(counter: Counter, shop: Shop) -> None:
    care = shop.sell("hospital-care")
    for premium in (300, 400, 500, 600, 9_000):
        shop.insure(care, 100_000 * ONE, premium * ONE)

    within = file(counter, opened(counter, budget=500 * ONE)["intake_id"])["products"][0]
    above = file(counter, opened(counter, budget=500 * ONE - 1)["intake_id"])["products"][0]

    assert (within["estimated_premium"], within["suits"]) == (500 * ONE, True)
    assert "about 500.00 TUSD" in within["reasons"][-1]["text"]
    assert (above["suits"], above["reasons"][-1]["code"]) == (False, "estimate_above_budget")


def test_intake__newer_version_sold_and_another_suspended__newest_only_and_why_not(
    counter: Counter, shop: Shop
) -> None:
    shop.sell("hospital-care")
    newest = shop.sell("hospital-care", change=lambda t: t.replace('version: "1"', 'version: "2"', 1))
    shop.suspend(shop.sell("flight-delay"))

    care, flight = file(counter, opened(counter)["intake_id"])["products"]
    other = file(counter, opened(counter, need="flight_delay", sum_insured=200 * ONE)["intake_id"])["products"]

    assert (care["product"], care["version"]) == (newest, "2")
    assert flight["product_id"] == "flight-delay"
    assert "sale_suspended" in [each["code"] for each in other[0]["reasons"] + other[1]["reasons"]]


def test_intake__document_was_altered__product_is_left_out(counter: Counter, shop: Shop) -> None:
    shop.sell("hospital-care")
    (written,) = shop.folder.glob("0x*.json")
    written.write_text(written.read_text("utf-8").replace("Hospital care insurance", "Hospital care for all"), "utf-8")

    assert file(counter, opened(counter)["intake_id"])["products"] == []


def test_intake__taken_down_for_somebody_new__a_person_of_their_own_and_staff_sees_it(
    counter: Counter, shop: Shop
) -> None:
    shop.sell("hospital-care")

    made = opened(counter, CLERK, channel="phone", language="zh", contact={"phone": "+8613800138000"})
    again = opened(counter, CLERK, channel="branch", person_id=made["person_id"])

    assert made["person_id"] not in {str(CLERK), str(ADA)}
    assert (made["channel"], made["language"], again["person_id"]) == ("phone", "zh", made["person_id"])
    assert file(counter, made["intake_id"], JUNIOR)["contact"]["phone"] == "+8613800138000"
    assert file(counter, made["intake_id"], AUDITOR)["name"] == NAME
    refused(counter.ask("GET", f"/intakes/{made['intake_id']}", ADA), 404, "intake_unknown")
    refused(counter.ask("GET", f"/intakes/{made['intake_id']}", STRANGER), 404, "intake_unknown")


@pytest.mark.parametrize(
    ("by", "body", "status", "code"),
    [
        (None, {}, 401, "unauthenticated"), (JUNIOR, {}, 403, "forbidden"), (BOSS, {}, 403, "forbidden"),
        (ADA, {"person_id": str(BEN)}, 403, "forbidden"),
        (CLERK, {"person_id": str(UUID(int=77))}, 404, "person_unknown"),
        (ADA, {"need": "a_pony"}, 422, "request_invalid"), (ADA, {"contact": {}}, 422, "request_malformed"),
        (ADA, {"privacy_notice": "1999-01"}, 409, "privacy_notice_unknown"),
    ],
)  # fmt: skip
def test_open__not_theirs_or_not_said__refused(
    counter: Counter, by: UUID | None, body: dict[str, object], status: int, code: str
) -> None:
    answer = counter.ask("POST", "/intakes", by, asked(**body))

    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code or code == "request_malformed"
    assert counter.ask("GET", "/intakes", CLERK).json()["intakes"] == []


def test_list__customer_and_staff__own_and_all_newest_first_without_names(counter: Counter) -> None:
    numbers = [opened(counter)["intake_id"], opened(counter, BEN)["intake_id"], opened(counter)["intake_id"]]

    mine = counter.ask("GET", "/intakes", ADA).json()
    every = counter.ask("GET", "/intakes?limit=2", CLERK)
    insured = counter.ask("GET", "/intakes", INSURED_BOSS).json()

    assert [each["intake_id"] for each in mine["intakes"]] == [numbers[2], numbers[0]]
    assert [each["intake_id"] for each in every.json()["intakes"]] == [numbers[2], numbers[1]]
    assert every.json()["next_cursor"]
    assert insured["intakes"] == []
    assert NAME not in every.text


def test_needs__nobody_signed_in__in_the_language_asked_for(counter: Counter) -> None:
    chinese = counter.ask("GET", "/intakes/needs", None, **{"Accept-Language": "zh"}).json()

    assert {"need": "flight_delay", "name": "航班延误"} in chinese["needs"]


def test_application__of_an_intake__is_linked_and_kept_as_long_as_the_application(counter: Counter, shop: Shop) -> None:
    shop.sell("hospital-care")
    made = opened(counter)

    with counter.database.scoped(who(ADA)) as session:
        intakes.note_application(session, who(ADA), made["intake_id"], "underwriting-cases/7", 99, counter.clock())
    with counter.database.every_tenant() as session:
        vault_service.note_contract_end(session, subject_of(99), counter.clock.now)

    assert file(counter, made["intake_id"])["intake"]["applications"] == ["underwriting-cases/7"]
    counter.clock.now += 181 * DAY
    assert counter.ask("GET", f"/intakes/{made['intake_id']}", ADA).status_code == 200
    assert _purged(counter) == {}
    with counter.database.scoped(who(BEN)) as session, pytest.raises(Problem, match="not known"):
        intakes.note_application(session, who(BEN), made["intake_id"], "quotes/0x1", 98, counter.clock())


def test_purge__no_application_within_180_days__everything_said_is_gone(counter: Counter) -> None:
    made = opened(counter)
    counter.clock.now += 180 * DAY

    assert _purged(counter) == {"intake": 1}

    refused(counter.ask("GET", f"/intakes/{made['intake_id']}", ADA), 409, "record_destroyed")


def test_erase__person_without_a_contract__name_contact_and_need_are_destroyed(counter: Counter) -> None:
    made = opened(counter)
    worker = Principal.worker(TENANT)

    with counter.database.scoped(worker) as session:
        erasure.erase(
            session, counter.desk.vault, worker, person_id=ADA, reason="asked", terms=lambda _s, _i: {}, besides=False
        )

    refused(counter.ask("GET", f"/intakes/{made['intake_id']}", ADA), 409, "record_destroyed")


def test_open__what_people_said__in_no_column_and_no_log_but_told_of(counter: Counter, shop: Shop) -> None:
    shop.sell("hospital-care")
    made = opened(counter)
    file(counter, made["intake_id"], CLERK)

    Sequencer(counter.database).step()
    with counter.database.every_tenant() as session:
        entries = audit.page(session, TENANT, after=-1, limit=500)
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        kept = "\n".join(
            str(row) for table in tables if table != "audit_inbox" for row in session.execute(text(f"TABLE {table}"))
        )
    told = {entry.operation for entry in entries}
    assert {"intakes.open", "intakes.read", "vault.open", "vault.seal"} <= told
    for words in (NAME, MAIL, OWN_WORDS):
        assert words not in kept


def _purged(counter: Counter) -> dict[str, int]:
    def no_contracts(_session: object, _subjects: object) -> dict[bytes, Term]:
        return {}

    def nothing(_session: object, _records: object) -> None:
        """Nothing is derived of them."""

    found = purge.purge(counter.database, counter.desk.vault, no_contracts, nothing, dry=False)
    return dict(found.due)
