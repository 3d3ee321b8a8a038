"""The one place that says what is allowed: Cedar policies, parsed once, deny by default.

Decisions are kept by what policies can tell apart, never by ids, so keeping them is safe: the same question has the
same answer for as long as the process lives, and the policies are read when it starts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cedarpy import AuthzResult, PolicySet, Schema, is_authorized, validate_policies

from backend.access.principal import Principal
from backend.access.roles import OWN_ONLY_ROLES

POLICIES = Path(__file__).parent / "policies"
STEP_UP_SECONDS = 300
MOST_STRONG_AGE_SECONDS = 3_601
"""Older second factors count as this old: what is told to the policies stays a small number of questions."""

_SOMEBODY_ELSE = UUID(int=0)
_KEPT_DECISIONS = 16_384
_ASKER, _ANOTHER, _HOME, _ELSEWHERE = "asker", "another", "home", "elsewhere"


class PoliciesInvalid(Exception):
    """The policies contradict their schema, or name an operation that is not declared. The text says where."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What an operation is done to. What is None is not known, or nobody's.

    Args:
        owner_id: The person it belongs to; None: the tenant's staff.
        prepared_by: Who made or proposed it, where somebody else has to sign it off.
        state: Where it stands, in the subject's own words.
    """

    tenant_id: UUID | None
    owner_id: UUID | None = None
    prepared_by: UUID | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer.

    Args:
        policies: Ids of the policies that decided, sorted; none when nothing permits it.
        step_up: Not allowed only because the second factor is missing or too old.
    """

    allowed: bool
    policies: tuple[str, ...]
    step_up: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    """All that policies can tell apart."""

    operation: str
    kind: str
    at_home: bool
    roles: tuple[str, ...]
    in_scope: bool
    strong_age_seconds: int | None
    tenant: str | None
    owner: str | None
    prepared_by: str | None
    state: str | None


class Authoriser:
    """Answers whether a principal may do an operation to a resource. Safe to share between threads.

    Raises:
        PoliciesInvalid: The policies do not fit the schema.
    """

    def __init__(self, policies: str, schema: str) -> None:
        try:
            found = validate_policies(policies, schema)
        except ValueError as error:
            raise PoliciesInvalid(f"The policies or their schema cannot be read: {error}") from error
        if not found.validation_passed:
            raise PoliciesInvalid("The policies do not fit their schema: " + "; ".join(map(str, found.errors)))
        self._policies = PolicySet.from_str(policies)
        self._schema = Schema.from_str(schema)
        self._answer = lru_cache(maxsize=_KEPT_DECISIONS)(self._ask)

    @staticmethod
    def load(folder: Path = POLICIES) -> Authoriser:
        """The policies of a folder: every *.cedar, and every *.cedarschema. The same policies are parsed once."""
        return _parsed(_joined(folder, "*.cedar"), _joined(folder, "*.cedarschema"))

    def decide(self, principal: Principal, operation: str, resource: Resource, *, now: int) -> Decision:
        """Whether `principal` may do `operation` to `resource`.

        Args:
            now: Unix seconds of the wall clock.
        Raises:
            PoliciesInvalid: The operation is not declared.
        """
        age = principal.strong_age_seconds(now)
        return self._answer(
            _Question(
                operation=operation, kind=principal.kind.value, at_home=principal.tenant_id is not None,
                roles=tuple(sorted(role.value for role in principal.roles)), in_scope=in_scope(principal, operation),
                strong_age_seconds=None if age is None else min(age, MOST_STRONG_AGE_SECONDS),
                tenant=_related(resource.tenant_id, principal.tenant_id, _HOME, _ELSEWHERE),
                owner=_related(resource.owner_id, principal.principal_id, _ASKER, _ANOTHER),
                prepared_by=_related(resource.prepared_by, principal.principal_id, _ASKER, _ANOTHER),
                state=resource.state,
            )
        )  # fmt: skip

    def at_the_door(self, principal: Principal, operation: str, *, now: int) -> Decision:
        """Whether there may be a row this principal may do it to: one of its own, or one of another of its tenant.

        Raises:
            PoliciesInvalid: The operation is not declared.
        """
        another = Resource(principal.tenant_id, _SOMEBODY_ELSE)
        found = self.decide(principal, operation, another, now=now)
        if found.allowed:
            return found
        own = self.decide(principal, operation, Resource(principal.tenant_id, principal.principal_id), now=now)
        return own if own.allowed or own.step_up or not found.step_up else found

    def as_owner(self, principal: Principal, operation: str, *, now: int) -> Principal:
        """Whoever may do an operation to rows of their own only, although they have a role among staff too.

        An employee who is insured here as well works on rows of others by the role that is permitted there, and on own
        rows as any customer. What only the customer's role permits is therefore asked without the others, so that
        neither row-level security nor a use case takes this person for staff.

        Raises:
            PoliciesInvalid: The operation is not declared.
        """
        staff = principal.roles - OWN_ONLY_ROLES
        if not staff or staff == principal.roles:
            return principal
        another, own = (
            Resource(principal.tenant_id, _SOMEBODY_ELSE),
            Resource(principal.tenant_id, principal.principal_id),
        )
        at_others = self.decide(principal, operation, another, now=now)
        by_office = self.decide(replace(principal, roles=staff), operation, own, now=now)
        if any(found.allowed or found.step_up for found in (at_others, by_office)):
            return principal
        at_own = self.decide(principal, operation, own, now=now)
        return replace(principal, roles=principal.roles & OWN_ONLY_ROLES) if at_own.allowed else principal

    def knows(self, operation: str) -> bool:
        """Whether the schema declares this operation."""
        try:
            self.decide(Principal.anonymous(), operation, Resource(None), now=0)
        except PoliciesInvalid:
            return False
        return True

    def _ask(self, question: _Question) -> Decision:
        found = self._evaluate(question, question.strong_age_seconds)
        if found.allowed:
            return Decision(True, _names(found))
        fresh = self._evaluate(question, 0)
        return Decision(False, _names(found), step_up=fresh.allowed)

    def _evaluate(self, question: _Question, strong_age_seconds: int | None) -> AuthzResult:
        context: dict[str, object] = {"in_scope": question.in_scope}
        if strong_age_seconds is not None:
            context["strong_age_seconds"] = strong_age_seconds
        request = {
            "principal": {"type": "Asker", "id": _ASKER},
            "action": {"type": "Action", "id": question.operation},
            "resource": {"type": "Resource", "id": "it"},
            "context": context,
        }
        found = is_authorized(request, self._policies, json.dumps(_entities(question)), self._schema)
        if found.diagnostics.errors:
            raise PoliciesInvalid(
                f"operation {question.operation!r} cannot be judged: {'; '.join(found.diagnostics.errors)}. Declare it "
                "in a .cedarschema of backend/access/policies."
            )
        return found


