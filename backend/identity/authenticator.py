"""Turns what a request shows into a principal: a session by cookie or bearer, or a machine's key."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from fastapi import Request
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.identity import tokens
from backend.identity.api_keys import service as api_keys
from backend.identity.desk import Desk, Rules
from backend.identity.grants import service as grants
from backend.identity.sessions import service as sessions
from backend.identity.sessions.service import Visit
from backend.identity.tokens import TokenKind
from backend.identity.wallets import service as wallets
from backend.problems import Problem

log = structlog.get_logger()
CSRF_HEADER = "X-CSRF-Token"
_COOKIE = "quittance_session"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A token a request shows."""

    text: str
    by_cookie: bool


def cookie_name(rules: Rules) -> str:
    """Name of the session's cookie; over TLS the browser itself binds it to this host (`__Host-`)."""
    return f"__Host-{_COOKIE}" if rules.over_tls else _COOKIE


def shown_by(request: Request, rules: Rules) -> Shown | None:
    """What a request shows, None when it shows nothing. A cookie counts for changes only beside its CSRF token.

    Raises:
        Problem: `unauthenticated`, `csrf_invalid`.
    """
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Problem("unauthenticated", "Authorization is not 'Bearer' and a session token or API key.")
        return Shown(text.strip(), by_cookie=False)
    cookie = request.cookies.get(cookie_name(rules))
    if not cookie:
        return None
    if request.method not in _SAFE_METHODS:
        mark = request.headers.get(CSRF_HEADER, "")
        if not tokens.same(mark, tokens.csrf_of(cookie)):
            raise Problem("csrf_invalid", f"{CSRF_HEADER} is not this session's: see GET /v1/sessions/current.")
    return Shown(cookie, by_cookie=True)


class TokenAuthenticator:
    """Implements `backend.access.authentication.Authenticator`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def authenticate(self, request: Request) -> Principal:
        """Who asks; a visitor when the request shows nothing.

        Raises:
            Problem: `unauthenticated`, `csrf_invalid`, `session_expired`, `second_factor_required`, `key_invalid`.
        """
        shown = shown_by(request, self._desk.rules)
        if shown is None:
            return Principal.anonymous()
        token = tokens.read(shown.text)
        if token is None or token.kind is TokenKind.TICKET:
            raise Problem("unauthenticated", "The token is neither a session's nor an API key. Sign in again.")
        with self._desk.tenant_scope(token.tenant_id) as session:
            if token.kind is TokenKind.API_KEY:
                return self._machine(session, shown)
            return self._person(session, shown)

    def visit(self, request: Request) -> tuple[Visit, Shown]:
        """The session itself, pending ones too: for showing the second factor and for signing out.

        Raises:
            Problem: `unauthenticated`, `csrf_invalid`, `session_expired`.
        """
        shown = shown_by(request, self._desk.rules)
        token = tokens.read(shown.text) if shown is not None else None
        if shown is None or token is None:
            raise Problem("unauthenticated", "The request shows no session. Sign in.")
        with self._desk.tenant_scope(token.tenant_id) as session:
            return sessions.find(session, shown.text, now=self._desk.clock()), shown

    def _machine(self, session: Session, shown: Shown) -> Principal:
        if shown.by_cookie:
            raise Problem("unauthenticated", "An API key does not belong into a cookie. Send it as a bearer.")
        key = api_keys.find(session, shown.text, now=self._desk.clock())
        return Principal(PrincipalKind.MACHINE, key.key_id, key.tenant_id, key.roles, key.scopes)

    def _person(self, session: Session, shown: Shown) -> Principal:
        now = self._desk.clock()
        visit = sessions.find(session, shown.text, now=now)
        if visit.pending:
            raise Problem("second_factor_required", "Show your second factor first: POST /v1/sessions/current/step-up.")
        if sessions.see(session, visit, now=now):
            grants.touch(session, visit.tenant_id, visit.person_id, now=now)
        roles = grants.roles_of(session, visit.tenant_id, visit.person_id, now=now)
        if visit.strong_at is None:
            # Staff who never showed a second factor in this session can do no more than a customer: set one up first.
            roles &= grants.CUSTOMER_ROLES
        if not roles <= grants.CUSTOMER_ROLES:
            sessions.require_staffs(visit, self._desk.rules, now=now)
        linked = wallets.of_person(session, visit.tenant_id, visit.person_id) if visit.address is None else ()
        address = visit.address if visit.address is not None else next((w.address for w in linked), None)
        return Principal(PrincipalKind.PERSON, visit.person_id, visit.tenant_id, roles, None, visit.strong_at, address)
