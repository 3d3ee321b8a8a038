"""Tries every tenant table by raw SQL as every role: does the database alone keep tenants and persons apart?

Tables come from the catalogue, so one that a later migration adds is tried without being named here; only what is
open on purpose is named: SHARED and OPEN.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.access.row_security import APP_ROLE, scope_settings
from backend.database import Database

HOME, ELSEWHERE = UUID(int=0xA), UUID(int=0xB)
SELF, COLLEAGUE = UUID(int=0xA1), UUID(int=0xA2)
STRANGERS = (UUID(int=0xB1), UUID(int=0xB2))

SHARED: Final = frozenset({"tenants", "underwriting_offices"})
"""Tables of which everybody of a tenant reads every row."""

WORKINGS: Final = frozenset({"webhook_endpoints", "webhook_secrets", "webhook_deliveries", "webhook_attempts"})
"""Tables of no persons that maintenance engineers read: how the house works, with nothing of its customers."""

OPEN: Final = frozenset({"blocks", "chain_alarms", "product_documents", "rollbacks", "workflow_requests"})
"""Tables without a tenant that requests may use, besides those that repeat the chain and leave with its blocks."""

_TENANT_TABLES = text(
    "SELECT c.oid::regclass::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS walled FROM pg_class AS c"
    " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped"
    " WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text NOT LIKE 'pg\\_%' ORDER BY 1"
)
_OPEN_TABLES = text(
    "SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_roles AS r ON r.rolname = :role"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace = 'public'::regnamespace"
    " AND (has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')"
    " OR has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE'))"
    " AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id')"
    " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND confrelid = 'blocks'::regclass"
    " AND confdeltype = 'c') ORDER BY 1"
)
_READABLE = text("SELECT has_table_privilege(:role, CAST(:table AS regclass), 'SELECT')")
_CONSTRAINTS = text(
    "SELECT conname FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) AND contype IN ('f', 'c', 'x', 'u')"
)
_COLUMNS = text(
    "SELECT a.attname AS name, a.atttypid::regtype::text AS kind, a.attnotnull AS needed, a.attidentity <> ''"
    " OR a.attgenerated <> '' AS made, EXISTS (SELECT FROM pg_index WHERE indrelid = a.attrelid AND indisprimary"
    " AND a.attnum = ANY (indkey)) AS in_key FROM pg_attribute AS a WHERE a.attrelid = CAST(:table AS regclass)"
    " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
)
_TRY = """
CREATE FUNCTION access_try(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE seen bigint := 0;
BEGIN
  BEGIN
    IF statement LIKE 'SELECT %' THEN
      EXECUTE statement INTO seen;
    ELSE
      EXECUTE statement;
      GET DIAGNOSTICS seen = ROW_COUNT;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'QT000', MESSAGE = 'undo what was tried';
  EXCEPTION
    WHEN SQLSTATE 'QT000' THEN RETURN seen;
    WHEN OTHERS THEN RETURN 0;
  END;
END
$$;
GRANT EXECUTE ON FUNCTION access_try(text) TO PUBLIC;
"""
_SCOPE = text(
    "SELECT set_config(name, value, true)"
    " FROM unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS s(name, value)"
)
_TRY_ALL = text("SELECT access_try(s) FROM unnest(CAST(:statements AS text[])) AS t(s)")
_MADE_UP: Final = {
    "uuid": "gen_random_uuid()", "bytea": "sha256(gen_random_uuid()::text::bytea)", "text": "gen_random_uuid()::text",
    "character varying": "left(md5(random()::text), 4)", "boolean": "false", "jsonb": "'{}'",
}  # fmt: skip
_OTHERWISE: Final = "floor(random() * 30000)::int"


@dataclass(slots=True)
class Found:
    """How many tries there were, and what was seen or changed that should not have been.

    Args:
        blind: Tables of which nobody saw any row, though requests may read them: there the trial shows nothing.
    """

    tables: int = 0
    tries: int = 0
    leaks: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    owner: str | None
    columns: tuple[str, ...]
    values: tuple[str, ...]


def askers() -> Iterator[tuple[str, Principal]]:
    """A person of each role in one tenant, somebody without a role, a worker, and a visitor."""
    for role in Role:
        yield role.value, Principal(PrincipalKind.PERSON, SELF, HOME, frozenset({role}))
    yield "nothing", Principal(PrincipalKind.PERSON, SELF, HOME)
    yield "worker", Principal.worker(HOME)
    yield "visitor", Principal.anonymous()


def try_rows(database: Database) -> Found:
    """Fill every tenant table with rows of two tenants, and try to get at them. Nothing of it stays.

    The database has to be one of its own, worked on as a superuser: constraints are lifted to make rows up.
    """
    found = Found()
    with database.engine.connect() as connection, connection.begin() as everything:
        connection.execute(text(_TRY))
        _check_open_tables(connection, found)
        for name, walled in connection.execute(_TENANT_TABLES).all():
            found.tables += 1
            found.tries += 1
            if not walled:
                found.leaks.append(f"{name}: row-level security is not enabled and forced")
            table = _fill(connection, name)
            seen = [_try_table(connection, table, who, principal, found) for who, principal in askers()]
            readable = connection.scalar(_READABLE, {"role": APP_ROLE, "table": name})
            if readable and not any(seen):
                found.blind.append(name)
        everything.rollback()
    return found


def _check_open_tables(connection: Connection, found: Found) -> None:
    for name in connection.scalars(_OPEN_TABLES, {"role": APP_ROLE}):
        found.tries += 1
        if name not in OPEN:
            found.leaks.append(f"{name}: has neither tenant_id nor blocks, and is granted to requests")


def _fill(connection: Connection, name: str) -> _Table:
    """Rows of two persons of each tenant, and one of the staff where that can be."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    for constraint in connection.scalars(_CONSTRAINTS, {"table": name}).all():
        connection.execute(text(f'ALTER TABLE {name} DROP CONSTRAINT "{constraint}" CASCADE'))
    columns = connection.execute(_COLUMNS, {"table": name}).all()
    for column in columns:
        if column.needed and not column.in_key and column.name != "tenant_id":
            connection.execute(text(f'ALTER TABLE {name} ALTER COLUMN "{column.name}" DROP NOT NULL'))
    by_name = {c.name: c for c in columns}
    owner = by_name.get("person_id") or by_name.get("principal_id")
    owner_name = str(owner.name) if owner is not None else None
    wanted = [c for c in columns if c.in_key and not c.made and c.name not in ("tenant_id", owner_name)]
    table = _Table(
        name, owner_name, tuple(c.name for c in wanted),
        tuple(_MADE_UP.get(c.kind, _OTHERWISE) for c in wanted),
    )  # fmt: skip
    persons: list[tuple[UUID, UUID | None]] = [(HOME, SELF), (HOME, COLLEAGUE), *((ELSEWHERE, s) for s in STRANGERS)]
    if owner is not None and not owner.in_key:
        persons += [(HOME, None), (ELSEWHERE, None)]
    for tenant, person in persons:
        connection.execute(text(_insert(table, tenant, person) + " ON CONFLICT DO NOTHING"))
    connection.execute(text("SET LOCAL session_replication_role = origin"))
    return table


def _insert(table: _Table, tenant: UUID, person: UUID | None) -> str:
    names, values = ["tenant_id", *table.columns], [f"'{tenant}'", *table.values]
    if table.owner:
        names, values = [*names, table.owner], [*values, f"'{person}'" if person else "NULL"]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(values)})"  # nosec B608  # names of the catalogue


