"""Entries of the audit log are found by the request they were written in. Entries of before have none."""

from alembic import op

revision = "0026"
down_revision = "0018"
branch_labels = None
depends_on = None

_UP = """
ALTER TABLE audit_entries ADD COLUMN request_id VARCHAR(40);
CREATE INDEX ix_audit_entries_request ON audit_entries (tenant_id, request_id) WHERE request_id IS NOT NULL;
"""


def upgrade() -> None:
    """Add the column; nothing that is written changes."""
    op.execute(_UP)


def downgrade() -> None:
    """Take it away: the ids stay in the leaves."""
    op.execute("ALTER TABLE audit_entries DROP COLUMN request_id")
