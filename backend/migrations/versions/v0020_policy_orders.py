"""Changes and ends of policies that were asked for, why a quote was not bound, and whose the binds are."""

from alembic import op

from backend.access.row_security import CHANGEABLE, EVERY_TENANT, protect

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_UP = """
ALTER TABLE underwriting_quotes ADD COLUMN failure_code VARCHAR(80), ADD COLUMN failure_detail TEXT;
CREATE TABLE policy_orders (
  order_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, product BYTEA NOT NULL,
  policy_id BIGINT NOT NULL, kind VARCHAR(12) NOT NULL, "order" JSONB NOT NULL, digest BYTEA NOT NULL,
  valid_until BIGINT NOT NULL, state VARCHAR(12) NOT NULL, requested_by UUID, requested_at BIGINT NOT NULL,
  underwriter_signature BYTEA, signed_by UUID, signed_at BIGINT, ground VARCHAR(24), acceptance BYTEA,
  accepted_at BIGINT, intent_key VARCHAR(120), failure_code VARCHAR(80), failure_detail TEXT,
  CONSTRAINT pk_policy_orders PRIMARY KEY (order_id)
);
CREATE UNIQUE INDEX uq_policy_orders_open ON policy_orders (product, policy_id)
  WHERE state IN ('requested', 'offered', 'accepted');
CREATE INDEX ix_policy_orders_person ON policy_orders (tenant_id, person_id);
CREATE INDEX ix_policy_orders_queue ON policy_orders (tenant_id, state, requested_at, order_id);
"""
_BINDS = """
UPDATE intents SET tenant_id = (
  SELECT b.tenant_id FROM bind_intents AS b WHERE b.intent_key = intents.key LIMIT 1
) WHERE kind = 'bind' AND tenant_id IS NULL
"""


def upgrade() -> None:
    """Make the table; binds of before get their tenant."""
    op.execute(_UP)
    op.execute(protect("policy_orders", owner_column="person_id", privileges=CHANGEABLE))
    op.execute(f"SELECT set_config('{EVERY_TENANT}', 'on', true)")
    op.execute(_BINDS)


def downgrade() -> None:
    """Drop what was asked for; what became of it stands on the chain. Binds keep their tenant."""
    op.execute("DROP TABLE policy_orders")
    op.execute("ALTER TABLE underwriting_quotes DROP COLUMN failure_code, DROP COLUMN failure_detail")
