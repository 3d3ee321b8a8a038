"""The audit log: an inbox, and entries, subtrees and heads that are only ever added.

The triggers are ALWAYS triggers: they refuse in replication mode too. Only who may alter the tables can remove them.
"""

from alembic import op

revision = "0006"
down_revision = "0009"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE audit_inbox (
  arrival BIGSERIAL NOT NULL, entry_id UUID DEFAULT gen_random_uuid() NOT NULL, tenant_id UUID NOT NULL, recorded_at
  TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, content JSONB NOT NULL, CONSTRAINT pk_audit_inbox
  PRIMARY KEY (arrival), CONSTRAINT uq_audit_inbox_entry_id UNIQUE (entry_id)
);
CREATE TABLE audit_entries (
  tenant_id UUID NOT NULL, sequence BIGINT NOT NULL, entry_id UUID NOT NULL, recorded_at BIGINT NOT NULL, operation
  VARCHAR(128) NOT NULL, outcome VARCHAR(16) NOT NULL, subject VARCHAR(200) NOT NULL, principal_id UUID, leaf TEXT
  NOT NULL, CONSTRAINT pk_audit_entries PRIMARY KEY (tenant_id, sequence), CONSTRAINT uq_audit_entries_entry_id
  UNIQUE (entry_id)
);
CREATE INDEX ix_audit_entries_subject ON audit_entries (tenant_id, subject, sequence);
CREATE INDEX ix_audit_entries_principal ON audit_entries (tenant_id, principal_id, sequence);
CREATE TABLE audit_nodes (
  tenant_id UUID NOT NULL, level SMALLINT NOT NULL, index BIGINT NOT NULL, hash BYTEA NOT NULL, CONSTRAINT
  pk_audit_nodes PRIMARY KEY (tenant_id, level, index)
);
CREATE TABLE audit_heads (
  tenant_id UUID NOT NULL, size BIGINT NOT NULL, made_at BIGINT NOT NULL, note TEXT NOT NULL, CONSTRAINT
  pk_audit_heads PRIMARY KEY (tenant_id, size)
);
"""

_REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: the audit log is only ever added to.', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
"""

_KEEP_UNTIL_PLACED = """
CREATE FUNCTION audit_keep_until_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM gone LEFT JOIN audit_entries AS kept USING (entry_id, tenant_id) WHERE kept.entry_id IS NULL
  ) THEN
    RAISE EXCEPTION 'DELETE of audit_inbox is refused: the log does not have that entry yet.'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_inbox_leave AFTER DELETE ON audit_inbox REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION audit_keep_until_placed();
ALTER TABLE audit_inbox ENABLE ALWAYS TRIGGER audit_inbox_leave;
"""

_TABLES = ("audit_entries", "audit_nodes", "audit_heads")


def _guard(table: str, events: str) -> str:
    name = f"{table}_refuse"
    return (
        f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();"
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};"
    )


def upgrade() -> None:
    """Make tables and triggers."""
    op.execute(_UP)
    op.execute(_REFUSE)
    for table in _TABLES:
        op.execute(_guard(table, "UPDATE OR DELETE OR TRUNCATE"))
    op.execute(_guard("audit_inbox", "UPDATE OR TRUNCATE"))
    op.execute(_KEEP_UNTIL_PLACED)


def downgrade() -> None:
    """Drop the log: export it first."""
    op.execute("DROP TABLE audit_inbox, audit_entries, audit_nodes, audit_heads")
    op.execute("DROP FUNCTION audit_refuse(), audit_keep_until_placed()")
