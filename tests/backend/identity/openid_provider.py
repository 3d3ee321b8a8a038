"""An OpenID provider that runs, signs real tokens, checks PKCE and the client's secret, and can be told to lie."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.backend.identity.house import Clock

CLIENT_ID = "quittance"
CLIENT_SECRET = "not a secret: of a test"


@dataclass
class Account:
    """Somebody the provider knows."""

    subject: str = "subject-1"
    email: str = "ada@example.org"
    email_verified: Any = True
    groups: list[str] = field(default_factory=list)
    amr: list[str] = field(default_factory=list)
    signed_in_ago: int = 0


@dataclass
class Provider:
    """The provider. `lies` changes claims of ID tokens; `fault` names what else goes wrong."""

    clock: Clock
    issuer: str = ""
    lies: dict[str, Any] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    fault: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    codes: dict[str, tuple[dict[str, str], Account]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def authorize(self, url: str, account: Account) -> tuple[str, str]:
        """What the browser is sent back with when the account signs in: state and code."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT_ID
        code = secrets.token_urlsafe(16)
        self.codes[code] = (query, account)
        return query["state"], code

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            issuer = "https://other.example" if self.fault == "issuer" else self.issuer
            token = "http://example.org/token" if self.fault == "plain" else f"{self.issuer}/token"
            return 200, {
                "issuer": issuer, "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": token,
                "jwks_uri": f"{self.issuer}/jwks",
            }  # fmt: skip
        if path == "/jwks":
            return (500, {}) if self.fault == "keys" else (200, {"keys": [self.key.as_dict(private=False)]})
        if path == "/token":
            return self._token(form, authorization)
        return 404, {}

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        wanted = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        query, account = self.codes.pop(form.get("code", ""), ({}, None))
        known = account is not None and authorization == wanted and form["redirect_uri"] == query["redirect_uri"]
        if not known or create_s256_code_challenge(form["code_verifier"]) != query["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        assert account is not None
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": account.subject, "nonce": query["nonce"],
            "iat": self.clock(), "exp": self.clock() + 300, "email": account.email,
            "email_verified": account.email_verified, "groups": account.groups, "amr": account.amr,
            "auth_time": self.clock() - account.signed_in_ago,
        } | self.lies  # fmt: skip
        token = self._signed({name: value for name, value in claims.items() if name not in self.left_out})
        return 200, {"token_type": "Bearer", "access_token": "x"} | ({} if self.fault == "no token" else token)

    def _signed(self, claims: dict[str, Any]) -> dict[str, str]:
        if self.fault == "header no JWS has":
            crooked = _part({"alg": "RS256", "kid": self.key.kid, "crit": 7})
            return {"id_token": f"{crooked}.{_part(claims)}.AAAA"}
        if self.fault == "none":
            return {"id_token": _part({"alg": "none"}) + "." + _part(claims) + "."}
        if self.fault == "shared secret":
            # Whoever verifies HS256 with what it takes for a public key would take this for the provider's.
            signed = _part({"alg": "HS256", "kid": "first"}) + "." + _part(claims)
            mark = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
            return {"id_token": signed + "." + base64.urlsafe_b64encode(mark).decode().rstrip("=")}
        if self.fault == "other key":
            other = RSAKey.generate_key(2048, {"kid": "first"})
            return {"id_token": jwt.encode({"alg": "RS256", "kid": "first"}, claims, other)}
        kid = "unknown" if self.fault == "unknown kid" else self.key.kid
        algorithm = "ES256" if isinstance(self.key, ECKey) else "RS256"
        return {"id_token": jwt.encode({"alg": algorithm, "kid": kid}, claims, self.key)}


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@contextmanager
def running_provider(clock: Clock) -> Iterator[Provider]:
    """A provider on a free port of this machine."""
    provider = Provider(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the base class calls it so
            self._send({})

        def do_POST(self) -> None:  # the base class calls it so
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send({name: values[0] for name, values in parse_qs(body).items()})

        def _send(self, form: dict[str, str]) -> None:
            status, body = provider.answer(self.path, form, self.headers.get("Authorization", ""))
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
