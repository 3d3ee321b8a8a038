"""Custodial keys: whose, which address, when exported. The keys themselves are sealed records."""

from alembic import op

from backend.access.row_security import CHANGEABLE, protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE custodial_keys (
  key_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, kind VARCHAR(16) NOT NULL,
  address BYTEA NOT NULL, record_id UUID NOT NULL, made_at BIGINT NOT NULL, exports INTEGER NOT NULL,
  exported_at BIGINT, ended_at BIGINT, CONSTRAINT pk_custodial_keys PRIMARY KEY (key_id)
);
CREATE UNIQUE INDEX uq_custodial_keys_person ON custodial_keys (tenant_id, person_id, kind);
CREATE UNIQUE INDEX uq_custodial_keys_address ON custodial_keys (address);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(_UP)
    op.execute(protect("custodial_keys", owner_column="person_id", privileges=CHANGEABLE))


def downgrade() -> None:
    """Drop it: nobody knows any more which sealed key is of which address. Let people export their keys first."""
    op.execute("DROP TABLE custodial_keys")
