"""Alarms of the bridge."""

from alembic import op

from backend.access.row_security import open_to_readers

revision = "0011a"
down_revision = "0023"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE chain_alarms (
  kind VARCHAR(16) NOT NULL, detail TEXT NOT NULL, raised_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, CONSTRAINT pk_chain_alarms PRIMARY KEY (kind)
);
"""


def upgrade() -> None:
    """Create what it says."""
    op.execute(_UP)
    op.execute(open_to_readers("chain_alarms"))


def downgrade() -> None:
    """Remove it again."""
    op.execute("DROP TABLE chain_alarms")
