"""What claimants were written to about, so that nobody is told twice and nobody is left out."""

from alembic import op

revision = "0024"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was told yet."""
    op.execute("ALTER TABLE cases ADD COLUMN told VARCHAR(16)")


def downgrade() -> None:
    """Forget it: who was told already is told once more."""
    op.execute("ALTER TABLE cases DROP COLUMN told")
