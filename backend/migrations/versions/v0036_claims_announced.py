"""Up to which block webhooks told of each case. What came before them is not told after the fact."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Cases that are there begin at the last block taken in."""
    op.execute("ALTER TABLE cases ADD COLUMN announced_block BIGINT")
    op.execute("UPDATE cases SET announced_block = (SELECT max(number) FROM blocks)")


def downgrade() -> None:
    """Forget it: nothing is told of claims."""
    op.execute("ALTER TABLE cases DROP COLUMN announced_block")
