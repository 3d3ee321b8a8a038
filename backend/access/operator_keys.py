"""Keys the operator makes at set-up, for machines of the house: the demo's seller, a till, a script.

The file holds digests only. A key has 256 random bits, so a plain SHA-256 of it is as good as a slow hash: there is
nothing to guess. Whoever can write the file can let anybody in, so others may not even read it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID, uuid4

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.problems import Problem

PREFIX = "qok_"
_KEY_BYTES = 32
_MOST_KEY_CHARACTERS = 200


class OperatorKeysInvalid(Exception):
    """The file cannot be used. The text says why and what to do."""


class _Key(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key_id: UUID
    tenant_id: UUID
    roles: frozenset[Role] = Field(min_length=1)
    scopes: frozenset[str] = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class _KeyFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[_Key, ...]


class OperatorKeys:
    """Knows machines by the keys of a file, and nobody else: whoever shows nothing is a visitor."""

    def __init__(self, keys: Iterable[tuple[bytes, Principal]] = ()) -> None:
        self._keys = tuple(keys)

    @classmethod
    def load(cls, path: Path) -> OperatorKeys:
        """The keys of a file made by `add_operator_key`.

        Raises:
            OperatorKeysInvalid: Missing, readable by others, or not such a file.
        """
        return cls((bytes.fromhex(key.sha256), _principal(key)) for key in _read(path).keys)

    def authenticate(self, request: Request) -> Principal:
        """Whose key the request shows, in constant time whichever it is.

        Raises:
            Problem: `unauthenticated` when there is no such way to show who one is, `key_invalid`.
        """
        shown = request.headers.get("authorization")
        if shown is None:
            return Principal.anonymous()
        scheme, _, key = shown.partition(" ")
        if scheme.lower() != "bearer" or not key or len(key) > _MOST_KEY_CHARACTERS:
            raise Problem("unauthenticated", "Authorization cannot be read. Send: Authorization: Bearer <key>.")
        digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
        found = [principal for known, principal in self._keys if hmac.compare_digest(known, digest)]
        if not found:
            raise Problem("key_invalid", "The key in Authorization is not known. Ask the operator for another.")
        return found[0]


def add_operator_key(path: Path, *, tenant_id: UUID, roles: Iterable[Role], scopes: Iterable[str]) -> str:
    """Make a key and add its digest to the file, which is made when it is not there. Returns the key: it is shown once.

    Args:
        scopes: Operations it may do, `subject.verb` or `subject.*`.
    Raises:
        OperatorKeysInvalid: The file cannot be read or written.
    """
    key = PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    try:
        entry = _Key(
            key_id=uuid4(), tenant_id=tenant_id, roles=frozenset(roles), scopes=frozenset(scopes),
            sha256=hashlib.sha256(key.encode()).hexdigest(),
        )  # fmt: skip
    except ValidationError as error:
        raise OperatorKeysInvalid("A key needs a role and a scope. Give at least one of each.") from error
    known = _read(path).keys if path.exists() else ()
    _write(path, _KeyFile(keys=(*known, entry)))
    return key


def _principal(key: _Key) -> Principal:
    return Principal(PrincipalKind.MACHINE, key.key_id, key.tenant_id, key.roles, key.scopes)


def _read(path: Path) -> _KeyFile:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise OperatorKeysInvalid(f"{path} may be read or written by others. Run: chmod 600 {path}")
        return _KeyFile.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        raise OperatorKeysInvalid(
            f"{path} cannot be read ({error.strerror}). Make it: quittance backend operator-key {path}"
        ) from error
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the file"
        raise OperatorKeysInvalid(f"{path} is not a file of operator keys: {where} is wrong. Make it anew.") from error


def _write(path: Path, content: _KeyFile) -> None:
    document = json.dumps({"keys": [_as_json(key) for key in content.keys]}, indent=1)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(document + "\n")
        os.replace(new, path)
    except OSError as error:
        raise OperatorKeysInvalid(f"{path} cannot be written ({error.strerror}). Check folder and owner.") from error


def _as_json(key: _Key) -> dict[str, object]:
    return {
        "key_id": str(key.key_id), "tenant_id": str(key.tenant_id), "roles": sorted(key.roles),
        "scopes": sorted(key.scopes), "sha256": key.sha256,
    }  # fmt: skip
