"""Premium that was earned: what is not is not the capital's."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE earned_premiums (
  treasury BYTEA NOT NULL, product BYTEA NOT NULL, earned NUMERIC(39, 0) NOT NULL,
  block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT
  pk_earned_premiums PRIMARY KEY (block_number, log_index), CONSTRAINT fk_earned_premiums_block_number FOREIGN
  KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
"""


def upgrade() -> None:
    """Create what it says."""
    op.execute(_UP)


def downgrade() -> None:
    """Remove it again."""
    op.execute("DROP TABLE earned_premiums")
