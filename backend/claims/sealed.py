"""By what right somebody opens the words of a case."""

from __future__ import annotations

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.vault.retention import Purpose


def purpose_of(principal: Principal) -> Purpose:
    """Its own data, an audit, or the handling of claims."""
    if principal.own_only:
        return Purpose.SUBJECT_ACCESS
    audits = Role.AUDITOR in principal.roles and Role.ADJUSTER not in principal.roles
    return Purpose.AUDIT if audits else Purpose.CLAIMS
