"""Approvals are asked for before another person gives them; links to a provider go with an erased account."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_UP = """
ALTER TABLE file_approvals ADD COLUMN asked_at BIGINT, ADD COLUMN refused_by UUID, ADD COLUMN refused_at BIGINT,
  ALTER COLUMN approved_by DROP NOT NULL, ALTER COLUMN approved_at DROP NOT NULL, ALTER COLUMN expires_at DROP NOT NULL;
UPDATE file_approvals SET asked_at = approved_at;
ALTER TABLE file_approvals ALTER COLUMN asked_at SET NOT NULL,
  ADD CONSTRAINT ck_file_approvals_decided CHECK (
    (approved_at IS NULL) = (approved_by IS NULL) AND (approved_at IS NULL) = (expires_at IS NULL)
    AND (refused_at IS NULL) = (refused_by IS NULL) AND (approved_at IS NULL OR refused_at IS NULL)
  );
GRANT DELETE ON oidc_links TO quittance_app;
CREATE POLICY oidc_links_delete ON oidc_links FOR DELETE TO quittance_app
  USING (quittance_may_see(tenant_id, person_id) AND quittance_has_role('worker'));
"""

_DOWN = """
DROP POLICY oidc_links_delete ON oidc_links;
REVOKE DELETE ON oidc_links FROM quittance_app;
DELETE FROM file_approvals WHERE approved_at IS NULL;
ALTER TABLE file_approvals DROP CONSTRAINT ck_file_approvals_decided, DROP COLUMN asked_at, DROP COLUMN refused_by,
  DROP COLUMN refused_at, ALTER COLUMN approved_by SET NOT NULL, ALTER COLUMN approved_at SET NOT NULL,
  ALTER COLUMN expires_at SET NOT NULL;
"""


def upgrade() -> None:
    """Change the table, and let the backend forget links."""
    op.execute(_UP)


def downgrade() -> None:
    """Undo it; what was only asked for is gone."""
    op.execute(_DOWN)
