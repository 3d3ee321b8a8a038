"""Objections to underwriting decisions, and the alarms of every deadline."""

from alembic import op

from backend.access.row_security import APPEND_ONLY, CHANGEABLE, protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE underwriting_objections (
  objection_id BIGINT NOT NULL, case_id BIGINT NOT NULL, case_events INTEGER NOT NULL, state VARCHAR(16) NOT NULL,
  outcome VARCHAR(16) NOT NULL, successor BIGINT, waits_for VARCHAR(32), due_at BIGINT, events INTEGER NOT NULL,
  raised_at BIGINT NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, CONSTRAINT pk_underwriting_objections
  PRIMARY KEY (objection_id), CONSTRAINT fk_underwriting_objections_case_id FOREIGN KEY(case_id) REFERENCES
  underwriting_cases (case_id)
);
CREATE INDEX ix_underwriting_objections_case_id ON underwriting_objections (case_id);
CREATE INDEX ix_underwriting_objections_queue ON underwriting_objections (tenant_id, state, due_at);
CREATE TABLE underwriting_objection_events (
  objection_id BIGINT NOT NULL, sequence INTEGER NOT NULL, at BIGINT NOT NULL, step VARCHAR(24) NOT NULL, state
  VARCHAR(16) NOT NULL, actor_kind VARCHAR(8) NOT NULL, actor VARCHAR(100) NOT NULL, record_id UUID NOT NULL,
  tenant_id UUID NOT NULL, person_id UUID NOT NULL, CONSTRAINT pk_underwriting_objection_events PRIMARY KEY
  (objection_id, sequence), CONSTRAINT fk_underwriting_objection_events_objection_id FOREIGN KEY(objection_id)
  REFERENCES underwriting_objections (objection_id)
);
CREATE TABLE deadline_alarms (
  tenant_id UUID NOT NULL, subject VARCHAR(80) NOT NULL, state VARCHAR(24) NOT NULL, due_at BIGINT NOT NULL, level
  VARCHAR(8) NOT NULL, role VARCHAR(32) NOT NULL, raised_at BIGINT NOT NULL, told INTEGER NOT NULL, cleared_at
  BIGINT, CONSTRAINT pk_deadline_alarms PRIMARY KEY (tenant_id, subject, state, due_at, level)
);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_UP)
    op.execute(protect("underwriting_objections", owner_column="person_id", privileges=CHANGEABLE))
    op.execute(protect("underwriting_objection_events", owner_column="person_id", privileges=APPEND_ONLY))
    op.execute(protect("deadline_alarms", privileges=CHANGEABLE))


def downgrade() -> None:
    """Drop them: back them up first."""
    op.execute("DROP TABLE deadline_alarms, underwriting_objection_events, underwriting_objections")
