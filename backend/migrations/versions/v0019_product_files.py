"""Product files of each insurer, and the documents of products made from them, which are public."""

from alembic import op

from backend.access.roles import Role
from backend.access.row_security import APP_ROLE, CHANGEABLE, protect

revision = "0019"
down_revision = "0021"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE product_files (
  file_id UUID NOT NULL, tenant_id UUID NOT NULL DEFAULT quittance_tenant(), product_id VARCHAR(64) NOT NULL,
  version VARCHAR(64) NOT NULL, kind VARCHAR(16) NOT NULL, title_en TEXT NOT NULL, title_zh TEXT NOT NULL,
  content TEXT NOT NULL, content_hash BYTEA NOT NULL, document_hash BYTEA NOT NULL, clause_root BYTEA NOT NULL,
  uploaded_by UUID, uploaded_at BIGINT NOT NULL, terms_hash BYTEA, intent_key VARCHAR(120), deployed_by UUID,
  deployed_at BIGINT,
  CONSTRAINT pk_product_files PRIMARY KEY (file_id),
  CONSTRAINT uq_product_files_content UNIQUE (tenant_id, content_hash)
);
CREATE INDEX ix_product_files_version ON product_files (tenant_id, product_id, version);
CREATE INDEX ix_product_files_listed ON product_files (tenant_id, uploaded_at, file_id);
CREATE TABLE product_documents (
  terms_hash BYTEA NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL, kept_at BIGINT NOT NULL,
  CONSTRAINT pk_product_documents PRIMARY KEY (terms_hash)
);
"""
_READERS = (
    Role.ADMINISTRATOR, Role.AUDITOR, Role.JUNIOR_UNDERWRITER, Role.PRODUCT_MANAGER, Role.SENIOR_UNDERWRITER
)  # fmt: skip


def upgrade() -> None:
    """Make the tables."""
    op.execute(_UP)
    op.execute(
        protect("product_files", readable_by=_READERS, writable_by=(Role.PRODUCT_MANAGER,), privileges=CHANGEABLE)
    )
    op.execute(f"GRANT SELECT, INSERT ON product_documents TO {APP_ROLE}")


def downgrade() -> None:
    """Drop them: products stand, but nobody can read their words here any more."""
    op.execute("DROP TABLE product_documents, product_files")
