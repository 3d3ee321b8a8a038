"""Since when an account waits for its recovery link to be used: until then nothing else lets its person in."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody waits yet."""
    op.execute("ALTER TABLE people ADD COLUMN recovering_since BIGINT")


def downgrade() -> None:
    """Forget it: a wallet or a provider lets in again before the link is used."""
    op.execute("ALTER TABLE people DROP COLUMN recovering_since")
