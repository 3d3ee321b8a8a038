"""Recording, placing and proving entries on a real database, and what the database refuses."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.audit import merkle, service
from backend.audit.entries import FIRST_PREVIOUS, HOUSE_TENANT, EntryInvalid, content_of, microseconds
from backend.audit.sequencer import LogBroken, Sequencer
from backend.database import Database
from backend.problems import Problem

TENANT, OTHER = UUID(int=1), UUID(int=2)
ADJUSTER = Principal(PrincipalKind.PERSON, uuid4(), TENANT, frozenset({Role.ADJUSTER, Role.AUDITOR}))


def tell(database: Database, count: int = 1, principal: Principal = ADJUSTER) -> None:
    for number in range(count):
        with database.transaction() as session:
            service.record(
                session, principal, operation="claims.read", subject=f"claims/{number}", facts={"number": number}
            )


def leaves(database: Database, tenant: UUID = TENANT) -> list[str]:
    with database.transaction() as session:
        return [entry.leaf for entry in service.page(session, tenant, after=-1, limit=1000)]


def test_record__placed__says_who_what_when_and_links_to_the_one_before(database: Database) -> None:
    before = microseconds(datetime.now(UTC))
    tell(database, 3)

    placed = Sequencer(database).step()

    told = [json.loads(leaf) for leaf in leaves(database)]
    assert placed == 3
    assert [entry["sequence"] for entry in told] == [0, 1, 2]
    assert told[1]["content"] == {
        "facts": {"number": 1}, "operation": "claims.read", "outcome": "done", "subject": "claims/1",
        "principal": {"id": str(ADJUSTER.principal_id), "kind": "person", "roles": ["adjuster", "auditor"]},
    }  # fmt: skip
    assert before <= told[0]["recorded_at"] <= told[1]["recorded_at"] <= microseconds(datetime.now(UTC))
    hashes = [merkle.leaf_hash(leaf.encode()).hex() for leaf in leaves(database)]
    assert [entry["previous"] for entry in told] == [FIRST_PREVIOUS.hex(), hashes[0], hashes[1]]


def test_record__transaction_rolled_back__nothing_is_recorded(database: Database) -> None:
    with contextlib.suppress(RuntimeError), database.transaction() as session:
        service.record(session, ADJUSTER, operation="claims.read", subject="claims/1")
        raise RuntimeError("later")

    assert Sequencer(database).step() == 0


def test_record_apart__refusal__is_kept_whatever_becomes_of_the_request(database: Database) -> None:
    with contextlib.suppress(RuntimeError), database.transaction():
        service.record_apart(database, ADJUSTER, operation="claims.read", subject="claims/1")
        raise RuntimeError("refused")

    Sequencer(database).step()

    assert [json.loads(leaf)["content"]["outcome"] for leaf in leaves(database)] == ["refused"]


def test_record__visitor__goes_into_the_house_log(database: Database) -> None:
    tell(database, 1, Principal.anonymous())
    tell(database, 2)

    Sequencer(database).step()

    assert (len(leaves(database, HOUSE_TENANT)), len(leaves(database))) == (1, 2)


def test_step__more_than_a_batch__places_all_in_order_over_several_steps(database: Database) -> None:
    tell(database, 7)
    sequencer = Sequencer(database, batch=3)

    placed = [sequencer.step() for _ in range(4)]

    assert placed == [3, 3, 1, 0]
    assert [json.loads(leaf)["content"]["facts"]["number"] for leaf in leaves(database)] == list(range(7))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("operation", "Claims.Read"), ("operation", "claims"), ("subject", "Ada Example"),
        ("subject", "ada@example.org"), ("facts", {"name": "Ada Example"}), ("facts", {"to": "ada@example.org"}),
        ("facts", {"name": "王小明"}), ("facts", {"Name": 1}), ("facts", {"share": 0.5}),
        ("facts", {"who": {"name": "Ada"}}), ("facts", {"ids": ["a b"]}), ("facts", {"x": ["y" * 190] * 30}),
    ],
)  # fmt: skip
def test_content_of__what_could_be_personal_or_has_no_form__refused(field: str, value: object) -> None:
    given = {"operation": "claims.read", "subject": "claims/1", "outcome": "done", "facts": {}} | {field: value}

    with pytest.raises(EntryInvalid) as caught:
        content_of(ADJUSTER, **given)  # type: ignore[arg-type]  # the values are wrong on purpose

    assert "Ada" not in str(caught.value)
    assert "ada@" not in str(caught.value)


CHANGES = ("UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}", "TRUNCATE {}")
TABLES = ("audit_entries", "audit_nodes", "audit_heads", "audit_inbox")


def test_tables__changed_by_anybody_in_any_mode__the_database_refuses(database: Database) -> None:
    tell(database, 1)
    Sequencer(database).step()
    tell(database, 1)
    with database.transaction() as session:
        session.execute(text("INSERT INTO audit_heads VALUES (:t, 1, 0, '')"), {"t": TENANT})

    for mode in ("origin", "replica"):
        for statement in (change.format(table) for table in TABLES for change in CHANGES):
            with pytest.raises(DBAPIError, match="is refused"):
                execute(database, f"SET LOCAL session_replication_role = {mode}", statement)


def execute(database: Database, *statements: str) -> None:
    with database.transaction() as session:
        for statement in statements:
            session.execute(text(statement))


def test_step__a_subtree_was_taken_out__says_which_and_appends_nothing(database: Database) -> None:
    tell(database, 3)
    Sequencer(database).step()
    execute(database, "ALTER TABLE audit_nodes DISABLE TRIGGER ALL", "DELETE FROM audit_nodes WHERE level = 1")
    tell(database, 1)

    with pytest.raises(LogBroken, match=r"lacks subtree \(1, 0\) of its 3 entries"):
        Sequencer(database).step()

    assert len(leaves(database)) == 3


def test_prove_inclusion__every_entry__leads_to_the_root_of_every_size(database: Database) -> None:
    tell(database, 6)
    Sequencer(database).step()

    with database.transaction() as session:
        for size in range(1, 7):
            for sequence in range(size):
                proof = service.prove_inclusion(session, TENANT, sequence, size)
                leaf = merkle.leaf_hash(proof.entry.leaf.encode())
                merkle.verify_inclusion(leaf, sequence, size, proof.path, proof.root)
                assert proof.root == service.root_at(session, TENANT, size)


def test_prove_consistency__log_has_grown__the_old_root_is_its_beginning(database: Database) -> None:
    tell(database, 3)
    Sequencer(database).step()
    with database.transaction() as session:
        old = service.root_at(session, TENANT, 3)
    tell(database, 4)
    Sequencer(database).step()

    with database.transaction() as session:
        proof = service.prove_consistency(session, TENANT, 3)

    assert (proof.first_root, proof.size) == (old, 7)
    merkle.verify_consistency(3, old, 7, proof.root, proof.path)


def test_prove__what_the_log_does_not_have__a_problem_that_says_how_many(database: Database) -> None:
    tell(database, 2)
    Sequencer(database).step()

    with database.transaction() as session:
        with pytest.raises(Problem, match="Entry 2 is not among the 2"):
            service.prove_inclusion(session, TENANT, 2)
        with pytest.raises(Problem, match="has 2 entries, not 3"):
            service.prove_inclusion(session, TENANT, 0, 3)
        with pytest.raises(Problem, match="has 0 entries, not 1"):
            service.prove_inclusion(session, OTHER, 0, 1)
        with pytest.raises(Problem, match="A log of 0 entries is not the beginning of 2"):
            service.prove_consistency(session, TENANT, 0)
