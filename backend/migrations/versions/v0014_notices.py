"""Notices: their way, their hash and their proof. What they say is a sealed record."""

from alembic import op

from backend.access.row_security import APPEND_ONLY, CHANGEABLE, DELETABLE, protect

revision = "0014"
down_revision = "0007"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE notices (
  notice_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, cause VARCHAR(160) NOT NULL,
  kind VARCHAR(40) NOT NULL, language VARCHAR(2) NOT NULL, channel VARCHAR(16) NOT NULL, subject VARCHAR(80) NOT NULL,
  record_id UUID NOT NULL, content_hash BYTEA NOT NULL, state VARCHAR(16) NOT NULL, attempts SMALLINT NOT NULL,
  due_at BIGINT NOT NULL, created_at BIGINT NOT NULL, sent_at BIGINT, delivered_at BIGINT, confirmed_at BIGINT,
  confirmed_by UUID, confirmation VARCHAR(16), confirmation_record UUID, failure_code VARCHAR(40),
  carrier_reference VARCHAR(200), token_hash BYTEA, token_expires_at BIGINT, follows UUID,
  CONSTRAINT pk_notices PRIMARY KEY (notice_id), CONSTRAINT uq_notices_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_notices_follows FOREIGN KEY(follows) REFERENCES notices (notice_id)
);
CREATE UNIQUE INDEX uq_notices_cause ON notices (tenant_id, cause);
CREATE INDEX ix_notices_due ON notices (due_at) WHERE state = 'queued';
CREATE INDEX ix_notices_subject ON notices (tenant_id, subject);
CREATE INDEX ix_notices_person ON notices (tenant_id, person_id, created_at);
CREATE TABLE notice_attempts (
  notice_id UUID NOT NULL, attempt SMALLINT NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL,
  at BIGINT NOT NULL, outcome VARCHAR(16) NOT NULL, code VARCHAR(40),
  CONSTRAINT pk_notice_attempts PRIMARY KEY (notice_id, attempt),
  CONSTRAINT fk_notice_attempts_notice_id FOREIGN KEY(notice_id) REFERENCES notices (notice_id)
);
CREATE TABLE notice_phones (
  tenant_id UUID NOT NULL, person_id UUID NOT NULL, phone_sealed BYTEA NOT NULL,
  CONSTRAINT pk_notice_phones PRIMARY KEY (tenant_id, person_id),
  CONSTRAINT fk_notice_phones_person_id FOREIGN KEY(person_id) REFERENCES people (person_id) ON DELETE CASCADE
);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_UP)
    op.execute(protect("notices", owner_column="person_id", privileges=CHANGEABLE))
    op.execute(protect("notice_attempts", owner_column="person_id", privileges=APPEND_ONLY))
    op.execute(protect("notice_phones", owner_column="person_id", privileges=DELETABLE))


def downgrade() -> None:
    """Drop them, and with them the proof that people were told: back them up first."""
    op.execute("DROP TABLE notice_phones, notice_attempts, notices")
