"""What goes on with a piece of work from the request to the chain: kept with what hands it on."""

from alembic import op

revision = "0021"
down_revision = "0027"
branch_labels = None
depends_on = None

_TABLES = ("intents", "workflow_requests", "bind_intents")


def upgrade() -> None:
    """Add the column; work on its way has none of it."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN carried JSONB")


def downgrade() -> None:
    """Drop it: what is on its way goes on without."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN carried")
