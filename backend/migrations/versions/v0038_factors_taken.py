"""When a recovery took a person's second factors away: until another is shown, no wallet or provider lets in alone."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody lacks any yet."""
    op.execute("ALTER TABLE people ADD COLUMN factors_taken_at BIGINT")


def downgrade() -> None:
    """Forget it: after a recovery a wallet or a provider lets in alone as soon as the link was used."""
    op.execute("ALTER TABLE people DROP COLUMN factors_taken_at")
