"""Versions of how an office works and by what right its people underwrite: a change names the one it is meant for."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None
_TABLES = ("underwriting_offices", "underwriting_licences")


def upgrade() -> None:
    """What is set is the first."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN version INTEGER NOT NULL DEFAULT 1")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN version DROP DEFAULT")


def downgrade() -> None:
    """The last change wins again, whatever it was meant for."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN version")
