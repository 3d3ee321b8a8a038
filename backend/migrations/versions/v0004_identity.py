"""Insurers, their people, and everything by which people and machines show who they are."""

from alembic import op

from backend.access.roles import Role
from backend.access.row_security import APPEND_ONLY, DELETABLE, protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE tenants (
  tenant_id UUID NOT NULL, name VARCHAR(120) NOT NULL, slug VARCHAR(40) NOT NULL, insurer_address BYTEA, created_at
  BIGINT NOT NULL, CONSTRAINT pk_tenants PRIMARY KEY (tenant_id), CONSTRAINT uq_tenants_slug UNIQUE (slug)
);
CREATE TABLE people (
  person_id UUID NOT NULL, tenant_id UUID NOT NULL, email_lookup BYTEA NOT NULL, email_sealed BYTEA NOT NULL,
  name_sealed BYTEA NOT NULL, language VARCHAR(5) NOT NULL, created_at BIGINT NOT NULL, disabled_at BIGINT,
  CONSTRAINT pk_people PRIMARY KEY (person_id), CONSTRAINT uq_people_tenant_id_email_lookup UNIQUE (tenant_id,
  email_lookup), CONSTRAINT fk_people_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id)
);
CREATE TABLE grants (
  grant_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, role VARCHAR(24) NOT NULL, source
  VARCHAR(8) NOT NULL, granted_by UUID, granted_at BIGINT NOT NULL, approved_by UUID, approved_at BIGINT, expires_at
  BIGINT, last_used_at BIGINT, revoked_by UUID, revoked_at BIGINT, CONSTRAINT pk_grants PRIMARY KEY (grant_id),
  CONSTRAINT fk_grants_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id), CONSTRAINT
  fk_grants_person_id FOREIGN KEY(person_id) REFERENCES people (person_id)
);
CREATE INDEX ix_grants_person ON grants (tenant_id, person_id);
CREATE TABLE passwords (
  person_id UUID NOT NULL, tenant_id UUID NOT NULL, hashed VARCHAR(160) NOT NULL, changed_at BIGINT NOT NULL,
  CONSTRAINT pk_passwords PRIMARY KEY (person_id), CONSTRAINT fk_passwords_person_id FOREIGN KEY(person_id)
  REFERENCES people (person_id) ON DELETE CASCADE, CONSTRAINT fk_passwords_tenant_id FOREIGN KEY(tenant_id)
  REFERENCES tenants (tenant_id)
);
CREATE TABLE totp_apps (
  person_id UUID NOT NULL, tenant_id UUID NOT NULL, secret_sealed BYTEA NOT NULL, confirmed_at BIGINT, last_step
  BIGINT NOT NULL, CONSTRAINT pk_totp_apps PRIMARY KEY (person_id), CONSTRAINT fk_totp_apps_person_id FOREIGN
  KEY(person_id) REFERENCES people (person_id) ON DELETE CASCADE, CONSTRAINT fk_totp_apps_tenant_id FOREIGN
  KEY(tenant_id) REFERENCES tenants (tenant_id)
);
CREATE TABLE recovery_codes (
  person_id UUID NOT NULL, code_lookup BYTEA NOT NULL, tenant_id UUID NOT NULL, CONSTRAINT pk_recovery_codes PRIMARY
  KEY (person_id, code_lookup), CONSTRAINT fk_recovery_codes_person_id FOREIGN KEY(person_id) REFERENCES people
  (person_id) ON DELETE CASCADE, CONSTRAINT fk_recovery_codes_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants
  (tenant_id)
);
CREATE TABLE passkeys (
  credential_id BYTEA NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, public_key BYTEA NOT NULL,
  sign_count BIGINT NOT NULL, label VARCHAR(60) NOT NULL, backed_up BOOLEAN NOT NULL, created_at BIGINT NOT NULL,
  last_used_at BIGINT, CONSTRAINT pk_passkeys PRIMARY KEY (credential_id, tenant_id), CONSTRAINT
  fk_passkeys_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id), CONSTRAINT fk_passkeys_person_id
  FOREIGN KEY(person_id) REFERENCES people (person_id) ON DELETE CASCADE
);
CREATE INDEX ix_passkeys_person ON passkeys (tenant_id, person_id);
CREATE TABLE sessions (
  session_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID NOT NULL, digest BYTEA NOT NULL, method
  VARCHAR(12) NOT NULL, pending BOOLEAN NOT NULL, address BYTEA, created_at BIGINT NOT NULL, last_seen_at BIGINT NOT
  NULL, idle_seconds INTEGER NOT NULL, expires_at BIGINT NOT NULL, strong_at BIGINT, ended_at BIGINT, ended_why
  VARCHAR(24), CONSTRAINT pk_sessions PRIMARY KEY (session_id), CONSTRAINT fk_sessions_tenant_id FOREIGN
  KEY(tenant_id) REFERENCES tenants (tenant_id), CONSTRAINT fk_sessions_person_id FOREIGN KEY(person_id) REFERENCES
  people (person_id) ON DELETE CASCADE, CONSTRAINT uq_sessions_digest UNIQUE (digest)
);
CREATE INDEX ix_sessions_person ON sessions (tenant_id, person_id);
CREATE TABLE api_keys (
  key_id UUID NOT NULL, tenant_id UUID NOT NULL, label VARCHAR(60) NOT NULL, prefix VARCHAR(16) NOT NULL, digest
  BYTEA NOT NULL, roles VARCHAR(24)[] NOT NULL, scopes VARCHAR(80)[] NOT NULL, made_by UUID, made_at BIGINT NOT
  NULL, expires_at BIGINT NOT NULL, last_used_at BIGINT, revoked_at BIGINT, replaces UUID, CONSTRAINT pk_api_keys
  PRIMARY KEY (key_id), CONSTRAINT fk_api_keys_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id),
  CONSTRAINT uq_api_keys_digest UNIQUE (digest)
);
CREATE INDEX ix_api_keys_tenant_id ON api_keys (tenant_id);
CREATE TABLE wallets (
  tenant_id UUID NOT NULL, address BYTEA NOT NULL, person_id UUID NOT NULL, linked_at BIGINT NOT NULL, CONSTRAINT
  pk_wallets PRIMARY KEY (tenant_id, address), CONSTRAINT fk_wallets_tenant_id FOREIGN KEY(tenant_id) REFERENCES
  tenants (tenant_id), CONSTRAINT fk_wallets_person_id FOREIGN KEY(person_id) REFERENCES people (person_id) ON
  DELETE CASCADE
);
CREATE INDEX ix_wallets_person ON wallets (tenant_id, person_id);
CREATE TABLE oidc_providers (
  tenant_id UUID NOT NULL, issuer VARCHAR(300) NOT NULL, client_id VARCHAR(200) NOT NULL, client_secret_sealed
  BYTEA, group_claim VARCHAR(60) NOT NULL, trusts_second_factor BOOLEAN NOT NULL, changed_at BIGINT NOT NULL,
  CONSTRAINT pk_oidc_providers PRIMARY KEY (tenant_id), CONSTRAINT fk_oidc_providers_tenant_id FOREIGN
  KEY(tenant_id) REFERENCES tenants (tenant_id)
);
CREATE TABLE oidc_group_roles (
  tenant_id UUID NOT NULL, group_name VARCHAR(200) NOT NULL, role VARCHAR(24) NOT NULL, CONSTRAINT
  pk_oidc_group_roles PRIMARY KEY (tenant_id, group_name, role), CONSTRAINT fk_oidc_group_roles_tenant_id FOREIGN
  KEY(tenant_id) REFERENCES tenants (tenant_id)
);
CREATE TABLE oidc_links (
  tenant_id UUID NOT NULL, issuer VARCHAR(300) NOT NULL, subject VARCHAR(255) NOT NULL, person_id UUID NOT NULL,
  linked_at BIGINT NOT NULL, CONSTRAINT pk_oidc_links PRIMARY KEY (tenant_id, issuer, subject), CONSTRAINT
  fk_oidc_links_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id), CONSTRAINT fk_oidc_links_person_id
  FOREIGN KEY(person_id) REFERENCES people (person_id) ON DELETE CASCADE
);
CREATE TABLE identity_tickets (
  digest BYTEA NOT NULL, tenant_id UUID NOT NULL, person_id UUID, purpose VARCHAR(24) NOT NULL, body JSONB NOT NULL,
  expires_at BIGINT NOT NULL, used_at BIGINT, CONSTRAINT pk_identity_tickets PRIMARY KEY (digest), CONSTRAINT
  fk_identity_tickets_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id)
);
CREATE INDEX ix_identity_tickets_expiry ON identity_tickets (tenant_id, expires_at);
CREATE TABLE sign_in_attempts (
  tenant_id UUID NOT NULL, bucket BYTEA NOT NULL, failures INTEGER NOT NULL, last_at BIGINT NOT NULL, succeeded_at
  BIGINT, CONSTRAINT pk_sign_in_attempts PRIMARY KEY (tenant_id, bucket), CONSTRAINT fk_sign_in_attempts_tenant_id
  FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id)
);
CREATE TABLE security_alerts (
  alert_id UUID NOT NULL, tenant_id UUID NOT NULL, person_id UUID, kind VARCHAR(40) NOT NULL, raised_at BIGINT NOT
  NULL, CONSTRAINT pk_security_alerts PRIMARY KEY (alert_id), CONSTRAINT fk_security_alerts_tenant_id FOREIGN
  KEY(tenant_id) REFERENCES tenants (tenant_id)
);
CREATE INDEX ix_security_alerts_time ON security_alerts (tenant_id, raised_at);
"""
_TABLES = (
    "tenants", "people", "grants", "passwords", "totp_apps", "recovery_codes", "passkeys", "sessions", "api_keys",
    "wallets", "oidc_providers", "oidc_group_roles", "oidc_links", "identity_tickets", "sign_in_attempts",
    "security_alerts",
)  # fmt: skip
_OVERSEERS = (Role.ADMINISTRATOR, Role.AUDITOR)


def upgrade() -> None:
    """Make the tables. What proves who somebody is, only that person and the backend's own work can read."""
    op.execute(_UP)
    op.execute(protect("tenants", shared=True, writable_by=(), privileges=("SELECT",)))
    op.execute(protect("people", owner_column="person_id", writable_by=(Role.ADMINISTRATOR,)))
    op.execute(protect("grants", owner_column="person_id", readable_by=_OVERSEERS, writable_by=(Role.ADMINISTRATOR,)))
    for table in ("passwords", "totp_apps", "recovery_codes", "passkeys", "sessions", "identity_tickets"):
        op.execute(protect(table, owner_column="person_id", readable_by=(), privileges=DELETABLE))
    op.execute(protect("wallets", owner_column="person_id", writable_by=(), privileges=DELETABLE))
    op.execute(protect("api_keys", readable_by=_OVERSEERS, writable_by=(Role.ADMINISTRATOR,)))
    for table in ("oidc_providers", "oidc_group_roles"):
        op.execute(protect(table, readable_by=_OVERSEERS, writable_by=(), privileges=DELETABLE))
    op.execute(protect("oidc_links", owner_column="person_id", readable_by=(), writable_by=()))
    op.execute(protect("sign_in_attempts", readable_by=()))
    op.execute(protect("security_alerts", readable_by=_OVERSEERS, writable_by=(), privileges=APPEND_ONLY))


def downgrade() -> None:
    """Remove them again."""
    op.execute(f"DROP TABLE {', '.join(reversed(_TABLES))}")
