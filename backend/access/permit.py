"""The door of every route: what operation it is, who asks, and whether that is allowed.

Each route has exactly one of `Permit("subject.verb")` and `Public("subject.verb")`, as a dependency of its own or as
the parameter that receives the principal. `require_doors` refuses an application in which one has neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from backend.access.authoriser import Authoriser, Decision, Resource
from backend.access.principal import Principal, PrincipalKind
from backend.dependencies import Asker, Services
from backend.problems import Problem

_SOMEBODY_ELSE = UUID(int=0)
_UNGUARDED = frozenset({"/openapi.json"})
"""Routes the framework makes: descriptions of what everybody may read."""


class DoorMissing(Exception):
    """A route cannot be served as it is declared. The text says which and why."""


@dataclass(frozen=True, slots=True)
class Door:
    """A dependency that lets in whoever may do the operation to some row, and gives the principal."""

    operation: str
    public = False

    def __call__(self, request: Request, services: Services, principal: Asker) -> Principal:
        """Raises: Problem: `unauthenticated`, `step_up_required`, `forbidden`."""
        now = services.clock()
        request.state.operation = self.operation
        found = services.authoriser.at_the_door(principal, self.operation, now=now)
        if not found.allowed:
            raise refusal(principal, self.operation, found)
        return principal


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """A dependency that lets everybody in. Who shows something is still known by it, and counted."""

    operation: str
    public = True

    def __call__(self, request: Request, principal: Asker) -> Principal:
        """The principal."""
        request.state.operation = self.operation
        return principal


@dataclass(frozen=True, slots=True)
class ProbeDoor:
    """A dependency that asks for nothing and counts nothing: health has to be told when all else fails.

    Args:
        told: Whether the audit log is told of it.
    """

    operation: str
    told: bool = True
    public = True

    def __call__(self, request: Request) -> Principal:
        """A visitor, whoever asks."""
        request.state.operation = self.operation
        request.state.untold = not self.told
        return Principal.anonymous()


AnyDoor = Door | OpenDoor | ProbeDoor


def Permit(operation: str) -> Any:  # noqa: N802  # stands where FastAPI's Depends stands
    """Door of an operation that policies permit to some."""
    return Depends(Door(operation))


def Public(operation: str, *, counted: bool = True, told: bool = True) -> Any:  # noqa: N802  # as Permit
    """Door of an operation that everybody may do.

    Args:
        counted: False: without rate limit, and without asking who it is.
        told: False, for what is not counted: the audit log does not hear of it. For probes and files of the page.
    """
    return Depends(OpenDoor(operation) if counted else ProbeDoor(operation, told))


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks once it knows the row: the same operation, now to that very resource."""

    principal: Principal
    operation: str
    authoriser: Authoriser
    now: int

    def allows(self, resource: Resource) -> bool:
        """Whether it may be done to this resource."""
        return self.authoriser.decide(self.principal, self.operation, resource, now=self.now).allowed

    @property
    def only_of(self) -> UUID | None:
        """For lists: whose rows alone may be shown, where the policies allow nobody else's; None: everybody's.

        Staff sees others' rows in the database, whether or not this operation is theirs to do to them.
        """
        somebody_else = Resource(self.principal.tenant_id, _SOMEBODY_ELSE)
        return None if self.allows(somebody_else) else self.principal.principal_id

    def require(self, resource: Resource, unknown: Problem) -> None:
        """Refuse unless it may be done to this resource.

        Args:
            unknown: The problem of a row that does not exist, raised for a row of another tenant as well.
        Raises:
            Problem: `unknown`, `unauthenticated`, `step_up_required`, `forbidden`.
        """
        if resource.tenant_id != self.principal.tenant_id:
            raise unknown
        found = self.authoriser.decide(self.principal, self.operation, resource, now=self.now)
        if not found.allowed:
            raise refusal(self.principal, self.operation, found)


async def _access(request: Request, services: Services, principal: Asker) -> Access:  # async: no thread for it
    return Access(principal, request.state.operation, services.authoriser, services.clock())


Allowed = Annotated[Access, Depends(_access)]


def refusal(principal: Principal, operation: str, decision: Decision) -> Problem:
    """Why somebody may not: 401 while something can still be shown, else 403."""
    if principal.kind is PrincipalKind.ANONYMOUS:
        return Problem("unauthenticated", f"{operation} needs to know who asks. Sign in, or send Authorization.")
    if decision.step_up:
        return Problem(
            "step_up_required",
            f"{operation} needs a second factor shown within 5 minutes. Show it again and repeat the request.",
        )
    return Problem("forbidden", f"{operation} is not allowed to you. Ask your administrator for a role that is.")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as it is served."""

    name: str
    method: str
    path: str
    door: AnyDoor


def operations(app: FastAPI) -> list[Operation]:
    """Every route of the application, once for each method.

    Raises:
        DoorMissing: A route has no door, or several, or is not called as its operation.
    """
    found: list[Operation] = []
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            if route.path not in _UNGUARDED:
                raise DoorMissing(f"{route.path} is no API route, so nothing guards it. Serve it by one with a door.")
            continue
        door = _door_of(route)
        found += [Operation(door.operation, method, str(route.path), door) for method in sorted(route.methods or ())]
    return found


def require_doors(app: FastAPI, authoriser: Authoriser) -> None:
    """Refuse an application in which a route is unguarded, or guarded otherwise than the policies say.

    Raises:
        DoorMissing, PoliciesInvalid
    """
    visitor = Principal.anonymous()
    for operation in operations(app):
        everybody = authoriser.decide(visitor, operation.name, Resource(None), now=0).allowed
        if everybody and not operation.door.public:
            raise DoorMissing(f"{operation.path}: policies let everybody do {operation.name}; declare it Public.")
        if operation.door.public and not everybody:
            raise DoorMissing(f"{operation.path}: {operation.name} is declared Public, but policies do not say so.")


def _door_of(route: RouteContext) -> AnyDoor:
    doors = {call for call in _calls(route.dependant) if isinstance(call, Door | OpenDoor | ProbeDoor)}
    if len(doors) != 1:
        raise DoorMissing(f"{route.path} has {len(doors)} doors. Give it one Permit(…) or one Public(…).")
    (door,) = doors
    if route.operation_id != door.operation:
        raise DoorMissing(
            f"{route.path} is called {route.operation_id!r} and its door {door.operation!r}. Set operation_id to it."
        )
    return door


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
