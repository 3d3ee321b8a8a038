"""The vault's tables, with the sealed records of quotes moved into them; row security of vault and audit log.

A record of the first version stays as it is sealed (scheme 1) and is read so until the next rotation. Its person is
derived from its application, because applicants had no account.
"""

from alembic import op

from backend.access.roles import Role
from backend.access.row_security import protect, unprotect

revision = "0005"
down_revision = "0013"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE vault_records (
  record_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, category VARCHAR(40) NOT NULL, purpose
  VARCHAR(40) NOT NULL, subject BYTEA NOT NULL, scheme SMALLINT NOT NULL, key_id VARCHAR(100) NOT NULL, wrapped_key
  BYTEA, nonce BYTEA, ciphertext BYTEA, chunk_count INTEGER, commitment BYTEA, sealed_at BIGINT NOT NULL,
  contract_ends_at BIGINT, long_term BOOLEAN NOT NULL, destroyed_at BIGINT, CONSTRAINT pk_vault_records PRIMARY KEY
  (record_id)
);
CREATE INDEX ix_vault_records_person ON vault_records (tenant_id, person_id);
CREATE INDEX ix_vault_records_key_id ON vault_records (key_id) WHERE wrapped_key IS NOT NULL;
CREATE INDEX ix_vault_records_subject ON vault_records (subject);
CREATE TABLE vault_chunks (
  record_id UUID NOT NULL, number INTEGER NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, ciphertext BYTEA
  NOT NULL, CONSTRAINT pk_vault_chunks PRIMARY KEY (record_id, number), CONSTRAINT fk_vault_chunks_record_id FOREIGN
  KEY(record_id) REFERENCES vault_records (record_id) ON DELETE CASCADE
);
ALTER TABLE vault_chunks ALTER COLUMN ciphertext SET STORAGE EXTERNAL;
CREATE TABLE consents (
  consent_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, category VARCHAR(40) NOT NULL, purpose
  VARCHAR(40) NOT NULL, evidence_hash BYTEA NOT NULL, given_at BIGINT NOT NULL, withdrawn_at BIGINT, CONSTRAINT
  pk_consents PRIMARY KEY (consent_id)
);
CREATE INDEX ix_consents_person ON consents (tenant_id, person_id);
CREATE TABLE file_approvals (
  approval_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, opener_id UUID NOT NULL, purpose
  VARCHAR(40) NOT NULL, approved_by UUID NOT NULL, approved_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, CONSTRAINT
  pk_file_approvals PRIMARY KEY (approval_id), CONSTRAINT ck_file_approvals_four_eyes CHECK (opener_id <> approved_by)
);
CREATE INDEX ix_file_approvals_person ON file_approvals (tenant_id, person_id);
CREATE TABLE vault_restrictions (
  restriction_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, reason VARCHAR(40) NOT NULL,
  restricted_at BIGINT NOT NULL, lifted_at BIGINT, CONSTRAINT pk_vault_restrictions PRIMARY KEY (restriction_id)
);
CREATE INDEX ix_vault_restrictions_person ON vault_restrictions (tenant_id, person_id);
CREATE TABLE erasures (
  certificate_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, record_ids UUID[] NOT NULL,
  commitments BYTEA[] NOT NULL, reason VARCHAR(40) NOT NULL, destroyed_at BIGINT NOT NULL, destroyed_by UUID, key_ids
  VARCHAR(100)[] NOT NULL, keys_destroyed_at BIGINT, CONSTRAINT pk_erasures PRIMARY KEY (certificate_id)
);
"""

_MOVE = """
INSERT INTO vault_records (
  record_id, tenant_id, person_id, category, purpose, subject, scheme, key_id, wrapped_key, nonce, ciphertext,
  commitment, sealed_at, long_term
)
SELECT
  gen_random_uuid(), '00000000-0000-0000-0000-000000000000',
  encode(substring(sha256(s.application_id) FROM 1 FOR 16), 'hex')::uuid, 'application', 'underwriting',
  s.application_id, 1, s.key_id, s.wrapped_key, s.nonce, s.ciphertext, q.commitment,
  extract(epoch FROM now())::bigint, false
FROM sealed_records AS s LEFT JOIN quotes AS q ON q.quote_id = s.application_id;
DROP TABLE sealed_records;
"""

_MOVE_BACK = """
CREATE TABLE sealed_records (
  application_id BYTEA NOT NULL, key_id VARCHAR(16) NOT NULL, wrapped_key BYTEA NOT NULL, nonce BYTEA NOT NULL,
  ciphertext BYTEA NOT NULL, CONSTRAINT pk_sealed_records PRIMARY KEY (application_id)
);
INSERT INTO sealed_records SELECT subject, key_id, wrapped_key, nonce, ciphertext FROM vault_records WHERE scheme = 1
  AND wrapped_key IS NOT NULL;
"""

# A request adds to the inbox and reads nothing there; whoever asks belongs to its own log, a visitor to the house's.
_INBOX = """
ALTER TABLE audit_inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_inbox FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_inbox_owner ON audit_inbox TO CURRENT_USER USING (true);
CREATE POLICY audit_inbox_insert ON audit_inbox FOR INSERT TO quittance_app
  WITH CHECK (tenant_id = coalesce(quittance_tenant(), '00000000-0000-0000-0000-000000000000'));
GRANT INSERT ON audit_inbox TO quittance_app;
GRANT USAGE ON SEQUENCE audit_inbox_arrival_seq TO quittance_app;
"""

_PERSONS = ("vault_records", "vault_chunks", "consents", "file_approvals", "vault_restrictions")
_LOG = ("audit_entries", "audit_nodes", "audit_heads")
_ONCE = ("SELECT", "INSERT")
_SEEN = ("SELECT",)


def upgrade() -> None:
    """Make the tables, move the records, put up the walls."""
    op.execute(_UP)
    op.execute(_MOVE)
    for table in _PERSONS:
        op.execute(protect(table, owner_column="person_id"))
    op.execute("GRANT DELETE ON vault_chunks TO quittance_app")
    op.execute(
        "CREATE POLICY vault_chunks_delete ON vault_chunks FOR DELETE TO quittance_app"
        " USING (quittance_may_see(tenant_id, person_id))"
    )
    op.execute(protect("erasures", owner_column="person_id", privileges=_ONCE))
    op.execute(_INBOX)
    for table in _LOG:
        op.execute(protect(table, readable_by=[Role.AUDITOR], privileges=_SEEN))


def downgrade() -> None:
    """Drop the vault: records that were sealed or rotated since are gone, back them up first."""
    for table in _LOG:
        op.execute(unprotect(table, _SEEN))
    op.execute("DROP POLICY audit_inbox_owner ON audit_inbox; DROP POLICY audit_inbox_insert ON audit_inbox")
    op.execute("ALTER TABLE audit_inbox NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_inbox DISABLE ROW LEVEL SECURITY")
    op.execute("REVOKE ALL ON audit_inbox FROM quittance_app")
    op.execute("REVOKE ALL ON SEQUENCE audit_inbox_arrival_seq FROM quittance_app")
    op.execute(_MOVE_BACK)
    op.execute("DROP TABLE erasures, vault_restrictions, file_approvals, consents, vault_chunks, vault_records")
