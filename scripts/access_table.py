"""Writes docs/access-api.md: who may do which operation of the API. `python -m scripts.access_table [--check]`.

The page is what the trial of every operation as every role expects (`scripts.access_trial`), so a policy that lets in
anybody else shows as a changed line of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.access.authoriser import Authoriser, Resource
from backend.access.permit import Operation, operations
from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.main import routed
from ledger.atomic_file import write_atomically
from scripts import ROOT

PAGE: Final = ROOT / "docs" / "access-api.md"
NOW: Final = 1_800_000_000
HOME, ELSEWHERE = UUID(int=0xA), UUID(int=0xB)
SELF, COLLEAGUE, STRANGER = UUID(int=0xA1), UUID(int=0xA2), UUID(int=0xB1)
ALL, OWN, NONE, PUBLIC = "all", "own", "–", "public"
MACHINES: Final = frozenset({Role.ORACLE_NODE, Role.INSTITUTION})
_HEAD: Final = """# Who may do what over the API

Generated from the policies in `backend/access/policies` and the routes by `python -m scripts.access_table`: do not
edit. A test asks for every operation as every role and holds the answers against this page, another tries every table
by raw SQL as every role. How it is decided: decision record 0039.

- **all**: on rows of the own tenant, whoever they belong to. **own**: on rows of one's own only; others are not there
  (404). **–**: refused (403). **public**: anybody, without signing in.
- A visitor gets 401 for whatever is not public. A row of another tenant is not there for anybody (404).
- Oracle nodes and institutions come with API keys, and keys keep to their scopes. What a row's state or maker forbids
  (nobody signs off their own work or their own matter) is asked again when the row is known.
- ✓ under *second factor*: it has to have been shown within the last five minutes (401 `step_up_required`).

"""


@dataclass(frozen=True, slots=True)
class Line:
    """One operation of the page. `cells` by role."""

    operation: str
    method: str
    path: str
    strong: bool
    cells: Mapping[str, str]

    @property
    def public(self) -> bool:
        """Whether anybody may."""
        return set(self.cells.values()) == {PUBLIC}


def asker(role: Role, *, strong_at: int | None = NOW, scopes: Iterable[str] = ()) -> Principal:
    """Somebody with this role alone, with a second factor just shown; a machine where the role is one's."""
    kind, scoped = PrincipalKind.PERSON, None
    if role in MACHINES:
        kind, scoped, strong_at = PrincipalKind.MACHINE, frozenset(scopes), None
    return Principal(kind, SELF, HOME, frozenset({role}), scoped, strong_at)


def lines(authoriser: Authoriser, served: Sequence[Operation]) -> list[Line]:
    """The page's lines, as the policies decide."""
    found: dict[str, Line] = {}
    for one in sorted(served, key=lambda o: (o.name, len(o.path), o.path)):
        if one.name not in found or one.path.startswith("/v1/"):
            cells = {role.value: _cell(authoriser, role, one.name) for role in Role}
            found[one.name] = Line(one.name, one.method, one.path, _strong(authoriser, one.name), cells)
    return list(found.values())


def _cell(authoriser: Authoriser, role: Role, operation: str) -> str:
    if authoriser.decide(Principal.anonymous(), operation, Resource(None), now=NOW).allowed:
        return PUBLIC
    principal = asker(role, scopes=[operation])
    if authoriser.decide(principal, operation, Resource(HOME, COLLEAGUE), now=NOW).allowed:
        return ALL
    return OWN if authoriser.decide(principal, operation, Resource(HOME, SELF), now=NOW).allowed else NONE


def _strong(authoriser: Authoriser, operation: str) -> bool:
    return any(authoriser.at_the_door(asker(role, strong_at=None), operation, now=NOW).step_up for role in Role)


def page(found: Sequence[Line]) -> str:
    """The whole page."""
    names = [role.value.replace("_", " ") for role in Role]
    head = f"| operation | route | second factor | {' | '.join(names)} |"
    rule = "|---" * (3 + len(names)) + "|"
    rows = [
        f"| `{line.operation}` | {line.method} {line.path} | {'✓' if line.strong else ''} | "
        + " | ".join(line.cells[role.value] for role in Role)
        + " |"
        for line in found
    ]
    return _HEAD + "\n".join([head, rule, *rows]) + "\n"


def read_page(text: str) -> list[Line]:
    """The lines of a page, as it was written."""
    found = []
    for row in text.splitlines():
        if not row.startswith("| `"):
            continue
        name, route, strong, *cells = (part.strip() for part in row.strip("|").split("|"))
        method, _, path = route.partition(" ")
        by_role = dict(zip((role.value for role in Role), cells, strict=True))
        found.append(Line(name.strip("`"), method, path, strong == "✓", by_role))
    return found


def expected_page() -> str:
    """The page as policies and routes are now."""
    return page(lines(Authoriser.load(), operations(routed())))


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say whether it is current. Returns the exit code."""
    text = expected_page()
    current = PAGE.exists() and PAGE.read_text("utf-8") == text
    if "--check" in arguments:
        if not current:
            sys.stdout.write("docs/access-api.md is not what the policies say: run python -m scripts.access_table\n")
        return 0 if current else 1
    if not current:
        write_atomically(PAGE, text)
        sys.stdout.write("docs/access-api.md written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
