"""Workflows asked for in a transaction."""

from alembic import op

revision = "0009"
down_revision = "0002"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE workflow_requests (
  number BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL, workflow_id VARCHAR(200) NOT NULL, queue VARCHAR(80) NOT NULL,
  workflow VARCHAR(120) NOT NULL, arguments JSONB NOT NULL, created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_workflow_requests PRIMARY KEY (number),
  CONSTRAINT uq_workflow_requests_workflow_id UNIQUE (workflow_id)
);
"""


def upgrade() -> None:
    """Create what it says."""
    op.execute(_UP)


def downgrade() -> None:
    """Remove it again."""
    op.execute("DROP TABLE workflow_requests")
