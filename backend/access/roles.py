"""What a person or a machine can be at an insurer."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Every role there is. What each may do is in `policies.cedar` and nowhere else."""

    ADMINISTRATOR = "administrator"
    PRODUCT_MANAGER = "product_manager"
    JUNIOR_UNDERWRITER = "junior_underwriter"
    SENIOR_UNDERWRITER = "senior_underwriter"
    COMMITTEE_MEMBER = "committee_member"
    ADJUSTER = "adjuster"
    TREASURER = "treasurer"
    PAYMENT_CLERK = "payment_clerk"
    CUSTOMER_SERVICE = "customer_service"
    AUDITOR = "auditor"
    POLICYHOLDER = "policyholder"
    MAINTENANCE_ENGINEER = "maintenance_engineer"
    ORACLE_NODE = "oracle_node"
    INSTITUTION = "institution"


OWN_ONLY_ROLES = frozenset({Role.POLICYHOLDER, Role.MAINTENANCE_ENGINEER, Role.ORACLE_NODE, Role.INSTITUTION})
"""Whoever has none but these sees only rows of their own: of personal rows a maintenance engineer has none."""
