"""Finds claims that webhooks never told of without looking over all cases."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The ones that were never told are few."""
    op.execute(
        "CREATE INDEX ix_cases_never_announced ON cases (claim_id)"
        " WHERE announced_block IS NULL AND claim_id IS NOT NULL"
    )


def downgrade() -> None:
    """Look over all of them again."""
    op.execute("DROP INDEX ix_cases_never_announced")
