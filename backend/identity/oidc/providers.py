"""What an OpenID provider says of itself, and its answers: discovery, keys, tokens.

Source: OpenID Connect Core 1.0, Discovery 1.0; RFC 7636 (PKCE); RFC 8725 (JWT best practices).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from backend.problems import Problem
from ledger.certificates import trusted_certificates

KEPT_SECONDS = 600
CLOCK_SECONDS = 60
MAX_ANSWER_BYTES = 1 << 20
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures by a key only the provider has. Neither `none` nor a shared secret is ever taken."""
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Metadata:
    """Addresses of a provider."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(slots=True)
class _Known:
    metadata: Metadata
    keys: KeySet
    read_at: int


@dataclass
class Providers:
    """Providers this process has asked, remembered for ten minutes.

    Args:
        clock: Unix seconds of the wall clock.
    """

    clock: Callable[[], int]
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(
            timeout=5, verify=trusted_certificates(), trust_env=False, follow_redirects=False
        )
    )
    _known: dict[str, _Known] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def metadata(self, issuer: str) -> Metadata:
        """Addresses of a provider.

        Raises:
            Problem: `oidc_unavailable`.
        """
        return self._of(issuer, fresh=False).metadata

    def exchange(self, issuer: str, form: Mapping[str, str], secret: str | None) -> str:
        """The ID token for an authorization code.

        Raises:
            Problem: `oidc_unavailable`; `oidc_refused` when the provider does not take the code.
        """
        auth = httpx.Auth() if secret is None else httpx.BasicAuth(form["client_id"], secret)
        try:
            answer = self.client.post(
                self.metadata(issuer).token_endpoint, data=dict(form), auth=auth, headers={"Accept": "application/json"}
            )
        except httpx.HTTPError as error:
            raise _unavailable(issuer, type(error).__name__) from error
        if answer.status_code in (400, 401, 403):
            raise refused("the provider does not take the code")
        token = _json(issuer, answer).get("id_token")
        if not isinstance(token, str):
            raise refused("the provider gave no ID token")
        return token

    def claims(self, issuer: str, client_id: str, nonce: str, token: str) -> dict[str, Any]:
        """Claims of an ID token that is the provider's, for us, for this sign-in and still good.

        Raises:
            Problem: `oidc_refused`, `oidc_unavailable`.
        """
        try:
            decoded = self._decoded(issuer, token)
            jwt.JWTClaimsRegistry(
                now=self.clock(), leeway=CLOCK_SECONDS, iss={"essential": True, "value": issuer},
                sub={"essential": True}, aud={"essential": True, "value": client_id}, exp={"essential": True},
                iat={"essential": True}, nonce={"essential": True, "value": nonce},
            ).validate(decoded.claims)  # fmt: skip
        except (JoseError, ValueError, TypeError) as error:  # headers of other types than a JWS has
            raise refused(f"the ID token does not hold ({type(error).__name__})") from error
        claims: dict[str, Any] = decoded.claims
        for_others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", client_id if not for_others else None) != client_id:
            raise refused("the ID token was made for another client")
        return claims

    def _decoded(self, issuer: str, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self._of(issuer, fresh=False).keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            # The provider may have changed its keys since we looked.
            return jwt.decode(token, self._of(issuer, fresh=True).keys, algorithms=ALGORITHMS)

    def _of(self, issuer: str, *, fresh: bool) -> _Known:
        now = self.clock()
        with self._lock:
            known = self._known.get(issuer)
        if known is not None and now - known.read_at < (1 if fresh else KEPT_SECONDS):
            return known
        metadata = self._discover(issuer)
        try:
            keys = KeySet.import_key_set(self._get(issuer, metadata.jwks_uri))  # type: ignore[arg-type]  # checked by it
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _unavailable(issuer, "its keys cannot be read") from error
        found = _Known(metadata, keys, now)
        with self._lock:
            self._known[issuer] = found
        return found

    def _discover(self, issuer: str) -> Metadata:
        found = self._get(issuer, issuer.rstrip("/") + "/.well-known/openid-configuration")
        names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        values = {name: found.get(name) for name in names}
        if values["issuer"] != issuer:
            raise _unavailable(issuer, "it calls itself otherwise")
        for name in names[1:]:
            if not isinstance(values[name], str) or not is_safe(str(values[name])):
                raise _unavailable(issuer, f"{name} is not an https address")
        return Metadata(**{name: str(value) for name, value in values.items()})

    def _get(self, issuer: str, url: str) -> dict[str, Any]:
        try:
            return _json(issuer, self.client.get(url))
        except httpx.HTTPError as error:
            raise _unavailable(issuer, type(error).__name__) from error


def is_safe(url: str) -> bool:
    """Whether what goes there cannot be read on the way: https, or this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)


def refused(reason: str) -> Problem:
    """A sign-in at the provider that does not count."""
    return Problem("oidc_refused", f"The sign-in at the provider does not count: {reason}. Begin again.")


def _json(issuer: str, answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != httpx.codes.OK or len(answer.content) > MAX_ANSWER_BYTES:
        raise _unavailable(issuer, f"status {answer.status_code}")
    try:
        body = answer.json()
    except ValueError as error:
        raise _unavailable(issuer, "no JSON") from error
    if not isinstance(body, dict):
        raise _unavailable(issuer, "no JSON object")
    return body


def _unavailable(issuer: str, reason: str) -> Problem:
    return Problem("oidc_unavailable", f"The provider {issuer} did not answer as it should ({reason}). Try again.")
