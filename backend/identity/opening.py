"""Opens identity for a process, from its settings."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request

from backend.access.operator_keys import PREFIX, OperatorKeys
from backend.access.principal import Principal
from backend.config import Settings
from backend.database import Database
from backend.identity.authenticator import TokenAuthenticator
from backend.identity.desk import Desk, Rules
from backend.identity.oidc.providers import Providers
from backend.identity.passwords.hashing import PasswordHasher, Profile
from backend.identity.personal_data import KeyedPersonalData
from ledger.rpc import Rpc


def open_desk(settings: Settings, database: Database, rpc: Rpc, chain_id: int, clock: Callable[[], int]) -> Desk | None:
    """The desk people sign in at; None without a key for their names.

    Raises:
        IdentityKeyInvalid: It says what to do.
    """
    if settings.identity_key_file is None:
        return None
    return Desk(
        scope=database.scoped, every_tenant=database.every_tenant,
        data=KeyedPersonalData.load(settings.identity_key_file), hasher=PasswordHasher(Profile(settings.password_cost)),
        rules=_rules(settings, chain_id), clock=clock, rpc=rpc, providers=Providers(clock),
    )  # fmt: skip


def _rules(settings: Settings, chain_id: int) -> Rules:
    return Rules(
        origin=settings.public_origin, chain_id=chain_id, idle_seconds=settings.session_idle_seconds,
        absolute_seconds=settings.session_seconds, staff_idle_seconds=settings.staff_session_idle_seconds,
        staff_absolute_seconds=settings.staff_session_seconds,
    )  # fmt: skip


class Doorkeeper:
    """Knows people and machines by what identity gave them, and the operator's own machines by their file of keys."""

    def __init__(self, desk: Desk, operator_keys: OperatorKeys) -> None:
        self._tokens = TokenAuthenticator(desk)
        self._operator_keys = operator_keys

    def authenticate(self, request: Request) -> Principal:
        """Who asks; a visitor when the request shows nothing.

        Raises:
            Problem: `unauthenticated`, `csrf_invalid`, `session_expired`, `second_factor_required`, `key_invalid`.
        """
        shown = request.headers.get("Authorization", "").partition(" ")[2].strip()
        keeper = self._operator_keys if shown.startswith(PREFIX) else self._tokens
        return keeper.authenticate(request)
