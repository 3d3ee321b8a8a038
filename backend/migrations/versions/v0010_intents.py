"""One table of intents for everything the backend sends."""

from alembic import op
from sqlalchemy import text

from backend.access.row_security import APPEND_ONLY, protect, unprotect
from domain.hashing import keccak256

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_UP = """
ALTER TABLE submissions RENAME TO intents;
ALTER TABLE intents RENAME CONSTRAINT pk_submissions TO pk_intents;
ALTER INDEX ix_submissions_block_number RENAME TO ix_intents_block_number;
ALTER INDEX ix_submissions_status RENAME TO ix_intents_status;
ALTER TABLE intents RENAME COLUMN product TO contract;
ALTER TABLE intents ALTER COLUMN kind TYPE VARCHAR(40), ALTER COLUMN gas DROP NOT NULL,
  ADD COLUMN tenant_id UUID, ADD COLUMN person_id UUID DEFAULT quittance_owner(), ADD COLUMN calldata_hash BYTEA,
  ADD COLUMN simulated BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN asked_by VARCHAR(120), ADD COLUMN after_key VARCHAR(120), ADD COLUMN convoy VARCHAR(80),
  ADD COLUMN tries SMALLINT NOT NULL DEFAULT 0, ADD COLUMN sender_key VARCHAR(120),
  ADD CONSTRAINT fk_intents_after_key FOREIGN KEY (after_key) REFERENCES intents (key);
UPDATE intents SET sender_key = key;
ALTER TABLE intents ALTER COLUMN sender_key SET NOT NULL,
  ADD CONSTRAINT uq_intents_sender_key UNIQUE (sender_key);
CREATE INDEX ix_intents_tenant_id ON intents (tenant_id);
CREATE INDEX ix_intents_after_key ON intents (after_key);
CREATE INDEX ix_intents_convoy ON intents (convoy);
CREATE INDEX ix_intents_unassigned ON intents (created_at) WHERE convoy IS NULL AND status IN
  ('prepared','ready','submitted','mined','reopened');
ALTER TABLE submission_events RENAME TO intent_events;
ALTER TABLE intent_events RENAME CONSTRAINT pk_submission_events TO pk_intent_events;
ALTER TABLE intent_events RENAME CONSTRAINT fk_submission_events_submission_key TO fk_intent_events_intent_key;
ALTER TABLE intent_events RENAME COLUMN submission_key TO intent_key;
ALTER INDEX uq_submission_events_active RENAME TO uq_intent_events_active;
ALTER TABLE bind_intents RENAME COLUMN submission_key TO intent_key;
ALTER TABLE bind_intents RENAME CONSTRAINT fk_bind_intents_submission_key TO fk_bind_intents_intent_key;
ALTER INDEX ix_bind_intents_submission_key RENAME TO ix_bind_intents_intent_key;
ALTER TABLE sender_intents ADD COLUMN held BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX ix_sender_attempts_hash ON sender_attempts (hash);
"""
_DOWN = """
DROP INDEX ix_sender_attempts_hash;
ALTER TABLE sender_intents DROP COLUMN held;
ALTER INDEX ix_bind_intents_intent_key RENAME TO ix_bind_intents_submission_key;
ALTER TABLE bind_intents RENAME CONSTRAINT fk_bind_intents_intent_key TO fk_bind_intents_submission_key;
ALTER TABLE bind_intents RENAME COLUMN intent_key TO submission_key;
ALTER INDEX uq_intent_events_active RENAME TO uq_submission_events_active;
ALTER TABLE intent_events RENAME COLUMN intent_key TO submission_key;
ALTER TABLE intent_events RENAME CONSTRAINT fk_intent_events_intent_key TO fk_submission_events_submission_key;
ALTER TABLE intent_events RENAME CONSTRAINT pk_intent_events TO pk_submission_events;
ALTER TABLE intent_events RENAME TO submission_events;
DROP INDEX ix_intents_unassigned;
UPDATE intents SET status = CASE status WHEN 'ready' THEN 'prepared' WHEN 'reopened' THEN 'submitted'
  WHEN 'final' THEN 'mined' WHEN 'superseded' THEN 'failed' ELSE status END;
ALTER TABLE intents DROP COLUMN tenant_id, DROP COLUMN person_id, DROP COLUMN calldata_hash, DROP COLUMN simulated,
  DROP COLUMN asked_by,
  DROP COLUMN after_key, DROP COLUMN convoy, DROP COLUMN tries, DROP COLUMN sender_key;
UPDATE intents SET gas = 16777216 WHERE gas IS NULL;
ALTER TABLE intents ALTER COLUMN gas SET NOT NULL, ALTER COLUMN kind TYPE VARCHAR(16) USING left(kind, 16);
ALTER TABLE intents RENAME COLUMN contract TO product;
ALTER INDEX ix_intents_status RENAME TO ix_submissions_status;
ALTER INDEX ix_intents_block_number RENAME TO ix_submissions_block_number;
ALTER TABLE intents RENAME CONSTRAINT pk_intents TO pk_submissions;
ALTER TABLE intents RENAME TO submissions;
"""


def upgrade() -> None:
    """Rename what there is, and add what an intent has more."""
    op.execute(_UP)
    connection = op.get_bind()
    for key, calldata in connection.execute(text("SELECT key, calldata FROM intents")).all():
        connection.execute(
            text("UPDATE intents SET calldata_hash = :h WHERE key = :k"), {"h": keccak256(bytes(calldata)), "k": key}
        )
    op.execute("ALTER TABLE intents ALTER COLUMN calldata_hash SET NOT NULL")
    op.execute(protect("intents", owner_column="person_id", privileges=APPEND_ONLY))


def downgrade() -> None:
    """Back to submissions. What they have no column for is lost."""
    op.execute(unprotect("intents", APPEND_ONLY))
    op.execute(_DOWN)
