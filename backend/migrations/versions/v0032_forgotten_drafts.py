"""Drafts of notices that never reached the chain go with an erased account, and so do notes on them."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_UP = """
GRANT DELETE ON cases, case_notes TO quittance_app;
CREATE POLICY cases_delete ON cases FOR DELETE TO quittance_app
  USING (quittance_may_see(tenant_id, person_id) AND quittance_has_role('worker'));
CREATE POLICY case_notes_delete ON case_notes FOR DELETE TO quittance_app
  USING (quittance_may_see(tenant_id, NULL) AND quittance_has_role('worker'));
"""

_DOWN = """
DROP POLICY case_notes_delete ON case_notes;
DROP POLICY cases_delete ON cases;
REVOKE DELETE ON cases, case_notes FROM quittance_app;
"""


def upgrade() -> None:
    """Let the backend, and no person, delete them."""
    op.execute(_UP)


def downgrade() -> None:
    """Undo it."""
    op.execute(_DOWN)