@lru_cache(maxsize=1)
def _parsed(policies: str, schema: str) -> Authoriser:
    return Authoriser(policies, schema)


def in_scope(principal: Principal, operation: str) -> bool:
    """Whether the principal's key names the operation, or all of its subject as `subject.*`; no scopes: no limit."""
    scopes = principal.scopes
    return scopes is None or operation in scopes or f"{operation.partition('.')[0]}.*" in scopes


def _related(theirs: UUID | None, own: UUID | None, same: str, other: str) -> str | None:
    if theirs is None:
        return None
    return same if theirs == own else other


def _entities(question: _Question) -> list[Mapping[str, object]]:
    asker: dict[str, object] = {"kind": question.kind}
    if question.at_home:
        asker["tenant"] = _entity("Tenant", _HOME)
    known = {
        "tenant": _entity("Tenant", question.tenant) if question.tenant else None,
        "owner": _entity("Asker", question.owner) if question.owner else None,
        "prepared_by": _entity("Asker", question.prepared_by) if question.prepared_by else None,
        "state": question.state,
    }
    resource = {name: value for name, value in known.items() if value is not None}
    parents = [{"type": "Role", "id": role} for role in question.roles]
    return [
        {"uid": {"type": "Asker", "id": _ASKER}, "attrs": asker, "parents": parents},
        {"uid": {"type": "Resource", "id": "it"}, "attrs": resource, "parents": []},
    ]


def _entity(kind: str, name: str) -> dict[str, object]:
    return {"__entity": {"type": kind, "id": name}}


def _names(found: AuthzResult) -> tuple[str, ...]:
    named: dict[str, str] = found.diagnostics.id_annotations_by_reason
    return tuple(sorted(named.values()))


def _joined(folder: Path, pattern: str) -> str:
    files: Iterable[Path] = sorted(folder.glob(pattern))
    return "\n".join(path.read_text("utf-8") for path in files)
