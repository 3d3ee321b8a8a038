"""Who asks."""

from uuid import UUID

import pytest

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role

TENANT = UUID(int=1)
PERSON = UUID(int=2)


def person(*roles: Role, strong_at: int | None = None) -> Principal:
    return Principal(PrincipalKind.PERSON, PERSON, TENANT, frozenset(roles), strong_at=strong_at)


@pytest.mark.parametrize(
    ("roles", "own_only"),
    [
        ((), True),
        ((Role.POLICYHOLDER,), True),
        ((Role.POLICYHOLDER, Role.ADJUSTER), False),
        ((Role.AUDITOR,), False),
        ((Role.MAINTENANCE_ENGINEER,), True),
        ((Role.ORACLE_NODE, Role.INSTITUTION), True),
        ((Role.MAINTENANCE_ENGINEER, Role.ADMINISTRATOR), False),
    ],
)
def test_own_only__roles__only_staff_sees_rows_of_others(roles: tuple[Role, ...], own_only: bool) -> None:
    assert person(*roles).own_only is own_only


def test_anonymous__made__has_nothing_and_sees_nothing_of_others() -> None:
    visitor = Principal.anonymous()

    assert (visitor.principal_id, visitor.tenant_id, visitor.roles) == (None, None, frozenset())
    assert visitor.own_only


def test_worker__made__serves_one_tenant_and_sees_all_of_it() -> None:
    worker = Principal.worker(TENANT)

    assert (worker.kind, worker.tenant_id, worker.own_only) == (PrincipalKind.WORKER, TENANT, False)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (PrincipalKind.PERSON, {"principal_id": PERSON}, "needs principal_id and tenant_id"),
        (PrincipalKind.PERSON, {"tenant_id": TENANT}, "needs principal_id and tenant_id"),
        (PrincipalKind.MACHINE, {"principal_id": PERSON, "tenant_id": TENANT}, "needs scopes"),
        (PrincipalKind.WORKER, {}, "a worker needs tenant_id"),
        (PrincipalKind.ANONYMOUS, {"tenant_id": TENANT}, "neither id nor tenant nor roles"),
        (PrincipalKind.ANONYMOUS, {"roles": frozenset({Role.AUDITOR})}, "neither id nor tenant nor roles"),
    ],
)
def test_principal__parts_contradict__refused(kind: PrincipalKind, fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Principal(kind, **fields)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(("strong_at", "age"), [(None, None), (100, 200), (300, 0), (301, 0)])
def test_strong_age_seconds__second_factor__its_age(strong_at: int | None, age: int | None) -> None:
    assert person(strong_at=strong_at).strong_age_seconds(300) == age
