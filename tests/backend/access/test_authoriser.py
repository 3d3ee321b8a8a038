"""What the policies allow. Operations made up here, one or two for each group, stand for all that are in it."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest

from backend.access.authoriser import POLICIES, Authoriser, Decision, PoliciesInvalid, Resource
from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from tests.backend.access.principals import ACME, ADA, BEN, NOW, OTHER, machine, person

_OPERATION = re.compile(r'"([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)"')

_APPLIES = "appliesTo { principal: [Asker], resource: [Resource], context: Asking };\n"
_PROBES = {
    "probe.read": ["reads", "personal"],
    "probe.view": ["reads", "personal", "customer_view"],
    "probe.pay": ["writes", "strong"],
    "probe.sign_off": ["writes", "second_person"],
    "probe.deny": ["writes", "by_person"],
    "probe.sign_out": ["self"],
    "probe.states": ["reads", "workings"],
    "probe.file": ["writes", "personal"],
    "probe.close": ["writes"],
}
_PERMITS = """
permit (principal in Role::"adjuster", action in [Action::"probe.read", Action::"probe.sign_off", Action::"probe.deny",
  Action::"probe.close"], resource);
permit (principal in Role::"treasurer", action == Action::"probe.pay", resource);
permit (principal in Role::"auditor", action == Action::"probe.close", resource);
permit (principal in Role::"maintenance_engineer", action == Action::"probe.file", resource);
permit (principal in Role::"oracle_node", action == Action::"probe.file", resource);
permit (principal in Role::"policyholder", action == Action::"probe.file", resource)
  when { resource has owner && resource.owner == principal };
