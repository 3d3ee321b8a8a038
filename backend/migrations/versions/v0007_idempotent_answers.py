"""Answers kept under idempotency keys. Whoever asked sees their own, and nobody else any."""

from alembic import op

from backend.access.row_security import APP_ROLE

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE idempotent_answers (
  lookup BYTEA NOT NULL, tenant_id UUID NOT NULL, principal_id UUID NOT NULL, operation VARCHAR(80) NOT NULL,
  fingerprint BYTEA NOT NULL, sealed BYTEA NOT NULL, created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_idempotent_answers PRIMARY KEY (lookup)
);
CREATE INDEX ix_idempotent_answers_created_at ON idempotent_answers (created_at);
CREATE INDEX ix_idempotent_answers_principal ON idempotent_answers (tenant_id, principal_id);
"""
_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
_THEIRS = f"""tenant_id = coalesce(quittance_tenant(), {_NOBODY})
  AND principal_id = coalesce(quittance_person(), {_NOBODY})"""
# Stricter than a tenant's other tables: an answer is for who asked, not for colleagues or workers.
_WALL = f"""
ALTER TABLE idempotent_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotent_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotent_answers_every_tenant ON idempotent_answers TO CURRENT_USER USING (quittance_every_tenant());
GRANT SELECT, INSERT, DELETE ON idempotent_answers TO {APP_ROLE};
CREATE POLICY idempotent_answers_theirs ON idempotent_answers TO {APP_ROLE} USING ({_THEIRS}) WITH CHECK ({_THEIRS});
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(_UP)
    op.execute(_WALL)


def downgrade() -> None:
    """Drop it: requests repeated with an old key would have their effect again."""
    op.execute("DROP TABLE idempotent_answers")
