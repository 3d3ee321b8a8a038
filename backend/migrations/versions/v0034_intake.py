"""Intakes, and the applications that came of them. Who somebody is and what they need is in the vault."""

from alembic import op

from backend.access.roles import Role
from backend.access.row_security import APPEND_ONLY, protect

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_STAFF = (Role.CUSTOMER_SERVICE, Role.JUNIOR_UNDERWRITER, Role.SENIOR_UNDERWRITER, Role.AUDITOR)
_UP = """
CREATE TABLE intakes (
  intake_id BIGINT GENERATED ALWAYS AS IDENTITY, tenant_id UUID NOT NULL, person_id UUID NOT NULL,
  channel VARCHAR(16) NOT NULL, language VARCHAR(2) NOT NULL, record_id UUID NOT NULL,
  notice_version VARCHAR(16) NOT NULL, taken_by UUID, opened_at BIGINT NOT NULL,
  CONSTRAINT pk_intakes PRIMARY KEY (intake_id)
);
CREATE INDEX ix_intakes_person ON intakes (tenant_id, person_id);
CREATE TABLE intake_applications (
  intake_id BIGINT NOT NULL, application VARCHAR(100) NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL,
  applied_at BIGINT NOT NULL,
  CONSTRAINT pk_intake_applications PRIMARY KEY (intake_id, application),
  CONSTRAINT fk_intake_applications_intake_id FOREIGN KEY(intake_id) REFERENCES intakes (intake_id)
);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_UP)
    for table in ("intakes", "intake_applications"):
        op.execute(protect(table, owner_column="person_id", readable_by=_STAFF, privileges=APPEND_ONLY))


def downgrade() -> None:
    """Drop them: back them up first."""
    op.execute("DROP TABLE intake_applications, intakes")
