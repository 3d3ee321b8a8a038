"""Use cases of the insurer's provider: authorization code with PKCE, groups to roles only as configured."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]  # ships no types
from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.identity import tokens
from backend.identity.desk import Desk
from backend.identity.events import SecurityEvent
from backend.identity.grants.service import MACHINE_ROLES, TWO_ADMINISTRATORS
from backend.identity.oidc import repository
from backend.identity.oidc.providers import CLOCK_SECONDS, is_safe, refused
from backend.identity.oidc.repository import Provider
from backend.identity.people import service as people
from backend.identity.tickets import service as tickets
from backend.identity.tickets.service import Purpose, Ticket
from backend.identity.tokens import TokenKind
from backend.problems import Problem

log = structlog.get_logger()
SCOPE = "openid email profile"
PATH = "/sign-in/oidc"
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "fpt", "face", "pop"})
"""Methods of RFC 8176 that are, or need, a second factor."""
MAX_GROUPS = 500


class OidcConfigurationInvalid(Exception):
    """A provider cannot be configured as asked. The text says why."""


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that goes on at the provider. `binding` belongs into a cookie of the browser that began."""

    url: str
    binding: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who came back from the provider, with the roles its groups give.

    `strong_at`: when a second factor was shown there, unix seconds; None: it was not, or nobody says when.
    """

    tenant_id: uuid.UUID
    person_id: uuid.UUID
    roles: frozenset[Role]
    strong_at: int | None


def configure(
    session: Session, desk: Desk, provider: Provider, secret: str | None, groups: Mapping[str, frozenset[Role]]
) -> None:
    """Let an insurer's staff sign in at its provider; the operator does this on the host.

    Args:
        provider: Its sealed secret is made here from `secret`.
        groups: Roles that a group gives. None are given otherwise.
    Raises:
        OidcConfigurationInvalid
    """
    if not is_safe(provider.issuer):
        raise OidcConfigurationInvalid(f"issuer {provider.issuer!r} is not an https address. Give the provider's own.")
    for group, roles in groups.items():
        ruling = sorted(roles & (TWO_ADMINISTRATORS | MACHINE_ROLES))
        if ruling:
            raise OidcConfigurationInvalid(f"group {group!r} cannot give role {ruling[0]}. Administrators grant it.")
    sealed = None if secret is None else desk.data.seal(_secret_about(provider.tenant_id), secret.encode())
    kept = Provider(
        provider.tenant_id, provider.issuer, provider.client_id, sealed, provider.group_claim,
        provider.trusts_second_factor,
    )  # fmt: skip
    repository.put(session, kept, now=desk.clock())
    pairs = [(group, role) for group, roles in groups.items() for role in roles]
    repository.put_groups(session, provider.tenant_id, pairs)
    log.info("oidc.configured", tenant_id=str(provider.tenant_id))


def start(desk: Desk, tenant_id: uuid.UUID) -> Started:
    """Begin a sign-in.

    Raises:
        Problem: `oidc_absent`, `oidc_unavailable`.
    """
    with desk.tenant_scope(tenant_id) as session:
        provider = _provider(session, tenant_id)
    metadata = desk.providers.metadata(provider.issuer)
    state, binding = tokens.make(TokenKind.TICKET, tenant_id), secrets.token_urlsafe(32)
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    body = {
        "binding": tokens.digest(binding.encode()).hex(), "nonce": nonce,
        "verifier": base64.b64encode(desk.data.seal(_verifier_about(state), verifier.encode())).decode("ascii"),
    }  # fmt: skip
    with desk.tenant_scope(tenant_id) as session:
        tickets.issue(
            session, tenant_id, Purpose.OIDC, state.encode("ascii"), now=desk.clock(),
            valid_seconds=desk.rules.ticket_seconds, body=body,
        )  # fmt: skip
    query = {
        "response_type": "code", "client_id": provider.client_id, "redirect_uri": desk.rules.origin + PATH,
        "scope": SCOPE, "state": state, "nonce": nonce, "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }  # fmt: skip
    if provider.trusts_second_factor:
        query["max_age"] = str(desk.rules.step_up_seconds)  # asks for auth_time too: OpenID Connect Core 1.0, 3.1.2.1
    separator = "&" if "?" in metadata.authorization_endpoint else "?"
    return Started(metadata.authorization_endpoint + separator + urlencode(query), binding)


def finish(desk: Desk, state: str, code: str, binding: str) -> Arrived:
    """End a sign-in with what the provider sent the browser back with. The state is used up whatever comes of it.

    Raises:
        Problem: `oidc_refused`, `oidc_unavailable`, `oidc_absent`.
    """
    ticket = _redeem(desk, state, binding)
    with desk.tenant_scope(ticket.tenant_id) as session:
        provider = _provider(session, ticket.tenant_id)
    verifier = desk.data.open(_verifier_about(state), base64.b64decode(ticket.body["verifier"])).decode()
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": desk.rules.origin + PATH,
        "client_id": provider.client_id, "code_verifier": verifier,
    }  # fmt: skip
    sealed = provider.client_secret_sealed
    secret = None if sealed is None else desk.data.open(_secret_about(provider.tenant_id), sealed).decode()
    token = desk.providers.exchange(provider.issuer, form, secret)
    claims = desk.providers.claims(provider.issuer, provider.client_id, ticket.body["nonce"], token)
    with desk.tenant_scope(ticket.tenant_id) as session:
        person_id = _person(session, desk, provider, claims)
        roles = repository.roles_of_groups(session, ticket.tenant_id, _groups(claims.get(provider.group_claim)))
    strong_at = _shown_at(claims, desk.clock()) if provider.trusts_second_factor else None
    return Arrived(ticket.tenant_id, person_id, roles, strong_at)


def unlink(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Forget who a person is at the insurer's provider."""
    repository.unlink(session, tenant_id, person_id)


