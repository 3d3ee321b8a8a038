"""Answers kept under idempotency keys. Whoever asked sees their own, and nobody else any."""

from alembic import op

revision = "0007"
down_revision = "0006"
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


def upgrade() -> None:
    """Make the table."""
    op.execute(_UP)


def downgrade() -> None:
    """Drop it: requests repeated with an old key would have their effect again."""
    op.execute("DROP TABLE idempotent_answers")
