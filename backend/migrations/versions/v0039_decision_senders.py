"""Decisions by the address that sent them: what of a sender's is still on its way keeps its nonce."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index, so that nobody waits for it."""
    op.execute(
        "CREATE INDEX ix_case_decisions_sender ON case_decisions (adjuster_address, created_at) WHERE raw IS NOT NULL"
    )


def downgrade() -> None:
    """Without it the same rows are found, slowly."""
    op.execute("DROP INDEX ix_case_decisions_sender")
