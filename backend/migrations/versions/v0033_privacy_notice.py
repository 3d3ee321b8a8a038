"""Which edition of the privacy notice a consent and an application rest on; older ones name none."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_TABLES = ("consents", "underwriting_cases")


def upgrade() -> None:
    """Add the columns."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN notice_version VARCHAR(16), ADD COLUMN notice_hash BYTEA")


def downgrade() -> None:
    """Drop them: what was given since names no edition any more."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN notice_version, DROP COLUMN notice_hash")
