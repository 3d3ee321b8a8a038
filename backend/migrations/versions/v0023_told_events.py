"""Which node was told of which insured event."""

from alembic import op

revision = "0023"
down_revision = "0011"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE told_events (
  node VARCHAR(200) NOT NULL, product BYTEA NOT NULL, event_id BYTEA NOT NULL, refusal VARCHAR(80), tell_again_at
  BIGINT NOT NULL, CONSTRAINT pk_told_events PRIMARY KEY (node, product, event_id)
);
CREATE INDEX ix_told_events_event ON told_events (product, event_id);
"""


def upgrade() -> None:
    """Make the table; requests have no part in it."""
    op.execute(_UP)


def downgrade() -> None:
    """Drop it: nodes are told anew."""
    op.execute("DROP TABLE told_events")
