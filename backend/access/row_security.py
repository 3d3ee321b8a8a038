"""Row-level security, the second wall: who sees which rows of a tenant's table, in SQL that migrations run.

The settings a transaction carries are compared with each row by the functions of migration 0003. What is not set
denies. A table without `tenant_id` is either public, because it repeats what stands on the chain, or not granted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role

APP_ROLE = "quittance_app"
"""The database role that serves requests: it owns nothing, logs in nowhere and never passes a policy by."""

EVERY_TENANT = "quittance.every_tenant"
"""Setting under which the tables' owner, and nobody else, works on the rows of all tenants."""

APPEND_ONLY = ("SELECT", "INSERT")
CHANGEABLE = ("SELECT", "INSERT", "UPDATE")
DELETABLE = ("SELECT", "INSERT", "UPDATE", "DELETE")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")


def scope_settings(principal: Principal) -> dict[str, str]:
    """What a transaction of this principal sets, by name. Empty text stands for what it has not."""
    roles = [PrincipalKind.WORKER] if principal.kind is PrincipalKind.WORKER else sorted(principal.roles)
    return {
        "role": APP_ROLE,
        "quittance.tenant": str(principal.tenant_id or ""),
        "quittance.person": str(principal.principal_id or ""),
        "quittance.own_only": "on" if principal.own_only else "off",
        "quittance.roles": ",".join(roles),
        EVERY_TENANT: "off",
    }


def protect(
    table: str, *, owner_column: str | None = None, shared: bool = False, readable_by: Iterable[Role] | None = None,
    writable_by: Iterable[Role] | None = None, privileges: Iterable[str] = CHANGEABLE,
) -> str:  # fmt: skip
    """SQL that puts a table with `tenant_id` behind row-level security and grants requests what they need.

    Args:
        table: Its name, in the schema `public`.
        owner_column: Column with the person a row belongs to; who sees only own rows sees a row by it. NULL in it:
            the row is the staff's.
        shared: Everybody of the tenant reads every row, whoever it belongs to: calendars, wordings, texts.
        readable_by: Roles that see rows of others; None: all that are not limited to their own. Owners always see
            theirs; where there are no owners, whoever is named sees all of the tenant's.
        writable_by: Roles that write; None: whoever may see the row. Workers always may.
        privileges: What requests may do at all, among SELECT, INSERT, UPDATE and DELETE.
    Raises:
        ValueError: A name or a privilege that cannot be.
    """
    for name in (table, owner_column or table):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a plain SQL name; use lower-case letters, digits and _.")
    granted = tuple(privileges)
    if not set(granted) <= set(DELETABLE) or "SELECT" not in granted:
        raise ValueError(f"privileges {granted} must hold SELECT and otherwise be among {', '.join(DELETABLE)}.")
    owner = f"{table}.{owner_column}" if owner_column else "NULL"
    seen = f"quittance_may_see({table}.tenant_id, {owner})"
    if readable_by is not None:
        named = _has_role(readable_by)
        # A table of no persons, such as the house's web hooks: who is named sees it, also who sees no person's rows.
        theirs = f"{table}.tenant_id = quittance_tenant() AND {named}"
        seen = f"{seen} AND ({named} OR {owner} = quittance_person())" if owner_column else theirs
    read = f"{table}.tenant_id = quittance_tenant()" if shared else seen
    write = seen if writable_by is None else f"{seen} AND {_has_role(writable_by)}"
    if shared and writable_by is not None:
        write = f"{read} AND {_has_role(writable_by)}"
    lines = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_every_tenant ON {table} TO CURRENT_USER USING (quittance_every_tenant())",
        f"GRANT {', '.join(granted)} ON {table} TO {APP_ROLE}",
        *(_policy(table, privilege, read, write) for privilege in granted),
    ]
    return ";\n".join(lines) + ";\n"


def unprotect(table: str, privileges: Iterable[str] = CHANGEABLE) -> str:
    """SQL that undoes `protect` where the table stays."""
    if not _NAME.fullmatch(table):
        raise ValueError(f"{table!r} is not a plain SQL name; use lower-case letters, digits and _.")
    policies = [f"{table}_every_tenant", *(f"{table}_{privilege.lower()}" for privilege in privileges)]
    lines = [
        *(f"DROP POLICY {policy} ON {table}" for policy in policies),
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        f"REVOKE ALL ON {table} FROM {APP_ROLE}",
    ]
    return ";\n".join(lines) + ";\n"


def open_to_readers(*tables: str) -> str:
    """SQL that lets every request read tables that repeat the chain: public, and no tenant's."""
    for name in tables:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a plain SQL name; use lower-case letters, digits and _.")
    return f"GRANT SELECT ON {', '.join(tables)} TO {APP_ROLE};\n"


def _policy(table: str, privilege: str, read: str, write: str) -> str:
    condition = {
        "SELECT": f"USING ({read})",
        "INSERT": f"WITH CHECK ({write})",
        "UPDATE": f"USING ({write}) WITH CHECK ({write})",
        "DELETE": f"USING ({write})",
    }[privilege]
    return f"CREATE POLICY {table}_{privilege.lower()} ON {table} FOR {privilege} TO {APP_ROLE} {condition}"


def _has_role(roles: Iterable[Role]) -> str:
    names = ", ".join(f"'{role}'" for role in sorted({*(r.value for r in roles), PrincipalKind.WORKER.value}))
    return f"quittance_has_role({names})"
