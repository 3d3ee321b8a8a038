"""Requests for a link to set a password anew: only the backend's own work sees them."""

from alembic import op

from backend.access.row_security import DELETABLE, protect

revision = "0030"
down_revision = "0020"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE password_resets (
  reset_id UUID NOT NULL, tenant_id UUID NOT NULL, email_lookup BYTEA NOT NULL, asked_at BIGINT NOT NULL,
  CONSTRAINT pk_password_resets PRIMARY KEY (reset_id)
);
CREATE INDEX ix_password_resets_asked_at ON password_resets (asked_at);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(_UP)
    op.execute(protect("password_resets", readable_by=(), writable_by=(), privileges=DELETABLE))


def downgrade() -> None:
    """Drop it: who asked asks again."""
    op.execute("DROP TABLE password_resets")
