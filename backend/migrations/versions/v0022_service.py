"""Enquiries, complaints and surveys. What people wrote is in the vault."""

from alembic import op

from backend.access.roles import Role
from backend.access.row_security import APPEND_ONLY, CHANGEABLE, protect

revision = "0022"
down_revision = "0024"
branch_labels = None
depends_on = None

_STAFF = (Role.CUSTOMER_SERVICE, Role.ADMINISTRATOR, Role.AUDITOR)
_UP = """
CREATE TABLE service_matters (
  matter_id BIGINT GENERATED ALWAYS AS IDENTITY, tenant_id UUID NOT NULL, person_id UUID NOT NULL,
  kind VARCHAR(16) NOT NULL, topic VARCHAR(24) NOT NULL, channel VARCHAR(16) NOT NULL, about VARCHAR(100),
  against UUID, state VARCHAR(16) NOT NULL, outcome VARCHAR(16) NOT NULL, due_at BIGINT, opened_at BIGINT NOT NULL,
  acknowledged_at BIGINT, answered_at BIGINT, closed_at BIGINT, answered_by UUID, extended BOOLEAN NOT NULL,
  escalated BOOLEAN NOT NULL, late BOOLEAN NOT NULL, steps INTEGER NOT NULL,
  CONSTRAINT pk_service_matters PRIMARY KEY (matter_id)
);
CREATE INDEX ix_service_matters_queue ON service_matters (tenant_id, kind, state, due_at);
CREATE INDEX ix_service_matters_person ON service_matters (tenant_id, person_id);
CREATE INDEX ix_service_matters_due ON service_matters (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE service_steps (
  matter_id BIGINT NOT NULL, sequence INTEGER NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL,
  at BIGINT NOT NULL, step VARCHAR(16) NOT NULL, by UUID, record_id UUID,
  CONSTRAINT pk_service_steps PRIMARY KEY (matter_id, sequence),
  CONSTRAINT fk_service_steps_matter_id FOREIGN KEY(matter_id) REFERENCES service_matters (matter_id)
);
CREATE TABLE surveys (
  survey_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, subject VARCHAR(80) NOT NULL,
  asked_at BIGINT NOT NULL, closes_at BIGINT NOT NULL, answered_at BIGINT, score SMALLINT, record_id UUID,
  CONSTRAINT pk_surveys PRIMARY KEY (survey_id)
);
CREATE UNIQUE INDEX uq_surveys_subject ON surveys (tenant_id, subject);
CREATE INDEX ix_surveys_person ON surveys (tenant_id, person_id);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_UP)
    op.execute(protect("service_matters", owner_column="person_id", readable_by=_STAFF, privileges=CHANGEABLE))
    op.execute(protect("service_steps", owner_column="person_id", readable_by=_STAFF, privileges=APPEND_ONLY))
    op.execute(protect("surveys", owner_column="person_id", readable_by=_STAFF, privileges=CHANGEABLE))


def downgrade() -> None:
    """Drop them: back them up first."""
    op.execute("DROP TABLE surveys, service_steps, service_matters")
