"""Cases of claims: from the draft of a notice to the end, with notes, orders and decisions as they were prepared."""

from alembic import op

from backend.access.roles import Role
from backend.access.row_security import APPEND_ONLY, CHANGEABLE, protect

revision = "0018"
down_revision = "0011a"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE cases (
  case_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID, product BYTEA NOT NULL, policy_id BIGINT NOT NULL,
  claimant BYTEA NOT NULL, coverage SMALLINT NOT NULL, peril SMALLINT NOT NULL, occurred_at BIGINT NOT NULL, claimed
  NUMERIC(39, 0) NOT NULL, state VARCHAR(16) NOT NULL, channel VARCHAR(16) NOT NULL, drafted_by UUID, authority_how
  VARCHAR(16), authority_at BIGINT, authority_record UUID, evidence_root BYTEA, nonce BYTEA, deadline BIGINT, digest
  BYTEA, signature BYTEA, intent VARCHAR(120), failure_code VARCHAR(80), failure_detail TEXT, claim_id BYTEA,
  adjuster UUID, assigned_at BIGINT, version INTEGER NOT NULL, created_at BIGINT NOT NULL, CONSTRAINT pk_cases
  PRIMARY KEY (case_id)
);
CREATE INDEX ix_cases_claim_id ON cases (claim_id);
CREATE INDEX ix_cases_tenant_id_person_id ON cases (tenant_id, person_id);
CREATE INDEX ix_cases_policy ON cases (product, policy_id);
CREATE TABLE case_notes (
  note_id UUID NOT NULL, tenant_id UUID NOT NULL, case_id UUID NOT NULL, author UUID NOT NULL, record_id UUID NOT
  NULL, written_at BIGINT NOT NULL, CONSTRAINT pk_case_notes PRIMARY KEY (note_id)
);
CREATE INDEX ix_case_notes_case ON case_notes (tenant_id, case_id, written_at);
CREATE TABLE case_orders (
  order_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, case_id UUID NOT NULL, claim_id BYTEA
  NOT NULL, action SMALLINT NOT NULL, amount NUMERIC(39, 0) NOT NULL, evidence_root BYTEA NOT NULL, institution
  BIGINT NOT NULL, nonce BYTEA NOT NULL, deadline BIGINT NOT NULL, digest BYTEA NOT NULL, signature BYTEA, permit
  JSONB, state VARCHAR(16) NOT NULL, intent VARCHAR(120), failure_code VARCHAR(80), failure_detail TEXT, created_at
  BIGINT NOT NULL, CONSTRAINT pk_case_orders PRIMARY KEY (order_id)
);
CREATE INDEX ix_case_orders_case ON case_orders (tenant_id, case_id, created_at);
CREATE INDEX ix_case_orders_intent ON case_orders (intent);
CREATE TABLE case_decisions (
  decision_id UUID NOT NULL, tenant_id UUID NOT NULL, case_id UUID NOT NULL, claim_id BYTEA NOT NULL, adjuster UUID
  NOT NULL, adjuster_address BYTEA NOT NULL, loss NUMERIC(39, 0) NOT NULL, granted NUMERIC(39, 0) NOT NULL,
  reason_code SMALLINT NOT NULL, clause_id VARCHAR(40) NOT NULL, clause BYTEA NOT NULL, proof JSONB NOT NULL,
  letter_record UUID NOT NULL, letter_hash BYTEA NOT NULL, instalments SMALLINT NOT NULL, interval_seconds BIGINT
  NOT NULL, valid_until BIGINT NOT NULL, digest BYTEA NOT NULL, needs_second BOOLEAN NOT NULL, second UUID,
  second_address BYTEA, second_signature BYTEA, raw BYTEA, transaction_hash BYTEA, state VARCHAR(16) NOT NULL,
  failure_code VARCHAR(80), failure_detail TEXT, created_at BIGINT NOT NULL, CONSTRAINT pk_case_decisions PRIMARY
  KEY (decision_id)
);
CREATE INDEX ix_case_decisions_sent ON case_decisions (state) WHERE state IN ('prepared', 'sent');
CREATE INDEX ix_case_decisions_case ON case_decisions (tenant_id, case_id, created_at);
"""


def upgrade() -> None:
    """Make the tables. Notes and decisions that are being prepared are the adjusters' and the auditors' to see."""
    op.execute(_UP)
    op.execute(protect("cases", owner_column="person_id", privileges=CHANGEABLE))
    op.execute(protect("case_orders", owner_column="person_id", privileges=CHANGEABLE))
    readers, writers = (Role.ADJUSTER, Role.AUDITOR), (Role.ADJUSTER,)
    op.execute(protect("case_notes", privileges=APPEND_ONLY, readable_by=readers, writable_by=writers))
    op.execute(protect("case_decisions", privileges=CHANGEABLE, readable_by=readers, writable_by=writers))


def downgrade() -> None:
    """Drop them, and with them who gave notice of what by whose word: back them up first."""
    op.execute("DROP TABLE case_decisions, case_orders, case_notes, cases")
