"""Outgoing webhooks: endpoints, secrets, messages, deliveries and their log."""

from alembic import op

from backend.access.roles import Role
from backend.access.row_security import APPEND_ONLY, CHANGEABLE, DELETABLE, protect

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE webhook_endpoints (
  endpoint_id UUID NOT NULL, tenant_id UUID NOT NULL, url TEXT NOT NULL, description VARCHAR(200) NOT NULL,
  event_types VARCHAR(80)[] NOT NULL, enabled BOOLEAN NOT NULL, version INTEGER NOT NULL, failing_since BIGINT,
  disabled_reason VARCHAR(200), created_at BIGINT NOT NULL, CONSTRAINT pk_webhook_endpoints PRIMARY KEY (endpoint_id)
);
CREATE INDEX ix_webhook_endpoints_tenant_id ON webhook_endpoints (tenant_id, endpoint_id);
CREATE TABLE webhook_secrets (
  secret_id UUID NOT NULL, tenant_id UUID NOT NULL, endpoint_id UUID NOT NULL, sealed BYTEA NOT NULL, created_at BIGINT
  NOT NULL, good_until BIGINT, CONSTRAINT pk_webhook_secrets PRIMARY KEY (secret_id), CONSTRAINT
  fk_webhook_secrets_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES webhook_endpoints (endpoint_id) ON DELETE CASCADE
);
CREATE INDEX ix_webhook_secrets_endpoint_id ON webhook_secrets (endpoint_id);
CREATE TABLE webhook_messages (
  message_id UUID NOT NULL, tenant_id UUID NOT NULL, event_type VARCHAR(80) NOT NULL, body TEXT NOT NULL, only_endpoint
  UUID, created_at BIGINT NOT NULL, spread_at BIGINT, CONSTRAINT pk_webhook_messages PRIMARY KEY (message_id)
);
CREATE INDEX ix_webhook_messages_unspread ON webhook_messages (created_at) WHERE spread_at IS NULL;
CREATE TABLE webhook_deliveries (
  delivery_id UUID NOT NULL, tenant_id UUID NOT NULL, message_id UUID NOT NULL, endpoint_id UUID NOT NULL, state
  VARCHAR(16) NOT NULL, attempts SMALLINT NOT NULL, next_attempt_at BIGINT NOT NULL, created_at BIGINT NOT NULL,
  CONSTRAINT pk_webhook_deliveries PRIMARY KEY (delivery_id), CONSTRAINT fk_webhook_deliveries_message_id FOREIGN
  KEY(message_id) REFERENCES webhook_messages (message_id) ON DELETE CASCADE, CONSTRAINT
  fk_webhook_deliveries_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES webhook_endpoints (endpoint_id) ON DELETE
  CASCADE
);
CREATE UNIQUE INDEX uq_webhook_deliveries_message ON webhook_deliveries (message_id, endpoint_id);
CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX ix_webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, created_at, delivery_id);
CREATE TABLE webhook_attempts (
  attempt_id UUID NOT NULL, tenant_id UUID NOT NULL, delivery_id UUID NOT NULL, attempted_at BIGINT NOT NULL,
  milliseconds INTEGER NOT NULL, status SMALLINT, failure VARCHAR(200), CONSTRAINT pk_webhook_attempts PRIMARY KEY
  (attempt_id), CONSTRAINT fk_webhook_attempts_delivery_id FOREIGN KEY(delivery_id) REFERENCES webhook_deliveries
  (delivery_id) ON DELETE CASCADE
);
CREATE INDEX ix_webhook_attempts_delivery_id ON webhook_attempts (delivery_id, attempted_at);
"""
_KEEPERS = (Role.ADMINISTRATOR, Role.MAINTENANCE_ENGINEER)
_READERS = (*_KEEPERS, Role.AUDITOR)
# Whatever anybody does may be worth telling: every request of a tenant writes messages, its keepers read them.
_MESSAGES = f"""
ALTER TABLE webhook_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_messages FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_messages_every_tenant ON webhook_messages TO CURRENT_USER USING (quittance_every_tenant());
GRANT SELECT, INSERT ON webhook_messages TO quittance_app;
CREATE POLICY webhook_messages_insert ON webhook_messages FOR INSERT TO quittance_app
  WITH CHECK (tenant_id = quittance_tenant());
CREATE POLICY webhook_messages_select ON webhook_messages FOR SELECT TO quittance_app
  USING (quittance_may_see(tenant_id, NULL)
         AND quittance_has_role({", ".join(f"'{role.value}'" for role in _READERS)}, 'worker'));
"""


def upgrade() -> None:
    """Make the tables, each behind its wall."""
    op.execute(_UP)
    op.execute(_MESSAGES)
    for table in ("webhook_endpoints", "webhook_secrets", "webhook_deliveries"):
        privileges = CHANGEABLE if table == "webhook_deliveries" else DELETABLE
        op.execute(protect(table, readable_by=_READERS, writable_by=_KEEPERS, privileges=privileges))
    op.execute(protect("webhook_attempts", readable_by=_READERS, writable_by=(), privileges=APPEND_ONLY))


def downgrade() -> None:
    """Drop them; endpoints would have to be registered anew."""
    op.execute(
        "DROP TABLE webhook_attempts, webhook_deliveries, webhook_messages, webhook_secrets, webhook_endpoints"
    )  # fmt: skip
