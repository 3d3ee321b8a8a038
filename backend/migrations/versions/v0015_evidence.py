"""Evidence: uploads and their pieces, sealed dossiers, pictures to compare."""

from alembic import op

from backend.access.row_security import APPEND_ONLY, DELETABLE, protect

revision = "0015"
down_revision = "0030"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE evidence_uploads (
  upload_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, case_id UUID NOT NULL, uploaded_by UUID,
  state VARCHAR(16) NOT NULL, length BIGINT NOT NULL, received BIGINT NOT NULL, pieces INTEGER NOT NULL, writer UUID,
  key_id VARCHAR(100), wrapped_key BYTEA, described BYTEA, record_id UUID, facts_record UUID, name_print BYTEA NOT NULL,
  exact_print BYTEA, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, completed_at BIGINT,
  CONSTRAINT pk_evidence_uploads PRIMARY KEY (upload_id)
);
CREATE INDEX ix_evidence_uploads_case ON evidence_uploads (tenant_id, case_id);
CREATE UNIQUE INDEX uq_evidence_uploads_name_print ON evidence_uploads (tenant_id, case_id, name_print);
CREATE INDEX ix_evidence_uploads_exact_print ON evidence_uploads (tenant_id, exact_print);
CREATE INDEX ix_evidence_uploads_expiring ON evidence_uploads (expires_at) WHERE state <> 'complete';
CREATE TABLE evidence_pieces (
  upload_id UUID NOT NULL, number INTEGER NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL,
  sealed BYTEA NOT NULL, CONSTRAINT pk_evidence_pieces PRIMARY KEY (upload_id, number),
  CONSTRAINT fk_evidence_pieces_upload_id FOREIGN KEY(upload_id) REFERENCES evidence_uploads (upload_id)
  ON DELETE CASCADE
);
ALTER TABLE evidence_pieces ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TABLE evidence_dossiers (
  dossier_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, case_id UUID NOT NULL, claim_id BYTEA,
  evidence_root BYTEA NOT NULL, manifest_hash BYTEA NOT NULL, manifest_record UUID NOT NULL, sealed_at BIGINT NOT NULL,
  attached_at BIGINT, cover_from BIGINT NOT NULL, occurred_at BIGINT NOT NULL, noticed_at BIGINT NOT NULL,
  reading_state VARCHAR(16) NOT NULL, reading_attempts SMALLINT NOT NULL, reading_due_at BIGINT NOT NULL,
  clues_record UUID, CONSTRAINT pk_evidence_dossiers PRIMARY KEY (dossier_id)
);
CREATE INDEX ix_evidence_dossiers_case ON evidence_dossiers (tenant_id, case_id, sealed_at);
CREATE INDEX ix_evidence_dossiers_claim ON evidence_dossiers (tenant_id, claim_id) WHERE claim_id IS NOT NULL;
CREATE INDEX ix_evidence_dossiers_unread ON evidence_dossiers (reading_due_at) WHERE reading_state = 'waiting';
CREATE TABLE evidence_dossier_files (
  dossier_id UUID NOT NULL, position SMALLINT NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL,
  upload_id UUID, record_id UUID NOT NULL, CONSTRAINT pk_evidence_dossier_files PRIMARY KEY (dossier_id, position),
  CONSTRAINT fk_evidence_dossier_files_dossier_id FOREIGN KEY(dossier_id) REFERENCES evidence_dossiers (dossier_id)
  ON DELETE CASCADE,
  CONSTRAINT fk_evidence_dossier_files_upload_id FOREIGN KEY(upload_id) REFERENCES evidence_uploads (upload_id)
);
CREATE INDEX ix_evidence_dossier_files_upload_id ON evidence_dossier_files (upload_id);
CREATE TABLE evidence_pictures (
  upload_id UUID NOT NULL, number SMALLINT NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL,
  picture BIT(256) NOT NULL, CONSTRAINT pk_evidence_pictures PRIMARY KEY (upload_id, number),
  CONSTRAINT fk_evidence_pictures_upload_id FOREIGN KEY(upload_id) REFERENCES evidence_uploads (upload_id)
  ON DELETE CASCADE
);
CREATE INDEX ix_evidence_pictures_tenant_id ON evidence_pictures (tenant_id);
"""


def upgrade() -> None:
    """Make the tables, each behind its wall."""
    op.execute(_UP)
    for table in ("evidence_uploads", "evidence_pieces", "evidence_dossiers", "evidence_pictures"):
        op.execute(protect(table, owner_column="person_id", privileges=DELETABLE))
    op.execute(protect("evidence_dossier_files", owner_column="person_id", privileges=APPEND_ONLY))


def downgrade() -> None:
    """Drop them: what was sealed stays in the vault, but nobody knows any more which claim it is of. Back up first."""
    op.execute(
        "DROP TABLE evidence_pictures, evidence_dossier_files, evidence_dossiers, evidence_pieces, evidence_uploads"
    )