forbid (principal, action == Action::"probe.close", resource) when { resource has state && resource.state != "open" };
"""
ADAS = Resource(ACME, ADA)
BENS = Resource(ACME, BEN)


def texts(pattern: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(POLICIES.glob(pattern)))


@pytest.fixture(scope="module")
def authoriser() -> Authoriser:
    actions = "".join(f'action "{name}" in {groups} {_APPLIES}'.replace("'", '"') for name, groups in _PROBES.items())
    return Authoriser(texts("*.cedar") + _PERMITS, texts("*.cedarschema") + actions)


def decide(authoriser: Authoriser, principal: Principal, operation: str, resource: Resource) -> Decision:
    return authoriser.decide(principal, operation, resource, now=NOW)


def test_load__our_policies__fit_their_schema() -> None:
    assert Authoriser.load().knows("quotes.make")


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ('permit (principal, action == Action::"quotes.forge", resource);', "do not fit"),
        ("permit (principal, action, resource) when { resource.colour == 1 };", "do not fit"),
        ("permit (principal, action, resource", "cannot be read|do not fit"),
    ],
)
def test_authoriser__policies_beside_the_schema__refused(policy: str, words: str) -> None:
    with pytest.raises(PoliciesInvalid, match=words):
        Authoriser(texts("*.cedar") + policy, texts("*.cedarschema"))


def test_decide__operation_not_declared__not_judged(authoriser: Authoriser) -> None:
    with pytest.raises(PoliciesInvalid, match=r"quotes\.forge"):
        decide(authoriser, person(Role.ADMINISTRATOR), "quotes.forge", ADAS)


def test_decide__no_policy_permits__denied(authoriser: Authoriser) -> None:
    assert decide(authoriser, person(Role.ADMINISTRATOR), "probe.read", ADAS) == Decision(False, ())


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("operation", sorted(_PROBES))
def test_decide__another_tenants_row__nobody_may_do_anything(
    authoriser: Authoriser, role: Role, operation: str
) -> None:
    for resource in (Resource(OTHER, ADA), Resource(OTHER), Resource(None, ADA)):
        found = decide(authoriser, person(role), operation, resource)
        assert not found.allowed
        assert "own_tenant" in found.policies


@pytest.mark.parametrize("operation", [*sorted(_PROBES), "house.never"])
def test_decide__visitor__nothing_but_what_is_public(authoriser: Authoriser, operation: str) -> None:
    visitor = Principal.anonymous()

    assert not decide(authoriser, visitor, operation, Resource(None)).allowed
    assert decide(authoriser, visitor, "policies.read", Resource(None)).allowed


@pytest.mark.parametrize(("scopes", "allowed"), [({"probe.read"}, True), ({"probe.*"}, True), ({"probe"}, False)])
def test_decide__machine__keeps_to_its_scopes(authoriser: Authoriser, scopes: set[str], allowed: bool) -> None:
    key = machine(Role.ADJUSTER, scopes=frozenset(scopes))

    assert decide(authoriser, key, "probe.read", ADAS).allowed is allowed
    assert decide(authoriser, key, "policies.read", Resource(None)).allowed


@pytest.mark.parametrize(
    ("strong_at", "expected"), [(None, (False, True)), (NOW - 301, (False, True)), (NOW - 300, (True, False))]
)
def test_decide__strong_operation__second_factor_of_the_last_five_minutes(
    authoriser: Authoriser, strong_at: int | None, expected: tuple[bool, bool]
) -> None:
    found = decide(authoriser, person(Role.TREASURER, strong_at=strong_at), "probe.pay", ADAS)

    assert (found.allowed, found.step_up) == expected


def test_at_the_door__machine_of_any_role__nothing_but_public_without_a_scope_for_it() -> None:
    doors = Authoriser.load()
    declared = {name for file in POLICIES.glob("*.cedarschema") for name in _OPERATION.findall(file.read_text("utf-8"))}

    def let_in(asker: Principal, operation: str) -> bool:
        return doors.at_the_door(asker, operation, now=NOW).allowed

    named, unnamed = set(), set()
    for operation in declared:
        subject = operation.partition(".")[0]
        others = frozenset({f"{subject}.nothing", f"{subject}s.*", f"{subject[:-1]}.*", f"{operation}s", "*", "*.*"})
        for scopes, found in ((frozenset({operation}), named), (others, unnamed)):
            if any(let_in(machine(role, scopes=scopes), operation) for role in Role):
                found.add(operation)

    assert unnamed == {name for name in declared if let_in(Principal.anonymous(), name)}
    assert {"quotes.make", "claims.draft", "evidence.fetch_file"} <= named - unnamed
    assert len(declared) > 150


MONEY_AND_ROLES = (
    "claims.decide", "claims.countersign", "claims.send_decision", "policy_orders.offer", "product_files.deploy",
    "underwriting.sign", "underwriting.vote", "underwriting.set_office", "underwriting.set_licence", "custody.export",
    "grants.make", "grants.approve", "grants.revoke", "api_keys.make", "api_keys.rotate", "api_keys.revoke",
    "people.invite", "people.disable", "people.enable", "people.recover", "totp.remove", "totp.renew_codes",
    "passkeys.remove", "webhooks.register", "webhooks.change", "webhooks.rotate",
)  # fmt: skip


@pytest.mark.parametrize("operation", MONEY_AND_ROLES)
def test_at_the_door__money_and_roles__nobody_without_a_second_factor_of_the_last_five_minutes(operation: str) -> None:
    doors = Authoriser.load()

    def let_in(strong_at: int | None) -> set[Role]:
        asked = ((role, person(role, strong_at=strong_at)) for role in Role)
        return {role for role, asker in asked if doors.at_the_door(asker, operation, now=NOW).allowed}

    assert let_in(NOW - 300)
    assert let_in(NOW - 301) == let_in(None) == set()
    every = frozenset(Role)
    assert not doors.at_the_door(machine(*every, scopes=frozenset({operation})), operation, now=NOW).allowed


def test_decide__strong_operation_of_others__a_second_factor_would_not_help(authoriser: Authoriser) -> None:
    assert not decide(authoriser, person(Role.ADJUSTER, strong_at=None), "probe.pay", ADAS).step_up


def test_decide__policyholder__its_own_and_nobody_elses(authoriser: Authoriser) -> None:
    holder = person(Role.POLICYHOLDER)

    assert decide(authoriser, holder, "probe.file", ADAS).allowed
    assert decide(authoriser, holder, "probe.file", BENS).policies == ("own_rows_only",)
    assert not decide(authoriser, holder, "probe.file", Resource(ACME)).allowed


def test_decide__auditor__reads_everything_and_writes_nothing_whatever_else_it_is(authoriser: Authoriser) -> None:
    auditor = person(Role.AUDITOR, Role.ADJUSTER)

    assert decide(authoriser, auditor, "probe.read", BENS).allowed
    for operation in ("probe.close", "probe.deny", "probe.file"):
        assert "auditor_writes_nothing" in decide(authoriser, auditor, operation, BENS).policies


@pytest.mark.parametrize("role", [Role.MAINTENANCE_ENGINEER, Role.ORACLE_NODE])
def test_decide__maintenance_and_nodes__nothing_personal_even_if_permitted(authoriser: Authoriser, role: Role) -> None:
    assert not decide(authoriser, person(role), "probe.file", Resource(ACME)).allowed
    assert not decide(authoriser, person(role, Role.ADJUSTER), "probe.read", BENS).allowed


def test_decide__maintenance_engineer__sees_the_workings(authoriser: Authoriser) -> None:
    assert decide(authoriser, person(Role.MAINTENANCE_ENGINEER), "probe.states", Resource(ACME)).allowed


def test_decide__customer_service__customers_and_payments_only(authoriser: Authoriser) -> None:
    clerk = person(Role.CUSTOMER_SERVICE)

    assert decide(authoriser, clerk, "probe.view", BENS).allowed
    assert not decide(authoriser, clerk, "probe.read", BENS).allowed


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (Resource(ACME, BEN, prepared_by=ADA), ("two_pairs_of_eyes",)),
        (Resource(ACME, ADA, prepared_by=BEN), ("not_in_own_matter",)),
        (Resource(ACME, BEN, prepared_by=BEN), ()),
    ],
)
def test_decide__sign_off__never_ones_own_work_or_matter(
    authoriser: Authoriser, resource: Resource, reason: tuple[str, ...]
) -> None:
    found = decide(authoriser, person(Role.ADJUSTER), "probe.sign_off", resource)

    assert (found.allowed, found.policies) == (not reason, reason)


def test_decide__denial__a_persons_only(authoriser: Authoriser) -> None:
    key = machine(Role.ADJUSTER, scopes=frozenset({"probe.*"}))

    assert decide(authoriser, person(Role.ADJUSTER), "probe.deny", BENS).allowed
    assert decide(authoriser, key, "probe.deny", BENS).policies == ("people_decide",)
    assert not decide(authoriser, Principal.worker(ACME), "probe.deny", BENS).allowed


@pytest.mark.parametrize(("resource", "allowed"), [(ADAS, True), (BENS, False), (Resource(ACME), False)])
def test_decide__own_account__only_ones_own(authoriser: Authoriser, resource: Resource, allowed: bool) -> None:
    assert decide(authoriser, person(Role.AUDITOR), "probe.sign_out", resource).allowed is allowed


@pytest.mark.parametrize(("state", "allowed"), [(None, True), ("open", True), ("closed", False)])
def test_decide__state__told_to_the_policies(authoriser: Authoriser, state: str | None, allowed: bool) -> None:
    assert decide(authoriser, person(Role.ADJUSTER), "probe.close", Resource(ACME, BEN, state=state)).allowed is allowed


@pytest.mark.parametrize(
    ("principal", "operation", "allowed"),
    [
        (person(Role.POLICYHOLDER), "probe.file", True),
        (person(Role.ADJUSTER), "probe.sign_off", True),
        (person(Role.AUDITOR), "probe.sign_out", True),
        (person(Role.CUSTOMER_SERVICE), "probe.sign_off", False),
        (Principal.anonymous(), "probe.sign_out", False),
    ],
)
def test_at_the_door__row_not_known__open_to_whoever_may_do_it_to_some(
    authoriser: Authoriser, principal: Principal, operation: str, allowed: bool
) -> None:
    assert authoriser.at_the_door(principal, operation, now=NOW).allowed is allowed


def test_at_the_door__second_factor_too_old__says_that_it_would_help(authoriser: Authoriser) -> None:
    found = authoriser.at_the_door(person(Role.TREASURER, strong_at=None), "probe.pay", now=NOW)

    assert (found.allowed, found.step_up) == (False, True)


def test_decide__ids__never_told_apart_so_that_a_kept_decision_fits_everybody(authoriser: Authoriser) -> None:
    for number in range(20, 40):
        somebody = Principal(PrincipalKind.PERSON, UUID(int=number), OTHER, frozenset({Role.POLICYHOLDER}))
        assert decide(authoriser, somebody, "probe.file", Resource(OTHER, UUID(int=number))).allowed
        assert not decide(authoriser, somebody, "probe.file", Resource(OTHER, UUID(int=number + 1))).allowed
        assert not decide(authoriser, somebody, "probe.file", Resource(ACME, UUID(int=number))).allowed


def test_load__policy_that_forgets_the_tenant__shows_at_once(tmp_path: Path) -> None:
    for path in POLICIES.iterdir():
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    house = (tmp_path / "house.cedar").read_text("utf-8")
    start = house.index('@id("own_tenant")')
    end = house.index("};", start) + 2
    (tmp_path / "house.cedar").write_text(house[:start] + house[end:], "utf-8")

    leaky = Authoriser.load(tmp_path)

    assert leaky.decide(person(Role.AUDITOR), "quotes.read", Resource(OTHER, BEN), now=NOW).allowed
    assert not Authoriser.load().decide(person(Role.AUDITOR), "quotes.read", Resource(OTHER, BEN), now=NOW).allowed


@pytest.mark.parametrize(
    ("roles", "operation", "asked_as"),
    [
        ({Role.TREASURER, Role.POLICYHOLDER}, "probe.file", {Role.POLICYHOLDER}),
        ({Role.POLICYHOLDER}, "probe.file", {Role.POLICYHOLDER}),
        ({Role.ADJUSTER, Role.POLICYHOLDER}, "probe.read", {Role.ADJUSTER, Role.POLICYHOLDER}),
        ({Role.ADJUSTER, Role.POLICYHOLDER}, "probe.sign_out", {Role.ADJUSTER, Role.POLICYHOLDER}),
        ({Role.AUDITOR, Role.POLICYHOLDER}, "probe.file", {Role.AUDITOR, Role.POLICYHOLDER}),
        ({Role.TREASURER, Role.POLICYHOLDER}, "probe.pay", {Role.TREASURER, Role.POLICYHOLDER}),
    ],
    ids=["a customer's only", "a customer", "the office's", "everybody's own", "forbidden all the same", "money"],
)
def test_as_owner__staff_insured_here__asks_as_a_customer_what_only_customers_may(
    authoriser: Authoriser, roles: set[Role], operation: str, asked_as: set[Role]
) -> None:
    assert authoriser.as_owner(person(*roles), operation, now=NOW).roles == asked_as
