"""Who sees which rows: the role that serves requests, its settings, and the first tenant tables behind them."""

from alembic import op

from backend.access.row_security import APPEND_ONLY, open_to_readers, protect, unprotect

revision = "0003"
down_revision = "0006"
branch_labels = None
depends_on = None

# Roles belong to the server, not to the database: another database of it, or another replica, may be making the same
# one now. What it made first is as good, so long as it can do no more than ours.
_ROLE = """
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quittance_app') THEN
    BEGIN
      CREATE ROLE quittance_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  IF EXISTS (
    SELECT FROM pg_roles WHERE rolname = 'quittance_app' AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole)
  ) THEN
    RAISE EXCEPTION 'The role quittance_app may log in, make roles or pass row security by. Take that from it: '
      'ALTER ROLE quittance_app NOLOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS';
  END IF;
  IF NOT pg_has_role(current_user, 'quittance_app', 'SET') THEN
    BEGIN
      EXECUTE format('GRANT quittance_app TO %I WITH INHERIT FALSE, SET TRUE', current_user);
    EXCEPTION WHEN unique_violation OR internal_error THEN NULL;
    END;
    IF NOT pg_has_role(current_user, 'quittance_app', 'SET') THEN
      RAISE EXCEPTION 'The user % may not take on the role quittance_app. Let an administrator of the server run: '
        'GRANT quittance_app TO % WITH INHERIT FALSE, SET TRUE', current_user, current_user;
    END IF;
  END IF;
END
$$;
"""

_FUNCTIONS = """
CREATE FUNCTION quittance_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('quittance.tenant', true), '')::uuid;
CREATE FUNCTION quittance_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('quittance.person', true), '')::uuid;
CREATE FUNCTION quittance_own_only() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(current_setting('quittance.own_only', true), '') <> 'off';
CREATE FUNCTION quittance_owner() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN quittance_own_only() THEN quittance_person() END;
CREATE FUNCTION quittance_has_role(VARIADIC roles text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN string_to_array(coalesce(current_setting('quittance.roles', true), ''), ',') && roles;
CREATE FUNCTION quittance_every_tenant() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(current_setting('quittance.every_tenant', true), '') = 'on';
CREATE FUNCTION quittance_may_see(tenant_id uuid, person_id uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN tenant_id = quittance_tenant() AND (NOT quittance_own_only() OR person_id = quittance_person());
COMMENT ON FUNCTION quittance_owner() IS
  'Whom a row belongs to that is written now: the person itself where it sees only its own, nobody where staff writes';
COMMENT ON FUNCTION quittance_may_see(uuid, uuid) IS
  'Whether this transaction may see a row of that tenant and that person (NULL: the staff''s). Unset denies';
"""
_FUNCTION_NAMES = (
    "quittance_may_see(uuid, uuid)", "quittance_every_tenant()", "quittance_has_role(text[])", "quittance_owner()",
    "quittance_own_only()", "quittance_person()", "quittance_tenant()",
)  # fmt: skip

# Functions that later migrations make are nobody's to call until they are granted: one of them may run as its owner.
_PRIVILEGES = """
GRANT USAGE ON SCHEMA public TO quittance_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
"""

# Written before there were tenants: nobody's but the operator's, who may give them to the tenant they are of.
_NOBODY = "00000000-0000-0000-0000-000000000000"
_OWNED = {"quotes": APPEND_ONLY, "quote_batches": APPEND_ONLY, "bind_intents": APPEND_ONLY}
_ON_CHAIN = (
    "blocks", "chain_events", "rollbacks", "signer_sets", "products", "sales_suspensions", "policies", "insured_events",
    "event_closures", "payments", "held_payouts", "reports", "settlement_steps", "premiums", "earned_premiums",
    "capital_moves", "exposure_changes", "held_payments", "required_ratios",
)  # fmt: skip

# Asked for in a request's transaction, read by workers only: its number and id come back, what it carries does not.
_REQUESTED = "GRANT INSERT, SELECT (number, workflow_id) ON workflow_requests TO quittance_app"

# Nothing in it outlives minutes, so it need not survive a crash of the server either.
_BUCKETS = """
CREATE UNLOGGED TABLE rate_buckets (
  bucket BYTEA NOT NULL, full_at DOUBLE PRECISION NOT NULL, CONSTRAINT pk_rate_buckets PRIMARY KEY (bucket)
);
"""


def _own(table: str) -> str:
    return (
        f"ALTER TABLE {table} ADD COLUMN tenant_id UUID NOT NULL DEFAULT '{_NOBODY}', ADD COLUMN person_id UUID;\n"
        f"ALTER TABLE {table} ALTER COLUMN tenant_id SET DEFAULT quittance_tenant(),"
        f" ALTER COLUMN person_id SET DEFAULT quittance_owner();\n"
        f"CREATE INDEX ix_{table}_tenant_id_person_id ON {table} (tenant_id, person_id);\n"
    )


def upgrade() -> None:
    """Make role, functions and policies."""
    op.execute(_ROLE)
    op.execute(_FUNCTIONS)
    op.execute(_PRIVILEGES)
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(_FUNCTION_NAMES)} TO PUBLIC")
    for table, privileges in _OWNED.items():
        op.execute(_own(table))
        op.execute(protect(table, owner_column="person_id", privileges=privileges))
    op.execute(open_to_readers(*_ON_CHAIN))
    op.execute(_REQUESTED)
    op.execute(_BUCKETS)


def downgrade() -> None:
    """Take it all back but the role, which other databases of the server may use."""
    op.execute("DROP TABLE rate_buckets")
    op.execute(f"REVOKE ALL ON workflow_requests, {', '.join(_ON_CHAIN)} FROM quittance_app")
    for table, privileges in _OWNED.items():
        op.execute(unprotect(table, privileges))
        op.execute(f"ALTER TABLE {table} DROP COLUMN tenant_id, DROP COLUMN person_id")
    op.execute("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC")
    op.execute("REVOKE USAGE ON SCHEMA public FROM quittance_app")
    op.execute(f"DROP FUNCTION {', '.join(_FUNCTION_NAMES)}")
