"""Underwriting: cases as the steps that were taken, what the customer authorised, what the quorum and sources said."""

from alembic import op

from backend.access.roles import Role
from backend.access.row_security import APPEND_ONLY, CHANGEABLE, protect

revision = "0012"
down_revision = "0014"
branch_labels = None
depends_on = None

_UP = """
CREATE SEQUENCE underwriting_numbers;
CREATE TABLE underwriting_offices (
  tenant_id UUID NOT NULL, calendar VARCHAR(32) NOT NULL, machine_accepts BOOLEAN NOT NULL, sample_bps INTEGER NOT
  NULL, quote_valid_seconds INTEGER NOT NULL, how_to_object JSONB NOT NULL, CONSTRAINT pk_underwriting_offices
  PRIMARY KEY (tenant_id)
);
CREATE TABLE underwriting_licences (
  tenant_id UUID NOT NULL, person_id UUID NOT NULL, licensed_on DATE, intermediate_exam_on DATE, offices
  VARCHAR(32)[] NOT NULL, set_by UUID, set_at BIGINT NOT NULL, CONSTRAINT pk_underwriting_licences PRIMARY KEY
  (tenant_id, person_id)
);
CREATE TABLE underwriting_cases (
  case_id BIGINT NOT NULL, application_id BYTEA NOT NULL, product BYTEA NOT NULL, line VARCHAR(16) NOT NULL, party
  VARCHAR(16) NOT NULL, record_id UUID NOT NULL, state VARCHAR(16) NOT NULL, outcome VARCHAR(16) NOT NULL, tier
  VARCHAR(8), committee BOOLEAN NOT NULL, waits_for VARCHAR(32), due_at BIGINT, events INTEGER NOT NULL, received_at
  BIGINT NOT NULL, closed_at BIGINT, sampled BOOLEAN NOT NULL, superseded_by BIGINT, calendar VARCHAR(80) NOT NULL,
  stuck VARCHAR(80), tenant_id UUID NOT NULL, person_id UUID NOT NULL, CONSTRAINT pk_underwriting_cases PRIMARY KEY
  (case_id), CONSTRAINT uq_underwriting_cases_application_id UNIQUE (application_id)
);
CREATE INDEX ix_underwriting_cases_closed ON underwriting_cases (tenant_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX ix_underwriting_cases_person ON underwriting_cases (tenant_id, person_id, case_id);
CREATE INDEX ix_underwriting_cases_queue ON underwriting_cases (tenant_id, waits_for, due_at, case_id);
CREATE TABLE underwriting_events (
  case_id BIGINT NOT NULL, sequence INTEGER NOT NULL, at BIGINT NOT NULL, step VARCHAR(24) NOT NULL, state
  VARCHAR(16) NOT NULL, actor_kind VARCHAR(8) NOT NULL, actor VARCHAR(100) NOT NULL, record_id UUID NOT NULL,
  tenant_id UUID NOT NULL, person_id UUID NOT NULL, CONSTRAINT pk_underwriting_events PRIMARY KEY (case_id,
  sequence), CONSTRAINT fk_underwriting_events_case_id FOREIGN KEY(case_id) REFERENCES underwriting_cases (case_id)
);
CREATE TABLE underwriting_authorisations (
  authorisation_id UUID NOT NULL, case_id BIGINT NOT NULL, source VARCHAR(24) NOT NULL, purpose VARCHAR(40) NOT
  NULL, signed_at BIGINT NOT NULL, recorded_at BIGINT NOT NULL, withdrawn_at BIGINT, evidence_record UUID NOT NULL,
  evidence_hash BYTEA NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, CONSTRAINT
  pk_underwriting_authorisations PRIMARY KEY (authorisation_id), CONSTRAINT fk_underwriting_authorisations_case_id
  FOREIGN KEY(case_id) REFERENCES underwriting_cases (case_id)
);
CREATE INDEX ix_underwriting_authorisations_case_id ON underwriting_authorisations (case_id);
CREATE TABLE underwriting_source_reports (
  case_id BIGINT NOT NULL, source VARCHAR(24) NOT NULL, number SMALLINT NOT NULL, asked_at BIGINT NOT NULL, outcome
  VARCHAR(16) NOT NULL, code VARCHAR(40), obtained_at BIGINT, record_id UUID, tenant_id UUID NOT NULL, person_id
  UUID NOT NULL, CONSTRAINT pk_underwriting_source_reports PRIMARY KEY (case_id, source, number), CONSTRAINT
  fk_underwriting_source_reports_case_id FOREIGN KEY(case_id) REFERENCES underwriting_cases (case_id)
);
CREATE TABLE underwriting_checks (
  case_id BIGINT NOT NULL, kind VARCHAR(16) NOT NULL, field VARCHAR(64) NOT NULL, source VARCHAR(24) NOT NULL,
  opened_at BIGINT NOT NULL, due_at BIGINT NOT NULL, outcome VARCHAR(16), by UUID, at BIGINT, note_record UUID,
  tenant_id UUID NOT NULL, person_id UUID NOT NULL, CONSTRAINT pk_underwriting_checks PRIMARY KEY (case_id, kind,
  field, source), CONSTRAINT fk_underwriting_checks_case_id FOREIGN KEY(case_id) REFERENCES underwriting_cases
  (case_id)
);
CREATE INDEX ix_underwriting_checks_open ON underwriting_checks (tenant_id, due_at) WHERE at IS NULL;
CREATE TABLE underwriting_reports (
  case_id BIGINT NOT NULL, number SMALLINT NOT NULL, chain_id BIGINT NOT NULL, signer_epoch BIGINT NOT NULL,
  observed_at BIGINT NOT NULL, valid_until BIGINT NOT NULL, model_hash BYTEA NOT NULL, risk JSONB NOT NULL, digest
  BYTEA NOT NULL, signatures BYTEA[] NOT NULL, explanation_record UUID NOT NULL, tenant_id UUID NOT NULL, person_id
  UUID NOT NULL, CONSTRAINT pk_underwriting_reports PRIMARY KEY (case_id, number), CONSTRAINT
  fk_underwriting_reports_case_id FOREIGN KEY(case_id) REFERENCES underwriting_cases (case_id)
);
CREATE TABLE underwriting_quotes (
  case_id BIGINT NOT NULL, number SMALLINT NOT NULL, report_number SMALLINT NOT NULL, application_id BYTEA NOT NULL,
  quote JSONB NOT NULL, digest BYTEA NOT NULL, valid_until BIGINT NOT NULL, underwriter_signature BYTEA NOT NULL,
  committee JSONB NOT NULL, acceptance BYTEA, accepted_at BIGINT, intent VARCHAR(160), state VARCHAR(16) NOT NULL,
  tenant_id UUID NOT NULL, person_id UUID NOT NULL, CONSTRAINT pk_underwriting_quotes PRIMARY KEY (case_id, number),
  CONSTRAINT fk_underwriting_quotes_case_id FOREIGN KEY(case_id) REFERENCES underwriting_cases (case_id)
);
CREATE INDEX ix_underwriting_quotes_application ON underwriting_quotes (application_id);
"""
_TABLES = (
    "underwriting_quotes", "underwriting_reports", "underwriting_checks", "underwriting_source_reports",
    "underwriting_authorisations", "underwriting_events", "underwriting_cases", "underwriting_licences",
    "underwriting_offices",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables."""
    op.execute(_UP)
    op.execute("GRANT USAGE ON SEQUENCE underwriting_numbers TO quittance_app")
    managed = frozenset({Role.ADMINISTRATOR})
    op.execute(protect("underwriting_offices", shared=True, writable_by=managed))
    op.execute(protect("underwriting_licences", owner_column="person_id", writable_by=managed))
    for table in ("underwriting_cases", "underwriting_authorisations", "underwriting_quotes"):
        op.execute(protect(table, owner_column="person_id", privileges=CHANGEABLE))
    for table in ("underwriting_events", "underwriting_reports"):
        op.execute(protect(table, owner_column="person_id", privileges=APPEND_ONLY))
    op.execute(protect("underwriting_source_reports", owner_column="person_id", privileges=APPEND_ONLY))
    # Who is sampled, and what is being compared, is not the customer's to see.
    op.execute(protect("underwriting_checks", privileges=CHANGEABLE))


def downgrade() -> None:
    """Drop them, and with them every case: back them up first."""
    op.execute(f"DROP TABLE {', '.join(_TABLES)}")
    op.execute("DROP SEQUENCE underwriting_numbers")
