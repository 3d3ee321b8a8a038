"""HTTP for signing in, stepping up and signing out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Request, Response

from backend.access.permit import Public
from backend.fields import parse_bytes
from backend.http.routes import api_router, without_key
from backend.identity.authenticator import cookie_name
from backend.identity.desk import Desk, Rules
from backend.identity.entrance import Client, CurrentSession, IdentityDesk
from backend.identity.sessions.service import Opened
from backend.identity.sign_in import service
from backend.identity.sign_in.schemas import (
    Carrier,
    ChallengeView,
    NonceView,
    OidcSignIn,
    OidcStartView,
    OpenedView,
    PasskeySignIn,
    PasskeyStepUp,
    PasswordSignIn,
    StepUp,
    TenantInput,
    WalletSignIn,
)
from backend.identity.sign_in.service import CodeShown, PasskeyShown

router = api_router("sessions", "/v1/sessions")
_OIDC_COOKIE = "quittance_oidc"
_NO_KEY = without_key("Who asks is not known yet, and what is shown here counts once anyway.")
# These look at the session a request shows themselves, since it may be pending or past; the caller is counted by them.


@router.post(
    "", status_code=201, operation_id="sessions.open", dependencies=[Public("sessions.open", counted=False), _NO_KEY]
)
def open_by_password(body: PasswordSignIn, response: Response, desk: IdentityDesk, client: Client) -> OpenedView:
    """Sign in by e-mail and password. Whoever has a second factor shows it next."""
    opened = service.by_password(desk, body.tenant, body.email, body.password, client=client)
    return _hand_over(response, desk, opened, body.carrier)


@router.post(
    "/passkey-options",
    operation_id="sessions.passkey_options",
    dependencies=[Public("sessions.passkey_options", counted=False), _NO_KEY],
)
def passkey_options(body: TenantInput, desk: IdentityDesk, client: Client) -> ChallengeView:
    """A challenge for signing in by passkey."""
    return ChallengeView(options=service.passkey_options(desk, body.tenant, client=client))


@router.post(
    "/passkey",
    status_code=201,
    operation_id="sessions.open_by_passkey",
    dependencies=[Public("sessions.open_by_passkey", counted=False), _NO_KEY],
)
def open_by_passkey(body: PasskeySignIn, response: Response, desk: IdentityDesk, client: Client) -> OpenedView:
    """Sign in by passkey alone."""
    opened = service.by_passkey(desk, body.tenant, body.credential, client=client)
    return _hand_over(response, desk, opened, body.carrier)


@router.post(
    "/wallet-nonce",
    operation_id="sessions.wallet_nonce",
    dependencies=[Public("sessions.wallet_nonce", counted=False), _NO_KEY],
)
def wallet_nonce(body: TenantInput, desk: IdentityDesk, client: Client) -> NonceView:
    """What an EIP-4361 message must carry to sign in."""
    return nonce_view(desk.rules, service.wallet_nonce(desk, body.tenant, client=client))


@router.post(
    "/wallet",
    status_code=201,
    operation_id="sessions.open_by_wallet",
    dependencies=[Public("sessions.open_by_wallet", counted=False), _NO_KEY],
)
def open_by_wallet(body: WalletSignIn, response: Response, desk: IdentityDesk, client: Client) -> OpenedView:
    """Sign in by a wallet that was linked before (EIP-4361)."""
    signature = parse_bytes(body.signature)
    opened = service.by_wallet(desk, body.tenant, body.message, signature, client=client)
    return _hand_over(response, desk, opened, body.carrier)


@router.post(
    "/oidc-start",
    operation_id="sessions.oidc_start",
    dependencies=[Public("sessions.oidc_start", counted=False), _NO_KEY],
)
def oidc_start(body: TenantInput, response: Response, desk: IdentityDesk, client: Client) -> OidcStartView:
    """Where staff sign in at the insurer's own provider."""
    started = service.oidc_start(desk, body.tenant, client=client)
    response.set_cookie(
        _named(desk.rules, _OIDC_COOKIE), started.binding, max_age=desk.rules.ticket_seconds, path="/", secure=True,
        httponly=True, samesite="strict",
    )  # fmt: skip
    return OidcStartView(url=started.url)


@router.post(
    "/oidc",
    status_code=201,
    operation_id="sessions.open_by_oidc",
    dependencies=[Public("sessions.open_by_oidc", counted=False), _NO_KEY],
)
def open_by_oidc(
    body: OidcSignIn,
    request: Request,
    response: Response,
    desk: IdentityDesk,
    client: Client,  # noqa: ARG001  # counted
) -> OpenedView:
    """Sign in with what the provider sent this browser back with."""
    name = _named(desk.rules, _OIDC_COOKIE)
    opened = service.by_oidc(desk, body.state, body.code, request.cookies.get(name, ""))
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="strict")
    return _hand_over(response, desk, opened, body.carrier)


@router.post(
    "/current/step-up-options",
    operation_id="sessions.step_up_options",
    dependencies=[Public("sessions.step_up_options", counted=False), _NO_KEY],
)
def step_up_options(desk: IdentityDesk, entered: CurrentSession) -> ChallengeView:
    """A challenge for the passkeys of whoever is signed in."""
    return ChallengeView(options=service.step_up_options(desk, entered.visit))


@router.post(
    "/current/step-up",
    operation_id="sessions.step_up",
    dependencies=[Public("sessions.step_up", counted=False), _NO_KEY],
)
def step_up(
    body: Annotated[StepUp, Body()], response: Response, desk: IdentityDesk, entered: CurrentSession
) -> OpenedView:
    """Show a second factor. The session gets another token, the one before is worthless."""
    shown = PasskeyShown(body.credential) if isinstance(body, PasskeyStepUp) else _code(body.method, body.code)
    opened = service.step_up(desk, entered.visit, entered.shown.text, shown)
    carrier = Carrier.COOKIE if entered.shown.by_cookie else Carrier.BEARER
    return _hand_over(response, desk, opened, carrier)


@router.delete(
    "/current",
    status_code=204,
    operation_id="sessions.close",
    dependencies=[Public("sessions.close", counted=False), _NO_KEY],
)
def close(response: Response, desk: IdentityDesk, entered: CurrentSession) -> None:
    """Sign out."""
    service.close(desk, entered.visit)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    response.delete_cookie(cookie_name(desk.rules), path="/", secure=True, httponly=True, samesite="strict")


def nonce_view(rules: Rules, nonce: str) -> NonceView:
    """A nonce with what else the message must say."""
    return NonceView(nonce=nonce, domain=rules.domain, uri=rules.origin, chain_id=rules.chain_id)


def _code(method: str, code: str) -> CodeShown:
    return CodeShown(code, recovery=method == "recovery_code")


def _named(rules: Rules, name: str) -> str:
    return f"__Host-{name}" if rules.over_tls else name


def _hand_over(response: Response, desk: Desk, opened: Opened, carrier: Carrier) -> OpenedView:
    """The session as the caller carries it: the token goes into the cookie or into the body, never into both."""
    by_cookie = carrier is Carrier.COOKIE
    if by_cookie:
        response.set_cookie(
            cookie_name(desk.rules), opened.token, path="/", secure=True, httponly=True, samesite="strict"
        )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    visit = opened.visit
    return OpenedView(
        session_id=str(visit.session_id), pending=visit.pending, expires_at=visit.expires_at,
        idle_seconds=visit.idle_seconds, strong_at=visit.strong_at, csrf_token=opened.csrf_token,
        token=None if by_cookie else opened.token,
    )  # fmt: skip