def _redeem(desk: Desk, state: str, binding: str) -> Ticket:
    parsed = tokens.read(state)
    if parsed is None or parsed.kind is not TokenKind.TICKET:
        raise refused("state is none of ours")
    with desk.tenant_scope(parsed.tenant_id) as session:
        ticket = tickets.redeem(session, parsed.tenant_id, Purpose.OIDC, state.encode("ascii"), now=desk.clock())
    if ticket is None:
        raise refused("state is unknown, used or too old")
    if not tokens.same(ticket.body["binding"], tokens.digest(binding.encode()).hex()):
        raise refused("another browser began it")
    return ticket


def _person(session: Session, desk: Desk, provider: Provider, claims: Mapping[str, Any]) -> uuid.UUID:
    """Who a subject is: linked before, or invited under the e-mail that the provider says is verified.

    A person is one subject of a provider, for good; another provider finds the person by e-mail anew.
    """
    tenant_id, subject = provider.tenant_id, str(claims["sub"])
    person_id = repository.person_of(session, tenant_id, provider.issuer, subject)
    if person_id is None:
        email = claims.get("email")
        if isinstance(email, str) and claims.get("email_verified") is True:
            person_id = people.find_active(session, desk, tenant_id, email)
        if person_id is None or repository.has_link(session, tenant_id, provider.issuer, person_id):
            raise refused("nobody here belongs to it; an administrator has to invite you first")
        repository.link(session, tenant_id, provider.issuer, subject, person_id, now=desk.clock())
        desk.tell(session, tenant_id, person_id, SecurityEvent.PROVIDER_LINKED)
        log.info("oidc.linked", person_id=str(person_id))
    if not people.is_active(session, tenant_id, person_id):
        raise refused("nobody here belongs to it; an administrator has to invite you first")
    return person_id


def _shown_at(claims: Mapping[str, Any], now: int) -> int | None:
    """When a second factor was shown at the provider: at a session's beginning there, not when it says so again."""
    methods, shown_at = claims.get("amr"), claims.get("auth_time")
    if not isinstance(methods, list) or not any(method in SECOND_FACTORS for method in methods):
        return None
    if not isinstance(shown_at, int) or isinstance(shown_at, bool) or not 0 < shown_at <= now + CLOCK_SECONDS:
        return None
    return min(shown_at, now)


def _groups(found: object) -> list[str]:
    listed = found if isinstance(found, list) else []
    return [group for group in listed if isinstance(group, str)][:MAX_GROUPS]


def _provider(session: Session, tenant_id: uuid.UUID) -> Provider:
    found = repository.get(session, tenant_id)
    if found is None:
        raise Problem("oidc_absent", "This insurer has no OpenID provider. Sign in by password or passkey.")
    return found


def _secret_about(tenant_id: uuid.UUID) -> str:
    return f"oidc/secret/{tenant_id}"


def _verifier_about(state: str) -> str:
    return f"oidc/verifier/{tokens.digest(state.encode()).hex()}"