def _try_table(connection: Connection, table: _Table, who: str, principal: Principal, found: Found) -> bool:
    """Whether it saw a row of its own tenant, as it may."""
    foreign = f"tenant_id IS DISTINCT FROM '{HOME}'"
    reads = [(f"SELECT count(*) FROM {table.name} WHERE {foreign}", "sees rows of another tenant")]  # nosec B608  # names of the catalogue
    if principal.kind is PrincipalKind.ANONYMOUS:
        reads = [(f"SELECT count(*) FROM {table.name}", "sees rows")]  # nosec B608  # names of the catalogue
    elif principal.own_only and not _on_purpose(table.name, principal):
        others = f"{table.owner} IS DISTINCT FROM '{SELF}'" if table.owner else "true"
        reads.append((f"SELECT count(*) FROM {table.name} WHERE {others}", "sees rows of others"))  # nosec B608  # names of the catalogue
    writes = [
        (f"UPDATE {table.name} SET tenant_id = tenant_id WHERE {foreign}", "changes rows of another tenant"),  # nosec B608  # names of the catalogue
        (f"UPDATE {table.name} SET tenant_id = '{ELSEWHERE}'", "gives rows to another tenant"),  # nosec B608  # names of the catalogue
        (f"DELETE FROM {table.name} WHERE {foreign}", "deletes rows of another tenant"),  # nosec B608  # names of the catalogue
        (_insert(table, ELSEWHERE, SELF), "writes a row for another tenant"),
    ]
    tries = [*reads, *writes]
    found.tries += len(tries)
    allowed = f"SELECT count(*) FROM {table.name} WHERE tenant_id = '{HOME}'"  # nosec B608  # names of the catalogue
    seen, *counts = _counts(connection, principal, [allowed, *(statement for statement, _ in tries)])
    found.leaks += [f"{table.name}: {who} {what}" for count, (_, what) in zip(counts, tries, strict=True) if count]
    return seen > 0


def _on_purpose(table: str, principal: Principal) -> bool:
    return table in SHARED or (table in WORKINGS and Role.MAINTENANCE_ENGINEER in principal.roles)


def _counts(connection: Connection, principal: Principal, statements: Sequence[str]) -> list[int]:
    """Rows each statement sees or touches, as this principal; none where it is refused. All is undone."""
    settings = scope_settings(principal)
    names, values = list(settings), list(settings.values())
    savepoint = connection.begin_nested()
    connection.execute(_SCOPE, {"names": names, "values": values})
    counts = connection.scalars(_TRY_ALL, {"statements": list(statements)}).all()
    savepoint.rollback()
    return [int(count) for count in counts]
