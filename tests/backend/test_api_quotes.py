"""Selling over the API: quotes, acceptances, policies."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from backend.access.principal import Principal
from backend.intake import service as intakes
from backend.intake.models import IntakeRow
from backend.tenants import repository as tenants
from backend.tenants.repository import Tenant
from backend.vault import service as vault
from backend.vault.retention import Category, Purpose
from backend.vault.sealing import read_content
from domain.policy import Outcome, applicant_commitment
from ledger.typed_data import acceptance_digest, quote_digest, recover
from scripts.anvil import move_clock
from tests.backend.api import HOLDER, PERSON, SUM, TENANT, VAULT, Api, assert_problem, quote_of
from tests.backend.flights import flight


def test_quotes__one_flight__priced_by_the_terms_and_signed_by_the_underwriter(api: Api) -> None:
    response = api.quote(flight(1).text(), applicant=PERSON)

    (view,) = response.json()["quotes"]
    terms = api.backend.rehearsal.terms
    due = max(terms.min_premium, -(-SUM * 20_000_000 * (10_000 + terms.loading_bps) // 10**13))
    digest = quote_digest(quote_of(view), chain_id=api.backend.rehearsal.chain_id, product=api.product)
    assert response.status_code == 201
    assert view["premium"] == due
    assert view["status"] == "offered"
    assert recover(digest, bytes.fromhex(view["underwriter_signature"][2:])) == view["underwriter"]
    assert api.client.get(f"/v1/quotes/{view['quote_id']}").json() == view


def test_quotes__applicant__only_a_salted_commitment_leaves_the_vault(api: Api) -> None:
    (view,) = api.quote(flight(1).text(), applicant=PERSON).json()["quotes"]

    with api.backend.database.transaction() as session:
        record = vault.find_application(session, int(view["application_id"], 16))
        rows = session.execute(text("SELECT * FROM quotes, quote_batches, vault_records, audit_inbox")).all()
    assert record is not None
    data, salt = read_content(record, VAULT.unseal(record))
    assert data == PERSON
    assert view["commitment"] == "0x" + applicant_commitment(salt, PERSON).hex()
    assert not any(word in repr(rows) for word in PERSON.values())


def test_quotes__out_of_an_intake__linked_and_the_intake_is_kept_with_the_last(api: Api) -> None:
    worker, person_id = Principal.worker(TENANT), UUID(int=0x701)
    with api.backend.database.scoped(worker) as session:
        record_id = vault.seal_record(
            session, VAULT, worker, person_id=person_id, category=Category.INTAKE, purpose=Purpose.SERVICE, data=PERSON
        )
        row = IntakeRow(
            tenant_id=TENANT, person_id=person_id, channel="web", language="en", record_id=record_id,
            notice_version="2026-11", opened_at=1,
        )  # fmt: skip
        session.add(row)
        session.flush()
        intake_id = row.intake_id
    applications = [{"insured_event": flight(n).text(), "holder": HOLDER.address, "sum_insured": SUM} for n in (1, 2)]
    body = {"product": api.product, "applications": applications}

    quoted = api.post("/v1/quotes", {**body, "intake": intake_id})
    of_nothing = api.post("/v1/quotes", {**body, "intake": intake_id + 1})

    ids = [view["quote_id"] for view in quoted.json()["quotes"]]
    with api.backend.database.scoped(worker) as session:
        linked = intakes.applications(session, [intakes.get(session, intake_id)])[intake_id]
        (kept,) = vault.records_of(session, worker, person_id)
        quotes = session.scalar(text("SELECT count(*) FROM quotes"))
    assert sorted(linked) == sorted(f"quotes/{each}" for each in ids)
    assert kept.subject == bytes.fromhex(ids[-1][2:])
    assert_problem(of_nothing, "intake_unknown", str(intake_id + 1))
    assert quotes == 2


def test_quotes__typed_data__wallets_sign_what_the_contract_checks(api: Api) -> None:
    from eth_account.messages import encode_typed_data

    (view,) = api.quote(flight(1).text()).json()["quotes"]

    signed = HOLDER.sign_message(encode_typed_data(full_message=view["typed_data"]))

    digest = acceptance_digest(quote_of(view), chain_id=api.backend.rehearsal.chain_id, product=api.product)
    assert recover(digest, bytes(signed.signature)) == HOLDER.address


def test_quotes__some_unknown__the_rest_is_quoted_and_the_refusals_are_listed(api: Api) -> None:
    api.backend.world.unknown.add(flight(2).text())

    body = api.quote(flight(1).text(), flight(2).text(), flight(3).text()).json()

    assert [q["insured_event"] for q in body["quotes"]] == [flight(1).text(), flight(3).text()]
    assert [(r["index"], r["code"]) for r in body["refusals"]] == [(1, "flight_unknown")]


def test_policies__accepted__bound_settled_and_shown_with_the_payment(api: Api) -> None:
    (view,) = api.quote(flight(1).text()).json()["quotes"]

    accepted = api.accept(view)
    api.backend.settle_down()
    intent = api.client.get(f"/v1/intents/{accepted.json()['intents'][0]['intent_id']}").json()
    in_force = api.client.get(f"/v1/policies/{intent['policy_id']}").json()
    api.backend.world.outcomes[flight(1).text()] = (Outcome.CANCELLED, 0)
    move_clock(api.backend.rehearsal.rpc, flight(1).occurs_at + 7200)
    api.backend.settle_down()
    settled = api.client.get("/v1/policies", params={"holder": HOLDER.address}).json()["policies"][0]

    due = SUM * api.backend.rehearsal.terms.cancelled_share_bps // 10_000
    assert accepted.status_code == 202
    assert (intent["status"], in_force["status"], in_force["outcome"]) == ("bound", "in_force", "open")
    assert (settled["status"], settled["outcome"], settled["paid"], settled["held"]) == (
        "settled", "cancelled", due, False,
    )  # fmt: skip
    (settlement,) = api.client.get("/v1/settlements").json()["settlements"]
    assert (settlement["paid"], settlement["policies"], settlement["settled"]) == (due, 1, 1)
    assert len(settlement["report"]["signers"]) == 3
    treasury = api.client.get("/v1/treasury").json()
    assert (treasury["premiums"], treasury["paid"], treasury["exposure"]) == (view["premium"], due, 0)
    assert (treasury["unearned"], treasury["free_capital"]) == (0, treasury["assets"])
    assert api.client.get(f"/v1/quotes/{view['quote_id']}").json()["status"] == "bound"


def test_quotes__another_insurers_product__not_sold_here_and_ones_own_is(api: Api) -> None:
    manager = api.backend.rehearsal.deployment.contracts["AccessManager"]
    with api.backend.database.every_tenant() as session:
        tenants.add(session, Tenant(TENANT, "One", "one", "0x" + "99" * 20, 0))

    foreign = api.quote(flight(1).text())
    with api.backend.database.every_tenant() as session:
        session.execute(text("UPDATE tenants SET insurer_address = :a"), {"a": bytes.fromhex(manager[2:])})
    own = api.quote(flight(1).text())

    assert_problem(foreign, "product_unknown", "not sold by this insurer")
    assert own.status_code == 201
