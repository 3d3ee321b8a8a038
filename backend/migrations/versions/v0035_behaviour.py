"""What early warnings count is found without reading whole tables; and matters say which language was spoken."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes and the column; what came before says no language."""
    op.execute("ALTER TABLE service_matters ADD COLUMN language VARCHAR(2)")
    op.execute("CREATE INDEX ix_audit_entries_opened ON audit_entries (recorded_at) WHERE operation = 'vault.open'")
    op.execute("CREATE INDEX ix_payments_paid_at ON payments (paid_at)")
    op.execute("CREATE INDEX ix_claim_payments_paid_at ON claim_payments (paid_at)")


def downgrade() -> None:
    """Drop them: everything is found more slowly."""
    op.execute("ALTER TABLE service_matters DROP COLUMN language")
    op.execute("DROP INDEX ix_claim_payments_paid_at, ix_payments_paid_at, ix_audit_entries_opened")
