"""Cases the backend does not get on with: why, since when, how often it was tried, and when it is tried again."""

from alembic import op

revision = "0031"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.execute(
        "ALTER TABLE cases ADD COLUMN stuck_code VARCHAR(80), ADD COLUMN stuck_since BIGINT,"
        " ADD COLUMN stuck_tries INTEGER NOT NULL DEFAULT 0, ADD COLUMN stuck_until BIGINT"
    )
    op.execute("CREATE INDEX ix_cases_stuck ON cases (stuck_since) WHERE stuck_since IS NOT NULL")


def downgrade() -> None:
    """Drop them: whatever is stuck is tried again at once."""
    op.execute("DROP INDEX ix_cases_stuck")
    op.execute(
        "ALTER TABLE cases DROP COLUMN stuck_code, DROP COLUMN stuck_since, DROP COLUMN stuck_tries,"
        " DROP COLUMN stuck_until"
    )
